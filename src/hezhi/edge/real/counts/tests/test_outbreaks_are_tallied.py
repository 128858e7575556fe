"""Alarms are compared with marked weeks as the figures say, and rises are planted as they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from hezhi.edge.real.counts.calls import OURS, planted, risen
from hezhi.edge.real.counts.outbreaks import PLAIN, Flagged, flagged_read, tallied, weekly_reports
from hezhi.packkit.series.contracts import CountSeries

FLAT = Flagged("flat", tuple([6, 5, 7, 6] * 30), (False,) * 120)


def test_weeks_and_outbreaks_are_counted_by_mark_and_alarm() -> None:
    flags = [False, True, True, False, True, True, True, False]
    one = Flagged("a", (0,) * 8, tuple(flags))
    rings = {0, 2, 5, 6}
    tally = tallied([one], lambda key, week: week in rings, range(8))
    assert (tally.hit, tally.missed, tally.false, tally.quiet) == (3, 2, 1, 2)
    assert (tally.outbreaks, tally.delays, tally.delay) == (2, (1, 1), 1.0)
    assert (tally.sensitivity, tally.precision) == (0.6, 0.75)
    assert tally.specificity == 2 / 3


def test_an_outbreak_counts_from_the_first_judged_week_to_the_last() -> None:
    one = Flagged("a", (0,) * 6, (True, True, False, False, True, True))
    assert tallied([one], lambda key, week: week == 5, range(1, 6)).delays == (1,)
    assert tallied([one], lambda key, week: False, range(1, 5)).outbreaks == 2


def test_only_series_with_marks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("series,area,t,year,period,count,outbreak\na,x,1,2001,1,3,0\na,x,2,2001,2,9,1\nb,x,1,2001,1,4,\n")
    assert flagged_read(path) == [Flagged("a", (3, 9), (False, True))]


def test_a_report_of_a_week_knows_only_the_weeks_before() -> None:
    later = replace(FLAT, counts=(*FLAT.counts[:116], 60, 60, 60, 60))
    weeks = range(112, 116)
    said = weekly_reports([FLAT], PLAIN, weeks)
    assert said == weekly_reports([later], PLAIN, weeks)
    assert {one.method for one in said.values()} == {"farrington"}
    assert [said["flat", week].observed for week in weeks] == list(FLAT.counts[112:116])
    assert weekly_reports([later], PLAIN, range(116, 117))["flat", 116].is_over


def test_planted_rises_are_as_high_as_said_and_found() -> None:
    counts = np.random.default_rng(1).poisson(200, 150).tolist()
    one = CountSeries("calls", "day", date(2020, 3, 18), tuple(counts))
    more = risen(one, range(100, 128), 2.0, np.random.default_rng(2))
    assert more.counts[:100] == one.counts[:100]
    assert more.counts[128:] == one.counts[128:]
    assert abs(sum(more.counts[100:128]) / sum(one.counts[100:128]) - 2) < 0.05  # type: ignore[arg-type]
    found = planted([one], OURS, 3.0, 1)
    assert (found.share, found.of, set(found.delays)) == (1.0, 10, {0})
    assert planted([one], OURS, 1.0, 1).delays == ()
