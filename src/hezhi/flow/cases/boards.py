"""Reads for those who watch over many cases: what is late, unanswered, unaccepted or objected to.

Everything is told per agency or per case, never per person.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from hezhi.flow.cases.contracts import (
    AgencyLoad,
    CaseRow,
    CaseState,
    ContestOwed,
    ContestRow,
    OrderKind,
    OrderOwed,
    OrderRow,
)
from hezhi.flow.cases.models import OPEN_Q, Contest, Order, late_q
from hezhi.flow.cases.queries import case_row, visible
from hezhi.spine.clocks import api as clocks
from hezhi.spine.permissions.contracts import Actor, Right

AT_MOST = 100


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        order.id, OrderKind(order.kind), order.agency_id, order.agency.name, order.text, order.given_by,
        order.given_at, order.due_at, order.answer, order.answered_by, order.answered_at,
    )  # fmt: skip


def contest_row(one: Contest) -> ContestRow:
    return ContestRow(
        one.id, one.record_number, one.text, one.filed_at, one.due_at, one.decision, one.reason, one.decided_by,
        one.decided_at,
    )  # fmt: skip


def orders_owed(*, by: Actor, agency_id: int | None = None, size: int = AT_MOST) -> list[OrderOwed]:
    """Return unanswered orders on cases the actor may read, those owed first on top; of one agency if given."""
    rows = Order.objects.filter(answered_at__isnull=True, case__in=visible(by).values("id"))
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    related = ("agency", "case__lead_agency", "case__owner_agency")
    return [
        OrderOwed(case_row(one.case), order_row(one))
        for one in rows.select_related(*related).order_by("due_at", "id")[:size]
    ]


def contests_owed(*, by: Actor, size: int = AT_MOST) -> list[ContestOwed]:
    """Return objections that wait for an answer on cases the actor coordinates, those owed first on top."""
    rows = Contest.objects.filter(decided_at__isnull=True, case__in=visible(by, Right.CASE_COORDINATE).values("id"))
    return [
        ContestOwed(case_row(one.case), contest_row(one))
        for one in rows.select_related("case__lead_agency", "case__owner_agency").order_by("due_at", "id")[:size]
    ]


def _late_to_accept(at: datetime) -> list[int]:
    """Return ids of cases whose acceptance is overdue."""
    due = clocks.clocks_due(kind_prefix="accept", before=at)
    subjects = [one.subject.partition(":") for one in due]
    return [int(number) for kind, _sep, number in subjects if kind == "case"]


def cases_unaccepted(*, by: Actor, at: datetime, size: int = AT_MOST) -> list[CaseRow]:
    """Return cases whose lead agency let its time for accepting go by, longest waiting first."""
    rows = visible(by).filter(id__in=_late_to_accept(at), state=CaseState.DISPATCHED)
    return [
        case_row(one) for one in rows.select_related("lead_agency", "owner_agency").order_by("opened_at", "id")[:size]
    ]


def cases_related(*, case_id: int, by: Actor, size: int = 10) -> list[CaseRow]:
    """Return other cases the actor may read about the same subject, or open ones of the same matter and place.

    Newest first; empty when the actor may not see the case itself.
    """
    case = visible(by).filter(id=case_id).first()
    if case is None:
        return []
    same = Q(subject=case.subject) | (OPEN_Q & Q(matter=case.matter, region_code=case.region_code))
    rows = visible(by).filter(same, pack_id=case.pack_id).exclude(id=case_id)
    return [case_row(one) for one in rows.select_related("lead_agency", "owner_agency").order_by("-id")[:size]]


def agency_board(*, by: Actor, at: datetime) -> list[AgencyLoad]:
    """Return open, overdue, escalated, unaccepted and unanswered counts per agency that must act now.

    Ordered by what is late, then by name; agencies with nothing open are left out.
    """
    unanswered = dict(
        Order.objects.filter(answered_at__isnull=True, case__in=visible(by).values("id"))
        .values_list("agency_id")
        .annotate(Count("id"))
    )
    late = Q(id__in=_late_to_accept(at), state=CaseState.DISPATCHED)
    rows = (
        visible(by)
        .filter(OPEN_Q)
        .values("owner_agency_id", "owner_agency__name")
        .annotate(
            open=Count("id"),
            overdue=Count("id", filter=late_q(at)),
            ringed=Count("id", filter=Q(ring__gt=0)),
            unaccepted=Count("id", filter=late),
            returned=Count("id", filter=Q(state=CaseState.RETURNED)),
        )
    )
    loads = [
        AgencyLoad(
            one["owner_agency_id"],
            one["owner_agency__name"],
            one["open"],
            one["overdue"],
            one["ringed"],
            one["unaccepted"],
            unanswered.get(one["owner_agency_id"], 0),
            one["returned"],
        )
        for one in rows
    ]
    return sorted(loads, key=lambda one: (-one.overdue_count, -one.unaccepted_count, one.agency_name))
