"""The door of the tasks room: open, take, hand over, do; and submit a case once its work is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Q

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Paper, Part
from hezhi.flow.tasks import queries
from hezhi.flow.tasks.contracts import KernelTask, TaskDone, TaskRow, TaskState
from hezhi.flow.tasks.erasing import record_uses
from hezhi.flow.tasks.errors import NeedsNamedPerson, NotYourTask, ResultIncomplete, TaskNotFound, TaskNotOpen
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.flow.tasks.opening import case_plan, ready_elements, task_begin, task_open, task_start
from hezhi.flow.tasks.publishing import packs_rehearse
from hezhi.flow.tasks.queries import (
    element_of,
    task_get,
    task_lives,
    task_page,
    task_row,
    task_says,
    tasks_of_case,
    workload,
)
from hezhi.flow.tasks.rules import ANSWER, colour_of
from hezhi.kit import bus
from hezhi.kit.errors import NotFound
from hezhi.kit.sweeping import Round
from hezhi.packkit import api as packkit
from hezhi.packkit.contracts import Problem
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.packkit.shape.records import Field
from hezhi.packkit.values import values_check
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files import api as files
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor, ActorKind

__all__ = [
    "fields_asked",
    "fields_of",
    "optional_elements",
    "packs_rehearse",
    "record_uses",
    "task_begin", "task_done", "task_get", "task_hand_over", "task_lives", "task_open", "task_page", "task_says",
    "task_take", "tasks_of_case", "tasks_sweep", "work_submit", "workload",
]  # fmt: skip


OWED_Q = Q(part=Part.CO) | Q(element=KernelTask.REWORK)  # what keeps a case from being submitted
SWEEP_AT_MOST = 500


def fields_of(task: TaskRow) -> Mapping[str, Field]:
    """Return the fields of the result of a task."""
    element = element_of(task)
    return element.fields if element else ANSWER


def fields_asked(task: TaskRow) -> Mapping[str, Field]:
    """Return those fields of a result that people fill in; a colour by a table is not among them."""
    element = element_of(task)
    return element.asked if element else ANSWER


def optional_elements(*, case_id: int, by: Actor) -> list[Element]:
    """Return the optional tasks the lead of a case may begin now."""
    return [one for one in ready_elements(cases.case_get(case_id=case_id, by=by)) if one.optional]


def _begin(act: str, task_id: int, by: Actor, at: datetime, key: str) -> tuple[Task, bool]:
    """Lock a case and a task of the actor's own agency; say whether this very act was already done."""
    found = queries.by_id.first(task_id=task_id)
    if found is None or not queries.seen(found, by):
        raise TaskNotFound(task_id=task_id)
    if ledger.is_replay(chain=f"case:{found.case_id}", key=key, act=act, by=by):
        return found, True
    cases.case_touch(case_id=found.case_id, act=act, at=at)
    task = queries.locked_by_id.all(task_id=task_id)[0]
    if by.kind is not ActorKind.SYSTEM and by.agency_id != task.agency_id:
        raise NotYourTask(agency=task.agency.name)
    if task.state != TaskState.OPEN:
        raise TaskNotOpen(state=task.state)
    return task, False


def _note(task: Task, act: str, by: Actor, at: datetime, key: str, **body: Any) -> None:
    whole = {"task": task.id, "element": task.element, "agency": task.agency_id, **body}
    ledger.line_append(chain=f"case:{task.case_id}", act=act, by=by, at=at, body=whole, pack=task.pack, key=key)


@guard.act
def task_take(*, task_id: int, by: Actor, at: datetime, key: str = "") -> TaskRow:
    """A person of the owning agency takes a task that nobody holds yet.

    Raises:
        NotYourTask: another agency's, or another person has it (then hand-over is the way).
    """
    task, is_replay = _begin("task.take", task_id, by, at, key)
    if is_replay:
        return task_row(task)
    if task.person_id is not None and task.person_id != by.person_id:
        raise NotYourTask(person=task.person.name if task.person else "")
    task.person_id = by.person_id
    task.save(update_fields=["person"])
    _note(task, "task.take", by, at, key, person=by.person_id)
    return task_get(task_id=task_id, by=by)


