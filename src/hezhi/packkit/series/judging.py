"""Judges count series: which method fits the history, what it says, and how many alarms a report may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from hezhi.packkit.series import saying
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Farrington, Judgement, Silence
from hezhi.packkit.series.design import Floats, References, references
from hezhi.packkit.series.discovery import adjusted
from hezhi.packkit.series.ears import ears_bound, which_ears
from hezhi.packkit.series.farrington import Asked, farrington_bounds
from hezhi.packkit.series.periods import begin_of, complete_count, fitted, same_in_years

Place = tuple[CountSeries, int]


def judged(series: Sequence[CountSeries], plan: CountPlan, as_of: date) -> tuple[Judgement, ...]:
    """Do the work of `api.counts_judge`."""
    places = [(one, number) for one in series for number in _numbers(one, plan, as_of)]
    found: dict[int, Judgement] = {}
    asked: dict[str, list[tuple[int, Asked]]] = {}
    arrays = {id(one): _arrays(one) for one in series}
    shapes = _Shapes(plan.farrington)
    for row, (one, number) in enumerate(places):
        if silent := _silent(one, number, plan, as_of):
            found[row] = saying.silence(one, number, silent, plan)
        elif fits := shapes.of(one, number):
            counts, people, days = arrays[id(one)]
            if (
                np.nansum(counts[max(0, number + 1 - plan.farrington.cases_periods) : number + 1])
                < plan.farrington.cases_least
            ):
                found[row] = saying.silence(one, number, "too_few", plan)
            else:
                asked.setdefault(one.every, []).append((row, Asked(counts, people, days, number, *fits)))
        else:
            found[row] = _ears(one, number, arrays[id(one)][0], plan)
    for every, rows in asked.items():
        found |= _spanned(places, rows, fitted(plan.farrington, every), plan)  # type: ignore[arg-type]
    return _reported([found[row] for row in range(len(places))], plan)


def _numbers(one: CountSeries, plan: CountPlan, as_of: date) -> Iterable[int]:
    """Return the newest complete periods, and whatever comes after them."""
    complete = complete_count(one.every, one.first_on, len(one.counts), as_of, plan.lag_days)
    return range(max(0, complete - plan.judged), len(one.counts))


def _silent(one: CountSeries, number: int, plan: CountPlan, as_of: date) -> Silence | None:
    if number >= complete_count(one.every, one.first_on, number + 1, as_of, plan.lag_days):
        return "not_complete"
    if one.counts[number] is None:
        return "no_count"
    return "too_short" if number + 1 < plan.points_least else None


def _arrays(one: CountSeries) -> tuple[Floats, Floats, Floats]:
    """Return counts (NaN: unknown), populations (1 where none are given) and the day each period begins."""
    counts = np.array([np.nan if count is None else count for count in one.counts], dtype=float)
    people = np.array(one.people or np.ones(len(one.counts)), dtype=float)
    if one.every == "month":
        days = [(begin_of("month", one.first_on, number) - one.first_on).days for number in range(len(counts))]
        return counts, people, np.array(days, dtype=float)
    return counts, people, np.arange(len(counts), dtype=float)


class _Shapes:
    """Remembers which references a period of a calendar has, so that many series of one calendar share them."""

    def __init__(self, plan: Farrington) -> None:
        self._plan = plan
        self._known: dict[tuple[str, date, int], tuple[int, References] | None] = {}

    def of(self, one: CountSeries, number: int) -> tuple[int, References] | None:
        """Return for how many years there are references, and which; None where there are not two."""
        key = (one.every, one.first_on, number)
        if key not in self._known:
            self._known[key] = next(self._tried(one, number), None)
        return self._known[key]

    def _tried(self, one: CountSeries, number: int) -> Iterator[tuple[int, References]]:
        shape = fitted(self._plan, one.every)
        for years in range(shape.years, 1, -1):
            same = same_in_years(one.every, one.first_on, number, years, shape.periods_per_year)
            found = references(same, shape.half_width or 0, shape.blocks or 1, shape.recent_left_out or 0)
            if found is not None:
                yield years, found


def _ears(one: CountSeries, number: int, counts: Floats, plan: CountPlan) -> Judgement:
    which = which_ears(number, plan.ears)
    if which is None:
        return saying.silence(one, number, "too_short", plan)
    found = ears_bound(counts, number, which, plan.ears)
    if not np.isfinite(found.upper):
        return saying.silence(one, number, "gaps", plan)
    return saying.finding(
        one, number, which, found.mean, (found.lower, found.upper), found.p, references=found.references
    )


def _spanned(
    places: Sequence[Place], rows: Sequence[tuple[int, Asked]], shape: Farrington, plan: CountPlan
) -> dict[int, Judgement]:
    """Return what each period alone says, or the shortest longer span that lies above its bound where it does not.

    The newest count must itself lie above what is expected: a rise that is over rings no more.
    """
    shape = replace(shape, alpha=shape.alpha / len(plan.spans))
    said = _farrington(places, rows, shape, plan, 1)
    for span in plan.spans[1:]:
        longer = [
            (row, _summed(one, span))
            for row, one in rows
            if not said[row].is_over and (said[row].excess or 0) > 0 and one.number + 1 >= span
        ]
        found = _farrington(places, longer, shape, plan, span)
        said |= {row: one for row, one in found.items() if one.is_over}
    return said


def _summed(one: Asked, span: int) -> Asked:
    """Return the same with each count replaced by the sum of the last ``span``; unknown where one of them is."""
    sums = np.convolve(one.counts, np.ones(span))[: len(one.counts)]
    sums[: span - 1] = np.nan
    return replace(one, counts=sums)


def _farrington(
    places: Sequence[Place], rows: Sequence[tuple[int, Asked]], shape: Farrington, plan: CountPlan, span: int
) -> dict[int, Judgement]:
    if not rows:
        return {}
    found = farrington_bounds([one for _row, one in rows], shape)
    said = {}
    for index, (row, asked) in enumerate(rows):
        one, number = places[row]
        if not np.isfinite(found.upper[index]) or not np.isfinite(asked.counts[number]):
            said[row] = saying.silence(one, number, "no_fit", plan)
            continue
        said[row] = saying.finding(
            one,
            number,
            "farrington",
            float(found.expected[index]),
            (float(found.lower[index]), float(found.upper[index])),
            min(1.0, float(found.p[index]) * len(plan.spans)),
            references=int(found.references[index]),
            summed=(span, int(asked.counts[number])),
        )
    return said


def _reported(said: list[Judgement], plan: CountPlan) -> tuple[Judgement, ...]:
    reports: dict[date | None, list[int]] = {}
    for row, one in enumerate(said):
        if one.p is not None:
            reports.setdefault(one.on if plan.each_period else None, []).append(row)
    for spoken in reports.values():
        for row, p in zip(spoken, adjusted([said[row].p or 0.0 for row in spoken]), strict=True):
            is_alarm = said[row].is_over and (plan.false_share is None or p <= plan.false_share)
            said[row] = replace(said[row], p_report=p, is_alarm=is_alarm)
    return tuple(said)
