"""What a source owes is judged by its deliveries alone: is it fresh, is it enough, could its newest file be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.intake.contracts import BatchReport, BatchState, Counts, RecordFinding
from hezhi.flow.supply.contracts import Day, Delivered, What
from hezhi.flow.supply.rules import band_of, days_of, troubles_of
from hezhi.packkit.shape import Expectation
from hezhi.spine.calendar.api import working_days_between
from hezhi.spine.calendar.contracts import WorkCalendar

MONDAY = datetime(2026, 3, 9, 2, tzinfo=UTC)  # ten in the morning
DAYS_BETWEEN = partial(working_days_between, WorkCalendar())
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def batch(at: datetime, state: BatchState = BatchState.DONE, *findings: RecordFinding) -> BatchReport:
    return BatchReport(
        id=1, source="s", name="f", content="", state=state, counts=Counts(), findings=findings, at=at, source_name="s"
    )


def delivered(days: Mapping[date, int], *, newest_at: datetime = MONDAY, first_days_ago: int = 60) -> Delivered:
    counts = {on: Counts(rows=count, accepted=count) for on, count in days.items()}
    return Delivered(MONDAY - first_days_ago * DAY, newest_at, batch(newest_at), counts)


def bound(per: str = "day", least: int = 0, most: int = 100, **fresh: Any) -> Expectation:
    within = {"newest_within": {**fresh, "source": "本地约定"}} if fresh else {}
    return Expectation.model_validate(
        {"id": "flow", "record": "rows", "per": per, "at_least": least, "at_most": most, **within}
    )


def found(told: Delivered, *expected: Expectation, at: datetime = MONDAY) -> list[tuple[What, str]]:
    return [(one.what, one.expectation) for one in troubles_of(told, expected, DAYS_BETWEEN, at)]


def test_a_source_is_stale_from_the_moment_after_the_agreed_hours() -> None:
    told, owed = delivered({}, newest_at=MONDAY - 26 * HOUR), bound(value=26, unit="hours")

    assert found(told, owed) == []
    assert found(told, owed, at=MONDAY + timedelta(seconds=1)) == [(What.STALE, "flow")]
    [trouble] = troubles_of(told, [owed], DAYS_BETWEEN, MONDAY + HOUR)
    assert trouble.since_at == MONDAY - 26 * HOUR
    assert trouble.says.zh == "最新一条数据是2026-03-08收到的，约定不超过26小时"


def test_working_days_pass_over_a_weekend() -> None:
    friday, owed = MONDAY - 3 * DAY, bound(value=1, unit="working_days")

    assert found(delivered({}, newest_at=friday), owed) == []
    assert found(delivered({}, newest_at=friday), owed, at=MONDAY + DAY) == [(What.STALE, "flow")]


def test_a_source_without_an_accepted_row_is_stale_from_its_first_delivery() -> None:
    told = Delivered(MONDAY - 3 * HOUR, None, batch(MONDAY - 3 * HOUR), {})

    assert found(told, bound(value=2, unit="hours")) == [(What.STALE, "flow")]
    assert found(told, bound(value=3, unit="hours")) == []
    [trouble] = troubles_of(told, [bound(value=2, unit="hours")], DAYS_BETWEEN, MONDAY)
    assert trouble.says.zh == "2026-03-09至今没有可以采用的数据，约定不超过2小时"


def test_too_little_is_judged_over_the_last_whole_period_only() -> None:
    yesterday, today = date(2026, 3, 8), date(2026, 3, 9)

    assert found(delivered({today: 1}), bound(least=5)) == [(What.FEW, "flow")]
    assert found(delivered({yesterday: 5, today: 0}), bound(least=5)) == []
    assert found(delivered({date(2026, 3, 1): 4}), bound("week", least=5)) == [(What.FEW, "flow")]
    assert found(delivered({date(2026, 3, 2): 4, yesterday: 1}), bound("week", least=5)) == []
    assert found(delivered({date(2026, 2, 28): 5}), bound("month", least=5)) == []


def test_nothing_is_missed_of_a_period_in_which_a_source_began() -> None:
    assert found(delivered({}, first_days_ago=1), bound(least=1)) == []
    assert found(delivered({}, first_days_ago=2), bound(least=1)) == [(What.FEW, "flow")]


def test_too_much_is_seen_while_the_period_runs_and_told_once_for_both() -> None:
    yesterday, today = date(2026, 3, 8), date(2026, 3, 9)

    assert found(delivered({today: 100}), bound()) == []
    assert found(delivered({today: 101}), bound()) == [(What.MANY, "flow")]
    assert found(delivered({yesterday: 101, today: 101}), bound()) == [(What.MANY, "flow")]


def test_a_missing_column_is_one_finding_until_a_file_could_be_taken() -> None:
    missing = RecordFinding("spot", "column_missing", "缺少“位置”一列", "The column 'spot' is missing", "")
    told = Delivered(MONDAY - DAY, None, batch(MONDAY, BatchState.HELD, missing), {})

    [trouble] = troubles_of(told, [], DAYS_BETWEEN, MONDAY)

    assert (trouble.what, trouble.expectation) == (What.LAYOUT, "")
    assert trouble.says.zh == "最近一次交来的文件未能采用：缺少“位置”一列"


@given(
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 3, 9)), st.integers(0, 300), max_size=40),
    st.integers(0, 200), st.sampled_from(["day", "week", "month"]), st.integers(0, 80),
)  # fmt: skip
def test_more_of_everything_never_adds_that_it_is_too_little(
    days: dict[date, int], least: int, per: str, first: int
) -> None:
    more = {on: count + 1 for on, count in days.items()}
    few = (What.FEW, "flow")

    fewer = few in found(delivered(days, first_days_ago=first), bound(per, least=least, most=10**9))

    assert fewer or few not in found(delivered(more, first_days_ago=first), bound(per, least=least, most=10**9))


def test_days_before_the_first_delivery_are_unknown_and_later_ones_zero() -> None:
    told = delivered({date(2026, 3, 8): 3}, first_days_ago=2)

    days = days_of(told, date(2026, 3, 6), date(2026, 3, 9))

    assert [one.accepted for one in days] == [None, 0, 3, 0]
    assert [one.accepted for one in days_of(None, date(2026, 3, 8), date(2026, 3, 9))] == [None, None]


def test_a_band_needs_eight_days_and_never_reaches_below_zero() -> None:
    days = [Day(date(2026, 3, number), count, 0) for number, count in enumerate([1, 0, 2, 0, 1, 0, 2, 1], 1)]

    short, long = band_of(days), band_of([*days, Day(date(2026, 3, 9), 0, 0)])

    assert (short.low, short.high) == (None, None)
    assert long.low == 0.0
    assert long.high is not None and 2 < long.high < 6