@guard.act
def task_hand_over(*, task_id: int, person_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> TaskRow:
    """Hand a task to another person of the same agency.

    Raises:
        NotYourTask: the person works elsewhere.
        HasInterest: the person is kept out of the case.
    """
    task, is_replay = _begin("task.hand_over", task_id, by, at, key)
    if is_replay:
        return task_row(task)
    try:
        person = people.person_get(person_id, at=at, agency_id=task.agency_id)
    except NotFound as elsewhere:
        raise NotYourTask(person_id=person_id) from elsewhere
    cases.check_no_interest(task.case_id, [person.id])
    before = task.person_id
    task.person_id = person.id
    task.save(update_fields=["person"])
    _note(task, "task.hand_over", by, at, key, from_person=before, person=person.id, reason=reason)
    return task_get(task_id=task_id, by=by)


@guard.act
def task_done(
    *, task_id: int, result: Mapping[str, Any], papers: Sequence[Paper] = (), by: Actor, at: datetime, key: str = ""
) -> TaskRow:
    """Finish a task with its required fields and papers; what comes after it opens.

    Raises:
        TaskNotFound, NotYourTask, TaskNotOpen.
        NeedsNamedPerson: the task burdens someone and ``by`` is not a person.
        ResultIncomplete: every missing or wrong field and paper at once.
    """
    task, is_replay = _begin("task.done", task_id, by, at, key)
    if is_replay:
        return task_row(task)
    element = element_of(task)
    if element is not None and element.adverse and by.kind is not ActorKind.PERSON:
        raise NeedsNamedPerson(task=task.element)
    fields = element.asked if element else ANSWER
    checked = values_check(fields, result)
    problems = (*checked.problems, *_files_missing(fields, checked.values, papers))
    missing = [name for name in (element.papers if element else ()) if name not in {one.name for one in papers}]
    if problems or missing:
        raise ResultIncomplete(findings=problems, papers=missing)
    values = dict(checked.values)
    if element is not None and element.graded is not None:
        table = packkit.shelf().of(task.pack).decision(element.graded.by)
        values |= colour_of(element.graded, table, values, at)
    task.state, task.done_at, task.done_by = TaskState.DONE, at, by.ref
    task.result, task.papers = values, [asdict(one) for one in papers]
    task.person_id = task.person_id or by.person_id
    task.save()
    held = {str(values[name]) for name, field in fields.items() if field.type == "file" and name in values}
    files.files_use(sha256s=held | {one.sha256 for one in papers}, user=f"case:{task.case_id}")
    if task.clock_id is not None:
        clocks.clock_stop(clock_id=task.clock_id, by=by, at=at)
    hashes = {one.name: one.sha256 for one in papers}
    _note(task, "task.done", by, at, key, papers=hashes, is_late=at >= task.due_at, result=_telling(element, values))
    if task.part in (Part.CO, Part.SUPPORT) and not _has_more(task):
        cases.participant_done(case_id=task.case_id, agency_id=task.agency_id, result=values, by=by, at=at)
    case_plan(cases.case_get(case_id=task.case_id, by=Actor.system("tasks")), by=by, at=at)
    row = task_row(queries.by_id.all(task_id=task.id)[0])
    bus.publish(TaskDone(row, by.ref, at))
    return row


def _files_missing(fields: Mapping[str, Field], values: Mapping[str, Any], papers: Sequence[Paper]) -> list[Problem]:
    """Return one problem for every hash, given in a field or as a paper, of which no file is kept."""
    named = {name: str(value) for name, value in values.items() if fields[name].type == "file"}
    named |= {one.name: one.sha256 for one in papers}
    return [
        Problem(name, "no_file", Text(zh=f"没有存过“{name}”的文件", en=f"No file is kept for '{name}'"))
        for name, sha256 in named.items()
        if not _is_kept(sha256)
    ]


def _is_kept(sha256: str) -> bool:
    try:
        files.file_get(sha256)
    except NotFound:
        return False
    return True


def _telling(element: Element | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a result that the ledger may keep: flags, choices and numbers, never free text."""
    if element is None:
        return {}
    telling = ("flag", "choice", "integer", "number", "day", "moment")
    return {name: value for name, value in values.items() if element.fields[name].type in telling}


def _has_more(task: Task) -> bool:
    return Task.objects.filter(LIVE_Q, case_id=task.case_id, agency_id=task.agency_id).exists()


@guard.act
def work_submit(*, case_id: int, outcome: str, summary: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The lead submits the case: what the claimed outcome needs must be done, and so must every co-handler's
    task and what a verifier sent back; other open tasks fall away.

    Raises:
        Everything ``cases.api.case_submit`` raises.
    """
    cases.case_get(case_id=case_id, by=by)  # who may not see it learns nothing of its tasks, nor that it is there
    cases.case_lock(case_id=case_id)  # so that nobody is asked in between the look and the claim
    done = set(Task.objects.filter(case_id=case_id, state=TaskState.DONE).values_list("element", flat=True))
    owed = Task.objects.filter(LIVE_Q, OWED_Q, case_id=case_id).order_by("id")
    waiting_for = list(owed.values_list("agency__name", flat=True))
    return cases.case_submit(
        case_id=case_id, outcome=outcome, summary=summary, done_tasks=sorted(done), waiting_for=waiting_for,
        by=by, at=at, key=key,
    )  # fmt: skip


def tasks_sweep(*, at: datetime) -> int:
    """Open tasks whose waiting time is over, unless their case rests; return how many.

    Raises:
        SweepFailed: some could not be opened, all others were; the next sweep tries them again.
    """
    sweep = Round("tasks", at_most=SWEEP_AT_MOST)
    waiting = Task.objects.filter(state=TaskState.WAITING, not_before__lte=at).order_by("not_before", "id")
    rested = waiting.exclude(case__state=CaseState.SUSPENDED).values_list("id", "case_id")
    sweep.each(list(rested), lambda ids: _wait_over(*ids, at))
    return sweep.end()


@guard.act
def _wait_over(task_id: int, case_id: int, at: datetime) -> int:
    system = Actor.system("sweep")
    case = cases.case_lock(case_id=case_id)
    task = Task.objects.select_for_update().get(id=task_id)
    is_over = task.not_before is not None and task.not_before <= at
    if case.state is CaseState.SUSPENDED or task.state != TaskState.WAITING or not is_over:
        return 0
    at = cases.case_turn(case_id=case_id, at=at)
    task_start(task, by=system)
    _note(task, "task.open", system, at, f"open:{task.id}", due_at=task.due_at)
    return 1
