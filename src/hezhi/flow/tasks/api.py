"""The door of the tasks room: open, take, hand over, do; and submit a case once its work is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, Paper, Part
from hezhi.flow.tasks.contracts import TaskDone, TaskRow, TaskState
from hezhi.flow.tasks.errors import NeedsNamedPerson, NotYourTask, ResultIncomplete, TaskNotFound, TaskNotOpen
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.flow.tasks.opening import case_plan, ready_elements, task_begin, task_open, task_start, tasks_cancel
from hezhi.flow.tasks.queries import (
    element_of,
    task_get,
    task_page,
    task_row,
    task_says,
    tasks_of_case,
    visible,
    with_names,
    workload,
)
from hezhi.flow.tasks.rules import ANSWER
from hezhi.kit import bus
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.packkit.shape.records import Field
from hezhi.packkit.values import values_check
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor, ActorKind

__all__ = [
    "fields_of",
    "optional_elements",
    "task_begin", "task_done", "task_get", "task_hand_over", "task_open", "task_page", "task_says", "task_take",
    "tasks_cancel", "tasks_of_case", "tasks_sweep", "work_submit", "workload",
]  # fmt: skip


def fields_of(task: TaskRow) -> Mapping[str, Field]:
    """Return the fields the result of a task must fill."""
    element = element_of(task)
    return element.fields if element else ANSWER


def optional_elements(*, case_id: int, by: Actor) -> list[Element]:
    """Return the optional tasks the lead of a case may begin now."""
    return [one for one in ready_elements(cases.case_get(case_id=case_id, by=by)) if one.optional]


def _begin(task_id: int, by: Actor, key: str) -> tuple[Task, bool]:
    """Lock a task of the actor's own agency; say whether this very act was already done."""
    task = with_names(visible(by)).select_for_update(of=("self",)).filter(id=task_id).first()
    if task is None:
        raise TaskNotFound(task_id=task_id)
    if by.kind is not ActorKind.SYSTEM and by.agency_id != task.agency_id:
        raise NotYourTask(agency=task.agency.name)
    if key and ledger.line_by_key(chain=f"case:{task.case_id}", key=key) is not None:
        return task, True
    if task.state != TaskState.OPEN:
        raise TaskNotOpen(state=task.state)
    return task, False


def _note(task: Task, act: str, by: Actor, at: datetime, key: str, **body: Any) -> None:
    whole = {"task": task.id, "element": task.element, "agency": task.agency_id, **body}
    ledger.line_append(chain=f"case:{task.case_id}", act=act, by=by, at=at, body=whole, pack=task.pack, key=key)


@transaction.atomic
def task_take(*, task_id: int, by: Actor, at: datetime, key: str = "") -> TaskRow:
    """A person of the owning agency takes a task that nobody holds yet.

    Raises:
        NotYourTask: another agency's, or another person has it (then hand-over is the way).
    """
    task, is_replay = _begin(task_id, by, key)
    if is_replay:
        return task_row(task)
    if task.person_id is not None and task.person_id != by.person_id:
        raise NotYourTask(person=task.person.name if task.person else "")
    task.person_id = by.person_id
    task.save(update_fields=["person"])
    _note(task, "task.take", by, at, key, person=by.person_id)
    return task_get(task_id=task_id, by=by)


@transaction.atomic
def task_hand_over(*, task_id: int, person_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> TaskRow:
    """Hand a task to another person of the same agency.

    Raises:
        NotYourTask: the person works elsewhere.
    """
    task, is_replay = _begin(task_id, by, key)
    if is_replay:
        return task_row(task)
    person = people.person_get(person_id, at=at)
    if person.agency_id != task.agency_id:
        raise NotYourTask(person=person.name)
    before = task.person_id
    task.person_id = person.id
    task.save(update_fields=["person"])
    _note(task, "task.hand_over", by, at, key, from_person=before, person=person.id, reason=reason)
    return task_get(task_id=task_id, by=by)


@transaction.atomic
def task_done(
    *, task_id: int, result: Mapping[str, Any], papers: Sequence[Paper] = (), by: Actor, at: datetime, key: str = ""
) -> TaskRow:
    """Finish a task with its required fields and papers; what comes after it opens.

    Raises:
        TaskNotFound, NotYourTask, TaskNotOpen.
        NeedsNamedPerson: the task burdens someone and ``by`` is not a person.
        ResultIncomplete: every missing or wrong field and paper at once.
    """
    task, is_replay = _begin(task_id, by, key)
    if is_replay:
        return task_row(task)
    element = element_of(task)
    if element is not None and element.adverse and by.kind is not ActorKind.PERSON:
        raise NeedsNamedPerson(task=task.element)
    checked = values_check(element.fields if element else ANSWER, result)
    missing = [name for name in (element.papers if element else ()) if name not in {one.name for one in papers}]
    if checked.problems or missing:
        raise ResultIncomplete(findings=checked.problems, papers=missing)
    for paper in papers:
        files.file_get(paper.sha256)
    values = dict(checked.values)
    task.state, task.done_at, task.done_by = TaskState.DONE, at, by.ref
    task.result, task.papers = values, [asdict(one) for one in papers]
    task.person_id = task.person_id or by.person_id
    task.save()
    if task.clock_id is not None:
        clocks.clock_stop(clock_id=task.clock_id, by=by, at=at)
    hashes = {one.name: one.sha256 for one in papers}
    _note(task, "task.done", by, at, key, papers=hashes, is_late=at > task.due_at, result=_telling(element, values))
    if task.part in (Part.CO, Part.SUPPORT):
        cases.participant_done(case_id=task.case_id, agency_id=task.agency_id, result=values, by=by, at=at)
    case_plan(case_id=task.case_id, by=by, at=at)
    row = task_row(with_names(Task.objects.filter(id=task.id)).get())
    bus.publish(TaskDone(row, by.ref, at))
    return row


def _telling(element: Element | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a result that the ledger may keep: flags, choices and numbers, never free text."""
    if element is None:
        return {}
    telling = ("flag", "choice", "integer", "number", "day", "moment")
    return {name: value for name, value in values.items() if element.fields[name].type in telling}


@transaction.atomic
def work_submit(*, case_id: int, outcome: str, summary: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The lead submits the case: what the claimed outcome needs must be done, and so must every co-handler;
    other open tasks fall away.

    Raises:
        Everything ``cases.api.case_submit`` raises.
    """
    done = set(Task.objects.filter(case_id=case_id, state=TaskState.DONE).values_list("element", flat=True))
    co = Task.objects.filter(LIVE_Q, case_id=case_id, part=Part.CO).order_by("id")
    waiting_for = list(co.values_list("agency__name", flat=True))
    return cases.case_submit(
        case_id=case_id, outcome=outcome, summary=summary, done_tasks=sorted(done), waiting_for=waiting_for,
        by=by, at=at, key=key,
    )  # fmt: skip


def tasks_sweep(*, at: datetime) -> int:
    """Open tasks whose waiting time is over; return how many."""
    system = Actor.system("sweep")
    opened = 0
    waiting = Task.objects.filter(state=TaskState.WAITING, not_before__lte=at).order_by("not_before", "id")
    for task_id in list(waiting.values_list("id", flat=True)[:500]):
        with transaction.atomic():
            task = Task.objects.select_for_update().get(id=task_id)
            if task.state != TaskState.WAITING:
                continue
            task_start(task, by=system)
            _note(task, "task.open", system, at, f"open:{task.id}", due_at=task.due_at)
            opened += 1
    return opened
