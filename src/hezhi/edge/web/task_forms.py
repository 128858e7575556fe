"""The result form of each task, made from the pack's fields and papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from hezhi.edge.web.casefile import CaseFile, value_text
from hezhi.edge.web.fields import FormField, of_pack, with_typed
from hezhi.edge.web.refusals import Refusal, paper_title, said
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.packkit.shape.playbook import Task as Element


@dataclass(frozen=True)
class TaskForm:
    """One task as its case page shows it. ``fields`` only where the reader may do it now."""

    task: TaskRow
    says: str
    element: Element | None
    fields: list[FormField]
    told: list[tuple[str, str, bool]]  # (label, value, is_file) of a finished task's result
    can_do: bool
    can_take: bool
    is_open: bool
    key: str
    refusal: Refusal | None = None

    @property
    def is_mine(self) -> bool:
        return self.can_do


def fields_for(file: CaseFile, task: TaskRow) -> list[FormField]:
    """Return the fields and papers that the result of a task asks for."""
    declared = tasks.fields_asked(task)
    fields = [of_pack(name, one, pack=file.pack, prefix=f"task-{task.id}") for name, one in declared.items()]
    element = element_of(file, task)
    papers = [
        FormField(f"paper-{name}", paper_title(file.pack, name), "file", prefix=f"task-{task.id}")
        for name in (element.papers if element else ())
    ]
    return fields + papers


def element_of(file: CaseFile, task: TaskRow) -> Element | None:
    """Return the playbook's element of a task, None for a task every pack has."""
    return next((one for one in file.pack.playbook.tasks if one.id == task.element), None)


def task_forms(file: CaseFile, tried: str, typed: Mapping[str, Any], refusal: Refusal | None) -> list[TaskForm]:
    """Return the tasks of a case with their forms; ``tried`` names the task (``task:5``) that was just refused."""
    return [_form(file, task, tried, typed, refusal) for task in file.tasks if task.state is not TaskState.CANCELLED]


def _form(file: CaseFile, task: TaskRow, tried: str, typed: Mapping[str, Any], refusal: Refusal | None) -> TaskForm:
    is_ours = task.state is TaskState.OPEN and task.agency_id == file.by.agency_id
    is_mine = is_ours and task.person_id in (None, file.by.person_id)
    was_tried = tried == f"task:{task.id}"
    fields = fields_for(file, task) if is_mine else []
    if was_tried:
        fields = with_typed(fields, typed, refusal)
    return TaskForm(
        task=task,
        says=said(tasks.task_says(task)),
        element=element_of(file, task),
        fields=[replace(one, prefix=f"task-{task.id}") for one in fields],
        told=_told(file, task),
        can_do=is_mine,
        can_take=is_ours and task.person_id is None,
        is_open=was_tried or is_mine,
        key=str(typed.get("key", "")) if was_tried else uuid4().hex,
        refusal=refusal if was_tried else None,
    )


def _told(file: CaseFile, task: TaskRow) -> list[tuple[str, str, bool]]:
    declared = tasks.fields_of(task)
    return [
        (said(one.label), str(value) if one.type == "file" else value_text(file.pack, one, value), one.type == "file")
        for name, value in task.result.items()
        if name in declared and value not in (None, "")
        for one in (declared[name],)
    ]
