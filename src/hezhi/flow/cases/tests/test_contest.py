"""Contesting: a reporter objects within the window, a coordinator owes a reasoned answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.cases.errors import AlreadyThere, NotYourReport, OwnWork, WindowOver
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, MONDAY, Lamps, lines, moment, refused
from hezhi.spine.clocks import api as clocks
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor

WINDOW_ENDS = moment("03-24 00:00")  # 20 calendar days after Monday end on Sunday 22 March, a rest day
TUESDAY = moment("03-03 09:00")


def contest(lamps: Lamps, case: CaseRow, at: datetime = MONDAY, number: str = "", by: Actor | None = None) -> CaseRow:
    own = lamps.receipt.record.number if lamps.receipt else ""
    number = number or own
    by = by or Actor.citizen(number)
    return cases.case_contest(case_id=case.id, record_number=number, text="我家灯还不亮", by=by, at=at)


def decide(lamps: Lamps, case: CaseRow, decision: str, at: datetime = TUESDAY, by: Actor | None = None) -> CaseRow:
    contest_id = lamps.view(case).contests[-1].id
    return cases.case_decide_contest(
        case_id=case.id,
        contest_id=contest_id,
        decision=decision,
        reason="查过了",
        by=by or lamps.by("coordinator"),
        at=at,
    )


def test_a_contest_has_a_clock_of_its_own_and_its_words_stay_out_of_the_ledger(lamps: Lamps) -> None:
    case = lamps.closed()

    told = contest(lamps, case)

    assert (told.state, told.is_contested) == (CaseState.CLOSED, True)
    (kept,) = lamps.view(case).contests
    assert (kept.text, kept.filed_at, kept.due_at, kept.decision) == ("我家灯还不亮", MONDAY, moment("03-06 00:00"), "")
    (line,) = lines(case, "case.contest")
    assert "我家" not in str(line.body)
    assert (line.body["contest"], line.actor) == (kept.id, f"citizen:{kept.record_number}")


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=30)])
def test_the_window_ends(lamps: Lamps, late: timedelta) -> None:
    case = lamps.closed()

    with refused(WindowOver):
        contest(lamps, case, at=WINDOW_ENDS + late)


def test_the_window_is_open_to_its_last_second_and_while_the_case_is_open(lamps: Lamps) -> None:
    assert contest(lamps, lamps.closed(), at=WINDOW_ENDS - timedelta(seconds=1)).is_contested
    assert contest(lamps, lamps.handled(), at=moment("09-01 09:00")).is_contested


def test_only_who_reported_it_contests_it(lamps: Lamps) -> None:
    lamps.closed()
    stranger = lamps.receipt.record.number if lamps.receipt else ""
    case = lamps.closed()

    with refused(NotYourReport, record=stranger):
        contest(lamps, case, number=stranger)


def test_an_officer_writes_down_what_somebody_says_at_the_counter(lamps: Lamps) -> None:
    case = lamps.closed()

    assert contest(lamps, case, by=lamps.by("coordinator")).is_contested


def test_one_contest_at_a_time_and_another_after_the_answer(lamps: Lamps) -> None:
    case = lamps.closed()
    contest(lamps, case)

    with refused(AlreadyThere):
        contest(lamps, case)
    decide(lamps, case, "rejected")
    assert contest(lamps, case, at=TUESDAY).is_contested
    assert [one.decision for one in lamps.view(case).contests] == ["rejected", ""]


def test_a_rejected_contest_leaves_the_case_closed_and_keeps_the_reason(lamps: Lamps) -> None:
    case = lamps.closed()
    contest(lamps, case)

    told = decide(lamps, case, "rejected")

    assert told.state is CaseState.CLOSED
    (kept,) = lamps.view(case).contests
    assert (kept.decision, kept.reason, kept.decided_at) == ("rejected", "查过了", TUESDAY)
    (clock,) = clocks.clocks_of(subject=f"contest:{case.id}")
    assert clock.stopped_at == TUESDAY


def test_an_upheld_contest_opens_a_closed_case_whatever_the_window(lamps: Lamps) -> None:
    case = lamps.closed()
    contest(lamps, case, at=WINDOW_ENDS - timedelta(days=1))
    after = WINDOW_ENDS + timedelta(days=9)

    told = decide(lamps, case, "upheld", at=after)

    assert (told.state, told.reopened_count) == (CaseState.HANDLING, 1)
    assert lamps.live(case) == ["kernel_rework"]
    body = lines(case, "case.decide_contest")[0].body
    assert (body["decision"], body["from"], body["to"]) == ("upheld", "closed", "handling")


def test_an_upheld_contest_on_an_open_case_leaves_its_state(lamps: Lamps) -> None:
    case = lamps.handled()
    contest(lamps, case)

    assert decide(lamps, case, "upheld").state is CaseState.HANDLING
    assert lamps.live(case) == ["look"]


def test_what_is_decided_is_decided(lamps: Lamps) -> None:
    case = lamps.closed()
    contest(lamps, case)
    decide(lamps, case, "rejected")

    with refused(AlreadyThere):
        decide(lamps, case, "upheld")


def test_nobody_decides_about_the_own_work(lamps: Lamps) -> None:
    seed = OfficerSeed(f"story.{LAMP}", f"经办{LAMP}", "story-story_office", Role.COORDINATOR, title="又一岗")
    people.people_load(agencies=[], officers=[seed], from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    case = lamps.closed()
    contest(lamps, case)

    with refused(OwnWork):
        decide(lamps, case, "rejected", by=lamps.by(LAMP))


def test_contests_owed_are_told_to_the_coordinator_only(lamps: Lamps) -> None:
    case = lamps.closed()
    contest(lamps, case)

    assert [one.case.id for one in cases.contests_owed(by=lamps.by("coordinator"))] == [case.id]
    assert cases.contests_owed(by=lamps.by("supervisor")) == []
    assert cases.contests_owed(by=lamps.by(LAMP)) == []
    decide(lamps, case, "rejected")
    assert cases.contests_owed(by=lamps.by("coordinator")) == []
