"""Suspending and waiting: every clock stops and goes on with what was left, on the right account."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow, CaseState
from hezhi.flow.cases.errors import NotInFuture, UnknownReason
from hezhi.flow.cases.tests.factories import BELL, HOUSE, LAMP, MONDAY, Lamps, lines, moment, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskState
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Party

TUESDAY, THURSDAY = moment("03-03 09:00"), moment("03-05 09:00")


def clock(case: CaseRow, kind: str) -> ClockRow:
    return next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == kind)


def resume(lamps: Lamps, case: CaseRow, at: datetime = THURSDAY) -> CaseRow:
    return cases.case_resume(case_id=case.id, by=lamps.by(LAMP), at=at)


def waited(case: CaseRow, at: datetime) -> dict[Party, int]:
    told = clocks.waiting(subject=f"case:{case.id}", at=at).total
    return {party: sum(one.seconds for one in told if one.party is party) for party in Party}


def test_a_suspension_stops_every_clock_of_the_case_and_its_tasks(lamps: Lamps) -> None:
    case = lamps.handled("lamp")

    rested = lamps.suspend(case, at=TUESDAY)

    assert rested.state is CaseState.SUSPENDED
    assert [clock(case, kind).is_running for kind in ("main", "co", "support")] == [False, False, False]
    of_tasks = clocks.clocks_of(subject=f"task:{case.id}")
    assert [one.is_running for one in of_tasks] == [False, False]
    body = lines(case, "case.suspend")[0].body
    assert (body["reason_id"], body["reason"], body["waiting_for"]) == ("court", "等待判决", "court")
    # The day of the suspension does not count, for the case's limit and for those of its tasks.
    assert rested.due_at == moment("03-18 00:00")
    assert {one.element: one.due_at for one in lamps.tasks(case)} == {
        "kernel_assist": moment("03-18 00:00"), "look": moment("03-06 00:00"),
    }  # fmt: skip


def test_the_answer_of_an_act_shows_who_has_joined_through_it(lamps: Lamps) -> None:
    case = lamps.suspend(lamps.handled(), at=TUESDAY)
    lamps.do(case, "look", at=TUESDAY, found="broken")

    again = resume(lamps, case)  # opens the task of the bell office

    assert again.agency_ids == {lamps.agency(LAMP), lamps.agency(BELL)}


def test_resuming_moves_the_due_dates_of_case_tasks_and_sub_ledgers_by_the_days_waited(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    lamps.suspend(case, at=TUESDAY)

    again = resume(lamps, case)

    # Tuesday, Wednesday and Thursday were touched by the wait and do not count.
    assert (again.state, again.due_at) == (CaseState.HANDLING, moment("03-20 00:00"))
    assert [clock(case, kind).due_at for kind in ("main", "co", "support")] == [moment("03-20 00:00")] * 3
    assert {one.element: one.due_at for one in lamps.tasks(case)} == {
        "kernel_assist": moment("03-20 00:00"), "look": moment("03-10 00:00"),
    }  # fmt: skip
    assert waited(case, at=THURSDAY)[Party.COURT] == 2 * 86400


def test_a_suspension_needs_a_reason_of_the_catalogue(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(UnknownReason, reason="busy", known="court"):
        cases.case_suspend(
            case_id=case.id, reason="busy", note="太忙", waiting_for=Party.AGENCY, by=lamps.by(LAMP), at=TUESDAY
        )


def test_work_may_be_finished_while_the_case_rests_but_nothing_new_begins(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.suspend(case, at=TUESDAY)

    lamps.do(case, "look", at=TUESDAY, found="broken")
    assert lamps.live(case) == []
    resume(lamps, case)

    assert lamps.live(case) == ["notice", "ring_bell"]
    assert {one.opened_at for one in lamps.tasks(case)} == {THURSDAY}


def test_a_resting_case_is_nobodys_delay(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.suspend(case, at=TUESDAY)
    far = moment("05-06 09:00")

    def overdue() -> list[int]:
        page = cases.case_page(by=lamps.by("supervisor"), wanted=CaseFilter(is_overdue=True), at=far)
        return [one.id for one in page]

    assert overdue() == []
    assert cases.case_counts(by=lamps.by("supervisor"), at=far)["overdue"] == 0
    assert [one.overdue_count for one in cases.agency_board(by=lamps.by("supervisor"), at=far)] == [0]
    resume(lamps, case, at=moment("03-05 09:00"))
    assert overdue() == [case.id]


def test_a_wait_that_a_task_imposes_stops_the_clocks_until_its_end(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled("lamp"))

    assert (case.state, case.waiting_until) == (CaseState.HANDLING, moment("03-06 00:00"))
    assert [clock(case, kind).is_running for kind in ("main", "co", "support")] == [False, False, False]
    (line,) = lines(case, "case.wait")
    assert (line.body["waiting_for"], line.body["until"]) == ("citizen", "2026-03-05T16:00:00.000000Z")

    assert cases.cases_sweep(at=moment("03-05 23:59")) == 0
    assert cases.cases_sweep(at=moment("03-06 08:00")) == 1

    over = lamps.case(case.id)
    assert (over.waiting_until, over.due_at) == (None, moment("03-20 00:00"))  # Monday to Thursday do not count
    assert clock(case, "main").is_running
    assert waited(case, at=moment("03-06 08:00"))[Party.CITIZEN] == 3 * 86400 + 15 * 3600


def test_the_limit_of_a_task_counts_from_the_first_day_after_the_wait(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())  # waits until Thursday is over

    assert tasks.tasks_sweep(at=moment("03-06 08:00")) == 1

    recheck = next(one for one in lamps.tasks(case) if one.element == "recheck")
    assert (recheck.state, recheck.due_at) == (TaskState.OPEN, moment("03-10 00:00"))  # Friday and Monday


def test_a_wait_ends_at_its_moment_whether_or_not_anybody_swept(lamps: Lamps) -> None:
    swept = lamps.noticed(lamps.handled())
    assert cases.cases_sweep(at=moment("03-06 00:00")) == 1
    unswept = lamps.noticed(lamps.handled())
    later = moment("03-10 09:00")

    urge = {"text": "请加快", "by": lamps.by("supervisor"), "at": later}
    told = [cases.case_urge(case_id=one.id, **urge) for one in (swept, unswept)]

    assert told[0].due_at == told[1].due_at == moment("03-20 00:00")
    assert waited(swept, later) == waited(unswept, later)
    assert [one.act for one in lines(unswept)] == [one.act for one in lines(swept)]
    assert lines(unswept, "case.wait_over")[0].at == moment("03-06 00:00")


def test_a_wait_and_a_suspension_do_not_end_each_other(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())
    lamps.suspend(case, at=TUESDAY)

    cases.cases_sweep(at=moment("03-06 00:00"))
    assert not clock(case, "main").is_running  # the wait is over, the suspension is not

    resume(lamps, case, at=moment("03-09 09:00"))
    assert clock(case, "main").is_running

    case = lamps.noticed(lamps.handled())
    lamps.suspend(case, at=TUESDAY)
    resume(lamps, case, at=moment("03-04 09:00"))
    assert not clock(case, "main").is_running  # the suspension is over, the wait is not
    assert lamps.case(case.id).waiting_until == moment("03-06 00:00")


def test_a_task_whose_wait_ended_while_the_case_rested_opens_with_its_whole_limit(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())
    lamps.suspend(case, at=TUESDAY)

    assert tasks.tasks_sweep(at=moment("03-09 09:00")) == 0
    resume(lamps, case, at=moment("03-12 09:00"))
    assert tasks.tasks_sweep(at=moment("03-12 09:05")) == 1

    recheck = next(one for one in lamps.tasks(case) if one.element == "recheck")
    assert (recheck.state, recheck.due_at) == (TaskState.OPEN, moment("03-17 00:00"))


def test_a_second_wait_lengthens_the_first_and_never_shortens_it(lamps: Lamps) -> None:
    case = lamps.handled()
    wait = {"case_id": case.id, "waiting_for": Party.CITIZEN, "reason": "等", "by": HOUSE, "at": MONDAY}

    for days, until in ((5, 5), (2, 5), (9, 9)):
        cases.case_wait(until=MONDAY + timedelta(days=days), **wait)
        assert lamps.case(case.id).waiting_until == MONDAY + timedelta(days=until)
    with refused(NotInFuture):
        cases.case_wait(until=MONDAY, **wait)
