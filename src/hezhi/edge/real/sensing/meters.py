"""Faults planted into half-hourly electricity readings of households: how many are found, how late, and how many alarms
ring without one. Settings were looked at on the first two meters, which are no part of the figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from hezhi.kit.figures import Figure
from hezhi.packkit.series.api import readings_judge
from hezhi.packkit.series.contracts import Readings, SensorAlarm, SensorPlan

HALF_HOUR = timedelta(minutes=30)
DAY = 48
SEEDS = range(8)
LOOKED_AT = 2
HISTORY, AFTER = 45 * DAY, 14 * DAY  # slots cut out around a fault: what teaches, and what may still ring
PLAN = SensorPlan(
    kinds=("level", "stuck", "shape", "drift"),
    recent=timedelta(hours=12),
    baseline=timedelta(days=14),
    spread_least=0.02,
    stuck_for=timedelta(hours=24),
)
"""Behaviour of people is no physics: no single reading is odd, levels are half a day, 20 Wh per half hour no news."""


@dataclass(frozen=True)
class Fault:
    """``days``: how long it lasts. ``put`` changes the values of that time."""

    says: str
    days: int
    put: Callable[[np.ndarray], np.ndarray]


FAULTS = {
    "no_use": Fault("nothing used", 5, lambda values: np.zeros_like(values)),
    "sudden_change": Fault("three times as much used", 5, lambda values: values * 3),
    "stuck": Fault("the value of its beginning kept", 5, lambda values: np.full_like(values, values[0])),
}


def meters_read(path: Path) -> list[Readings]:
    """Return the readings of each household."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path).to_pydict()
    rows: dict[int, dict[datetime, float]] = defaultdict(dict)
    for key, at, value in zip(*(table[name] for name in table), strict=True):
        rows[key][datetime.fromisoformat(at).replace(tzinfo=UTC)] = value
    return [
        Readings(f"meter {number}", HALF_HOUR, sorted(one), [one[at] for at in sorted(one)], "kWh")
        for number, one in enumerate(rows[key] for key in sorted(rows))
    ]


def day_sums(readings: Readings) -> list[datetime]:
    """Return the baseline's alarms: when a day of use ends more than three deviations off the 28 days before it."""
    values = np.array(readings.values, dtype=float)
    days = values[: len(values) // DAY * DAY].reshape(-1, DAY).sum(1)
    found, until = [], None
    for day in range(28, len(days)):
        before = days[day - 28 : day]
        at = readings.at[(day + 1) * DAY - 1]
        if abs(days[day] - before.mean()) > 3 * max(before.std(), 1e-9) and (until is None or at >= until):
            found.append(at)
            until = at + PLAN.quiet
    return found


def ours(readings: Readings) -> list[datetime]:
    alarms: tuple[SensorAlarm, ...] = readings_judge(readings, plan=PLAN)
    return [alarm.at for alarm in alarms]


Way = Callable[[Readings], list[datetime]]


def planted(meters: list[Readings], fault: Fault, way: Way) -> tuple[int, int, float]:
    """Return faults found and planted, and the mean delay in hours; what also rings without the fault finds none."""
    found, of, late = 0, 0, 0.0
    for place, one in enumerate(meters):
        for seed in SEEDS:
            dice = np.random.default_rng([seed, place])
            begin = int(dice.integers(HISTORY, len(one.at) - AFTER))
            part = slice(begin - HISTORY, begin + fault.days * DAY)
            quiet = replace(one, at=one.at[part], values=one.values[part])
            values = np.array(quiet.values, dtype=float)
            values[HISTORY:] = fault.put(values[HISTORY:])
            since = quiet.at[HISTORY]
            known = {at for at in way(quiet) if at >= since}
            rings = [at for at in way(replace(quiet, values=values.tolist())) if at >= since and at not in known]
            of += 1
            if rings:
                found += 1
                late += (rings[0] - since) / timedelta(hours=1)
    return found, of, late / max(1, found)


def figures(path: Path) -> Iterator[Figure]:
    """Yield shares found, delays and alarms without a planted fault."""
    meters = meters_read(path)[LOOKED_AT:]
    beside = "baseline: a day's sum three deviations off the 28 days before"
    for name, fault in FAULTS.items():
        (found, of, late), (base, _, base_late) = (planted(meters, fault, way) for way in (ours, day_sums))
        note = f"of {of} planted into {len(meters)} meters: {fault.says} for {fault.days} days; {beside}"
        yield Figure(f"smart_meter10.{name}_found", found / of, "share", base / of, note)
        yield Figure(f"smart_meter10.{name}_delay", late, "hours", base_late, f"mean of those found; {beside}")
    years = sum((one.at[-1] - one.at[0]) / timedelta(days=365) for one in meters)
    rate, base_rate = (sum(len(way(one)) for one in meters) / years for way in (ours, day_sums))
    note = f"nothing planted; nobody knows which of them are real; {beside}"
    yield Figure("smart_meter10.alarms_per_meter_year", rate, "count", base_rate, note)
