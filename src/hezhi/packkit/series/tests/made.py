"""Count series made from a seed: quiet and busy ones, with seasons, trends, zeros and rises."""

from __future__ import annotations

import numpy as np


def series_made(seed: int, periods: int, per_year: int) -> list[list[int]]:
    """Return eight series that differ in all that the methods look at."""
    dice = np.random.default_rng(seed)
    at = np.arange(periods)
    season = np.cos(2 * np.pi * at / per_year)
    means = [
        np.full(periods, 0.3),
        np.full(periods, 4.0),
        np.exp(1.5 + 0.8 * season),
        np.exp(2.0 + 0.4 * season + 0.8 * at / periods),
        np.exp(3.0 - 1.2 * at / periods),
        np.exp(5.5 + 0.2 * season + 0.1 * at / periods),
        np.where(season > 0.2, 3.0, 0.02),
        np.exp(2.0 + 0.3 * season),
    ]
    spread = [1.0, 1.0, 1.6, 1.2, 2.5, 4.0, 1.0, 3.0]
    made = [_counts(dice, mean, over) for mean, over in zip(means, spread, strict=True)]
    for one in made[1:]:  # two rises in the past, one in the newest year
        for begin in (periods // 2, periods - per_year - 5, periods - 9):
            one[begin : begin + 3] += 3 + 2 * one[begin : begin + 3]
    return [one.tolist() for one in made]


def _counts(dice: np.random.Generator, mean: np.ndarray, over: float) -> np.ndarray:
    return dice.poisson(mean) if over == 1 else dice.negative_binomial(mean / (over - 1), 1 / over)
