"""Taking a task that nobody holds yet, and handing one on."""

from __future__ import annotations

from hezhi.flow.cases.errors import OutOfOrder
from hezhi.flow.cases.tests.factories import (
    BELL,
    GATE,
    LAMP,
    MONDAY,
    WELL,
    Lamps,
    lines,
    moment,
    nothing_changes,
    refused,
)
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter, TaskRow
from hezhi.flow.tasks.errors import NotYourTask, TaskNotFound, TaskNotOpen
from hezhi.spine.ledger.errors import KeyAlreadyUsed

AT = moment("03-02 10:00")


def assist(lamps: Lamps) -> TaskRow:
    """Return the co-handler's task, which nobody holds."""
    case = lamps.handled("lamp")
    return next(one for one in lamps.tasks(case) if one.element == "kernel_assist")


def test_a_person_of_the_owning_agency_takes_a_task_that_nobody_holds(lamps: Lamps) -> None:
    task, me = assist(lamps), lamps.by(WELL)

    taken = tasks.task_take(task_id=task.id, by=me, at=AT, key="k-1")

    assert (task.person_id, taken.person_id, taken.due_at) == (None, me.person_id, task.due_at)
    (line,) = lines(lamps.case(task.case_id), "task.take")
    assert (line.actor, line.at, line.key) == (me.ref, AT, "k-1")
    assert line.body == {
        "task": task.id, "element": "kernel_assist", "agency": lamps.agency(WELL), "person": me.person_id,
    }  # fmt: skip


def test_taking_again_under_the_same_key_changes_nothing(lamps: Lamps) -> None:
    task = assist(lamps)
    once = tasks.task_take(task_id=task.id, by=lamps.by(WELL), at=AT, key="k-1")

    with nothing_changes():
        assert tasks.task_take(task_id=task.id, by=lamps.by(WELL), at=moment("03-02 11:00"), key="k-1") == once
    with refused(KeyAlreadyUsed):
        tasks.task_hand_over(
            task_id=task.id, person_id=lamps.by(WELL).person_id, reason="忙", by=lamps.by(WELL), at=AT, key="k-1"
        )


def test_what_another_agency_or_another_person_has_nobody_takes(lamps: Lamps) -> None:
    task, second = assist(lamps), lamps.second_person(WELL)
    tasks.task_take(task_id=task.id, by=lamps.by(WELL), at=AT)

    with refused(NotYourTask):
        tasks.task_take(task_id=task.id, by=second, at=AT)
    for other in (BELL, LAMP):
        with refused(NotYourTask):
            tasks.task_take(task_id=task.id, by=lamps.by(other), at=AT)
    with refused(NotYourTask):
        tasks.task_take(task_id=task.id, by=lamps.by("coordinator"), at=AT)
    with refused(TaskNotFound):
        tasks.task_take(task_id=task.id, by=lamps.by(GATE), at=AT)


def test_an_untaken_task_stands_in_the_list_of_untaken_ones_until_it_is_taken(lamps: Lamps) -> None:
    task = assist(lamps)
    untaken = TaskFilter(agency_id=lamps.agency(WELL), is_untaken=True)

    before = tasks.task_page(by=lamps.by(WELL), wanted=untaken, at=AT).rows
    tasks.task_take(task_id=task.id, by=lamps.by(WELL), at=AT)

    assert [one.id for one in before] == [task.id]
    assert tasks.task_page(by=lamps.by(WELL), wanted=untaken, at=AT).rows == ()
    mine = TaskFilter(person_id=lamps.by(WELL).person_id)
    assert [one.id for one in tasks.task_page(by=lamps.by(WELL), wanted=mine, at=AT).rows] == [task.id]


def test_a_task_is_handed_to_a_colleague_with_the_reason_on_record(lamps: Lamps) -> None:
    task, second, me = assist(lamps), lamps.second_person(WELL), lamps.by(WELL)
    tasks.task_take(task_id=task.id, by=me, at=AT)

    handed = tasks.task_hand_over(task_id=task.id, person_id=second.person_id, reason="休假", by=me, at=AT)

    assert handed.person_id == second.person_id
    (line,) = lines(lamps.case(task.case_id), "task.hand_over")
    assert (line.body["from_person"], line.body["person"], line.body["reason"]) == (
        me.person_id, second.person_id, "休假",
    )  # fmt: skip


def test_a_task_is_not_handed_out_of_its_agency_nor_after_its_end(lamps: Lamps) -> None:
    task, me = assist(lamps), lamps.by(WELL)

    with refused(NotYourTask, person_id=lamps.town.persons[LAMP]):
        tasks.task_hand_over(task_id=task.id, person_id=lamps.town.persons[LAMP], reason="忙", by=me, at=AT)
    with refused(OutOfOrder):
        tasks.task_take(task_id=task.id, by=me, at=moment("03-02 08:59"))
    lamps.do(lamps.case(task.case_id), "kernel_assist", at=MONDAY, answer="已协办")
    with refused(TaskNotOpen, state="done"):
        tasks.task_hand_over(task_id=task.id, person_id=me.person_id, reason="忙", by=me, at=AT)
