"""How well scores rank: area under the curve and average precision, accounts of one score being one step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def area(scores: ArrayLike, truth: ArrayLike) -> float:
    """Return the share of pairs, one true and one not, in which the true one scores higher; a tie counts a half.

    Raises:
        ValueError: there is none that is true, or none that is not.

    Example:
        >>> area([3, 2, 2, 1], [True, True, False, False])
        0.875
    """
    marks = _marks(truth)
    _, place, count = np.unique(np.asarray(scores, float), return_inverse=True, return_counts=True)
    ranks = np.cumsum(count) - (count - 1) / 2
    true = int(marks.sum())
    return float((ranks[place][marks].sum() - true * (true + 1) / 2) / (true * (len(marks) - true)))


def average_precision(scores: ArrayLike, truth: ArrayLike) -> float:
    """Return the mean, over the true ones, of the precision down to the score of each, ties included.

    Raises:
        ValueError: there is none that is true, or none that is not.

    Example:
        >>> average_precision([3, 2, 2, 1], [True, False, True, False])
        0.8333333333333333
    """
    marks = _marks(truth)
    _, place = np.unique(-np.asarray(scores, float), return_inverse=True)
    true, every = np.bincount(place, weights=marks).cumsum(), np.bincount(place).cumsum()
    return float((np.diff(true, prepend=0) * true / every).sum() / marks.sum())


def _marks(truth: ArrayLike) -> np.ndarray:
    marks = np.asarray(truth, bool)
    if not 0 < marks.sum() < len(marks):
        raise ValueError("a ranking is judged by some that are true and some that are not")
    return marks
