"""Turns counts that an engine gave into hits: where a count rose above what its own past leads to expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.engines.base import Row
from hezhi.packkit.scans.plan import micros, period_first_day, period_of
from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Judgement
from hezhi.packkit.shape.scan import SeriesScan

FIELDS = ("observed", "expected", "bound", "excess", "references", "method", "periods")


def series_hits(scan: SeriesScan, rows: Iterable[Row], periods: tuple[int, int]) -> Iterator[Row]:
    """Give subject, number of the period, its key and the evidence of every rise, ordered by subject and period.

    A subject's history begins with its first row; a period without rows counts zero. All subjects of one period are a
    report, whose share of false findings is held to ``scan.false_share``, so that a run over many periods finds what a
    run for each of them finds. Where only a span longer than one period is out of the usual, ``periods`` says how many
    were summed up, and the numbers are of this sum.

    Args:
        rows: subject, period number, key and count, ordered.
        periods: those judged: the first (included), the last (excluded), all of them complete.
    """
    first, last = periods
    series = [_series(scan, subject, list(own), last) for subject, own in groupby(rows, key=lambda row: str(row[0]))]
    judged = [one for one in series if one is not None]
    if last <= first or not judged:
        return
    plan = CountPlan(judged=last - first, false_share=scan.false_share.value / 1000, each_period=True)
    as_of = period_first_day(scan.period, last) + timedelta(days=1)
    for said in counts_judge(judged, as_of=as_of, plan=plan):
        if said.is_alarm and said.observed is not None and said.observed >= scan.at_least.value:
            number = period_of(scan.period, _begin(said))
            if first <= number < last:
                yield (said.key, number, str(number), *_told(said))


def _series(scan: SeriesScan, subject: str, rows: list[Row], last: int) -> CountSeries | None:
    counts = {int(row[1]): int(row[3]) for row in rows if int(row[1]) < last}
    if not counts:
        return None
    begin = min(counts)
    listed = tuple(counts.get(number, 0) for number in range(begin, last))
    return CountSeries(subject, scan.period, period_first_day(scan.period, begin), listed)


def _begin(said: Judgement) -> int:
    return micros(datetime(said.on.year, said.on.month, said.on.day, tzinfo=CITY_ZONE))


def _told(said: Judgement) -> tuple[object, ...]:
    """Return the evidence as whole numbers: what is expected is told in thousandths, so that runs compare exactly."""
    thousandths = [None if one is None else round(one * 1000) for one in (said.expected, said.upper, said.excess)]
    return (said.observed, *thousandths, said.references, said.method, said.periods)
