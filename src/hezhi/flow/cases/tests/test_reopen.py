"""Reopening: within the window, with a new limit, and the old answers kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.cases.errors import WindowOver
from hezhi.flow.cases.tests.factories import LAMP, Lamps, lines, moment, refused
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.tasks.contracts import TaskState
from hezhi.spine.clocks import api as clocks

CLOSED = moment("03-02 09:00")
WINDOW_ENDS = moment("03-13 00:00")  # ten calendar days after Monday: Thursday 12 March


def reopen(lamps: Lamps, case: CaseRow, at: datetime) -> CaseRow:
    return cases.case_reopen(case_id=case.id, reason="又不亮了", by=lamps.by("supervisor"), at=at)


def test_a_reopened_case_has_its_lead_its_handler_and_a_whole_limit_again(lamps: Lamps) -> None:
    case = lamps.closed()

    again = reopen(lamps, case, moment("03-09 09:00"))

    assert (again.state, again.closed_at, again.outcome, again.verdict) == (CaseState.HANDLING, None, "", "")
    assert (again.lead_agency_id, again.handler_id) == (lamps.agency(LAMP), lamps.town.persons[LAMP])
    assert (again.reopened_count, again.due_at) == (1, moment("03-24 00:00"))
    mains = [one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "main"]
    assert [one.stopped_at for one in mains] == [CLOSED, None]
    assert lamps.view(again).participants[0].due_at == again.due_at
    body = lines(case, "case.reopen")[0].body
    assert (body["from"], body["reason"], body["due_at"]) == ("closed", "又不亮了", "2026-03-23T16:00:00.000000Z")


def test_its_lead_owes_a_rework_with_the_whole_limit(lamps: Lamps) -> None:
    case = lamps.closed()

    reopen(lamps, case, moment("03-09 09:00"))

    (rework,) = lamps.tasks(case)
    assert (rework.element, rework.due_at, rework.person_id) == (
        "kernel_rework", moment("03-24 00:00"), lamps.town.persons[LAMP],
    )  # fmt: skip
    lamps.do(case, "kernel_rework", at=moment("03-09 10:00"), answer="又换了灯")
    assert lamps.live(case) == ["look"]  # what the first claim did not need is owed now


def test_each_end_is_kept(lamps: Lamps) -> None:
    case = lamps.closed()
    at = moment("03-09 09:00")
    reopen(lamps, case, at)
    lamps.do(case, "kernel_rework", at=at, answer="又换了灯")
    lamps.do(case, "look", at=at, found="fine")
    lamps.close(lamps.verify(lamps.submit(case, at=at, outcome="fine"), at=at), at=at)

    told = outcomes.outcomes_of(case_id=case.id, by=lamps.by("supervisor"))
    assert [(one.outcome, one.verdict, one.at) for one in told] == [
        ("unknown", "cannot_verify", CLOSED), ("fine", "false", at),
    ]  # fmt: skip
    assert len(lamps.tasks(case, TaskState.DONE)) == 2


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=9)])
def test_after_the_window_a_new_report_is_the_way(lamps: Lamps, late: timedelta) -> None:
    case = lamps.closed()

    with refused(WindowOver, budget=10, unit="calendar_day"):
        reopen(lamps, case, WINDOW_ENDS + late)


def test_the_window_is_open_to_its_last_second(lamps: Lamps) -> None:
    case = lamps.closed()

    assert reopen(lamps, case, WINDOW_ENDS - timedelta(seconds=1)).state is CaseState.HANDLING
