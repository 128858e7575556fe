"""What already happened to one alert or case, read from its ledger chain. Robots look nowhere else for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hezhi.spine.ledger.contracts import Line


class Past:
    """The lines of one chain, oldest first."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        self._keys = {line.key for line in self.lines if line.key}

    def has_key(self, key: str) -> bool:
        return key in self._keys

    def count(self, act: str) -> int:
        return sum(1 for line in self.lines if line.act == act)

    def last(self, *acts: str) -> Line | None:
        """Return the newest line of one of these acts, of any act when none is named."""
        for line in reversed(self.lines):
            if not acts or line.act in acts:
                return line
        return None

    def last_at(self, *acts: str) -> datetime | None:
        line = self.last(*acts)
        return line.at if line else None

    def every(self, act: str) -> list[Line]:
        return [line for line in self.lines if line.act == act]

    def first_with(self, act: str, name: str, value: Any) -> Line | None:
        """Return the oldest line of ``act`` whose body says ``name: value``."""
        for line in self.lines:
            if line.act == act and line.body.get(name) == value:
                return line
        return None

    def round_began(self) -> datetime | None:
        """Return when the present round of work began: the opening, or the last opening again."""
        for line in reversed(self.lines):
            if line.act == "case.open" or (line.body.get("from") == "closed" and line.body.get("to") == "handling"):
                return line.at
        return None
