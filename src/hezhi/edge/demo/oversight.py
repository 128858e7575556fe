"""Oversight: robots that urge and supervise what is late, those that answer, and those that end task forces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from hezhi.edge.demo.behaviours import Order
from hezhi.edge.demo.desk import Desk
from hezhi.edge.demo.world import Plan
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.spine.ledger.contracts import Line
from hezhi.spine.people.contracts import Role

GIVEN = {"urge": "case.urge", "supervise": "case.supervise"}


def plans(desk: Desk) -> Iterator[Plan]:
    """Yield orders, answers to orders, and the end of a task force."""
    yield from _answers(desk)
    if desk.is_open:
        yield from _orders(desk)
        yield from _force_ends(desk)


def _orders(desk: Desk) -> Iterator[Plan]:
    if desk.case.state is CaseState.SUSPENDED or desk.case.waiting_until is not None:
        return
    for number, order in enumerate(desk.behaviour.orders):
        since = _late_since(desk, order)
        if since is None or _was_given(desk, order):
            continue
        if desk.roll(order.share, "order", number, desk.round):
            at = desk.later(since, order.after_hours, "order", number, desk.round)
            yield desk.plan(order.kind, at, partial(_order, desk, order))


def _late_since(desk: Desk, order: Order) -> datetime | None:
    """Return since when the case is as late as the order asks, in the present round of work."""
    began = desk.past.round_began() or desk.case.opened_at
    if order.ring == 0:
        return desk.case.due_at
    raised = [one for one in desk.past.every("case.raise_ring") if one.at >= began and one.body["ring"] >= order.ring]
    return raised[0].at if raised else None


def _was_given(desk: Desk, order: Order) -> bool:
    began = desk.past.round_began() or desk.case.opened_at
    return any(
        line.at >= began and line.body.get("reason") == order.text for line in desk.past.every(GIVEN[order.kind])
    )


def _order(desk: Desk, order: Order, plan: Plan) -> None:
    give = cases.case_urge if order.kind == "urge" else cases.case_supervise
    give(case_id=desk.case.id, text=order.text, by=desk.officer_for(Role.SUPERVISOR), at=plan.at, key=plan.key)


def _answers(desk: Desk) -> Iterator[Plan]:
    if not desk.is_open:
        return
    answered = {line.body["order"] for line in desk.past.every("case.answer")}
    for act in GIVEN.values():
        for number, line in enumerate(desk.past.every(act)):
            order = next((one for one in desk.behaviour.orders if one.text == line.body.get("reason")), None)
            if order is not None and line.body["order"] not in answered:
                at = desk.later(line.at, order.answer_hours, "answer", act, number)
                yield desk.plan(f"answer-{order.kind}{number}", at, partial(_answer, desk, order, line))


def _answer(desk: Desk, order: Order, line: Line, plan: Plan) -> None:
    cases.case_answer_order(
        case_id=desk.case.id, order_id=line.body["order"], answer=order.answer,
        by=desk.someone_at(line.body["agency"], "answer"), at=plan.at, key=plan.key,
    )  # fmt: skip


def _force_ends(desk: Desk) -> Iterator[Plan]:
    formed, over = desk.past.last("case.form_task_force"), desk.past.count("case.dissolve_task_force")
    wish = next((one for one in desk.behaviour.forces if one.dissolve_after_days is not None), None)
    if formed is None or over or wish is None:
        return
    at = desk.later(formed.at + timedelta(days=wish.dissolve_after_days or 0), (0.5, 1, 3), "force ends")
    force_id, reason = formed.body["force"], wish.dissolve_reason
    yield desk.plan("dissolve_force", at, partial(_dissolve, desk, force_id, reason))


def _dissolve(desk: Desk, force_id: int, reason: str, plan: Plan) -> None:
    cases.case_dissolve_force(
        case_id=desk.case.id, force_id=force_id, reason=reason, by=desk.coordinator(plan.at), at=plan.at, key=plan.key
    )
