"""What every robot needs at hand, and the plans robots make: one act at one moment of the simulated time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hezhi.edge.demo.behaviours import Spread, When
from hezhi.edge.demo.cast import Cast
from hezhi.edge.demo.city import City
from hezhi.edge.demo.dice import Dice
from hezhi.edge.demo.feeding import Receipts
from hezhi.edge.demo.hours import Hours
from hezhi.packkit.shape import Pack


@dataclass(frozen=True, order=True)
class Plan:
    """One act to be done at ``at``. ``name`` orders plans of one moment and never holds a row's id."""

    at: datetime
    name: str
    do: Callable[[Plan], None] = field(compare=False)

    @property
    def key(self) -> str:
        """Idempotency key: the same act planned again, after a kill, has the same one."""
        return f"robot:{self.name.rpartition('/')[2]}:{self.at:%Y%m%dT%H%M%S}"


@dataclass
class World:
    """The city, its people, its hours and its stored samples."""

    city: City
    cast: Cast
    hours: Mapping[str, Hours]
    packs: Mapping[str, Pack]
    samples: Mapping[str, str]
    truths: Mapping[tuple[str, str], str]  # (pack, source key) → matter its writer had in mind
    echoes: frozenset[tuple[str, str]]  # (pack, source key) of rows that repeat what was reported before
    receipts: Receipts

    @property
    def dice(self) -> Dice:
        return self.city.dice

    def later(self, hours: str, start: datetime, spread: Spread, *words: object, times: float = 1) -> datetime:
        """Return when somebody with these hours gets round to something that came up at ``start``."""
        return self.hours[hours].after(start, times * self.dice.triangle(*spread, *words))

    def is_drawn(self, share: float, *words: object) -> bool:
        return share > 0 and self.dice.roll(*words) < share


def holds(when: When, facts: Mapping[str, Any]) -> bool:
    """Say whether facts meet every stated condition; a list on either side means "any of".

    Example:
        >>> holds({"stage": ["a", "b"], "round": 0}, {"stage": ["b"], "round": 0})
        True
    """
    return all(_listed(wanted) & _listed(facts.get(name)) for name, wanted in when.items())


def _listed(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list | tuple | set | frozenset) else {value}
