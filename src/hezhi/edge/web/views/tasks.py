"""Acts on tasks: take, hand over, finish with result and papers, begin an optional one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hezhi.edge.now import now
from hezhi.edge.web.act_forms import papers_of
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.fields import for_rooms, read_posted
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.task_forms import element_of, fields_for
from hezhi.edge.web.views.cases import Tried, after_act, case_page, uploaded_names
from hezhi.flow.tasks import api as tasks
from hezhi.kit.errors import HezhiError
from hezhi.kit.paging import number_read
from hezhi.spine.permissions.contracts import Right


@never_cache
@require_POST
@officer(Right.CASE_READ)
def task_take(request: HttpRequest, task_id: int) -> HttpResponse:
    task = tasks.task_take(task_id=task_id, by=by(request), at=now(), key=request.POST.get("key", ""))
    messages.success(request, _("You have taken the task."))
    return redirect("web:case", task.case_id)


@never_cache
@require_POST
@officer(Right.CASE_READ)
def task_hand_over(request: HttpRequest, task_id: int) -> HttpResponse:
    me, at = by(request), now()
    person, key = request.POST.get("person_id", ""), request.POST.get("key", "")
    task = tasks.task_get(task_id=task_id, by=me)
    try:
        tasks.task_hand_over(
            task_id=task_id,
            person_id=number_read(person) or 0,
            reason=request.POST.get("reason", ""),
            by=me,
            at=at,
            key=key,
        )
    except HezhiError as error:
        file = case_file(case_id=task.case_id, by=me, at=at)
        return case_page(request, file, Tried(f"task:{task_id}", refusal_of(error), request.POST.dict(), key))
    messages.success(request, _("The task is handed over."))
    return redirect("web:case", task.case_id)


@never_cache
@require_POST
@officer(Right.CASE_READ)
def task_done(request: HttpRequest, task_id: int) -> HttpResponse:
    """Finish a task; refused, the page comes back with everything that was typed and handed in."""
    me, at, key = by(request), now(), request.POST.get("key", "")
    task = tasks.task_get(task_id=task_id, by=me)
    file = case_file(case_id=task.case_id, by=me, at=at)
    given: dict[str, Any] = {}
    try:
        fields = fields_for(file, task)
        given = read_posted(request, fields, by=me, at=at)
        element = element_of(file, task)
        names = uploaded_names(request, given)
        papers = papers_of(given, element.papers if element else (), names)
        result = {name: one for name, one in for_rooms(fields, given).items() if not name.startswith("paper-")}
        tasks.task_done(task_id=task_id, result=result, papers=papers, by=me, at=at, key=key)
    except HezhiError as error:
        typed = {**request.POST.dict(), **given}
        return case_page(request, file, Tried(f"task:{task_id}", refusal_of(error, file.pack), typed, key))
    messages.success(request, _("The task is done."))
    return after_act(request, task.case_id)


@never_cache
@require_POST
@officer(Right.CASE_HANDLE)
def task_begin(request: HttpRequest, case_id: int) -> HttpResponse:
    me, at = by(request), now()
    try:
        tasks.task_begin(case_id=case_id, element=request.POST.get("element", ""), by=me, at=at)
    except HezhiError as error:
        file = case_file(case_id=case_id, by=me, at=at)
        return case_page(request, file, Tried("task.begin", refusal_of(error), request.POST.dict(), ""))
    messages.success(request, _("The task is open."))
    return redirect("web:case", case_id)
