"""Rises planted into the daily calls of a hotline: how many are found, how late, and at what price in false alarms.

Methods were looked at on the calls of one region (`CHOSEN_ON`); the figures are of the others.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from hezhi.kit.figures import Figure
from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Ears

CHOSEN_ON = "London"
TIMES, WEEKS, SEEDS = (1.5, 2.0, 3.0), (1, 2, 4), range(10)
FIRST_DAY = 60  # rises begin here at the earliest, so that every method has its history
SHORTEST = 150  # days; two of the series are mostly empty
PLAIN = CountPlan(false_share=None, ears=Ears(method="c1"))
OURS = CountPlan(false_share=None)


@dataclass(frozen=True)
class Planted:
    """Delays in days of the rises that were found, of so many planted."""

    delays: tuple[int, ...]
    of: int

    @property
    def share(self) -> float:
        return len(self.delays) / self.of


def calls_read(path: Path) -> dict[str, list[CountSeries]]:
    """Return the long enough series of each region."""
    rows: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows[row["nhs_region"], row["channel"]][date.fromisoformat(row["date"])] = int(row["count"])
    found: dict[str, list[CountSeries]] = defaultdict(list)
    for (region, channel), days in rows.items():
        first, last = min(days), max(days)
        span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        if len(days) >= SHORTEST:
            found[region].append(CountSeries(f"{region} {channel}", "day", first, tuple(days.get(day) for day in span)))
    return found


def rings(one: CountSeries, plan: CountPlan, days: range) -> np.ndarray:
    """Return for each of these days whether its count lies above its bound."""
    until = replace(one, counts=one.counts[: days.stop])
    end = one.first_on + timedelta(days=days.stop)
    said = counts_judge([until], as_of=end, plan=replace(plan, judged=len(days)))
    return np.array([judgement.is_over for judgement in said])


def planted(series: Sequence[CountSeries], plan: CountPlan, times: float, weeks: int) -> Planted:
    """Plant one rise per series and seed; an alarm on a day that also rings without it finds nothing."""
    delays, of = [], 0
    for place, one in enumerate(series):
        for seed in SEEDS:
            dice = np.random.default_rng([seed, place])
            begin = int(dice.integers(FIRST_DAY, len(one.counts) - 7 * weeks))
            days = range(begin, begin + 7 * weeks)
            with_it = rings(risen(one, days, times, dice), plan, days)
            found = np.flatnonzero(with_it & ~rings(one, plan, days))
            delays += [int(found[0])] if found.size else []
            of += 1
    return Planted(tuple(delays), of)


def risen(one: CountSeries, days: range, times: float, dice: np.random.Generator) -> CountSeries:
    """Return the series with its counts on these days ``times`` as high on average."""
    counts = list(one.counts)
    for day in days:
        if (count := counts[day]) is not None:
            counts[day] = count + int(dice.poisson((times - 1) * count))
    return replace(one, counts=tuple(counts))


def figures(path: Path) -> Iterator[Figure]:
    """Yield shares found, delays and false alarms."""
    regions = calls_read(path)
    series = [one for region, of in regions.items() if region != CHOSEN_ON for one in of]
    note = (
        f"{len(series)} daily series, {len(SEEDS)} seeds each; usual settings: C2 (looked at on {CHOSEN_ON},"
        " which is left out here); baseline: EARS C1"
    )
    for times in TIMES:
        for weeks in WEEKS:
            ours, plain = (planted(series, plan, times, weeks) for plan in (OURS, PLAIN))
            name = f"nhs111.found_{times:g}x_{weeks}w".replace(".5", "_5")
            yield Figure(name, ours.share, "share", plain.share, f"planted: {times:g} times for {weeks} weeks; {note}")
            if weeks == WEEKS[-1]:
                late, plain_late = (sum(one.delays) / max(1, len(one.delays)) for one in (ours, plain))
                what = f"nhs111.delay_{times:g}x".replace(".5", "_5")
                yield Figure(what, late, "days", plain_late, "mean of those found within 4 weeks")
    false, plain_false = (
        sum(int(rings(one, plan, range(FIRST_DAY, len(one.counts))).sum()) for one in series)
        / sum((len(one.counts) - FIRST_DAY) / 365 for one in series)
        for plan in (OURS, PLAIN)
    )
    what = "alarms without a planted rise; real rises of that summer are among them"
    yield Figure("nhs111.false_alarms_per_series_year", false, "count", plain_false, what)
