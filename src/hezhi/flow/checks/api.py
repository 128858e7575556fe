"""The door of the checks room: features are written and read, a check answers at once, answers are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hezhi.flow.checks import keying, queries, rules
from hezhi.flow.checks.contracts import AnswerFilter, CheckAnswer
from hezhi.flow.checks.errors import AnswerNotFound, BadPage, CheckNotFound, FormInvalid, KeyReused
from hezhi.flow.checks.features import features_forget, features_get, features_put, subjects_key
from hezhi.flow.checks.models import Answer, Feature
from hezhi.flow.checks.refreshing import features_refresh, record_forget
from hezhi.kit.errors import NotAllowed
from hezhi.kit.paging import Page, number_read
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Check, Pack
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

__all__ = [
    "answer_get",
    "answers_page",
    "check_find",
    "check_run",
    "checks_offered",
    "checks_purge",
    "features_forget",
    "features_get",
    "features_put",
    "features_refresh",
    "record_forget",
    "subjects_key",
]


def checks_offered(*, by: Actor) -> list[tuple[Pack, Check]]:
    """Return every check of the installed packs, for who may ask them; nothing for others."""
    if permissions.scopes(by, Right.CHECK_RUN).is_empty:
        return []
    return [(pack, check) for pack in packkit.shelf().packs() for check in pack.checks]


def check_find(*, pack_id: str, check_id: str, by: Actor) -> tuple[Pack, Check]:
    """Return one check and its pack.

    Raises:
        NotAllowed: the actor may ask no checks.
        CheckNotFound: no installed pack has it.
    """
    if permissions.scopes(by, Right.CHECK_RUN).is_empty:
        raise NotAllowed(right=Right.CHECK_RUN)
    for pack in packkit.shelf().packs():
        for check in pack.checks if pack.id == pack_id else ():
            if check.id == check_id:
                return pack, check
    raise CheckNotFound(check=check_id)


@guard.acting
def check_run(
    *, pack_id: str, check_id: str, given: Mapping[str, Any], by: Actor, at: datetime, key: str = ""
) -> CheckAnswer:
    """Answer one question and log the answer. Three statements, whatever the number of features; the last one writes.

    Args:
        given: the form as it was filled in; raw values are read as ``values_check`` reads them.
        key: names the question; the same question with the same key gets the first answer again.

    Raises:
        NotAllowed: the actor may ask no checks.
        CheckNotFound: no installed pack has it.
        FormInvalid: a value is missing, unknown or not of its type; nothing was logged.
        KeyReused: the actor used the key for another question.
    """
    pack, check = check_find(pack_id=pack_id, check_id=check_id, by=by)
    read = packkit.values_check(check.form, given)
    if read.problems:
        raise FormInvalid(findings=read.problems)
    signs = keying.signs(pack_id)
    features = _features(pack, check, read.values, signs, at)
    table = pack.decision(check.decided_by)
    told = packkit.check_decide(check, table, read.values, features, at=at)
    scope = permissions.scopes(by, Right.CHECK_RUN)
    row = CheckAnswer(
        id=0,
        pack=pack.stamp,
        check=check_id,
        answer=told.answer,
        says=told.says,
        colour=told.decided.colour,
        code=told.decided.code,
        reasons=told.decided.because,
        facts=rules.facts_told(check, table, told.decided, {name: one.source for name, one in features.items()}),
        would_change=rules.changes_told(told.decided),
        given=rules.given_kept(check, read.values, signs.own),
        until_at=told.decided.until_at,
        asker=by.ref,
        agency_id=by.agency_id,
        region_path="" if scope.everywhere else min(scope.region_paths, default=""),
        at=at,
    )
    asked = rules.request_hash(signs.own, check_id, read.values)
    answer_id = queries.answer_write(_kept(row, pack_id, check, key, asked))
    return replace(row, id=answer_id) if answer_id is not None else _answered(by, key, asked)


def answer_get(*, answer_id: int, by: Actor) -> CheckAnswer:
    """Return one answer: an own one, or one of a region that the actor supervises.

    Raises:
        AnswerNotFound.
    """
    found = queries.visible(by).filter(id=answer_id).first()
    if found is None:
        raise AnswerNotFound(answer=answer_id)
    return queries.answer_row(found)


def answers_page(
    *, by: Actor, wanted: AnswerFilter | None = None, cursor: str = "", size: int = 50
) -> Page[CheckAnswer]:
    """Return answers the actor may see, the newest first.

    Raises:
        BadPage: the cursor is damaged.
    """
    asked = wanted or AnswerFilter()
    narrowed = {"pack_id": asked.pack_id, "check_id": asked.check, "answer": asked.answer}
    rows = queries.visible(by).filter(**{name: value for name, value in narrowed.items() if value}).order_by("-id")
    if cursor:
        before = number_read(cursor)
        if before is None:
            raise BadPage()
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(queries.answer_row(one) for one in found[:size]), following)


@guard.act
def checks_purge(*, at: datetime) -> int:
    """Delete answers and features whose time is over; return how many rows. Twice or late is harmless."""
    return sum(model.objects.filter(keep_until_at__lte=at).delete()[0] for model in (Answer, Feature))


def _features(
    pack: Pack, check: Check, given: Mapping[str, Any], signs: keying.Signs, at: datetime
) -> dict[str, packkit.FeatureValue]:
    """Return what is known and not yet over, by the name under which the check declares it."""
    names = {name: one.feature or name for name, one in check.features.items() if one.of in given}
    asked = {name: (names[name], given[check.features[name].of]) for name in names}
    keyed = keying.subjects_of(pack, set(asked.values()), signs)
    subjects = {name: subject for name, one in asked.items() if (subject := keyed[one]) is not None}
    rows = queries.features_read(pack.id, set(subjects.values()), {names[name] for name in subjects})
    known = {(row.subject, row.name): row for row in rows if row.keep_until_at > at}
    return {
        name: packkit.FeatureValue(row.value, row.from_at, row.source)
        for name in subjects
        if (row := known.get((subjects[name], names[name])))
    }


def _kept(row: CheckAnswer, pack_id: str, check: Check, key: str, asked: str) -> dict[str, Any]:
    """Return an answer as its table keeps it."""
    told = {"says": row.says, "reasons": row.reasons, "facts": row.facts, "would_change": row.would_change}
    return {
        "pack_id": pack_id, "pack": row.pack, "check_id": row.check, "answer": row.answer, "colour": row.colour,
        "code": row.code, "told": told, "given": row.given, "until_at": row.until_at, "asker": row.asker,
        "agency_id": row.agency_id, "region_path": row.region_path, "at": row.at,
        "keep_until_at": row.at + timedelta(days=check.keep_days), "key": key, "request_hash": asked,
    }  # fmt: skip


def _answered(by: Actor, key: str, asked: str) -> CheckAnswer:
    noted = Answer.objects.get(asker=by.ref, key=key)
    if noted.request_hash != asked:
        raise KeyReused
    return queries.answer_row(noted)
