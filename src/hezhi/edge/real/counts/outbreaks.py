"""Weekly counts with weeks that were marked as outbreaks, and how alarms compare with the marks."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Farrington, Judgement

MONDAY = date(2001, 1, 1)  # the sources number 52 weeks in each year; any Monday does
WEEKS = range(109, 209)  # judged, from 0: the weeks 110 to 209 that the set's README counts
PLAIN = CountPlan(
    spans=(1,),
    false_share=None,
    farrington=Farrington(
        years=2, blocks=1, recent_left_out=3, trend_p=0.05, weights_above=1.0, bound="power", alpha=0.005,
        periods_per_year=52,
    ),
)  # fmt: skip
"""The method of 1996 with two years, windows of seven weeks and two-sided alpha 0.01."""
OURS = replace(CountPlan(), farrington=Farrington(periods_per_year=52))


@dataclass(frozen=True)
class Flagged:
    """One series; ``flags`` marks the weeks of an outbreak."""

    key: str
    counts: tuple[int, ...]
    flags: tuple[bool, ...]

    def until(self, week: int) -> CountSeries:
        return CountSeries(self.key, "week", MONDAY, self.counts[: week + 1])


@dataclass(frozen=True)
class Tally:
    """Weeks by mark and alarm; of the outbreaks, how many had an alarm while they lasted, and after how many weeks."""

    hit: int
    missed: int
    false: int
    quiet: int
    delays: tuple[int, ...]
    outbreaks: int

    @property
    def sensitivity(self) -> float:
        return self.hit / max(1, self.hit + self.missed)

    @property
    def specificity(self) -> float:
        return self.quiet / max(1, self.quiet + self.false)

    @property
    def precision(self) -> float:
        return self.hit / max(1, self.hit + self.false)

    @property
    def delay(self) -> float:
        return sum(self.delays) / max(1, len(self.delays))


def flagged_read(path: Path) -> list[Flagged]:
    """Return the series of a file that mark outbreaks."""
    rows: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["outbreak"] in {"0", "1"}:
                rows[row["series"]].append((int(row["count"]), row["outbreak"] == "1"))
    return [Flagged(key, *(tuple(one) for one in zip(*values, strict=True))) for key, values in rows.items()]


Said = dict[tuple[str, int], Judgement]


def weekly_reports(series: Sequence[Flagged], plan: CountPlan, weeks: range = WEEKS) -> Said:
    """Return what is said of each week in a report of that week over all series; as it would have been known then."""
    said = {}
    for week in weeks:
        given = [one.until(week) for one in series if week < len(one.counts)]
        for one in counts_judge(given, as_of=MONDAY + timedelta(weeks=week + 1), plan=plan):
            said[one.key, week] = one
    return said


def tallied(series: Sequence[Flagged], alarm: Callable[[str, int], bool], weeks: range = WEEKS) -> Tally:
    """Compare alarms with marks, week by week and outbreak by outbreak."""
    cells = {(mark, rings): 0 for mark in (True, False) for rings in (True, False)}
    delays, outbreaks = [], 0
    for one in series:
        judged = [week for week in weeks if week < len(one.counts)]
        for week in judged:
            cells[one.flags[week], alarm(one.key, week)] += 1
        for begin, end in _runs(one, judged):
            outbreaks += 1
            rung = [week - begin for week in range(begin, end) if alarm(one.key, week)]
            delays += rung[:1]
    return Tally(
        cells[True, True], cells[True, False], cells[False, True], cells[False, False], tuple(delays), outbreaks
    )


def _runs(one: Flagged, weeks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first week and the week after the last of each run of marked weeks."""
    begin = None
    for week in [*weeks, None]:
        marked = week is not None and one.flags[week]
        if marked and begin is None:
            begin = week
        elif not marked and begin is not None:
            yield begin, (weeks[-1] + 1 if week is None else week)
            begin = None
