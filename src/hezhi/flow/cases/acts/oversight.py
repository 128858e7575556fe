"""Oversight: urge (催办), supervise (督办), answers to both, and the ladder of rings."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.cases.acts.base import Doing, begin, finish, wait_settle
from hezhi.flow.cases.acts.opening import agencies_of
from hezhi.flow.cases.contracts import CaseRow, CaseState, OrderKind
from hezhi.flow.cases.errors import AlreadyThere, NoOpenOrder, NoSuchAgency
from hezhi.flow.cases.models import Case, Order, TaskForce
from hezhi.flow.cases.rules import clock_spec
from hezhi.kit.sweeping import Round
from hezhi.spine.clocks import api as clocks
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

SWEEP_AT_MOST = 500  # cases one sweep moves for each of its reasons, so that a backlog holds no round up for long


@guard.act
def case_urge(
    *, case_id: int, text: str, by: Actor, at: datetime, agency_id: int | None = None, key: str = ""
) -> CaseRow:
    """Urge the agency that must act (or another participant) to go on; it owes an answer in time."""
    doing = begin("case.urge", case_id=case_id, by=by, at=at, key=key, reason=text)
    return doing.row if doing.is_replay else _order(doing, OrderKind.URGE, text, agency_id)


@guard.act
def case_supervise(
    *, case_id: int, text: str, by: Actor, at: datetime, agency_id: int | None = None, key: str = ""
) -> CaseRow:
    """Put the case under supervision: a formal order with its own deadline and its own answer."""
    doing = begin("case.supervise", case_id=case_id, by=by, at=at, key=key, reason=text)
    return doing.row if doing.is_replay else _order(doing, OrderKind.SUPERVISE, text, agency_id)


def _order(doing: Doing, kind: OrderKind, text: str, agency_id: int | None) -> CaseRow:
    case = doing.case
    target = case.owner_agency_id if agency_id is None else agency_id
    if target not in case.agency_ids and target != case.owner_agency_id:
        raise NoSuchAgency(agency_id=target)
    supervision = doing.pack.playbook.supervision
    limit = supervision.urge_answer if kind is OrderKind.URGE else supervision.supervise_answer
    order = Order(case=case, kind=kind, agency_id=target, text=text, given_by=doing.by.ref, given_at=doing.at)
    # A suspended case suspends its clocks, but an order is answered all the same: its clock stands apart.
    clock = clocks.clock_start(
        subject=f"order:{case.id}", spec=clock_spec(str(kind), limit), by=doing.by, at=doing.at, agency_id=target
    )
    order.clock_id, order.due_at = clock.id, clock.due_at
    order.save()
    return finish(doing, order=order.id, agency=target, due_at=order.due_at)


@guard.act
def case_answer_order(*, case_id: int, order_id: int, answer: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The agency that was urged or supervised answers.

    Raises:
        NoOpenOrder: the order is not this agency's, or it is answered already.
    """
    doing = begin("case.answer", case_id=case_id, by=by, at=at, key=key, reason=answer)
    if doing.is_replay:
        return doing.row
    order = Order.objects.filter(case=doing.case, id=order_id, agency_id=by.agency_id, answered_at__isnull=True).first()
    if order is None:
        raise NoOpenOrder(order_id=order_id)
    order.answer, order.answered_by, order.answered_at = answer, by.ref, at
    order.save(update_fields=["answer", "answered_by", "answered_at"])
    clocks.clock_stop(clock_id=order.clock_id, by=by, at=at)
    return finish(doing, order=order.id, kind=order.kind, is_late=at >= order.due_at)


@guard.act
def case_raise_ring(*, case_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Raise the case to the next ring of the ladder: township, city, leaders.

    Raises:
        AlreadyThere: the case stands on the top ring.
    """
    doing = begin("case.raise_ring", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case, rings = doing.case, doing.pack.playbook.rings
    if case.ring >= len(rings):
        raise AlreadyThere(ring=case.ring)
    told = rings[case.ring]
    case.ring += 1
    return finish(doing, ring=case.ring, to_ring=told.id, whom=told.to)


def cases_sweep(*, at: datetime) -> int:
    """Do what time itself asks for: end waits, tell the next ring, end task forces.

    Each case is one transaction and each rung is claimed once by its ledger key, so a sweep that is
    killed or run twice changes nothing twice.

    Returns:
        How many cases were moved.

    Raises:
        SweepFailed: some cases could not be moved, all others were; the next sweep tries them again.
    """
    system, sweep = Actor.system("sweep"), Round("cases", at_most=SWEEP_AT_MOST)
    waiting = Case.objects.filter(waiting_until__lte=at).order_by("waiting_until", "id")
    sweep.each(list(waiting.values_list("id", flat=True)), lambda case_id: _wait_end(case_id, system, at))
    late = Case.objects.filter(next_ring_at__lte=at).order_by("next_ring_at", "id")
    sweep.each(list(late.values_list("id", flat=True)), lambda case_id: _ring_due(case_id, system, at))
    over = TaskForce.objects.filter(dissolved_at__isnull=True, ends_at__lte=at).order_by("id")
    sweep.each(list(over.values_list("id", "case_id")), lambda force: _force_end(*force, system, at))
    return sweep.end()


@guard.act
def _wait_end(case_id: int, system: Actor, at: datetime) -> int:
    case = Case.objects.select_for_update().get(id=case_id)
    if case.waiting_until is None or case.waiting_until > at:
        return 0
    wait_settle(case, at)
    return 1


@guard.act
def _ring_due(case_id: int, system: Actor, at: datetime) -> int:
    case = Case.objects.select_for_update().get(id=case_id)
    if case.next_ring_at is None or case.next_ring_at > at or case.state == CaseState.CLOSED:
        return 0
    key = f"ring:{case.due_at.isoformat()}:{case.ring + 1}"
    case_raise_ring(case_id=case_id, reason="limit is used up", by=system, at=max(at, case.last_act_at), key=key)
    return 1


@guard.act
def _force_end(force_id: int, case_id: int, system: Actor, at: datetime) -> int:
    last_act_at = Case.objects.select_for_update().values_list("last_act_at", flat=True).get(id=case_id)
    at = max(at, last_act_at)
    doing = begin("case.dissolve_task_force", case_id=case_id, by=system, at=at, reason="its time is over")
    if not TaskForce.objects.filter(id=force_id, dissolved_at__isnull=True).update(dissolved_at=at):
        return 0
    doing.case.agency_ids = agencies_of(doing.case)
    finish(doing, force=force_id)
    return 1
