"""The ladder of rings: told by time itself, each rung once, never while a case rests."""

from __future__ import annotations

from datetime import timedelta

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter
from hezhi.flow.cases.errors import AlreadyThere
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import LAMP, MONDAY, Lamps, lines, moment, refused

DUE = moment("03-17 00:00")
FIRST, SECOND, THIRD = moment("03-18 00:00"), moment("03-20 00:00"), moment("03-24 00:00")  # 1, 3, 5 working days


def test_each_rung_is_told_at_its_time_and_once(lamps: Lamps) -> None:
    case = lamps.handled()
    told = []
    for at in (DUE, FIRST - timedelta(seconds=1), FIRST, FIRST, SECOND, SECOND, THIRD, THIRD, moment("06-01 09:00")):
        cases.cases_sweep(at=at)
        told.append(lamps.case(case.id).ring)

    assert told == [0, 0, 1, 1, 2, 2, 3, 3, 3]
    raised = lines(case, "case.raise_ring")
    assert [(one.at, one.body["ring"], one.body["to_ring"], one.body["whom"], one.actor) for one in raised] == [
        (FIRST, 1, "first", "township", "system:sweep"),
        (SECOND, 2, "second", "city", "system:sweep"),
        (THIRD, 3, "third", "leaders", "system:sweep"),
    ]
    assert [one.key for one in raised] == [f"ring:{case.due_at.isoformat()}:{n}" for n in (1, 2, 3)]


def test_a_backlog_of_rungs_is_told_one_per_sweep(lamps: Lamps) -> None:
    case = lamps.handled()

    rings = []
    for _ in range(4):
        cases.cases_sweep(at=THIRD)
        rings.append(lamps.case(case.id).ring)

    assert rings == [1, 2, 3, 3]


def test_no_rung_is_told_while_the_case_is_suspended_or_waits(lamps: Lamps) -> None:
    suspended, waiting = lamps.suspend(lamps.handled()), lamps.noticed(lamps.handled())
    far = moment("03-05 09:00")
    Case.objects.filter(id__in=[suspended.id, waiting.id]).update(due_at=moment("02-02 00:00"))

    cases.cases_sweep(at=far)

    assert [lamps.case(one.id).ring for one in (suspended, waiting)] == [0, 0]


def test_a_case_that_rested_is_told_later_by_as_much(lamps: Lamps) -> None:
    case = lamps.suspend(lamps.handled(), at=moment("03-03 09:00"))
    cases.case_resume(case_id=case.id, by=lamps.by(LAMP), at=moment("03-05 09:00"))
    due = lamps.case(case.id).due_at
    assert due == moment("03-20 00:00")

    cases.cases_sweep(at=moment("03-20 23:59"))
    assert lamps.case(case.id).ring == 0
    cases.cases_sweep(at=moment("03-21 00:00"))
    assert lamps.case(case.id).ring == 1


def test_a_closed_case_climbs_no_further_and_a_reopened_one_begins_below(lamps: Lamps) -> None:
    case = lamps.handled()
    cases.cases_sweep(at=FIRST)
    lamps.close(lamps.verify(lamps.submit(case, at=FIRST), at=FIRST), at=FIRST)
    cases.cases_sweep(at=THIRD)
    assert lamps.case(case.id).ring == 1

    again = cases.case_reopen(case_id=case.id, reason="又坏了", by=lamps.by("supervisor"), at=moment("03-19 09:00"))

    assert (again.ring, again.due_at) == (0, moment("04-03 00:00"))
    after_the_holiday = moment("04-08 00:00")  # 4 to 6 April are rest days
    cases.cases_sweep(at=after_the_holiday - timedelta(hours=25))
    assert lamps.case(case.id).ring == 1


def test_a_supervisor_raises_a_ring_by_hand_and_time_goes_on_from_there(lamps: Lamps) -> None:
    case = lamps.handled()
    by = lamps.by("supervisor")

    raised = cases.case_raise_ring(case_id=case.id, reason="影响大", by=by, at=MONDAY)
    assert raised.ring == 1
    cases.cases_sweep(at=FIRST)
    assert lamps.case(case.id).ring == 1
    cases.cases_sweep(at=SECOND)
    assert lamps.case(case.id).ring == 2


def test_above_the_top_there_is_no_ring(lamps: Lamps) -> None:
    case = lamps.handled()
    by = lamps.by("supervisor")
    for _ in range(3):
        cases.case_raise_ring(case_id=case.id, reason="影响大", by=by, at=MONDAY)

    with refused(AlreadyThere, ring=3):
        cases.case_raise_ring(case_id=case.id, reason="影响大", by=by, at=MONDAY)
    assert cases.cases_sweep(at=THIRD) == 0


def test_the_board_counts_late_and_ringed_cases_per_agency(lamps: Lamps) -> None:
    lamps.handled()
    lamps.opened("nobody")
    cases.cases_sweep(at=FIRST)

    board = cases.agency_board(by=lamps.by("supervisor"), at=FIRST)

    assert [
        (one.agency_name, one.open_count, one.overdue_count, one.ringed_count, one.returned_count) for one in board
    ] == [("故事lamp_office", 1, 1, 1, 0), ("故事story_office", 1, 1, 1, 1)]
    ringed = cases.case_page(by=lamps.by("supervisor"), wanted=CaseFilter(ring_at_least=1), at=FIRST)
    assert len(ringed) == 2
