"""Readings laid into slots of one length, and medians over slots that lie before a slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hezhi.packkit.series.contracts import Readings
from hezhi.packkit.series.design import Floats, Ints

MOST = 300  # values a median is taken of (a day of 5 minutes has 288); longer windows are thinned out evenly
ROWS = 4096  # windows at a time
SLOTS_MOST = 5_000_000  # some 50 years of 5 minutes


@dataclass(frozen=True)
class Slots:
    """``values``: one per slot, NaN where nothing was said. ``filled``: slots that hold a reading, in order."""

    begin: datetime
    every: timedelta
    values: Floats
    filled: Ints

    def count(self, span: timedelta) -> int:
        """Return how many slots a span has, 1 at least."""
        return max(1, round(span / self.every))


def laid(readings: Readings) -> Slots:
    """Return the slots of readings that are not empty.

    Raises:
        ValueError: the moments lie so far apart that there would be millions of empty slots.
    """
    begin, step = readings.at[0], readings.every.total_seconds()
    place = np.array([int((at - begin).total_seconds() / step + 0.5) for at in readings.at])
    if place[-1] >= SLOTS_MOST:
        raise ValueError(f"{readings.key}: {place[-1]} slots of {readings.every} are too many")
    values = np.full(place[-1] + 1, np.nan)
    values[place] = np.array([np.nan if value is None else value for value in readings.values], dtype=float)
    values[~np.isfinite(values)] = np.nan
    return Slots(begin, readings.every, values, np.flatnonzero(np.isfinite(values)))


@dataclass(frozen=True)
class Medians:
    """Median and robust spread of a window before each asked slot; NaN where fewer than half the values are known."""

    middle: Floats
    spread: Floats


def medians(values: Floats, slots: Ints, nearest: int, length: int) -> Medians:
    """Return medians over the ``length`` slots of which the last lies ``nearest`` slots before each asked one."""
    back = nearest + np.arange(0, length, -(-length // MOST))
    return Medians(*(np.concatenate(one) for one in zip(*_medians(values, slots, back), strict=True)))


def _medians(values: Floats, slots: Ints, back: Ints) -> Iterator[tuple[Floats, Floats]]:
    for start in range(0, max(1, len(slots)), ROWS):
        place = slots[start : start + ROWS, None] - back
        window = np.where(place >= 0, values[np.maximum(place, 0)], np.nan)
        yield spread_of(window)


def spread_of(window: Floats) -> tuple[Floats, Floats]:
    """Return median and robust spread of each row; the spread is the mean deviation where most values are equal."""
    middle, known = _middle(window)
    away = np.abs(window - middle[:, None])
    spread = 1.4826 * _middle(away)[0]
    with np.errstate(invalid="ignore"):
        mean = 1.2533 * np.nansum(away, 1) / np.maximum(known, 1)
    middle[known * 2 < window.shape[1]] = np.nan
    return middle, np.where(spread > 0, spread, mean)


def _middle(window: Floats) -> tuple[Floats, Ints]:
    ordered = np.sort(window, 1)  # unknown ones go to the end
    known = np.isfinite(window).sum(1)
    low, high = np.maximum((known - 1) // 2, 0), np.minimum(known // 2, window.shape[1] - 1)
    rows = np.arange(len(window))
    return (ordered[rows, low] + ordered[rows, high]) / 2, known


def rested(values: Sequence[float]) -> Ints:
    """Return for each slot how many slots, itself included, the value has been the same; unknown slots end a rest."""
    found = np.asarray(values)
    changed = np.ones(len(found), bool)
    changed[1:] = found[1:] != found[:-1]  # an unknown value equals nothing
    begin = np.maximum.accumulate(np.where(changed, np.arange(len(found)), 0))
    return np.arange(len(found)) - begin + 1
