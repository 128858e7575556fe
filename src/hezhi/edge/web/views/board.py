"""The supervision board: what is late, told per agency and per case, never per person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.casefile import step_clocks
from hezhi.edge.web.places import place_names
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow, CaseState
from hezhi.kit.paging import Page
from hezhi.spine.permissions.contracts import Right

SHORT = 20


@require_GET
@officer(Right.CASE_SUPERVISE, Right.CASE_COORDINATE)
def board(request: HttpRequest) -> HttpResponse:
    """Counts per agency, and the most urgent cases of each kind of lateness."""
    me, at = by(request), now()
    loads = cases.agency_board(by=me, at=at)
    lists = {
        "overdue": cases.case_page(by=me, wanted=CaseFilter(is_overdue=True), at=at, size=SHORT),
        "ringed": cases.case_page(by=me, wanted=CaseFilter(ring_at_least=1), at=at, size=SHORT),
        "returned": cases.case_page(by=me, wanted=CaseFilter(states=(CaseState.RETURNED,)), at=at, size=SHORT),
    }
    unaccepted: Page[CaseRow] = Page(tuple(cases.cases_unaccepted(by=me, at=at, size=SHORT)))
    orders = cases.orders_owed(by=me)
    shown = {
        "loads": loads,
        "totals": {
            "open": sum(one.open_count for one in loads),
            "overdue": sum(one.overdue_count for one in loads),
            "ringed": sum(one.ringed_count for one in loads),
            "unaccepted": sum(one.unaccepted_count for one in loads),
            "unanswered": len(orders),  # those to agencies that only take part are in no load
            "returned": sum(one.returned_count for one in loads),
        },
        "unaccepted": unaccepted,
        "orders": orders,
        "at": at,
        "steps": step_clocks([*unaccepted, *lists["returned"]]),
        "places": place_names(
            [one.region_code for page in lists.values() for one in page] + [one.region_code for one in unaccepted]
        ),
        **lists,
    }
    return render(request, "web/board.html", shown)
