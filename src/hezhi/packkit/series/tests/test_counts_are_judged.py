"""Counts are judged by their own past, and what cannot be judged says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Ears, Farrington, Judgement
from hezhi.packkit.series.discovery import adjusted

MONDAY = date(2018, 1, 1)


def weekly(*counts: int | None, key: str = "k") -> CountSeries:
    return CountSeries(key, "week", MONDAY, counts)


def after(one: CountSeries, days: int = 0) -> date:
    return one.first_on + timedelta(weeks=len(one.counts), days=days)


def newest(one: CountSeries, plan: CountPlan | None = None) -> Judgement:
    return counts_judge([one], as_of=after(one), plan=plan or CountPlan())[-1]


def quiet(years: int, mean: float, seed: int = 1) -> list[int]:
    return np.random.default_rng(seed).poisson(mean, 52 * years + 30).tolist()


def test_below_eight_points_nothing_is_said_but_why() -> None:
    found = newest(weekly(3, 4, 2, 5, 3, 4, 40))
    assert (found.silent, found.method, found.is_over, found.upper) == ("too_short", "none", False, None)
    assert found.because.en.startswith("history too short: 7 periods; 8 are needed")
    assert found.because.zh.startswith("历史太短：只有 7 期，至少需要 8 期")


@pytest.mark.parametrize(
    ("points", "method"), [(8, "c1"), (9, "c1"), (10, "c2"), (107, "c2"), (108, "farrington"), (400, "farrington")]
)
def test_the_history_decides_the_method(points: int, method: str) -> None:
    assert newest(weekly(*([5, 6, 4, 5] * 100)[:points])).method == method


def test_a_finding_tells_baseline_bounds_and_excess() -> None:
    found = newest(weekly(3, 4, 2, 5, 3, 4, 4, 3, 5, 4, 19))
    mean, spread = 25 / 7, np.std([3, 4, 2, 5, 3, 4, 4], ddof=1)
    assert (found.on, found.observed, found.method, found.references) == (date(2018, 3, 12), 19, "c2", 7)
    assert found.expected == pytest.approx(mean)
    assert found.upper == pytest.approx(mean + 3.090232306167813 * spread)
    assert found.lower == pytest.approx(mean - 3.090232306167813 * spread)
    assert found.excess == pytest.approx(19 - mean)
    assert found.excess_low == pytest.approx(19 - found.upper)
    assert found.excess_high == pytest.approx(19 - found.lower)
    assert found.score == pytest.approx((19 - mean) / (3.090232306167813 * spread))
    assert (found.is_over, found.is_alarm) == (True, True)
    assert found.because.zh == "本期 19 件，基线 3.6，上界 6.6，超出 15.4（12.4 至 18.4），参照 7 期"


def test_only_complete_periods_are_judged() -> None:
    one = weekly(*[4] * 20)
    plan = CountPlan(judged=2, lag_days=10)
    found = counts_judge([one], as_of=after(one, 9), plan=plan)
    assert [(said.on, said.silent) for said in found] == [
        (MONDAY + timedelta(weeks=17), None),
        (MONDAY + timedelta(weeks=18), None),
        (MONDAY + timedelta(weeks=19), "not_complete"),
    ]
    assert found[-1].because.en == "not yet complete: a period counts 10 days after its end"
    assert [said.silent for said in counts_judge([one], as_of=after(one, 10), plan=plan)] == [None, None]


def test_unknown_counts_are_no_zeros() -> None:
    assert newest(weekly(*[4] * 12, None)).silent == "no_count"
    found = newest(weekly(4, 4, None, 5, 3, 4, 4, 9, 9, 4))
    assert (found.expected, found.references) == (4.0, 6)
    assert newest(weekly(4, None, None, 5, None, 4, 4, 9, 9, 4)).silent == "gaps"


def test_a_small_rise_that_lasts_is_seen_as_a_sum() -> None:
    counts = [*[8, 7, 9, 8] * 72, 14, 14, 14, 14]
    alone = newest(weekly(*counts), CountPlan(spans=(1,)))
    assert (alone.is_over, alone.periods, alone.observed) == (False, 1, 14)
    lasting = newest(weekly(*counts))
    assert (lasting.is_over, lasting.periods, lasting.observed) == (True, 4, 56)
    assert lasting.expected == pytest.approx(32, abs=0.5)
    assert lasting.because.zh.startswith("近 4 期合计 56 件，基线 ")
    assert lasting.because.en.startswith("56 counted in 4 periods, ")
    over = newest(weekly(*[8, 7, 9, 8] * 72, 50, 7))
    assert (over.is_over, over.periods, over.observed) == (False, 1, 7)
    first = newest(weekly(*counts[:-3]))
    assert (first.is_over, first.periods, first.observed) == (False, 1, 14)


def test_quiet_series_exceed_their_bounds_no_more_often_than_said() -> None:
    many = [weekly(*quiet(6, mean, seed), key=f"{mean} {seed}") for mean in (3.0, 30.0) for seed in range(40)]
    said = counts_judge(many, as_of=after(many[0]), plan=CountPlan(judged=20, false_share=None))
    assert len(said) == 1600
    assert sum(one.is_over for one in said) <= 1600 * 0.02  # alpha 0.01; sums of neighbouring periods overlap


def test_few_cases_stay_silent_with_a_long_history() -> None:
    counts = [0] * 200 + [1, 0, 0, 3]
    assert newest(weekly(*counts)).silent == "too_few"
    assert newest(weekly(*counts[:-1], 4)).is_over


def test_a_season_of_every_year_is_no_rise_but_the_same_count_out_of_season_is() -> None:
    season = [3] * 20 + [30] * 12 + [3] * 20
    dice = np.random.default_rng(3)
    past = [int(dice.poisson(mean)) for mean in season * 6]
    in_season, out_of_season = weekly(*past[:291], 32), weekly(*past[:265], 32)
    assert newest(in_season).is_over is False
    assert newest(out_of_season).is_alarm is True


def test_a_rise_in_rates_is_not_a_rise_in_people() -> None:
    counts = quiet(5, 20.0)
    counts[-1] = 60
    people = [1000.0] * (len(counts) - 1) + [3000.0]
    plain = weekly(*counts)
    assert newest(plain).is_over
    assert not newest(replace(plain, people=tuple(people))).is_over


def test_a_report_of_many_series_holds_few_false_alarms() -> None:
    many = [weekly(*quiet(5, 8.0, seed), key=f"{seed}") for seed in range(600)]
    loud = [replace(one, counts=(*one.counts[:-1], 45)) for one in many[:5]]
    said = counts_judge([*loud, *many[5:]], as_of=after(many[0]))
    over, alarms = [one.key for one in said if one.is_over], [one.key for one in said if one.is_alarm]
    assert len(over) == 7  # 2 of 595 quiet ones beside the five; counts are whole, so alpha 0.01 is not reached
    assert alarms == ["0", "1", "2", "3", "4"]
    assert all(one.p_report is not None and one.p_report >= (one.p or 0) - 1e-12 for one in said)


def test_an_alarm_beside_many_quiet_series_needs_more_than_one_alone() -> None:
    counts = quiet(5, 8.0)
    counts[-1] = 16
    alone, beside = weekly(*counts), [weekly(*quiet(5, 8.0, seed), key=f"{seed}") for seed in range(2, 100)]
    assert newest(alone).is_alarm
    found = counts_judge([alone, *beside], as_of=after(alone))[0]
    assert (found.is_over, found.is_alarm) == (True, False)
    plan = CountPlan(false_share=None)
    assert counts_judge([alone, *beside], as_of=after(alone), plan=plan)[0].is_alarm


def test_adjusted_chances_are_those_worked_out_by_hand() -> None:
    assert adjusted([]) == []
    assert adjusted([0.005, 0.5, 0.02, 0.012]) == pytest.approx([0.02, 0.5, 0.08 / 3, 0.024])


def test_the_error_of_the_expected_count_widens_the_bound_as_the_paper_has_it() -> None:
    one = weekly(*quiet(5, 40.0))
    uppers = {
        errors: newest(one, CountPlan(farrington=Farrington(bound="power", errors_as=errors))).upper
        for errors in ("paper", "surveillance")
    }
    assert uppers["paper"] > uppers["surveillance"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=8, max_size=150),
    st.integers(0, 10_000),
    st.integers(1, 5),
    st.integers(0, 30),
)
def test_a_judgement_knows_nothing_of_what_came_later(past: list[int], more: int, later: int, lag: int) -> None:
    one = weekly(*past)
    plan = CountPlan(lag_days=lag, false_share=None)
    day = after(one, lag)
    longer = weekly(*past, *[more] * later)
    assert counts_judge([longer], as_of=day, plan=plan)[0] == counts_judge([one], as_of=day, plan=plan)[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 50), min_size=120, max_size=120), min_size=2, max_size=4), st.randoms())
def test_neighbours_and_their_order_change_nothing_of_a_bound(rows: list[list[int]], dice: Any) -> None:
    series = [weekly(*row, key=f"{number}") for number, row in enumerate(rows)]
    alone = {one.key: newest(one) for one in series}
    dice.shuffle(series)
    for said in counts_judge(series, as_of=after(series[0])):
        assert replace(said, p_report=None, is_alarm=False) == replace(alone[said.key], p_report=None, is_alarm=False)


def test_where_each_period_is_a_report_others_judged_along_with_it_change_nothing() -> None:
    dice = np.random.default_rng(8)
    series = [weekly(*dice.poisson(4, 60).tolist(), 11 + number, key=f"{number}") for number in range(5)]
    one_by_one = [
        said
        for end in range(58, 62)
        for said in counts_judge(
            [replace(one, counts=one.counts[:end]) for one in series],
            as_of=after(replace(series[0], counts=(0,) * end)),
        )
    ]

    for each_period in (True, False):
        at_once = counts_judge(series, as_of=after(series[0]), plan=CountPlan(judged=4, each_period=each_period))
        is_same = sorted(at_once, key=lambda one: (one.on, one.key)) == one_by_one
        assert is_same == each_period
    assert any(said.is_alarm for said in one_by_one)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=110, max_size=160), st.integers(0, 300))
def test_a_higher_count_is_never_less_of_an_alarm(past: list[int], more: int) -> None:
    low, high = newest(weekly(*past)), newest(weekly(*past[:-1], past[-1] + more))
    assert high.is_over >= low.is_over
    if low.p is not None:
        assert high.p is not None
        assert high.p <= low.p + 1e-12


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: weekly(3, -1),
        lambda: CountSeries("k", "week", MONDAY, (1, 2), (5.0,)),
        lambda: CountSeries("k", "week", MONDAY, (1, 2), (5.0, 0.0)),
        lambda: CountSeries("k", "month", date(2024, 1, 31), (1,)),
        lambda: CountPlan(judged=0),
        lambda: CountPlan(spans=(4,)),
        lambda: CountPlan(spans=(1, 1)),
        lambda: Ears(baseline=2),
        lambda: Ears(spread_least=0.0),
        lambda: Farrington(years=1),
    ],
)
def test_what_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()
