"""Turns counts that an engine gave into hits: where a count rose above what its own past leads to expect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.engines.base import Row
from hezhi.packkit.scans.plan import SERIES_BACK, micros, period_first_day, period_of
from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Judgement
from hezhi.packkit.shape.scan import SeriesScan

FIELDS = ("observed", "expected", "bound", "excess", "references", "method", "periods")


def series_hits(scan: SeriesScan, rows: Iterable[Row], periods: tuple[int, int]) -> Iterator[Row]:
    """Give subject, number of the period, its key and the evidence of every rise, ordered by subject and period.

    A subject's history begins with its first row, and no further back than `SERIES_BACK`; a period without rows counts
    zero. All subjects of one period are a report, whose share of false findings is held to ``scan.false_share``. So a
    run over many periods finds what a run for each of them finds. Where only a span longer than one period is out of
    the usual, ``periods`` says how many were summed up, and the numbers are of this sum.

    Args:
        rows: subject, period number, key and count, ordered.
        periods: those judged: the first (included), the last (excluded), all of them complete.
    """
    counts: dict[str, dict[int, int]] = {}
    for row in rows:
        counts.setdefault(str(row[0]), {})[int(row[1])] = int(row[3])
    earliest = min((min(own) for own in counts.values()), default=periods[1])
    found = [
        (said.key, number, str(number), *_told(said))
        for own in _judged_together(scan, periods, earliest)
        for said in _judged(scan, counts, own)
        if said.is_alarm and said.observed is not None and said.observed >= scan.at_least.value
        and (number := period_of(scan.period, _begin(said))) in own
    ]  # fmt: skip
    yield from sorted(found, key=lambda row: row[:2])


def _judged_together(scan: SeriesScan, periods: tuple[int, int], earliest: int) -> Iterator[range]:
    """Give the periods that see all there is in one, then each later one alone, for it forgets what is too old."""
    first, last = max(periods[0], earliest), periods[1]
    forgets = max(first, min(last, earliest + SERIES_BACK[scan.period] + 1))
    if first < forgets:
        yield range(first, forgets)
    yield from (range(number, number + 1) for number in range(forgets, last))


def _judged(scan: SeriesScan, counts: Mapping[str, Mapping[int, int]], periods: range) -> tuple[Judgement, ...]:
    since = periods.start - SERIES_BACK[scan.period]
    series = [
        CountSeries(subject, scan.period, period_first_day(scan.period, begin),
                    tuple(own.get(number, 0) for number in range(begin, periods.stop)))
        for subject, own in counts.items()
        if (begin := min((number for number in own if since <= number < periods.stop), default=None)) is not None
    ]  # fmt: skip
    plan = CountPlan(judged=len(periods), false_share=scan.false_share.value / 1000, each_period=True)
    return counts_judge(series, as_of=period_first_day(scan.period, periods.stop) + timedelta(days=1), plan=plan)


def _begin(said: Judgement) -> int:
    return micros(datetime(said.on.year, said.on.month, said.on.day, tzinfo=CITY_ZONE))


def _told(said: Judgement) -> tuple[object, ...]:
    """Return the evidence as whole numbers: what is expected is told in thousandths, so that runs compare exactly."""
    thousandths = [None if one is None else round(one * 1000) for one in (said.expected, said.upper, said.excess)]
    return (said.observed, *thousandths, said.references, said.method, said.periods)
