"""Quasi-Poisson regression of many series at once: a level per block of the year, and one straight trend.

The model ``log(mean) = offset + level[block] + slope × time`` needs no general solver: in each round of iteratively
reweighted least squares the levels follow from the slope, so that sums over blocks are all there is to compute. That is
what makes tens of thousands of fits per second possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hezhi.packkit.series.design import Bools, Floats, Ints

ROUNDS = 25
CLOSE = 1e-8  # change of the deviance at which a fit has converged
LEAST = np.finfo(np.float64).eps


@dataclass(frozen=True)
class Rows:
    """Reference values of many fits, one fit per row; shorter rows are filled up.

    Attributes:
        y, time, offset: count, time and logarithm of the population.
        block: block of each value, below ``blocks``.
        there: which values are there.
    """

    y: Floats
    time: Floats
    offset: Floats
    block: Ints
    there: Bools
    blocks: int

    def take(self, rows: Ints) -> Rows:
        parts = (self.y, self.time, self.offset, self.block, self.there)
        return Rows(*(part[rows] for part in parts), self.blocks)  # type: ignore[arg-type]

    def by_block(self, values: Floats) -> Floats:
        """Return rows × blocks: sums of the values that are there."""
        count = len(values)
        place = (np.arange(count)[:, None] * self.blocks + self.block).ravel()
        flat = np.where(self.there, values, 0.0).ravel()
        return np.bincount(place, flat, count * self.blocks).reshape(count, self.blocks)


@dataclass
class Fit:
    """Fits, one per row. ``weight`` and the sums made of it are those of the last round, before its step.

    Attributes:
        level: rows × blocks. ``slope``: 0 without a trend.
        weight_of, time_of: rows × blocks, sum of weights and weighted mean of time.
        spread: weighted sum of squares of time around its block's mean; infinite without a trend.
        dispersion: Pearson's, not cut off below 1. ``free``: degrees of freedom left.
    """

    mean: Floats
    weight: Floats
    level: Floats
    slope: Floats
    weight_of: Floats
    time_of: Floats
    spread: Floats
    converged: Bools
    dispersion: Floats
    free: Floats


def fit(rows: Rows, prior: Floats, trend: Bools) -> Fit:
    """Fit every row; ``prior`` weighs its values, ``trend`` says which rows have a slope.

    Errors:
        None; where ``converged`` is False the numbers of that row mean nothing.
    """
    out = _begin(rows)
    live = np.arange(len(rows.y))
    mean = np.maximum(rows.y, 0) + 0.1
    deviance = _deviance(rows, prior, mean)
    for _ in range(ROUNDS):
        part, weigh = rows.take(live), prior[live]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            solved = _step(part, weigh, mean, trend[live])
            mean = solved["mean"]
            now = _deviance(part, weigh, mean)
            done = np.abs(now - deviance) / (np.abs(now) + 0.1) < CLOSE
        for name, value in solved.items():
            getattr(out, name)[live] = value
        out.converged[live] = done
        going = ~done & np.isfinite(now)
        live, mean, deviance = live[going], mean[going], now[going]
        if not live.size:
            break
    _disperse(out, rows, trend)
    return out


def _begin(rows: Rows) -> Fit:
    count, size = rows.y.shape
    wide = [np.full((count, size), np.nan) for _ in range(2)]
    blocks = [np.full((count, rows.blocks), np.nan) for _ in range(3)]
    thin = [np.full(count, np.nan) for _ in range(4)]
    return Fit(wide[0], wide[1], blocks[0], thin[0], blocks[1], blocks[2], thin[1], np.zeros(count, bool), *thin[2:])


def _step(rows: Rows, prior: Floats, mean: Floats, trend: Bools) -> dict[str, Floats]:
    weight = np.where(rows.there, prior * mean, 0.0)
    aim = np.log(mean) - rows.offset + (rows.y - mean) / mean
    weight_of = rows.by_block(weight)
    time_of = rows.by_block(weight * rows.time) / weight_of
    aim_of = rows.by_block(weight * aim) / weight_of
    at = np.take_along_axis(np.nan_to_num(time_of), rows.block, 1)
    apart = rows.time - at
    spread = (weight * apart**2).sum(1)
    aimed = np.where(rows.there, aim - np.take_along_axis(np.nan_to_num(aim_of), rows.block, 1), 0.0)
    slope = np.where(trend, (weight * apart * aimed).sum(1) / spread, 0.0)
    level = aim_of - slope[:, None] * np.nan_to_num(time_of)
    eta = np.take_along_axis(level, rows.block, 1) + slope[:, None] * rows.time + rows.offset
    mean = np.where(rows.there, np.maximum(np.exp(eta), LEAST), 1.0)
    spread = np.where(trend, spread, np.inf)
    return {
        "mean": mean, "weight": weight, "level": level, "slope": slope,
        "weight_of": weight_of, "time_of": time_of, "spread": spread,
    }  # fmt: skip


def _deviance(rows: Rows, prior: Floats, mean: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(rows.y > 0, rows.y * np.log(rows.y / mean), 0.0) - (rows.y - mean)
    return 2 * np.where(rows.there, prior * each, 0.0).sum(1)


def _disperse(out: Fit, rows: Rows, trend: Bools) -> None:
    blocks = (rows.by_block(np.ones_like(rows.y)) > 0).sum(1)
    out.free = (rows.there.sum(1) - blocks - trend).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        out.dispersion = (out.weight * relative(out, rows) ** 2).sum(1) / out.free


def relative(out: Fit, rows: Rows) -> Floats:
    """Return residuals as shares of the mean."""
    return np.where(rows.there, (rows.y - out.mean) / out.mean, 0.0)


def leverage(out: Fit, rows: Rows) -> Floats:
    """Return the diagonal of the hat matrix."""
    apart = rows.time - np.take_along_axis(out.time_of, rows.block, 1)
    return out.weight * (1 / np.take_along_axis(out.weight_of, rows.block, 1) + apart**2 / out.spread[:, None])
