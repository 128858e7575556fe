"""Chance that is the same every time: each draw hangs on words, never on a row's id or on an earlier draw.

A replay that was killed draws again what it drew before, whatever rows a rolled-back act left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


class Dice:
    """Draws named by words below one seed.

    Example:
        >>> dice = Dice("a city")
        >>> dice.roll("weather", 1) == dice.roll("weather", 1)
        True
    """

    def __init__(self, *seed: object) -> None:
        self._seed = hashlib.sha256("\x1f".join(map(str, seed)).encode())

    def _first(self, words: tuple[object, ...]) -> int:
        told = self._seed.copy()
        told.update(("\x1e" + "\x1f".join(map(str, words))).encode())
        return int.from_bytes(told.digest()[:8], "big")

    def roll(self, *words: object) -> float:
        """Return a number from 0 (included) to 1 (excluded)."""
        return (self._first(words) >> 11) / 2**53

    def number(self, most: int, *words: object) -> int:
        """Return a whole number from 0 to ``most`` - 1."""
        return self._first(words) % most

    def between(self, low: int, high: int, *words: object) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.number(high - low + 1, *words)

    def one_of(self, things: Sequence[Thing], *words: object) -> Thing:
        """Return one of ``things``, each as likely as the others."""
        return things[self.number(len(things), *words)]

    def weighted(self, weights: Mapping[Thing, float], *words: object) -> Thing:
        """Return one key, as likely as its weight says; keys keep their written order."""
        left = self.roll(*words) * sum(weights.values())
        for thing, weight in weights.items():
            left -= weight
            if left < 0:
                return thing
        return next(reversed(weights))

    def count(self, mean: float, *words: object) -> int:
        """Return a whole number from 0 to about twice ``mean``, ``mean`` on average."""
        whole = mean * (self.roll("first", *words) + self.roll("second", *words))
        return int(whole) + (self.roll("rest", *words) < whole % 1)

    def triangle(self, least: float, typical: float, most: float, *words: object) -> float:
        """Return a number between ``least`` and ``most``, most often near ``typical``."""
        if most <= least:
            return least
        u, peak = self.roll(*words), (typical - least) / (most - least)
        if u < peak:
            return least + (u * (most - least) * (typical - least)) ** 0.5
        return most - ((1 - u) * (most - least) * (most - typical)) ** 0.5

    def order(self, things: Sequence[Thing], *words: object) -> list[Thing]:
        """Return ``things`` in a drawn order."""
        return [things[at] for at in sorted(range(len(things)), key=lambda at: self._first((*words, at)))]
