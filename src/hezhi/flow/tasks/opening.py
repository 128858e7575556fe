"""Opening tasks: what the playbook asks for next, and the tasks every pack has."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Part
from hezhi.flow.tasks import queries
from hezhi.flow.tasks.contracts import TaskState
from hezhi.flow.tasks.errors import NotYourTask, TaskNotReady
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.flow.tasks.rules import Done, next_tasks
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.base import Limit
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockSpec, Party, Unit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor, ActorKind


def case_plan(case: CaseRow, *, by: Actor, at: datetime) -> list[int]:
    """Open every playbook task that opens by itself now; return the ids of the new tasks.

    Only a case that is being handled has next tasks: not one that waits for a signature, rests or is closed.
    Asking again opens nothing twice: an element that has a task in the present round is begun.
    """
    if case.state is not CaseState.HANDLING:
        return []
    return [
        _open_element(case, element, agency_id, part, by, at)
        for element in ready_elements(case)
        if not element.optional
        for agency_id, part in _owners(case, element, at)
    ]


def ready_elements(case: CaseRow) -> list[Element]:
    """Return the playbook's tasks that may open now, optional ones too."""
    if case.lead_agency_id is None:
        return []
    tasks = [one for one in queries.of_case.all(case_id=case.id) if one.state != TaskState.CANCELLED]
    live = {one.element for one in tasks if one.state != TaskState.DONE}
    # Where several agencies own a task each, what comes after it waits for the last of them.
    done = [Done(one.element, one.result) for one in tasks if one.element not in live]
    begun = frozenset(one.element for one in tasks)
    return next_tasks(packkit.shelf().of(case.pack).playbook, done=done, begun=begun)


@guard.act
def task_begin(*, case_id: int, element: str, by: Actor, at: datetime) -> list[int]:
    """The lead begins an optional task whose turn has come; return the ids of its tasks.

    Raises:
        NotYourTask: the case is led by another agency.
        TaskNotReady: the task is not optional, has begun, or its turn has not come.
    """
    case = cases.case_get(case_id=case_id, by=by)
    cases.case_touch(case_id=case_id, act="task.open", at=at)
    if by.kind is not ActorKind.SYSTEM and by.agency_id != case.lead_agency_id:
        raise NotYourTask(agency=case.lead_agency_name)
    ready = {one.id: one for one in ready_elements(case) if one.optional}
    if case.state is not CaseState.HANDLING or element not in ready:
        raise TaskNotReady(task=element, possible=sorted(ready))
    return [
        _open_element(case, ready[element], agency_id, part, by, at)
        for agency_id, part in _owners(case, ready[element], at)
    ]


def _owners(case: CaseRow, element: Element, at: datetime) -> list[tuple[int, str]]:
    """Return ``(agency id, part)`` of everyone who owns a task of this element."""
    lead = case.lead_agency_id
    assert lead is not None
    if element.by == "lead":
        return [(lead, Part.LEAD)]
    if element.by == "coordinator":
        found = people.agency_for_role(role=Role.COORDINATOR, region_code=case.region_code, at=at)
        return [(found.id if found else lead, "coordinator")]
    if element.by in (Part.CO, Part.SUPPORT):
        members = cases.participants_of(case_id=case.id)
        return [(one.agency_id, one.part) for one in members if one.part == element.by]
    found = people.agency_find(kind=element.by, region_code=case.region_code, on=day_of(at))
    if found is None or found.id == lead:
        # A kind of agency that this place does not have leaves its work with the lead; nothing is lost.
        return [(lead, Part.LEAD)]
    parts = {one.agency_id: one.part for one in cases.participants_of(case_id=case.id)}
    return [(found.id, parts.get(found.id, Part.SUPPORT))]


