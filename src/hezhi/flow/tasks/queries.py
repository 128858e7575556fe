"""Reads of the tasks room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from hezhi.flow.cases.contracts import Paper
from hezhi.flow.tasks.contracts import TaskFilter, TaskRow, TaskState
from hezhi.flow.tasks.errors import TaskNotFound
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.kit.errors import Invalid
from hezhi.kit.paging import Page, number_read
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace
from hezhi.spine.reads.api import FixedRead

FIELDS = Fields(region="case__scope_path", agencies="case__agency_ids", case="case_id")

KERNEL_SAYS = {
    "kernel_assist": Text(zh="协办：办理并答复牵头单位", en="Assist: handle and answer the lead agency"),
    "kernel_revisit": Text(zh="回访：了解群众不满意的原因", en="Re-visit: ask the reporter what is still wrong"),
    "kernel_rework": Text(
        zh="返工：按退回或重开的理由继续办理", en="Rework: go on as the reason for sending back asks"
    ),
    "kernel_audit": Text(zh="抽查：对已办结案件再次核实", en="Audit: take a second look at a closed case"),
}


class BadTaskPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_task_page"


def visible(by: Actor) -> QuerySet[Task]:
    """Tasks of cases the actor may read."""
    return Task.objects.filter(permissions.scope_q(by, Right.CASE_READ, FIELDS))


def element_of(task: TaskRow | Task) -> Element | None:
    """Return the playbook's element, None for a kernel task."""
    for one in packkit.shelf().of(task.pack).playbook.tasks:
        if one.id == task.element:
            return one
    return None


def task_says(task: TaskRow) -> Text:
    """Return what a task asks for, in both languages."""
    element = element_of(task)
    return element.says if element else KERNEL_SAYS[task.element]


def with_names(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows.select_related("case", "agency", "person")


by_id = FixedRead(lambda given: with_names(Task.objects.filter(id=given("task_id"))))
locked_by_id = FixedRead(
    lambda given: with_names(Task.objects.filter(id=given("task_id"))).select_for_update(of=("self",))
)
named_of_case = FixedRead(lambda given: with_names(Task.objects.filter(case_id=given("case_id"))).order_by("id"))
of_case = FixedRead(lambda given: Task.objects.filter(case_id=given("case_id")).order_by("id"))
live_one = FixedRead(
    lambda given: Task.objects.filter(
        LIVE_Q, case_id=given("case_id"), element=given("element"), agency_id=given("agency_id")
    )
)


def seen(task: Task, by: Actor) -> bool:
    """Say whether ``visible`` would show the task to the actor."""
    place = RowPlace(task.case.scope_path, frozenset(task.case.agency_ids), task.case_id)
    return permissions.may(by, Right.CASE_READ, place)


def task_row(task: Task) -> TaskRow:
    return TaskRow(
        id=task.id,
        case_id=task.case_id,
        case_number=task.case.number,
        case_title=task.case.title,
        pack=task.pack,
        pack_id=task.pack.partition("@")[0],
        element=task.element,
        part=task.part,
        agency_id=task.agency_id,
        agency_name=task.agency.name,
        person_id=task.person_id,
        person_name=task.person.name if task.person else "",
        state=TaskState(task.state),
        opened_at=task.opened_at,
        not_before=task.not_before,
        due_at=task.due_at,
        done_at=task.done_at,
        done_by=task.done_by,
        result=task.result,
        papers=tuple(Paper(**one) for one in task.papers),
    )


def task_page(*, by: Actor, wanted: TaskFilter, at: datetime, cursor: str = "", size: int = 50) -> Page[TaskRow]:
    """Return tasks the actor may see, those owed first on top.

    Raises:
        BadTaskPage: the cursor is damaged.
    """
    rows = visible(by).filter(state__in=wanted.states)
    if wanted.case_id is not None:
        rows = rows.filter(case_id=wanted.case_id)
    if wanted.person_id is not None:
        rows = rows.filter(person_id=wanted.person_id)
    if wanted.agency_id is not None:
        rows = rows.filter(agency_id=wanted.agency_id)
    if wanted.is_untaken:
        rows = rows.filter(person__isnull=True)
    if wanted.is_overdue:
        rows = rows.filter(LIVE_Q, due_at__lt=at)
    start = number_read(cursor or "0")
    if start is None:
        raise BadTaskPage(cursor=cursor)
    found = list(with_names(rows).order_by("due_at", "id")[start : start + size + 1])
    return Page(tuple(task_row(one) for one in found[:size]), str(start + size) if len(found) > size else "")


def task_get(*, task_id: int, by: Actor) -> TaskRow:
    """Return one task.

    Raises:
        TaskNotFound: no such task, or the actor may not see its case.
    """
    task = by_id.first(task_id=task_id)
    if task is None or not seen(task, by):
        raise TaskNotFound(task_id=task_id)
    return task_row(task)


def task_lives(*, task_id: int, case_id: int, agency_id: int) -> bool:
    """Say whether an agency has this task in this case and still has to do it (asked by intake)."""
    return Task.objects.filter(LIVE_Q, id=task_id, case_id=case_id, agency_id=agency_id).exists()


def tasks_of_case(*, case_id: int, by: Actor) -> list[TaskRow]:
    """Return all tasks of a case in the order they opened, cancelled ones too."""
    return [task_row(one) for one in named_of_case.all(case_id=case_id) if seen(one, by)]


def workload(*, agency_id: int, at: datetime) -> Sequence[tuple[int, str, int, int]]:
    """Return ``(person id, name, open tasks, overdue tasks)`` of an agency, to share work out fairly.

    It counts what is open, never how much somebody clicks or closes.
    """
    from django.db.models import Count

    rows = (
        Task.objects.filter(LIVE_Q, agency_id=agency_id, person__isnull=False)
        .values("person_id", "person__name")
        .annotate(live=Count("id"), late=Count("id", filter=Q(due_at__lt=at)))
        .order_by("-live", "person_id")
    )
    return [(one["person_id"], one["person__name"], one["live"], one["late"]) for one in rows]
