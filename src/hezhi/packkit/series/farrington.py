"""Farrington's bound for counts with a long history, in the flexible form of Noufaily et al. (2012), for many at once.

Sources: Farrington et al., J. R. Stat. Soc. A 159 (1996) 547-563; Noufaily et al., Stat. Med. 32 (2013) 1206-1222. The
order of steps follows the R package ``surveillance``, which the tests use as an oracle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from hezhi.packkit.series import glm
from hezhi.packkit.series.bounds import Bounds, binomial_bounds, power_bounds
from hezhi.packkit.series.contracts import Farrington
from hezhi.packkit.series.design import Bools, Floats, Ints, References

CHUNK = 1024  # fits at a time: a few megabytes of memory each


@dataclass(frozen=True)
class Asked:
    """One period to judge: the whole series as floats (NaN: unknown), populations, days, references."""

    counts: Floats
    people: Floats
    days: Floats
    number: int
    years: int
    references: References


@dataclass(frozen=True)
class Found:
    """Arrays, one value per asked period; NaN where the model found no answer. ``trend``: whether one was kept."""

    expected: Floats
    lower: Floats
    upper: Floats
    p: Floats
    trend: Bools
    references: Ints


@dataclass(frozen=True)
class _Said:
    """What a fit says of the judged period: on the scale of logarithms, with the error's square."""

    eta: Floats
    square: Floats
    dispersion: Floats
    trend_p: Floats
    trend: Bools


def farrington_bounds(asked: Sequence[Asked], plan: Farrington) -> Found:
    """Return expected count, bounds and chance for each asked period.

    Args:
        plan: with every number given (`periods.fitted`).
    """
    parts = [_bounds(asked[start : start + CHUNK], plan) for start in range(0, len(asked), CHUNK)]
    columns = zip(
        *([part.expected, part.lower, part.upper, part.p, part.trend, part.references] for part in parts), strict=True
    )
    return Found(*(np.concatenate(column) for column in columns))


def _bounds(asked: Sequence[Asked], plan: Farrington) -> Found:
    rows = _rows(asked, plan.blocks or 1)
    now = np.array([one.days[one.number] for one in asked])
    offset = np.log([one.people[one.number] for one in asked])
    observed = np.array([one.counts[one.number] for one in asked])
    enough = np.array([one.years >= 3 for one in asked])
    said = _said(rows, now, offset, np.full(len(asked), plan.trend_p > 0), plan)
    most = np.where(rows.there, rows.y, -1.0).max(1)
    with np.errstate(invalid="ignore", over="ignore"):
        kept = enough & (said.trend_p < plan.trend_p) & (np.exp(said.eta) <= most)
    again = np.flatnonzero(said.trend & ~kept)
    if again.size:
        plain = _said(rows.take(again), now[again], offset[again], np.zeros(again.size, bool), plan)
        for name in ("eta", "square", "dispersion", "trend"):
            getattr(said, name)[again] = getattr(plain, name)
    with np.errstate(over="ignore"):
        expected = np.exp(said.eta)
    bounds = _limits(said, expected, observed, plan)
    return Found(expected, bounds.lower, bounds.upper, bounds.p, said.trend, rows.there.sum(1))


def _rows(asked: Sequence[Asked], blocks: int) -> glm.Rows:
    size = max(len(one.references.numbers) for one in asked)
    y, time, offset = (np.zeros((len(asked), size)) for _ in range(3))
    block, there = np.zeros((len(asked), size), np.int64), np.zeros((len(asked), size), bool)
    for row, one in enumerate(asked):
        numbers = one.references.numbers
        part = slice(0, len(numbers))
        values = one.counts[numbers]
        y[row, part] = np.nan_to_num(values)
        time[row, part] = one.days[numbers]
        offset[row, part] = np.log(one.people[numbers])
        block[row, part] = one.references.blocks
        there[row, part] = np.isfinite(values)
    return glm.Rows(y, time, offset, block, there, blocks)


def _said(rows: glm.Rows, now: Floats, offset: Floats, trend: Bools, plan: Farrington) -> _Said:
    """Fit, weigh down high residuals, fit again, and look at the judged period."""
    prior = np.ones_like(rows.y)
    found = glm.fit(rows, prior, trend)
    if (flat := np.flatnonzero(trend & ~found.converged)).size:  # without the trend it may converge
        trend = trend.copy()
        trend[flat] = False
        found = glm.fit(rows, prior, trend)
    lost = ~found.converged
    if plan.weights_above is not None:
        prior = _weights(found, rows, plan.weights_above)
        found = glm.fit(rows, prior, trend)
    errors = found.dispersion
    if plan.errors_as == "surveillance" and plan.weights_above is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = (np.where(rows.there, prior, 0.0) * glm.relative(found, rows) ** 2).sum(1) / found.free
    with np.errstate(divide="ignore", invalid="ignore"):
        trend_p = 2 * special.stdtr(found.free, -np.abs(found.slope) * np.sqrt(found.spread / errors))
        eta = found.level[:, 0] + found.slope * now + offset
        reach = 1 / found.weight_of[:, 0] + (now - found.time_of[:, 0]) ** 2 / found.spread
    dispersion = np.maximum(found.dispersion, 1.0)
    square = reach * (errors if plan.errors_as == "surveillance" else dispersion)
    eta[lost | ~np.isfinite(dispersion)] = np.nan
    return _Said(eta, square, dispersion, trend_p, trend.copy())


def _weights(found: glm.Fit, rows: glm.Rows, above: float) -> Floats:
    """Return weights that sum to the number of references; residuals above the limit count by their inverse square."""
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = 1.5 * (rows.y ** (2 / 3) * found.mean ** (-1 / 6) - np.sqrt(found.mean))
        dispersion = np.maximum(found.dispersion, 1.0)[:, None]
        residual = raw / np.sqrt(dispersion * (1 - glm.leverage(found, rows)))
        share = np.where(rows.there, np.where(residual > above, residual**-2, 1.0), 0.0)
        return share * (rows.there.sum(1) / share.sum(1))[:, None]


def _limits(said: _Said, expected: Floats, observed: Floats, plan: Farrington) -> Bounds:
    error = np.sqrt(said.square)
    if plan.bound == "power":
        return power_bounds(observed, expected, expected * error, said.dispersion, plan.alpha)
    with np.errstate(over="ignore"):
        at = expected if plan.bound == "negative_binomial" else np.exp(said.eta + special.ndtri(1 - plan.alpha) * error)
    return binomial_bounds(observed, at, said.dispersion, plan.alpha)
