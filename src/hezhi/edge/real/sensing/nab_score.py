"""The score of the Numenta Anomaly Benchmark, from its published definition (Lavin and Ahmad, ICMLA 2015).

An alarm within a marked window earns the more the earlier it comes, and only the best one per window counts; an alarm
outside costs the more the further it is behind the last window; a window without alarm costs one. Over all files, 0 is
what no alarm at all would get, 100 what one alarm at the beginning of each window would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PROBATION, PROBATION_OF = 0.15, 5000  # the first share of a file, of at most so many rows, is not judged
FALSE_COST = 0.11  # the standard profile; a window found and a window missed weigh 1
FAR = 3.0  # window lengths behind a window from which on an alarm costs all


@dataclass(frozen=True)
class Marked:
    """One file as the score sees it: what each row is worth if it rings, and the window it lies in (-1: none).

    Rows of the probation, and windows that lie in it wholly, are not judged.
    """

    worth: NDArray[np.float64]
    window: NDArray[np.int64]
    judged: NDArray[np.bool_]

    @property
    def windows(self) -> int:
        return len(np.unique(self.window[self.judged & (self.window >= 0)]))


def marked(rows: int, windows: Sequence[tuple[int, int]]) -> Marked:
    """Prepare a file; ``windows`` are first and last row of each, in order."""
    worth, window = np.full(rows, -FALSE_COST), np.full(rows, -1)
    for number, (first, last) in enumerate(windows):
        length = last - first + 1
        for row in range(first, last + 1):
            worth[row] = _sigmoid(-(last - row + 1) / length) / _sigmoid(-1.0)
            window[row] = number
        end = windows[number + 1][0] if number + 1 < len(windows) else rows
        for row in range(last + 1, end):
            worth[row] = FALSE_COST * _sigmoid((row - last) / max(1, length - 1))
    judged = np.arange(rows) >= probation(rows)
    return Marked(worth, window, judged)


def probation(rows: int) -> int:
    """Return how many rows at the beginning are not judged."""
    return math.ceil(min(math.floor(PROBATION * rows), PROBATION * PROBATION_OF))


def raw(file: Marked, ringing: NDArray[np.bool_]) -> float:
    """Return the score of one file, before it is put on the scale."""
    rows = ringing & file.judged
    outside = float(file.worth[rows & (file.window < 0)].sum())
    best = {int(number): -1.0 for number in np.unique(file.window[file.judged]) if number >= 0}
    for row in np.flatnonzero(rows & (file.window >= 0)):
        number = int(file.window[row])
        best[number] = max(best[number], float(file.worth[row]))
    return outside + sum(best.values())


def score(files: Sequence[Marked], ringing: Sequence[NDArray[np.bool_]]) -> float:
    """Return the score over files on the scale from 0 (silence) to 100 (perfect); it may be below 0."""
    windows = sum(file.windows for file in files)
    got = sum(raw(file, rings) for file, rings in zip(files, ringing, strict=True))
    return 100 * (got + windows) / (2 * windows)


def _sigmoid(place: float) -> float:
    return -1.0 if place >= FAR else 2 / (1 + math.exp(5 * place)) - 1
