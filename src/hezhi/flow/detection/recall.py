"""How many of all true ones were found, reckoned from two samples: what was found, and what was not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.flow.detection.rules import Z_97_5, wilson

LEAST_LOOKED_AT = 30
SOURCE = "house choice, as for verdicts; below it the interval says next to nothing"


@dataclass(frozen=True)
class Part:
    """Of ``whole`` subjects, ``seen`` were judged and ``true`` of those were true."""

    whole: int
    seen: int
    true: int

    @property
    def is_enough(self) -> bool:
        return self.seen >= LEAST_LOOKED_AT or self.seen == self.whole

    def total(self) -> float:
        """Return how many of the whole are true, each of those seen standing for ``whole / seen``."""
        return self.whole * self.true / self.seen if self.seen else 0.0

    def bounds(self) -> tuple[float, float]:
        """Return between which numbers the true ones lie (97.5 %), never fewer than were seen to be true."""
        if self.seen == self.whole:
            return float(self.true), float(self.true)
        low, high = wilson(self.true, self.seen, z=Z_97_5)
        return max(float(self.true), self.whole * low), min(
            float(self.whole - self.seen + self.true), self.whole * high
        )


def recall_of(found: Part, unfound: Part) -> tuple[float, float, float] | None:
    """Return the share of all true ones that was found, with an interval that holds it with at least 95 %.

    Each sample has an interval of 97.5 %; both hold together with at least 95 % whatever the two have to do with one
    another. None where too few were looked at, or nothing true is known at all.

    Example:
        >>> told = recall_of(Part(whole=50, seen=50, true=40), Part(whole=1_000, seen=60, true=1))
        >>> [round(one, 3) for one in told]
        [0.706, 0.275, 0.943]
        >>> recall_of(Part(50, 50, 40), Part(1_000, 12, 0)) is None
        True
    """
    if not (found.is_enough and unfound.is_enough) or not found.true + unfound.true:
        return None
    low, high = found.bounds()
    least, most = unfound.bounds()
    share = found.total() / (found.total() + unfound.total())
    return share, low / (low + most) if low + most else 0.0, high / (high + least) if high + least else 1.0
