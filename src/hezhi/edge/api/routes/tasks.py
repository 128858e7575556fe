"""Human work: lists, taking, handing over, finishing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import AgencyId, Cursor, Id, In, Name, PaperIn, Reason, RowId, Rows, Size, page
from hezhi.edge.now import now
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter, TaskRow, TaskState
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["tasks"])


class TaskQuery(Schema):
    """``state`` left out means open tasks; other empty fields do not narrow."""

    state: list[TaskState] = [TaskState.OPEN]
    case_id: Id | None = None
    person_id: Id | None = None
    agency_id: AgencyId | None = None
    is_overdue: bool = False


class HandOverIn(In):
    person_id: Id
    reason: Reason


class ResultIn(In):
    """The result with the fields and papers the pack asks for."""

    result: Annotated[dict[Name, Any], Field(max_length=100)]
    papers: Annotated[list[PaperIn], Field(max_length=50)] = []


def _do(request: HttpRequest, key: str, act: Callable[..., TaskRow], task_id: int, **told: object) -> TaskRow:
    def do(who: Actor, at: datetime, act_key: str) -> TaskRow:
        return act(task_id=task_id, by=who, at=at, key=act_key, **told)

    return once(request, key, do)


WAYS = {"response": answers(TaskRow, 404, 409)}


@router.get("", response=answers(Rows[TaskRow]), summary="List tasks")
def page_of_tasks(request: HttpRequest, wanted: Query[TaskQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return tasks I may see, those due first on top."""
    narrowed = TaskFilter(
        states=tuple(wanted.state),
        case_id=wanted.case_id,
        person_id=wanted.person_id,
        agency_id=wanted.agency_id,
        is_overdue=wanted.is_overdue,
    )
    return page(tasks.task_page(by=by(request), wanted=narrowed, at=now(), cursor=cursor, size=size))


@router.get("/{task_id}", response=answers(TaskRow, 404), summary="Read a task")
def task(request: HttpRequest, task_id: RowId) -> TaskRow:
    """Return one task with its result so far."""
    return tasks.task_get(task_id=task_id, by=by(request))


@router.post("/{task_id}/take", summary="Take", **WAYS)
def take(request: HttpRequest, task_id: RowId, key: Key) -> TaskRow:
    """Take a task of my agency that nobody holds yet."""
    return _do(request, key, tasks.task_take, task_id)


@router.post("/{task_id}/hand-over", summary="Hand over", **WAYS)
def hand_over(request: HttpRequest, task_id: RowId, body: HandOverIn, key: Key) -> TaskRow:
    """Hand a task to another person of the same agency."""
    return _do(request, key, tasks.task_hand_over, task_id, person_id=body.person_id, reason=body.reason)


@router.post("/{task_id}/done", summary="Finish", **WAYS)
def done(request: HttpRequest, task_id: RowId, body: ResultIn, key: Key) -> TaskRow:
    """Finish a task; every missing or wrong field and paper is named at once."""
    papers = [one.paper() for one in body.papers]
    return _do(request, key, tasks.task_done, task_id, result=body.result, papers=papers)
