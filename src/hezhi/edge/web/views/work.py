"""My work: what waits for this officer and this agency, each with its due date."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hezhi.edge.now import now
from hezhi.edge.web.actor import by, may_somewhere, officer
from hezhi.edge.web.casefile import step_clocks
from hezhi.edge.web.places import place_names
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseState
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter
from hezhi.services.notices import api as notices
from hezhi.spine.permissions.contracts import Right

SHORT = 20  # rows of each list here; the whole lists have pages of their own


@require_GET
@officer()
def work(request: HttpRequest) -> HttpResponse:
    """Alerts to triage, tasks of mine, tasks nobody took, cases my agency must act on, orders to answer, notices."""
    me, at = by(request), now()
    shown: dict[str, object] = {"at": at, "actor": me, "notices": notices.notices_page(recipient=me.ref, size=5)}
    if me.person_id is not None:
        mine = TaskFilter(person_id=me.person_id)
        shown["my_tasks"] = tasks.task_page(by=me, wanted=mine, at=at, size=SHORT)
    if me.agency_id is not None:
        free = TaskFilter(agency_id=me.agency_id, is_untaken=True)
        shown["free_tasks"] = tasks.task_page(by=me, wanted=free, at=at, size=SHORT)
        mine_to_act = cases.case_page(by=me, wanted=CaseFilter(is_mine=True), at=at, size=SHORT)
        shown |= {"my_cases": mine_to_act, "steps": step_clocks(mine_to_act)}
        shown["orders"] = cases.orders_owed(by=me, agency_id=me.agency_id)
    if may_somewhere(me, Right.ALERT_TRIAGE):
        waiting = alerts.alert_page(by=me, wanted=AlertFilter(), size=SHORT)
        shown |= {"alerts": waiting, "places": place_names([one.region_code for one in waiting])}
    if may_somewhere(me, Right.CASE_VERIFY):
        wanted = CaseFilter(states=(CaseState.SUBMITTED, CaseState.VERIFIED))
        shown["to_verify"] = cases.case_page(by=me, wanted=wanted, at=at, size=SHORT)
    if may_somewhere(me, Right.CASE_COORDINATE):
        shown["contests"] = cases.contests_owed(by=me)
    return render(request, "web/work.html", shown)
