"""Who has the case: robots that accept, return, rule and transfer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from hezhi.edge.demo.behaviours import Return, Ruling, Transfer
from hezhi.edge.demo.desk import Desk
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.world import Plan
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState

DISPATCHING = ("case.open", "case.return", "case.rule", "case.transfer")
LATE_HOURS = (9.0, 14.0, 26.0)  # office hours: past any limit of one working day


def plans(desk: Desk) -> Iterator[Plan]:
    """Yield what may happen to a case nobody has signed for."""
    since = desk.past.last_at(*DISPATCHING)
    assert since is not None
    if desk.case.state is CaseState.RETURNED:
        yield desk.plan("rule", desk.later(since, desk.behaviour.ruling_hours, "rule"), partial(_rule, desk))
    elif desk.case.state is CaseState.DISPATCHED:
        yield _first_answer(desk, since)


def _first_answer(desk: Desk, since: datetime) -> Plan:
    bounces, number = desk.case.bounce_count, len(desk.past.every("case.transfer"))
    if not desk.past.count("case.rule"):
        for line, wish in enumerate(desk.behaviour.returns):
            if desk.holds(wish.when) and desk.roll(wish.share, "return", bounces, line) and _may_go(desk, wish):
                at = desk.later(since, wish.after_hours, "return", bounces)
                return desk.plan("return", at, partial(_return, desk, wish))
    spread = LATE_HOURS if desk.roll(desk.behaviour.late_accept_share, "late", bounces) else desk.behaviour.accept_hours
    at = desk.later(since, spread, "accept", bounces, number, desk.round)
    return desk.plan("accept", at, partial(_accept, desk))


def _may_go(desk: Desk, wish: Return) -> bool:
    """An agency does not propose itself."""
    proposed = desk.world.cast.agency_near(wish.proposes, desk.case.region_code)
    return proposed is None or proposed.id != desk.case.lead_agency_id


def _accept(desk: Desk, plan: Plan) -> None:
    cases.case_accept(case_id=desk.case.id, by=desk.lead(), at=plan.at, key=plan.key)


def _return(desk: Desk, wish: Return, plan: Plan) -> None:
    cases.case_return(
        case_id=desk.case.id, reason=wish.reason, note=wish.note, proposed_kind=wish.proposes,
        by=desk.lead(), at=plan.at, key=plan.key,
    )  # fmt: skip


def _rule(desk: Desk, plan: Plan) -> None:
    ruling, agency_id = _ruling(desk)
    cases.case_rule(
        case_id=desk.case.id,
        agency_id=agency_id,
        reason=ruling.reason,
        by=desk.coordinator(plan.at),
        at=plan.at,
        key=plan.key,
    )


def _ruling(desk: Desk) -> tuple[Ruling, int]:
    for ruling in desk.behaviour.rulings:
        agency = desk.world.cast.agency_near(ruling.kind, desk.case.region_code)
        if agency is not None and desk.holds(ruling.when):
            return ruling, agency.id
    raise CityInvalid(f"behaviour of {desk.case.pack_id}: no ruling fits {desk.case.matter} in {desk.case.region_code}")


def transfer_plans(desk: Desk) -> Iterator[Plan]:
    """Yield a transfer that a coordinator orders soon after acceptance, once."""
    accepted = desk.past.last_at("case.accept")
    for number, wish in enumerate(desk.behaviour.transfers):
        if accepted is None or desk.past.count("case.transfer") or not desk.holds(wish.when):
            continue
        agency = desk.world.cast.agency_near(wish.kind, desk.case.region_code)
        if agency is not None and agency.id != desk.case.lead_agency_id and desk.roll(wish.share, "transfer", number):
            at = desk.later(accepted, wish.after_hours, "transfer")
            yield desk.plan("transfer", at, partial(_transfer, desk, wish, agency.id))


def _transfer(desk: Desk, wish: Transfer, agency_id: int, plan: Plan) -> None:
    cases.case_transfer(
        case_id=desk.case.id,
        agency_id=agency_id,
        reason=wish.reason,
        by=desk.coordinator(plan.at),
        at=plan.at,
        key=plan.key,
    )
