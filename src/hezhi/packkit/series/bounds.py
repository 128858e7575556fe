"""From an expected count and its error to the bounds of a quiet period, and the chance of a count as high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hezhi.packkit.series.design import Floats


@dataclass(frozen=True)
class Bounds:
    """Arrays of one length. ``p``: chance of the observed count or more."""

    lower: Floats
    upper: Floats
    p: Floats


def power_bounds(y: Floats, mean: Floats, error: Floats, dispersion: Floats, alpha: float) -> Bounds:
    """Return bounds under which the 2/3 power of a count is normal (Farrington et al. 1996). ``error``: of the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = dispersion + error**2 / mean
        spread = np.sqrt(4 / 9 * np.cbrt(mean) * tau)
        middle, away = mean ** (2 / 3), special.ndtri(1 - alpha) * spread
        lower = np.maximum(middle - away, 0.0) ** 1.5
        upper = (middle + away) ** 1.5
        p = special.ndtr(-(y ** (2 / 3) - middle) / spread)
    return Bounds(lower, upper, p)


def binomial_bounds(y: Floats, mean: Floats, dispersion: Floats, alpha: float) -> Bounds:
    """Return quantiles of the negative binomial with this mean and variance dispersion × mean; Poisson at 1."""
    known = np.isfinite(mean) & np.isfinite(dispersion)
    mean = np.where(known, mean, 1.0)
    dispersion = np.where(known, dispersion, 1.0)
    found = (
        _quantile(alpha, mean, dispersion),
        _quantile(1 - alpha, mean, dispersion),
        np.where(np.isfinite(y), 1 - _below(np.nan_to_num(y) - 1, mean, dispersion), np.nan),
    )
    return Bounds(*(np.where(known, one, np.nan) for one in found))


def _below(count: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """Return the chance of at most so many."""
    count = np.floor(count)
    size = mean / np.maximum(dispersion - 1, 1e-300)
    wide = special.betainc(np.maximum(size, 1e-300), np.maximum(count, 0) + 1, 1 / dispersion)
    return np.where(count < 0, 0.0, np.where(dispersion > 1, wide, special.pdtr(np.maximum(count, 0), mean)))


def _quantile(share: float, mean: Floats, dispersion: Floats) -> Floats:
    """Return the smallest count with at least ``share`` at or below it."""
    aim = share * (1 - 64 * np.finfo(np.float64).eps)
    high = np.ceil(mean + 4 * np.sqrt(mean * dispersion)) + 1
    while (short := _below(high, mean, dispersion) < aim).any():
        high = np.where(short, 2 * high, high)
    low = np.full_like(high, -1.0)  # never enough; high always is
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = _below(middle, mean, dispersion) >= aim
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
