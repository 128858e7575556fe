"""Pass 3 for people: kinds of agencies, roles, and the fields whose need is stated."""

from __future__ import annotations

import typing
from collections.abc import Collection
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes.common import unknown_field, unknown_record
from hezhi.packkit.shape.playbook import Whom
from hezhi.spine.people.contracts import Role

PARTS = typing.get_args(Whom)


def run(draft: Draft, kinds: Collection[str] | None) -> None:
    """Report unknown kinds (only where the city's list is known), roles and fields."""
    if draft.identity:
        _needs(draft)
        if draft.identity.it.owners:
            _kind(draft, draft.identity, draft.identity.it.owners.agency, kinds, "owners", "agency")
    for where in draft.matters:
        for part, names in (
            ("lead", [where.it.lead] if where.it.lead else []),
            ("co", where.it.co),
            ("support", where.it.support),
        ):
            for name in names:
                _kind(draft, where, name, kinds, part)
    if draft.playbook:
        for index, task in enumerate(draft.playbook.it.tasks or ()):
            if task.by not in PARTS:
                _kind(draft, draft.playbook, task.by, kinds, "tasks", index, "by")


def _needs(draft: Draft) -> None:
    where = draft.identity
    assert where is not None
    for index, need in enumerate(where.it.data_minimum or ()):
        record_id, _, name = need.field.partition(".")
        if not unknown_record(draft, where, record_id, "data_minimum", index, "field"):
            record = draft.record(record_id)
            assert record is not None
            unknown_field(draft, where, record, name, "data_minimum", index, "field")
        for role in need.opened_by:
            if role not in list(Role):
                valid = [str(one) for one in Role]
                draft.say(
                    "refs/unknown-role",
                    where,
                    "data_minimum",
                    index,
                    "opened_by",
                    cause=f"'{role}' is not a role.",
                    given=role,
                    valid=valid,
                )


def _kind(draft: Draft, where: Placed[Any], name: str, kinds: Collection[str] | None, *loc: str | int) -> None:
    if kinds is not None and name not in kinds:
        cause = f"The city has no agency of kind '{name}'."
        draft.say("refs/unknown-agency", where, *loc, cause=cause, given=name, valid=kinds)
