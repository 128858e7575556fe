"""Finishing a task: its fields and papers, what is written, what opens next, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import Paper
from hezhi.flow.cases.tests.factories import LAMP, WELL, Lamps, lines, moment, nothing_changes, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.flow.tasks.errors import NeedsNamedPerson, NotYourTask, ResultIncomplete, TaskNotOpen
from hezhi.spine.clocks import api as clocks
from hezhi.spine.permissions.contracts import ActorKind

AT = moment("03-03 10:00")


def task_of(lamps: Lamps, element: str, matter: str = "post") -> TaskRow:
    return next(one for one in lamps.tasks(lamps.handled(matter)) if one.element == element)


def problems(caught: pytest.ExceptionInfo) -> list[tuple[str, str]]:
    return [(one.field, one.rule) for one in caught.value.findings]


def test_a_result_is_kept_whole_and_the_ledger_keeps_what_is_no_free_text(lamps: Lamps) -> None:
    task = task_of(lamps, "look")
    result = {"found": "broken", "count": "2", "remark": "灯罩碎了"}

    done = tasks.task_done(task_id=task.id, result=result, by=lamps.by(LAMP), at=AT, key="k-1")

    assert (done.state, done.done_at, done.done_by) == (TaskState.DONE, AT, lamps.by(LAMP).ref)
    assert done.result == {"found": "broken", "count": 2, "remark": "灯罩碎了"}
    (line,) = lines(lamps.case(task.case_id), "task.done")
    assert line.body == {
        "task": task.id, "element": "look", "agency": lamps.agency(LAMP), "papers": {}, "is_late": False,
        "result": {"found": "broken", "count": 2},
    }  # fmt: skip
    clock = next(one for one in clocks.clocks_of(subject=f"task:{task.case_id}") if one.spec.kind == "task:look")
    assert clock.stopped_at == AT
    assert lamps.live(lamps.case(task.case_id)) == ["notice", "ring_bell"]


def test_a_task_finished_at_its_due_moment_is_late(lamps: Lamps) -> None:
    task = task_of(lamps, "look")

    tasks.task_done(task_id=task.id, result={"found": "fine"}, by=lamps.by(LAMP), at=task.due_at)

    assert lines(lamps.case(task.case_id), "task.done")[0].body["is_late"] is True


def test_finishing_again_under_the_same_key_changes_nothing_and_without_it_is_refused(lamps: Lamps) -> None:
    task = task_of(lamps, "look")
    given = {"task_id": task.id, "result": {"found": "fine"}, "by": lamps.by(LAMP), "at": AT}
    once = tasks.task_done(**given, key="k-1")

    with nothing_changes():
        assert tasks.task_done(**given, key="k-1") == once
    with refused(TaskNotOpen, state="done"):
        tasks.task_done(**given)


def test_everything_that_is_missing_or_wrong_is_named_at_once(lamps: Lamps) -> None:
    task = task_of(lamps, "look")
    given = {"count": -1, "photo": "0" * 64, "remark": "长" * 21, "colour": "red"}

    with refused(ResultIncomplete) as caught:
        tasks.task_done(task_id=task.id, result=given, by=lamps.by(LAMP), at=AT)

    assert sorted(problems(caught)) == [
        ("colour", "unknown"), ("count", "range"), ("found", "missing"), ("photo", "no_file"), ("remark", "range"),
    ]  # fmt: skip


def test_a_paper_that_is_owed_or_was_never_stored_is_named(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.do(case, "look", found="broken")
    notice = next(one for one in lamps.tasks(case) if one.element == "notice")
    result = {"served_on": "2026-03-03", "told_rights": True}

    with refused(ResultIncomplete, papers=["copy"]):
        tasks.task_done(task_id=notice.id, result=result, by=lamps.by(LAMP), at=AT)
    with refused(ResultIncomplete, papers=[]) as caught:
        tasks.task_done(
            task_id=notice.id, result=result, papers=[Paper("copy", "0" * 64, "x.txt")], by=lamps.by(LAMP), at=AT
        )
    assert problems(caught) == [("copy", "no_file")]


def test_nobody_finishes_another_agencys_task(lamps: Lamps) -> None:
    task = task_of(lamps, "look", "lamp")

    for other in (WELL, "coordinator", "supervisor"):
        with refused(NotYourTask):
            tasks.task_done(task_id=task.id, result={"found": "fine"}, by=lamps.by(other), at=AT)


def test_what_burdens_somebody_a_machine_never_decides(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())
    tasks.tasks_sweep(at=moment("03-06 08:00"))
    later = moment("03-06 09:00")
    lamps.do(case, "recheck", at=later, state="still")
    decide = next(one for one in lamps.tasks(case) if one.element == "decide")
    machine = replace(lamps.by(LAMP), ref="machine:lamp", kind=ActorKind.SERVICE, person_id=None)
    result = {"decided_by": "张三", "reasons": "灯杆已断，危及行人安全。"}

    with refused(NeedsNamedPerson, task="decide"):
        tasks.task_done(task_id=decide.id, result=result, by=machine, at=later)

    assert tasks.task_done(task_id=decide.id, result=result, by=lamps.by(LAMP), at=later).state is TaskState.DONE


def test_the_last_task_of_a_helper_ends_its_part(lamps: Lamps) -> None:
    case = lamps.handled("lamp")

    lamps.do(case, "kernel_assist", at=AT, answer="已协办")

    helper = next(one for one in cases.participants_of(case_id=case.id) if one.agency_id == lamps.agency(WELL))
    assert (helper.done_at, helper.result) == (AT, {"answer": "已协办"})
    assert [one.body["agency"] for one in lines(case, "case.part_done")] == [lamps.agency(WELL)]
