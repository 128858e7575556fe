"""Times and what is told of them; the figures themselves are shared with the real input."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from hezhi.kit.figures import Figure, kept, show, write

__all__ = ["Figure", "kept", "median", "p", "show", "times_ms", "write"]


def times_ms(work: Callable[[int], object], count: int) -> list[float]:
    """Run ``work(0) … work(count - 1)`` and return how long each took, in milliseconds."""
    taken = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def p(values: list[float], percent: int) -> float:
    """Return a percentile (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * len(ordered)))]


def median(values: list[float]) -> float:
    return statistics.median(values)
