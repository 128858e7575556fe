"""How odd each reading of a sensor is, by kind: its value, what the past lets expect, and the distance that is odd.

Every kind looks at slots up to the judged one only, so that an alarm of yesterday is the same alarm tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from hezhi.packkit.series.contracts import Kind, SensorPlan
from hezhi.packkit.series.design import Floats, Ints
from hezhi.packkit.series.slots import Slots, medians, rested, spread_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
USUAL = 0.98  # share of its hours of which a sensor's distances are called usual
HOURS_LEAST = 24  # hours that must be known to say what is usual
ONE_WAY = 0.8  # of all pairs of days, more of them rise than fall by this share, or the other way round
LEVEL_OF = 3  # readings at least, so that one alone moves no level
TINY = 1e-12  # a baseline without any spread: whatever differs is odd


@dataclass(frozen=True)
class Oddness:
    """Arrays, one value per judged slot; NaN where the past does not suffice. ``limit``: the distance that is odd."""

    value: Floats
    expected: Floats
    spread: Floats
    limit: Floats

    @property
    def ratio(self) -> Floats:
        return np.abs(self.value - self.expected) / self.limit


Look = Callable[[Slots, SensorPlan, Ints], Oddness]


def oddness(slots: Slots, plan: SensorPlan, judged: Ints) -> dict[Kind, Oddness]:
    """Return the oddness of each judged slot, by kind."""
    return {
        kind: _usual(slots, plan, judged, KINDS[kind]) if kind in RESTLESS else KINDS[kind](slots, plan, judged)
        for kind in plan.kinds
    }


def _usual(slots: Slots, plan: SensorPlan, judged: Ints, kind: Look) -> Oddness:
    """Return oddness with wider limits where the sensor has been restless; silent before a day of hours is known.

    One reading of each hour shows how far readings stray, which keeps the judging of a few new ones cheap.
    """
    if not plan.usual_times or not len(judged):
        return kind(slots, plan, judged)
    hour, over = slots.count(HOUR), plan.usual_over // HOUR
    of_hour = slots.filled // hour
    firsts = slots.filled[np.append(True, of_hour[1:] != of_hour[:-1])]
    firsts = firsts[(firsts // hour >= judged[0] // hour - over) & (firsts <= judged[-1])]
    places = np.union1d(judged, firsts)
    odd = kind(slots, plan, places)
    strayed = np.full(judged[-1] // hour + 1, np.nan)
    at = np.searchsorted(places, firsts)
    strayed[firsts // hour] = np.abs(odd.value[at] - odd.expected[at]) / odd.spread[at]
    hours, which = np.unique(judged // hour, return_inverse=True)
    place = hours[:, None] - 1 - np.arange(over)
    window = np.sort(np.where(place >= 0, strayed[np.maximum(place, 0)], np.nan), 1)  # unknown ones go to the end
    known = np.isfinite(window).sum(1)
    usual = window[np.arange(len(hours)), np.maximum(0, np.ceil(USUAL * known).astype(int) - 1)]
    usual[known < HOURS_LEAST] = np.nan
    rows = np.searchsorted(places, judged)
    limit = np.maximum(odd.limit[rows], plan.usual_times * usual[which] * odd.spread[rows])
    return Oddness(odd.value[rows], odd.expected[rows], odd.spread[rows], limit)


def _far(value: Floats, expected: Floats, spread: Floats, times: float, plan: SensorPlan) -> Oddness:
    spread = np.maximum(spread, max(plan.spread_least, TINY))
    return Oddness(value, expected, spread, times * spread)


def _spike(slots: Slots, plan: SensorPlan, judged: Ints) -> Oddness:
    """One reading against the median of the baseline."""
    base = medians(slots.values, judged, 1, slots.count(plan.baseline))
    return _far(slots.values[judged], base.middle, base.spread, plan.spike_spreads, plan)


def _level(slots: Slots, plan: SensorPlan, judged: Ints) -> Oddness:
    """The median of the newest readings against the median of the baseline before them."""
    recent = max(LEVEL_OF, slots.count(plan.recent))
    base = medians(slots.values, judged, recent, slots.count(plan.baseline))
    level = medians(slots.values, judged, 0, recent).middle
    return _far(level, base.middle, base.spread, plan.level_spreads, plan)


def _shape(slots: Slots, plan: SensorPlan, judged: Ints) -> Oddness:
    """The newest readings against those at the same time of the days before.

    The spread is that of those days at this time or, where larger, that of all times of the baseline around theirs:
    a handful of days that happen to agree make nothing odd.
    """
    recent, day = max(LEVEL_OF, slots.count(plan.recent)), slots.count(DAY)
    length = slots.count(plan.baseline)
    asked = _with_before(judged, length)
    place = asked[:, None] - day * np.arange(plan.shape_days + 1)
    wanted = np.unique(place[place >= 0])
    levels = np.full(len(slots.values), np.nan)
    levels[wanted] = medians(slots.values, wanted, 0, recent).middle
    table = np.where(place >= 0, levels[np.maximum(place, 0)], np.nan)
    middle, spread = spread_of(table[:, 1:])
    away = np.full(len(slots.values), np.nan)
    away[asked] = np.abs(table[:, 0] - middle)
    usual = 1.4826 * medians(away, judged, 1, length).middle
    rows = np.searchsorted(asked, judged)
    return _far(table[rows, 0], middle[rows], np.maximum(spread[rows], usual), plan.shape_spreads, plan)


def _with_before(judged: Ints, length: int) -> Ints:
    """Return the judged slots and the ``length`` slots before each, in order."""
    if not len(judged):
        return judged
    near = np.zeros(judged[-1] + 2, np.int64)
    np.add.at(near, np.maximum(judged - length, 0), 1)
    np.add.at(near, judged + 1, -1)
    return np.flatnonzero(np.cumsum(near)[:-1] > 0)


def _drift(slots: Slots, plan: SensorPlan, judged: Ints) -> Oddness:
    """The medians of the last days, where nearly all of them go one way, against the first of them.

    The uncertainty is the spread of the days around their line (Theil and Sen). Looked at with a day's first reading.
    """
    day, count = slots.count(DAY), plan.drift_blocks
    of_day = slots.filled // day
    firsts = slots.filled[np.append(True, of_day[1:] != of_day[:-1])]
    rows = np.flatnonzero(np.isin(judged, firsts))
    place = (judged[rows, None] // day) * day - 1 - day * np.arange(count)[::-1]
    wanted = np.unique(place[place >= 0])
    days = np.full(len(slots.values), np.nan)
    days[wanted] = medians(slots.values, wanted, 0, day).middle
    table = np.where(place >= 0, days[np.maximum(place, 0)], np.nan)
    known = np.isfinite(table).all(1)
    rows, table = rows[known], table[known]
    earlier, later = np.triu_indices(count, 1)
    steps = table[:, later] - table[:, earlier]
    slope = np.median(steps / (later - earlier), 1) if len(rows) else np.zeros(0)
    start, spread = spread_of(table - slope[:, None] * np.arange(count))
    one_way = np.abs(np.sign(steps).sum(1)) >= ONE_WAY * len(later)
    found = [np.full(len(judged), np.nan) for _ in range(3)]
    for into, out in zip(found, (start + slope * (count - 1), start, spread), strict=True):
        into[rows[one_way]] = out[one_way]
    return _far(*found, plan.drift_spreads, plan)


def _stuck(slots: Slots, plan: SensorPlan, judged: Ints) -> Oddness:
    """How many slots the value has rested, against the longest rest that ended in the baseline before."""
    rest = rested(slots.values)
    length = slots.count(plan.baseline)
    ended = np.where(np.append(rest[1:] == 1, False), rest, 0)
    begin = judged - rest[judged] + 1
    longest = _longest_before(ended, begin, length).astype(float)
    longest[begin < length] = np.nan  # it may always have been so
    limit = np.maximum(slots.count(plan.stuck_for), 3 * longest) - longest
    return Oddness(rest[judged].astype(float), longest, np.zeros(len(judged)), limit)


def _longest_before(ended: Ints, begin: Ints, length: int) -> Ints:
    """Return the largest value in the ``length`` slots before each of ``begin``."""
    before, inverse = np.unique(begin, return_inverse=True)
    found = [int(ended[max(0, one - length) : one].max(initial=0)) for one in before]
    return np.array(found, dtype=np.int64)[inverse]


RESTLESS = ("spike", "level", "shape")
KINDS: dict[Kind, Look] = {"spike": _spike, "level": _level, "stuck": _stuck, "drift": _drift, "shape": _shape}
