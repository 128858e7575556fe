"""Accepting: the lead signs, the clock of signing stops, work begins."""

from __future__ import annotations

from dataclasses import replace

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.cases.errors import NoHandler
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, WELL, Lamps, last, lines, moment, refused, rolled_back
from hezhi.flow.tasks.contracts import TaskState
from hezhi.spine.clocks import api as clocks
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import ActorKind


def test_accepting_stops_the_clock_of_signing_and_leaves_the_main_one_running(lamps: Lamps) -> None:
    case = lamps.opened()
    at = moment("03-03 10:00")

    accepted = cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=at)

    assert accepted.state is CaseState.HANDLING
    assert accepted.due_at == case.due_at
    found = {one.spec.kind: one for one in clocks.clocks_of(subject=f"case:{case.id}")}
    assert found["accept"].stopped_at == at
    assert found["main"].is_running


def test_whoever_accepts_handles_the_case_and_gets_its_first_task(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    accepted = cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=moment("03-02 10:00"))

    me = lamps.town.persons[LAMP]
    assert accepted.handler_id == me
    assert [(one.element, one.agency_id, one.person_id, one.state) for one in lamps.tasks(case)] == [
        ("kernel_assist", lamps.agency(WELL), None, TaskState.OPEN),
        ("look", lamps.agency(LAMP), me, TaskState.OPEN),
    ]
    assert lines(case, "case.accept")[0].body["person"] == me
    assert [one.act for one in lines(case)] == ["case.open", "case.accept", "task.open", "task.open"]
    assert last(case).body["due_at"] == "2026-03-04T16:00:00.000000Z"  # two working days: midnight after Wednesday


def test_a_case_nobody_signed_in_time_is_told_to_the_supervisor_until_it_is_signed(lamps: Lamps) -> None:
    case = lamps.opened()
    late = moment("03-04 00:00")

    def unsigned(at: object = late) -> list[int]:
        return [one.id for one in cases.cases_unaccepted(by=lamps.by("supervisor"), at=at)]  # type: ignore[arg-type]

    assert unsigned(moment("03-03 23:59")) == []
    assert unsigned() == [case.id]
    cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=late)
    assert unsigned() == []


def test_where_a_system_signs_the_person_on_duty_answers_for_the_case(lamps: Lamps) -> None:
    case, at = lamps.opened(), moment("03-02 10:00")
    machine = replace(lamps.by(LAMP), ref="machine:lamp", kind=ActorKind.SERVICE, person_id=None)
    second = lamps.second_person(LAMP)

    with rolled_back():
        assert cases.case_accept(case_id=case.id, by=machine, at=at).handler_id == lamps.town.persons[LAMP]

    people.duty_set(
        person_id=second.person_id, agency_id=lamps.agency(LAMP), role=Role.HANDLER, from_at=at,
        to_at=moment("03-02 12:00"), by=HOUSE, at=at,
    )  # fmt: skip
    assert cases.case_accept(case_id=case.id, by=machine, at=at).handler_id == second.person_id
    assert lines(case, "case.accept")[0].body["person"] == second.person_id


def test_a_system_cannot_sign_where_nobody_could_answer_for_the_case(lamps: Lamps) -> None:
    case = lamps.opened()
    machine = replace(lamps.by(LAMP), ref="machine:lamp", kind=ActorKind.SERVICE, person_id=None)
    lamps.leave(LAMP)

    with refused(NoHandler, agency_id=lamps.agency(LAMP)):
        cases.case_accept(case_id=case.id, by=machine, at=moment("03-03 10:00"))
