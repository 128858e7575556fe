"""Rules about cases, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.cases.rules import (
    AfterReturn,
    after_return,
    clock_should_run,
    is_drawn,
    nearest_precedent,
    ruling_hours,
)

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in China


def test_first_return_goes_to_the_proposed_agency() -> None:
    told = after_return(bounces=1, budget=2, proposed_id=7, held_before=[3])

    assert told == AfterReturn(7, must_rule=False)


@pytest.mark.parametrize(
    ("bounces", "proposed", "held"),
    [(3, 7, [3]), (1, None, [3]), (1, 3, [3, 5])],
    ids=["past the budget", "nobody proposed", "proposed agency held it before"],
)
def test_return_that_settles_nothing_needs_a_ruling(bounces: int, proposed: int | None, held: list[int]) -> None:
    told = after_return(bounces=bounces, budget=2, proposed_id=proposed, held_before=held)

    assert told == AfterReturn(None, must_rule=True)


@given(st.integers(1, 9), st.integers(0, 5), st.none() | st.integers(1, 5), st.lists(st.integers(1, 5)))
def test_a_returned_case_always_goes_somewhere(
    bounces: int, budget: int, proposed: int | None, held: list[int]
) -> None:
    told = after_return(bounces=bounces, budget=budget, proposed_id=proposed, held_before=held)

    assert (told.agency_id is None) == told.must_rule
    assert told.agency_id not in held


def test_ruling_is_owed_the_same_day() -> None:
    assert ruling_hours(AT) == 15
    assert ruling_hours(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == 1


def test_clock_stands_still_only_while_suspended_waiting_or_closed() -> None:
    later = AT + timedelta(days=1)

    assert [state for state in CaseState if clock_should_run(state, None, AT)] == [
        CaseState.DISPATCHED, CaseState.RETURNED, CaseState.HANDLING, CaseState.SUBMITTED, CaseState.VERIFIED,
    ]  # fmt: skip
    assert not clock_should_run(CaseState.HANDLING, later, AT)
    assert clock_should_run(CaseState.HANDLING, later, later)


@dataclass
class Ruling:
    region_path: str
    agency_id: int


def test_the_closest_newest_precedent_is_offered() -> None:
    newest_first = [
        Ruling("33.3399", 1),
        Ruling("33.3399.339901", 2),
        Ruling("33.3399.339901", 3),
        Ruling("33.3398", 4),
    ]

    assert nearest_precedent(newest_first, "33.3399.339901.339901001") == Ruling("33.3399.339901", 2)
    assert nearest_precedent(newest_first, "33.33990") is None


def test_audit_draw_is_fixed_and_near_its_share() -> None:
    drawn = [is_drawn(f"case {n}", 0.1) for n in range(5000)]

    assert drawn == [is_drawn(f"case {n}", 0.1) for n in range(5000)]
    assert 400 < sum(drawn) < 600
    assert not is_drawn("case 1", 0.0)
    assert is_drawn("case 1", 1.0)