def _open_element(case: CaseRow, element: Element, agency_id: int, part: str, by: Actor, at: datetime) -> int:
    if agency_id != case.lead_agency_id:
        cases.participant_join(case_id=case.id, agency_id=agency_id, by=by, at=at)
    not_before, wait_clock_id = None, None
    if element.wait is not None:
        spec = _spec(f"wait:{element.id}", element.wait.limit)
        wait = clocks.clock_start(subject=f"wait:{case.id}", spec=spec, by=by, at=at)
        not_before, wait_clock_id = wait.due_at, wait.id
        party = Party(element.wait.waiting_for)
        if party in (Party.CITIZEN, Party.COURT):
            cases.case_wait(case_id=case.id, until=not_before, waiting_for=party, reason=element.says.zh, by=by, at=at)
    return task_open(
        case=case, element=element.id, agency_id=agency_id, part=part, limit=element.limit,
        not_before=not_before, wait_clock_id=wait_clock_id, by=by, at=at,
    )  # fmt: skip


def _spec(kind: str, limit: Limit) -> ClockSpec:
    return ClockSpec(kind, limit.budget, Unit(limit.unit), limit.source.cite, limit.source.is_verified)


@guard.act
def task_open(
    *, case: CaseRow, element: str, agency_id: int, part: str, limit: Limit, by: Actor, at: datetime,
    not_before: datetime | None = None, wait_clock_id: int | None = None, person_id: int | None = None,
) -> int:  # fmt: skip
    """Open a task for an agency and return its id; one that is live already is returned as it is.

    ``not_before`` lets it wait; its limit runs from then on. The case's handler gets the lead's tasks.
    """
    live = queries.live_one.first(case_id=case.id, element=element, agency_id=agency_id)
    if live is not None:
        return live.id
    task = Task(
        case_id=case.id, pack=case.pack, element=element, part=part, agency_id=agency_id,
        person_id=person_id or (case.handler_id if part == Part.LEAD else None), state=TaskState.WAITING,
        opened_at=at, not_before=not_before, clock_id=wait_clock_id, due_at=not_before or at,
        limit=limit.model_dump(),
    )  # fmt: skip
    if not_before is None:
        task_start(task, by=by)
    else:
        task.save()
    act = "task.wait" if not_before else "task.open"
    body = {"task": task.id, "element": element, "agency": agency_id, "due_at": task.due_at, "not_before": not_before}
    ledger.line_append(chain=f"case:{case.id}", act=act, by=by, at=at, body=body, pack=case.pack)
    return task.id


def task_start(task: Task, *, by: Actor) -> None:
    """Make a task open: its limit begins to run, at the end of its wait if it had one."""
    if task.clock_id is not None:
        clocks.clock_stop(clock_id=task.clock_id, by=by, at=task.not_before or task.opened_at)
    limit = Limit.model_validate(task.limit)
    begun_at = task.not_before or task.opened_at
    if limit.unit != "hour":
        begun_at = clocks.counted_from(begun_at)
    spec = _spec(f"task:{task.element}", limit)
    clock = clocks.clock_start(subject=f"task:{task.case_id}", spec=spec, by=by, at=begun_at, agency_id=task.agency_id)
    task.state, task.clock_id, task.due_at = TaskState.OPEN, clock.id, clock.due_at
    task.save()


@guard.act
def tasks_cancel(*, case_id: int, which: Q, reason: str, by: Actor, at: datetime) -> int:
    """Cancel the live tasks of a case that ``which`` keeps; return how many.

    A waiting time that only they were waiting for ends with them.
    """
    cancelled = list(Task.objects.select_for_update().filter(LIVE_Q, which, case_id=case_id).order_by("id"))
    was_waiting = any(task.state == TaskState.WAITING for task in cancelled)
    for task in cancelled:
        task.state, task.done_at, task.done_by = TaskState.CANCELLED, at, by.ref
        task.save(update_fields=["state", "done_at", "done_by"])
        if task.clock_id is not None:
            clocks.clock_stop(clock_id=task.clock_id, by=by, at=at)
    if cancelled:
        body = {"tasks": [task.id for task in cancelled], "reason": reason}
        ledger.line_append(chain=f"case:{case_id}", act="task.cancel", by=by, at=at, body=body, pack=cancelled[0].pack)
    if was_waiting and not Task.objects.filter(case_id=case_id, state=TaskState.WAITING).exists():
        cases.case_wait_drop(case_id=case_id, by=by, at=at)
    return len(cancelled)
