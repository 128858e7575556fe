"""Pass 3 for the playbook and what leans on it: tasks, outcomes, decisions, acts, texts with braces."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes.common import alert_records, entering_records, placeholders, unknown_record
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.measure import Filter
from hezhi.packkit.shape.playbook import Graded, Playbook, Task
from hezhi.packkit.shape.records import Record
from hezhi.packkit.words import ACTS, FACT_TYPE_OF_FIELD, NOTICE_PLACEHOLDERS, STORY_ONLY

COLOURS = ("red", "yellow", "green", "grey")


def run(draft: Draft) -> None:
    for story in draft.stories:
        for index, step in enumerate(story.it.steps):
            _act(draft, story, step.do, "steps", index, "do", also=STORY_ONLY)
    if draft.playbook is None:
        return
    where, book = draft.playbook, draft.playbook.it
    for index, entrance in enumerate(book.entrances or ()):
        unknown_record(draft, where, entrance.record, "entrances", index, "record")
    _tasks(draft, where, book)
    _papers(draft, where, book)
    _outcomes(draft, where, book)
    _alert(draft, where, book)
    _limit_by(draft, where, book)
    for index, notice in enumerate(book.notices or ()):
        _act(draft, where, notice.on, "notices", index, "on")
        _braces(draft, where, notice.text, NOTICE_PLACEHOLDERS, "notices", index, "text")
    if draft.identity and draft.identity.it.safeguards:
        for index, task_id in enumerate(draft.identity.it.safeguards.adverse_effects):
            _task(draft, draft.identity, task_id, book, "safeguards", "adverse_effects", index)
    _indicators(draft, book)


def _tasks(draft: Draft, where: Placed[Playbook], book: Playbook) -> None:
    tasks = {task.id: task for task in book.tasks or ()}
    seen: set[str] = set()
    for index, task in enumerate(book.tasks or ()):
        if task.id in seen:
            draft.say(
                "refs/duplicate-id",
                where,
                "tasks",
                index,
                "id",
                cause=f"'{task.id}' is already the id of another task.",
            )
        seen.add(task.id)
        for name in task.after:
            _task(draft, where, name, book, "tasks", index, "after")
        if task.wait:
            _task(draft, where, task.wait.after, book, "tasks", index, "wait", "after")
        if task.undoes:
            _task(draft, where, task.undoes, book, "tasks", index, "undoes")
        for key, value in task.opens_when.items():
            _opens_when(draft, where, index, tasks, key, value)
        if task.graded:
            _graded(draft, where, index, task, task.graded)


def _graded(draft: Draft, where: Placed[Playbook], index: int, task: Task, graded: Graded) -> None:
    """The table is there, what it asks is asked of people, and the kernel has where to write what it says."""
    place = ("tasks", index, "graded")
    tables = {one.it.id: one.it for one in draft.decisions}
    if graded.by not in tables:
        cause = f"'{graded.by}' is not a decision table of this pack."
        draft.say("refs/unknown-decision", where, *place, "by", cause=cause, given=graded.by, valid=tables)
        return
    for name, declared in tables[graded.by].inputs.items():
        found = FACT_TYPE_OF_FIELD.get(task.asked[name].type) if name in task.asked else None
        if found != declared.type:
            cause = f"The table asks for {declared.type} '{name}', which no field of '{task.id}' gives."
            draft.say("refs/unknown-input", where, *place, "by", cause=cause, given=name, valid=task.asked)
    for part, kind in (("colour", "choice"), ("reasons", "text")):
        name = getattr(graded, part)
        field = task.fields.get(name)
        if field is None:
            cause = f"'{name}' is not a field of task '{task.id}'."
            draft.say("refs/unknown-field", where, *place, part, cause=cause, given=name, valid=task.fields)
        elif field.type != kind or (kind == "choice" and {one.id for one in field.choices} != set(COLOURS)):
            wanted = f"a choice of {', '.join(COLOURS)}" if kind == "choice" else "a text"
            cause = f"'{name}' of task '{task.id}' must be {wanted}."
            draft.say("refs/wrong-field-type", where, *place, part, cause=cause)


def _opens_when(
    draft: Draft, where: Placed[Playbook], index: int, tasks: dict[str, Task], key: str, value: Any
) -> None:
    place = ("tasks", index, "opens_when", key)
    task_id, _, name = key.partition(".")
    if task_id not in tasks:
        draft.say(
            "refs/unknown-task",
            where,
            *place,
            cause=f"'{task_id}' is not a task of the playbook.",
            given=task_id,
            valid=tasks,
        )
        return
    fields = tasks[task_id].fields
    if name not in fields:
        draft.say(
            "refs/unknown-field",
            where,
            *place,
            cause=f"'{name}' is not a field of task '{task_id}'.",
            given=name,
            valid=fields,
        )
        return
    declared = fields[name]
    choices: list[Any] = [choice.id for choice in declared.choices] if declared.type == "choice" else [True, False]
    valid = choices if declared.type in ("choice", "flag") else None
    if valid is not None and value not in valid:
        cause = f"'{name}' can never be {value!r}; it is one of {', '.join(str(one) for one in valid)}."
        draft.say("refs/unknown-value", where, *place, cause=cause, given=str(value), valid=[str(one) for one in valid])


def _papers(draft: Draft, where: Placed[Playbook], book: Playbook) -> None:
    valid: list[str] = []
    for index, paper in enumerate(book.papers or ()):
        if paper.id in valid:
            cause = f"'{paper.id}' is already the id of another paper."
            draft.say("refs/duplicate-id", where, "papers", index, "id", cause=cause)
        valid.append(paper.id)
    asked = [(name, ("tasks", index, "papers")) for index, task in enumerate(book.tasks or ()) for name in task.papers]
    asked += [(name, ("verification", "papers")) for name in (book.verification.papers if book.verification else ())]
    for name, place in asked:
        if name not in valid:
            cause = f"'{name}' is not a paper of the playbook."
            draft.say("refs/unknown-paper", where, *place, cause=cause, given=name, valid=valid)


def _outcomes(draft: Draft, where: Placed[Playbook], book: Playbook) -> None:
    seen: set[str] = set()
    for index, outcome in enumerate(book.outcomes or ()):
        if outcome.id in seen:
            draft.say(
                "refs/duplicate-id",
                where,
                "outcomes",
                index,
                "id",
                cause=f"'{outcome.id}' is already the id of another outcome.",
            )
        seen.add(outcome.id)
        for name in outcome.needs:
            _task(draft, where, name, book, "outcomes", index, "needs")


def _alert(draft: Draft, where: Placed[Playbook], book: Playbook) -> None:
    decisions = [one.it.id for one in draft.decisions]
    if book.alert and book.alert.grade_by and book.alert.grade_by not in decisions:
        cause = f"'{book.alert.grade_by}' is not a decision table of this pack."
        draft.say(
            "refs/unknown-decision", where, "alert", "grade_by", cause=cause, given=book.alert.grade_by, valid=decisions
        )
    if book.alert:
        _braces(draft, where, book.alert.title, _shared_fields(alert_records(draft)), "alert", "title")
    if book.title:
        _braces(draft, where, book.title, _shared_fields(entering_records(draft)), "title")


def _limit_by(draft: Draft, where: Placed[Playbook], book: Playbook) -> None:
    if book.limit_by is None:
        return
    for record in entering_records(draft):
        declared = record.fields.get(book.limit_by.field)
        if declared is None or declared.type != "choice":
            cause = f"Record '{record.id}' has no choice field '{book.limit_by.field}'."
            draft.say(
                "refs/unknown-field",
                where,
                "limit_by",
                "field",
                cause=cause,
                given=book.limit_by.field,
                valid=record.fields,
            )
            continue
        valid = [choice.id for choice in declared.choices]
        for name in book.limit_by.limits:
            if name not in valid:
                cause = f"'{name}' is not a choice of '{book.limit_by.field}'."
                draft.say("refs/unknown-value", where, "limit_by", "limits", name, cause=cause, given=name, valid=valid)


def _shared_fields(records: list[Record]) -> set[str]:
    return set.intersection(*(set(record.fields) for record in records)) if records else set()


def _braces(draft: Draft, where: Placed[Any], text: Text, valid: Collection[str], *loc: str | int) -> None:
    for language in ("zh", "en"):
        for name in placeholders(getattr(text, language)):
            if name not in valid:
                cause = f"Nothing fills '{{{name}}}'."
                draft.say("refs/unknown-placeholder", where, *loc, language, cause=cause, given=name, valid=valid)


def _indicators(draft: Draft, book: Playbook) -> None:
    outcomes = [outcome.id for outcome in book.outcomes or ()]
    for where in draft.indicators:
        for act in ("from_act", "to_act"):
            if getattr(where.it, act):
                _act(draft, where, getattr(where.it, act), act)
        for part in ("count", "over"):
            chosen: Filter | None = getattr(where.it, part)
            if chosen is None:
                continue
            for index, name in enumerate(chosen.outcome):
                if name not in outcomes:
                    cause = f"'{name}' is not an outcome of the playbook."
                    draft.say(
                        "refs/unknown-outcome", where, part, "outcome", index, cause=cause, given=name, valid=outcomes
                    )
            if chosen.done_task:
                _task(draft, where, chosen.done_task, book, part, "done_task")


def _task(draft: Draft, where: Placed[Any], name: str, book: Playbook, *loc: str | int) -> None:
    valid = [task.id for task in book.tasks or ()]
    if name not in valid:
        draft.say(
            "refs/unknown-task", where, *loc, cause=f"'{name}' is not a task of the playbook.", given=name, valid=valid
        )


def _act(draft: Draft, where: Placed[Any], name: str, *loc: str | int, also: Collection[str] = ()) -> None:
    valid = (*ACTS, *also)
    if name not in valid:
        draft.say(
            "refs/unknown-act", where, *loc, cause=f"'{name}' is not an act of the kernel.", given=name, valid=valid
        )
