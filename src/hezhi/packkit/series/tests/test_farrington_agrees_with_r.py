"""Farrington's bounds are those of R's ``surveillance``, as it is and with its one slip mended.

Stated tolerance: the same alarms; bounds that are counts (quantiles) are equal, others and expected counts to one part
in 100,000, chances to 0.00001.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Every, Farrington, Judgement
from hezhi.packkit.series.periods import begin_of
from hezhi.packkit.series.tests import oracle
from hezhi.packkit.series.tests.made import series_made

FREQUENCY: dict[Every, int] = {"week": 52, "month": 12, "day": 365}


@dataclass(frozen=True)
class Case:
    """One configuration: our words for it and R's."""

    ours: Farrington
    theirs: Mapping[str, str] = field(hash=False)
    every: Every = "week"
    periods: int = 330
    judged: int = 10
    has_people: bool = False


def theirs(**control: str) -> dict[str, str]:
    return {"limit54": "c(0, 4)", **control}


def ours(**given: Any) -> Farrington:
    return Farrington(cases_least=0, **given)


NOUFAILY = theirs(
    b="5", w="3", noPeriods="10", pastWeeksNotIncluded="26", pThresholdTrend="1", weightsThreshold="2.58",
    thresholdMethod="'nbPlugin'", alpha="0.01",
)  # fmt: skip
CASES = {
    "noufaily": Case(ours(), NOUFAILY),
    "silent below five in four weeks": Case(Farrington(), {**NOUFAILY, "limit54": "c(5, 4)"}),
    "the package's defaults": Case(
        ours(blocks=1, recent_left_out=3, trend_p=0.05, bound="power", alpha=0.05), theirs(b="5", w="3", alpha="0.05")
    ),
    "muan, significant trends": Case(
        ours(trend_p=0.05, bound="muan"), {**NOUFAILY, "pThresholdTrend": "0.05", "thresholdMethod": "'muan'"}
    ),
    "population, four blocks, four years": Case(
        ours(years=4, blocks=4, trend_p=0.05, bound="muan"),
        {**NOUFAILY, "b": "4", "noPeriods": "4", "populationOffset": "TRUE", "pThresholdTrend": "0.05",
         "thresholdMethod": "'muan'"},
        has_people=True,
    ),
    "no weights, no trend": Case(
        ours(weights_above=None, trend_p=0, bound="power", alpha=0.02),
        {**NOUFAILY, "reweight": "FALSE", "trend": "FALSE", "thresholdMethod": "'delta'", "alpha": "0.02"},
    ),
    "three years, narrow windows, strict weights": Case(
        ours(years=3, half_width=2, blocks=5, weights_above=1.0, bound="muan", alpha=0.005, recent_left_out=10),
        {**NOUFAILY, "b": "3", "w": "2", "noPeriods": "5", "weightsThreshold": "1", "thresholdMethod": "'muan'",
         "alpha": "0.005", "pastWeeksNotIncluded": "10"},
    ),
    "months": Case(
        ours(trend_p=0.05, bound="power"),
        {**NOUFAILY, "w": "1", "noPeriods": "4", "pastWeeksNotIncluded": "6", "pThresholdTrend": "0.05",
         "thresholdMethod": "'delta'"},
        every="month", periods=90, judged=10,
    ),
    "days": Case(
        ours(years=2, alpha=0.05),
        {**NOUFAILY, "b": "2", "pastWeeksNotIncluded": "182", "alpha": "0.05"},
        every="day", periods=900, judged=8,
    ),
}  # fmt: skip


def judged(case: Case, made: list[list[int]], people: list[list[float]], first_on: date) -> list[list[Judgement]]:
    """Return periods × series, as R has them."""
    plan = CountPlan(judged=case.judged, false_share=None, spans=(1,), farrington=case.ours)
    given = [
        CountSeries(f"{number}", case.every, first_on, tuple(counts), tuple(people[number]) if case.has_people else ())
        for number, counts in enumerate(made)
    ]
    said = counts_judge(given, as_of=begin_of(case.every, first_on, case.periods), plan=plan)
    rows = [said[start : start + case.judged] for start in range(0, len(said), case.judged)]
    return [list(one) for one in zip(*rows, strict=True)]


def people_made(made: list[list[int]]) -> list[list[float]]:
    return [[1000.0 * (number + 1) * (1 + at / 400) for at in range(len(one))] for number, one in enumerate(made)]


def agree(case: Case, said: list[list[Judgement]], r: Mapping[str, list[list[float]]]) -> int:
    """Compare everything, return how many alarms both raise."""
    alarms = 0
    for period, row in enumerate(said):
        for number, one in enumerate(row):
            upper, at = r["upper"][period][number], f"series {number}, {one.on}"
            if math.isnan(upper):
                assert one.silent == "too_few", at
                continue
            assert one.method == "farrington", (at, one.silent)
            assert one.is_over == bool(r["alarm"][period][number]) or one.observed == 0, at
            assert one.upper == pytest.approx(upper, rel=1e-5, abs=1e-6 if case.ours.bound == "power" else 0), at
            assert one.expected == pytest.approx(r["expected"][period][number], rel=1e-5, abs=1e-6), at
            assert one.p == pytest.approx(r["pvalue"][period][number], abs=1e-5), at
            alarms += one.is_over
    return alarms


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("errors_as", ["surveillance", "paper"])
def test_bounds_and_alarms_are_those_of_r(name: str, errors_as: Any, tmp_path: Path) -> None:
    case = CASES[name]
    case = replace(case, ours=replace(case.ours, errors_as=errors_as))
    first_on = date(2012, 1, 2) if case.every == "week" else date(2012, 1, 1)
    made = series_made(4, case.periods, FREQUENCY[case.every])
    people = people_made(made)
    r = oracle.ask(
        oracle.FLEXIBLE, tmp_path, made, numbers=range(case.periods - case.judged, case.periods),
        frequency=FREQUENCY[case.every], days=[begin_of(case.every, first_on, at) for at in range(case.periods)],
        people=people if case.has_people else (), mend=errors_as == "paper", **case.theirs,
    )  # fmt: skip
    assert agree(case, judged(case, made, people, first_on), r) > 0


@pytest.mark.slow
@pytest.mark.parametrize("years", [2, 3, 5])
def test_the_method_of_1996_is_a_setting_and_gives_the_bounds_of_r(years: int, tmp_path: Path) -> None:
    plan = ours(
        years=years,
        blocks=1,
        recent_left_out=3,
        trend_p=0.05,
        weights_above=1.0,
        bound="power",
        alpha=0.005,
        periods_per_year=52,
    )
    case = Case(plan, {})
    made = series_made(5, case.periods, 52)
    numbers = range(case.periods - case.judged, case.periods)
    control = {"b": str(years), "w": "3", "alpha": "0.01", "limit54": "c(0, 4)"}
    r = oracle.ask(oracle.PLAIN, tmp_path, made, numbers=numbers, frequency=52, **control)
    said = judged(case, made, people_made(made), date(2012, 1, 2))
    upper = np.array([[one.upper for one in row] for row in said])
    assert upper == pytest.approx(np.array(r["upper"]), rel=1e-5, abs=1e-6)
    alarms = np.array([[one.is_over for one in row] for row in said])
    assert (alarms == np.array(r["alarm"], bool)).all()
    assert alarms.any()
