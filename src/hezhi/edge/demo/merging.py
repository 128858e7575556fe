"""Merging what is offered as the same matter, and taking a merge back that was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from hezhi.edge.demo.behaviours import Merge
from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.desk import Desk
from hezhi.edge.demo.world import Plan, World
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordRow
from hezhi.kit.errors import NotFound
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor


def merges_do(world: World, merge: Merge, record_ids: Sequence[int], officer: Actor, at: datetime) -> None:
    """Merge the first record of an alert with those offered as the same that the officer believes."""
    if not record_ids:
        return
    first = record_ids[0]
    try:
        offers = intake.duplicates_suggest(record_id=first, by=officer, size=4)
    except NotFound:  # a confidential report: the duty desk triages it, and reads no more of it
        return
    for offer in offers:
        words = ("merge", offer.record.pack_id, offer.record.source_key, offer.rule)
        if offer.share >= merge.share_at_least and world.is_drawn(merge.share, *words):
            intake.record_merge(record_ids=[first, offer.record.id], by=officer, at=at, reason=merge.reason)


def split_plan(desk: Desk) -> Plan | None:
    """Return the taking back of a merge about this case, where it was a mistake; once."""
    merge, accepted = desk.behaviour.merge, desk.past.last_at("case.accept")
    if merge is None or accepted is None or not desk.roll(merge.split_share, "split"):
        return None
    ids = cases.records_of(case_id=desk.case.id)
    grouped = [one for one in ids[1:] if len(intake.group_ids(record_id=one)) > 1]
    if not grouped:
        return None
    record = intake.record_get(record_id=grouped[-1], by=HOUSE).row
    at = desk.later(accepted, merge.split_hours, "split")
    return desk.plan("split", at, partial(_split, desk, record, merge))


def _split(desk: Desk, record: RecordRow, merge: Merge, plan: Plan) -> None:
    officer = desk.world.cast.on_duty(Role.DUTY_OFFICER, desk.case.region_code, plan.at)
    intake.record_split(record_id=record.id, by=officer, at=plan.at, reason=merge.split_reason, key=plan.key)
