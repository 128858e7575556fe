"""Several hands on one case: co-handlers and supporters with own limit and result, hand-over."""

from __future__ import annotations

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState, Part
from hezhi.flow.cases.errors import AlreadyThere, CaseNotFound, NoSuchAgency, NotYourCase, WorkIsOpen
from hezhi.flow.cases.tests.factories import BELL, HOUSE, LAMP, MONDAY, WELL, Lamps, lines, moment, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskState
from hezhi.services.notices.models import Notice
from hezhi.spine.clocks import api as clocks
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role

TUESDAY = moment("03-03 09:00")


@pytest.mark.parametrize("part", ["co", "support"])
def test_an_agency_asked_in_sees_the_case_and_has_a_limit_and_a_task_of_its_own(lamps: Lamps, part: str) -> None:
    case = lamps.handled()
    with refused(CaseNotFound):
        cases.case_get(case_id=case.id, by=lamps.by(WELL))

    asked = cases.case_add_co(case_id=case.id, agency_id=lamps.agency(WELL), part=part, by=lamps.by(LAMP), at=TUESDAY)

    assert cases.case_get(case_id=case.id, by=lamps.by(WELL)) == asked
    member = lamps.view(case).participants[1]
    assert (member.agency_id, member.part, member.joined_at) == (lamps.agency(WELL), Part(part), TUESDAY)
    assert member.due_at == moment("03-18 00:00")  # the whole main limit from the day it was asked
    assert [(one.element, one.agency_id) for one in lamps.tasks(case)] == [
        ("look", lamps.agency(LAMP)), ("kernel_assist", lamps.agency(WELL)),
    ]  # fmt: skip


def test_an_agency_asked_in_before_acceptance_gets_its_task_with_it(lamps: Lamps) -> None:
    case = lamps.opened()
    cases.case_add_co(case_id=case.id, agency_id=lamps.agency(WELL), part="co", by=lamps.by(LAMP), at=MONDAY)
    assert lamps.live(case) == []

    cases.case_accept(case_id=case.id, by=lamps.by(LAMP), at=TUESDAY)

    assert lamps.live(case) == ["kernel_assist", "look"]


def test_nobody_is_asked_in_twice(lamps: Lamps) -> None:
    case = lamps.handled("lamp")

    for kind in (LAMP, WELL, BELL):
        with refused(AlreadyThere):
            cases.case_add_co(case_id=case.id, agency_id=lamps.agency(kind), part="co", by=lamps.by(LAMP), at=TUESDAY)


def test_an_agency_that_does_not_exist_is_not_asked_in(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(NoSuchAgency):
        cases.case_add_co(case_id=case.id, agency_id=999_999, part="co", by=lamps.by(LAMP), at=TUESDAY)


def test_a_co_handlers_answer_stops_its_own_clock_and_is_kept_with_its_name(lamps: Lamps) -> None:
    case = lamps.handled("lamp")

    lamps.do(case, "kernel_assist", at=TUESDAY, answer="井已封好")

    member = next(one for one in lamps.view(case).participants if one.part is Part.CO)
    assert (member.done_at, member.result) == (TUESDAY, {"answer": "井已封好"})
    found = {one.spec.kind: one for one in clocks.clocks_of(subject=f"case:{case.id}")}
    assert (found["co"].stopped_at, found["main"].stopped_at) == (TUESDAY, None)
    (line,) = lines(case, "case.part_done")
    assert line.body == {"agency": lamps.agency(WELL), "part": "co"}


def test_an_open_co_handler_keeps_the_case_from_being_submitted(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    told = {"outcome": "unknown", "summary": "已办", "by": lamps.by(LAMP), "at": TUESDAY}

    with refused(WorkIsOpen, waiting_for=["故事well_office"]):
        tasks.work_submit(case_id=case.id, **told)
    lamps.do(case, "kernel_assist", at=TUESDAY, answer="井已封好")

    assert tasks.work_submit(case_id=case.id, **told).state is CaseState.SUBMITTED


def test_an_open_supporter_does_not_and_its_work_falls_away(lamps: Lamps) -> None:
    case = lamps.handled()
    cases.case_add_co(case_id=case.id, agency_id=lamps.agency(WELL), part="support", by=lamps.by(LAMP), at=TUESDAY)

    tasks.work_submit(case_id=case.id, outcome="unknown", summary="已办", by=lamps.by(LAMP), at=TUESDAY)

    assert [one.element for one in lamps.tasks(case, TaskState.CANCELLED)] == ["look", "kernel_assist"]


def test_a_co_handler_whose_kind_the_playbook_names_keeps_it_open_too(lamps: Lamps) -> None:
    case = lamps.handled()
    cases.case_add_co(case_id=case.id, agency_id=lamps.agency(BELL), part="co", by=lamps.by(LAMP), at=MONDAY)
    lamps.do(case, "look", found="broken")
    assert [(one.element, one.part) for one in lamps.tasks(case)] == [("notice", "lead"), ("ring_bell", "co")]

    with refused(WorkIsOpen, waiting_for=["故事bell_office"]):
        tasks.work_submit(case_id=case.id, outcome="unknown", summary="已办", by=lamps.by(LAMP), at=TUESDAY)


def test_handing_over_moves_the_case_and_what_its_handler_had_to_do(lamps: Lamps) -> None:
    case, second = lamps.handled("lamp"), lamps.second_person(LAMP)

    moved = cases.case_hand_over(case_id=case.id, person_id=second.person_id, by=lamps.by(LAMP), at=TUESDAY)

    assert moved.handler_id == second.person_id
    assert {one.element: one.person_id for one in lamps.tasks(case)} == {
        "kernel_assist": None,
        "look": second.person_id,
    }
    body = lines(case, "case.hand_over")[0].body
    assert (body["from_person"], body["person"]) == (lamps.town.persons[LAMP], second.person_id)


def test_a_case_is_handed_over_within_the_lead_agency_only(lamps: Lamps) -> None:
    case = lamps.handled()

    for person_id in (lamps.town.persons[WELL], 999_999):
        with refused(NotYourCase, person_id=person_id):
            cases.case_hand_over(case_id=case.id, person_id=person_id, by=lamps.by(LAMP), at=TUESDAY)


def test_who_holds_posts_in_two_agencies_takes_over_in_either(lamps: Lamps) -> None:
    first = lamps.second_person(WELL, "both")
    seed = OfficerSeed("both", "经办both", f"story-{LAMP}", Role.HANDLER, title="又一岗")
    people.people_load(agencies=[], officers=[seed], from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    case = lamps.handled()

    moved = cases.case_hand_over(case_id=case.id, person_id=first.person_id, by=lamps.by(LAMP), at=TUESDAY)

    assert moved.handler_id == first.person_id


def test_a_handler_who_left_does_not_hold_the_case_up(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.second_person(LAMP)
    lamps.leave(LAMP)
    later = moment("03-04 09:00")

    told = cases.case_urge(case_id=case.id, text="请加快", by=lamps.by("supervisor"), at=later)

    urged = Notice.objects.get(act="case.urge")
    found = people.account_find("second")
    assert found is not None
    assert (told.handler_id, urged.recipient) == (lamps.town.persons[LAMP], f"person:{found.person_id}")
