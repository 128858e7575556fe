"""Optional tasks: begun by the lead when their turn has come, and by nobody else."""

from __future__ import annotations

from hezhi.flow.cases.errors import OutOfOrder
from hezhi.flow.cases.tests.factories import BELL, GATE, LAMP, MONDAY, Lamps, last, moment, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.errors import NotYourTask, TaskNotReady

AT = moment("03-02 10:00")


def test_the_lead_begins_an_optional_task(lamps: Lamps) -> None:
    case = lamps.handled()
    offered = [one.id for one in tasks.optional_elements(case_id=case.id, by=lamps.by(LAMP))]

    (task_id,) = tasks.task_begin(case_id=case.id, element="ask_around", by=lamps.by(LAMP), at=AT)

    assert offered == ["ask_around"]
    task = tasks.task_get(task_id=task_id, by=lamps.by(LAMP))
    assert (task.element, task.agency_id, task.person_id, task.due_at) == (
        "ask_around", lamps.agency(LAMP), lamps.town.persons[LAMP], moment("03-04 00:00"),
    )  # fmt: skip
    assert (last(case).act, last(case).actor, last(case).at) == ("task.open", lamps.by(LAMP).ref, AT)
    assert tasks.optional_elements(case_id=case.id, by=lamps.by(LAMP)) == []


def test_a_task_is_begun_once_in_its_turn_and_only_if_it_is_optional(lamps: Lamps) -> None:
    case = lamps.handled()
    tasks.task_begin(case_id=case.id, element="ask_around", by=lamps.by(LAMP), at=AT)

    for element in ("ask_around", "give_back", "look", "nonsense"):
        with refused(TaskNotReady, task=element, possible=[]):
            tasks.task_begin(case_id=case.id, element=element, by=lamps.by(LAMP), at=AT)


def test_nobody_but_the_lead_begins_one_and_only_while_the_case_is_handled(lamps: Lamps) -> None:
    case, waiting = lamps.handled("lamp"), lamps.opened()

    for other in (BELL, "coordinator"):
        with refused(NotYourTask):
            tasks.task_begin(case_id=case.id, element="ask_around", by=lamps.by(other), at=AT)
    with refused(TaskNotReady):
        tasks.task_begin(case_id=waiting.id, element="ask_around", by=lamps.by(LAMP), at=AT)
    with refused(OutOfOrder):
        tasks.task_begin(case_id=case.id, element="ask_around", by=lamps.by(LAMP), at=moment("03-02 08:00"))
    assert lamps.agency(GATE) not in lamps.case(case.id).agency_ids
    assert lamps.case(case.id).opened_at == MONDAY
