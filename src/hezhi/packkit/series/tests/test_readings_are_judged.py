"""Odd readings are found by kind, from the past alone, and told with baseline, bounds and excess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.packkit.series.api import readings_judge
from hezhi.packkit.series.contracts import Readings, SensorAlarm, SensorPlan

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
FIVE = timedelta(minutes=5)
DAY = 288  # slots of five minutes
Values = list[float]
ONE_DAY = SensorPlan(baseline=timedelta(days=1))


def readings(values: Any, every: timedelta = FIVE) -> Readings:
    return Readings("s", every, [BEGIN + every * number for number in range(len(values))], list(values), "m")


def quiet(days: int, *, daily: float = 2.0, noise: float = 0.1, seed: int = 1) -> Values:
    """Return readings around 10 with a swing each day."""
    at = np.arange(days * DAY)
    dice = np.random.default_rng(seed)
    return (10 + daily * np.sin(2 * np.pi * at / DAY) + dice.normal(0, noise, len(at))).round(3).tolist()


def kinds(alarms: tuple[SensorAlarm, ...]) -> list[str]:
    return [alarm.kind for alarm in alarms]


def test_a_quiet_month_raises_nothing() -> None:
    assert readings_judge(readings(quiet(30))) == ()


def test_one_wild_reading_is_a_spike_and_no_level() -> None:
    values = quiet(3, daily=0.0)
    values[700] = 14.0
    (alarm,) = readings_judge(readings(values), plan=ONE_DAY)
    base = np.array(values[700 - DAY : 700])
    spread = 1.4826 * np.median(np.abs(base - np.median(base)))
    assert (alarm.kind, alarm.at, alarm.value) == ("spike", BEGIN + FIVE * 700, 14.0)
    assert alarm.expected == pytest.approx(np.median(base))
    assert alarm.spread == pytest.approx(spread)
    assert alarm.high == pytest.approx(np.median(base) + 10 * spread)
    assert alarm.excess == pytest.approx(14.0 - np.median(base))
    assert alarm.ratio == pytest.approx((14.0 - np.median(base)) / (10 * spread))
    assert alarm.because.zh.startswith("突跳：14 m，基线 ")


def test_a_new_level_is_found_within_the_recent_hour() -> None:
    values = quiet(3, daily=0.0)
    values[600:] = [value + 0.75 for value in values[600:]]
    (alarm,) = readings_judge(readings(values), plan=ONE_DAY)
    assert alarm.kind == "level"
    assert BEGIN + FIVE * 606 <= alarm.at <= BEGIN + FIVE * 608
    assert alarm.excess == pytest.approx(0.75, abs=0.2)


def test_a_value_that_rests_is_stuck_unless_it_always_rests() -> None:
    values = quiet(3)
    values[600:] = [values[600]] * len(values[600:])
    (alarm,) = readings_judge(readings(values))
    assert (alarm.kind, alarm.at, alarm.value, alarm.low) == ("stuck", BEGIN + FIVE * 671, 6.0, 0.0)
    assert alarm.because.en == "unchanged for 6 hours, at most 6 are usual"
    assert readings_judge(readings([0.0] * 1500)) == ()
    leak = [0.0] * 1500
    leak[500] = 1.0
    assert "stuck" not in kinds(readings_judge(readings(leak)))


def test_a_slow_drift_is_found_though_no_step_is_odd() -> None:
    values = np.array(quiet(20)) + np.concatenate([np.zeros(10 * DAY), np.linspace(0, 3, 10 * DAY)])
    assert readings_judge(readings(values), plan=SensorPlan(kinds=("spike", "level", "stuck"))) == ()
    alarms = readings_judge(readings(values), plan=SensorPlan(kinds=("drift",)))
    first = alarms[0]
    assert (first.at - BEGIN).days in range(13, 19)
    assert first.expected == pytest.approx(10, abs=0.5)
    assert 0.5 < first.excess < 2.5


def test_a_night_like_a_day_is_unlike_its_usual_shape_though_the_value_is_usual() -> None:
    values = quiet(20)
    at = 18 * DAY + DAY // 2  # the swing turns down; now it stays up for six hours
    for slot in range(at, at + 72):
        values[slot] = 20 - values[slot]
    alarms = readings_judge(readings(values))
    assert kinds(alarms) == ["shape"]
    assert timedelta() < alarms[0].at - (BEGIN + FIVE * at) <= timedelta(hours=3)


def test_an_alarm_is_told_once_in_its_quiet_time_and_a_quiet_time_may_be_handed_in() -> None:
    values = quiet(4, daily=0.0)
    for slot in (500, 550, 900):
        values[slot] = 20.0
    assert [(alarm.at - BEGIN) // FIVE for alarm in readings_judge(readings(values), plan=ONE_DAY)] == [500, 900]
    since = BEGIN + FIVE * 530
    plan = replace(ONE_DAY, kinds=("spike",))
    assert [(a.at - BEGIN) // FIVE for a in readings_judge(readings(values), plan=plan, since=since)] == [550, 900]
    until = {"spike": BEGIN + FIVE * 788}
    found = readings_judge(readings(values), plan=plan, since=since, quiet_until=until)  # type: ignore[arg-type]
    assert [(alarm.at - BEGIN) // FIVE for alarm in found] == [900]


def test_a_restless_sensor_has_a_wider_range() -> None:
    values = quiet(16, daily=0.0)
    for slot in range(50, len(values), 17):  # it jumps all day long
        values[slot] += 3.0
    restless = replace(readings(values), values=[*values[:4305], values[4305] + 4.0, *values[4306:]])
    plan = SensorPlan(kinds=("spike",))
    assert readings_judge(restless, plan=plan) == ()
    assert len(readings_judge(restless, plan=replace(plan, usual_times=0.0))) > 10


def test_gaps_and_unknown_values_are_no_news() -> None:
    whole = readings(quiet(12))
    dice = np.random.default_rng(5)
    kept = sorted(dice.choice(len(whole.at), len(whole.at) * 3 // 4, replace=False).tolist())
    thin = replace(whole, at=[whole.at[row] for row in kept], values=[whole.values[row] for row in kept])
    assert readings_judge(thin) == ()
    unknown = [None if row % 7 == 0 else value for row, value in enumerate(whole.values)]
    assert readings_judge(replace(whole, values=unknown)) == ()
    assert readings_judge(Readings("s", FIVE, [], [])) == ()


def test_without_any_spread_the_least_one_decides() -> None:
    values = [5.0] * 600 + [5.4] * 3
    plan = SensorPlan(kinds=("spike",))
    assert kinds(readings_judge(readings(values), plan=plan)) == ["spike"]
    assert readings_judge(readings(values), plan=replace(plan, spread_least=0.05)) == ()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(600, 3400), st.integers(1, 300))
def test_what_comes_later_changes_no_alarm(seed: int, cut: int, length: int) -> None:
    dice = np.random.default_rng(seed)
    values = np.array(quiet(12, seed=seed))
    begin = int(dice.integers(300, 3000))
    values[begin : begin + length] = dice.choice([3.0, 10.0, 25.0])
    whole = readings(values)
    end = whole.at[cut - 1]
    before = replace(whole, at=whole.at[:cut], values=whole.values[:cut])
    assert readings_judge(before) == tuple(alarm for alarm in readings_judge(whole) if alarm.at <= end)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_readings_judged_one_lot_after_another_give_the_same_alarms(seed: int, lots: int) -> None:
    dice = np.random.default_rng(seed)
    values = np.array(quiet(11, seed=seed))
    values[int(dice.integers(300, 3000)) :] += dice.choice([0.0, 4.0])
    whole = readings(values)
    quiet_until: dict[Any, datetime] = {}
    told: list[SensorAlarm] = []
    cuts = sorted({0, len(values), *dice.integers(1, len(values), lots).tolist()})
    for begin, end in pairwise(cuts):
        part = replace(whole, at=whole.at[:end], values=whole.values[:end])
        found = readings_judge(part, since=whole.at[begin], quiet_until=quiet_until)
        quiet_until |= {alarm.kind: alarm.at + SensorPlan().quiet for alarm in found}
        told += found
    assert tuple(told) == readings_judge(whole)


@settings(max_examples=6, deadline=None)
@given(st.floats(0.1, 50), st.floats(-100, 100))
def test_the_unit_of_a_sensor_changes_no_alarm(times: float, plus: float) -> None:
    values = np.array(quiet(11))
    values[3000:] += 4
    values[2000] = 40
    plain, other = readings_judge(readings(values)), readings_judge(readings(values * times + plus))
    assert [(alarm.kind, alarm.at) for alarm in other] == [(alarm.kind, alarm.at) for alarm in plain]
    assert kinds(plain).count("spike") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Readings("s", FIVE, [BEGIN], []),
        lambda: Readings("s", timedelta(), [], []),
        lambda: Readings("s", FIVE, [BEGIN, BEGIN], [1.0, 1.0]),
        lambda: readings_judge(Readings("s", FIVE, [BEGIN, BEGIN + timedelta(days=90_000)], [1.0, 2.0])),
        lambda: SensorPlan(recent=timedelta(days=2)),
        lambda: SensorPlan(shape_days=3),
        lambda: SensorPlan(level_spreads=0.0),
    ],
)
def test_what_cannot_be_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()
