"""What closing leaves behind: the outcome, the verdict at the detector, the answer each reporter reads."""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed
from hezhi.flow.cases.errors import CaseNotFound
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, MONDAY, WELL, Lamps, moment, nothing_changes, refused
from hezhi.flow.intake import api as intake
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.outcomes import handlers
from hezhi.flow.outcomes.contracts import OutcomeRow
from hezhi.spine.ledger import api as ledger

AT = moment("03-03 10:00")


def answer(lamps: Lamps, at=AT):
    assert lamps.receipt is not None
    return outcomes.answer_get(number=lamps.receipt.record.number, code=lamps.receipt.code, at=at)


def test_every_closing_is_kept_oldest_first(lamps: Lamps) -> None:
    case = lamps.closed()
    cases.case_reopen(case_id=case.id, reason="又坏了", by=lamps.by("supervisor"), at=AT)
    lamps.do(case, "kernel_rework", at=AT, answer="已返工")
    lamps.do(case, "look", at=AT, found="fine")
    lamps.close(lamps.verify(lamps.submit(lamps.case(case.id), at=AT, outcome="fine"), at=AT), at=AT)

    assert outcomes.outcomes_of(case_id=case.id, by=lamps.by(LAMP)) == [
        OutcomeRow(case.id, "unknown", "cannot_verify", False, "已办", MONDAY),
        OutcomeRow(case.id, "fine", "false", False, "已办", AT),
    ]


def test_outcomes_and_ratings_are_shown_to_whoever_may_see_the_case(lamps: Lamps) -> None:
    case = lamps.closed()

    assert len(outcomes.outcomes_of(case_id=case.id, by=lamps.by("supervisor"))) == 1
    for read in (outcomes.outcomes_of, outcomes.ratings_of):
        with refused(CaseNotFound):
            read(case_id=case.id, by=lamps.by(WELL))


def test_hearing_of_a_closing_twice_keeps_one_outcome(lamps: Lamps) -> None:
    case = lamps.closed()
    line = next(one for one in ledger.lines_of(chain=f"case:{case.id}") if one.act == "case.close")

    with nothing_changes():
        handlers.follow_case(CaseActed(case, "case.close", line.body, line.actor, None, line.at, line.hash))

    assert len(outcomes.outcomes_of(case_id=case.id, by=HOUSE)) == 1


def test_a_reporter_reads_the_state_first_and_the_answer_once_it_is_closed(lamps: Lamps) -> None:
    lamps.handled()
    told = answer(lamps)
    assert (told.state, told.outcome, told.summary) == ("handling", "", "")
    assert (told.can_rate, told.can_contest) == (False, True)

    case = lamps.closed()
    told = answer(lamps)

    assert (told.state, told.case_number, told.outcome, told.summary) == ("closed", case.number, "unknown", "已办")
    assert (told.closed_at, told.stars, told.can_rate, told.can_contest) == (MONDAY, None, True, True)
    # twenty calendar days after 2 March end on Sunday 22nd, so on Monday 23rd
    assert told.contest_until == moment("03-24 00:00")
    assert answer(lamps, at=moment("03-24 00:00")).can_contest is False


def test_a_report_that_no_case_is_about_tells_its_own_state(lamps: Lamps) -> None:
    lamps.report()

    told = answer(lamps)

    assert (told.state, told.case_number, told.can_rate, told.can_contest) == ("accepted", "", False, False)


def test_a_merged_reporter_reads_the_answer_of_the_case_under_the_own_number(lamps: Lamps) -> None:
    case = lamps.closed()
    first = lamps.receipt
    assert first is not None
    second = lamps.report()
    intake.record_merge(
        record_ids=[first.record.id, second.record.id], reason="同一盏灯", by=lamps.by("duty_officer"), at=AT
    )

    told = answer(lamps)

    assert (told.record_number, told.case_number, told.summary) == (second.record.number, case.number, "已办")
    rated = outcomes.rating_give(number=second.record.number, code=second.code, stars=5, comment="", at=AT)
    assert (rated.record_id, rated.case_id) == (second.record.id, case.id)
    lamps.receipt = first
    assert (answer(lamps).stars, answer(lamps).can_rate) == (None, True)  # each has a rating of the own
