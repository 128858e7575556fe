"""Transfers: the coordinator moves a case; account, sight and work move with it."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Part
from hezhi.flow.cases.errors import AlreadyThere, NoSuchAgency
from hezhi.flow.cases.tests.factories import BELL, GATE, HOUSE, LAMP, MONDAY, WELL, Lamps, lines, moment, refused
from hezhi.flow.tasks.contracts import TaskState
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow
from hezhi.spine.people import api as people

TUESDAY = moment("03-03 09:00")


def transfer(lamps: Lamps, case: CaseRow, kind: str, at: datetime = TUESDAY) -> CaseRow:
    by = lamps.by("coordinator")
    return cases.case_transfer(case_id=case.id, agency_id=lamps.agency(kind), reason="转办", by=by, at=at)


def test_the_new_lead_has_the_case_and_its_main_clock_with_what_is_left(lamps: Lamps) -> None:
    case = lamps.handled()

    moved = transfer(lamps, case, GATE)

    assert (moved.state, moved.lead_agency_id, moved.handler_id) == (CaseState.DISPATCHED, lamps.agency(GATE), None)
    assert moved.due_at == case.due_at
    assert moved.agency_ids == {lamps.agency(LAMP), lamps.agency(GATE)}  # who led it before may look on
    told = clocks.waiting(subject=f"case:{case.id}", at=moment("03-03 10:00")).total
    assert [(one.agency_id, one.seconds) for one in told] == [(lamps.agency(LAMP), 86400), (lamps.agency(GATE), 3600)]
    body = lines(case, "case.transfer")[0].body
    assert (body["from_agency"], body["agency"], body["reason"]) == (lamps.agency(LAMP), lamps.agency(GATE), "转办")


def test_the_leads_open_work_falls_away_and_opens_again_for_the_new_lead(lamps: Lamps) -> None:
    case = lamps.handled()
    (looking,) = lamps.tasks(case)

    moved = transfer(lamps, case, GATE)

    assert lamps.live(moved) == []
    cases.case_accept(case_id=case.id, by=lamps.by(GATE), at=TUESDAY)
    (again,) = lamps.tasks(case)
    assert (again.element, again.agency_id, again.person_id) == ("look", lamps.agency(GATE), lamps.town.persons[GATE])
    assert next(one for one in lamps.tasks(case, TaskState.CANCELLED)).id == looking.id


def test_what_is_done_stays_done(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())

    transfer(lamps, case, GATE)
    cases.case_accept(case_id=case.id, by=lamps.by(GATE), at=TUESDAY)

    assert [one.element for one in lamps.tasks(case, TaskState.DONE)] == ["look", "notice"]
    assert lamps.live(case) == ["ring_bell", "recheck"]


def test_a_waiting_time_nobody_waits_for_any_more_ends(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())
    assert case.waiting_until == moment("03-06 00:00")

    moved = transfer(lamps, case, GATE)

    assert lamps.case(moved.id).waiting_until is None
    assert clocks.clock_explain(clock_id=_main(case).id, at=TUESDAY).waits  # it runs again
    assert _main(case).is_running
    assert [one.act for one in lines(case)][-3:] == ["case.transfer", "task.cancel", "case.wait_over"]


def _main(case: CaseRow) -> ClockRow:
    return next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "main")


def test_a_co_handler_that_becomes_lead_owes_its_old_part_no_more(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    assert lamps.live(case) == ["kernel_assist", "look"]

    transfer(lamps, case, WELL)
    cases.case_accept(case_id=case.id, by=lamps.by(WELL), at=TUESDAY)

    assert lamps.live(case) == ["look"]
    assert [(one.agency_id, one.part) for one in lamps.view(case).participants] == [
        (lamps.agency(BELL), Part.SUPPORT), (lamps.agency(WELL), Part.LEAD),
    ]  # fmt: skip
    assert lamps.submit(case, at=TUESDAY).state is CaseState.SUBMITTED


def test_the_lead_it_has_cannot_be_made_lead_again(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(AlreadyThere, agency="故事lamp_office"):
        transfer(lamps, case, LAMP)


def test_nothing_is_moved_to_an_agency_that_has_ended(lamps: Lamps) -> None:
    case = lamps.handled()
    people.agency_end(agency_id=lamps.agency(GATE), last_day=MONDAY.date(), by=HOUSE, at=MONDAY)

    with refused(NoSuchAgency):
        transfer(lamps, case, GATE)
