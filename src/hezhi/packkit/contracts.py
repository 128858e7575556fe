"""What the pack tool tells other rooms: findings, decided colours, hits of a window, checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from hezhi.packkit.shape.base import Text


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong with a pack.

    Attributes:
        path: file as the author would open it; the folder where no file can be named.
        line: line in that file, 1 for the first.
        rule: id of the broken rule, ``pass/name``; `hezhi.packkit.catalogue.RULES` says why it exists.
        cause: what is wrong, in one sentence.
        nearest: the valid name that looks most like the one given, empty where none does.
        is_fixable: ``hezhi pack check --fix`` mends it.
    """

    path: str
    line: int
    rule: str
    cause: str
    nearest: str = ""
    is_fixable: bool = False

    def __str__(self) -> str:
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.path}:{self.line} [{self.rule}] {self.cause}{hint}"


@dataclass(frozen=True)
class Fact:
    """One input a decision looked at.

    ``condition`` is the condition of the deciding row on it, empty where that row did not ask.
    ``value`` is None and ``problem`` says why where the input did not pass the gate (`hezhi.packkit.gate.PROBLEMS`).
    ``from_at`` is the moment the value is from, None where nobody said.
    """

    input: str
    label: Text
    value: Any
    condition: str = ""
    problem: str = ""
    unit: str = ""
    from_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """One single change of one input that would give another colour."""

    input: str
    label: Text
    to: str
    colour: str


@dataclass(frozen=True)
class Decided:
    """What a decision table says, with its reasons. A colour refuses, blocks or punishes nothing.

    Attributes:
        colour: ``red``, ``yellow``, ``green``, or ``grey`` for "not enough data".
        because: the row's reason first, then one sentence per fact that mattered.
        facts: every declared input, in the table's order.
        would_change: the nearest single changes that lead to each other colour;
            for grey, the inputs that must be supplied.
        row: number of the deciding row, 1 for the first; 0 for grey.
        expires_days: after so many days the colour counts as grey again.
        rows: every row that counted, the deciding one first; more than one only where the table collects.
        code: why it is grey, for machines: ``<input>:<problem>``, ``no_row`` or ``several_rows``; else empty.
        until_at: until when the colour stands: it expires, or a value is no longer fresh. None for grey, and
            where the moment of the question was not told.
    """

    colour: Literal["red", "yellow", "green", "grey"]
    because: tuple[Text, ...]
    facts: tuple[Fact, ...]
    would_change: tuple[Change, ...]
    row: int
    expires_days: int
    rows: tuple[int, ...] = ()
    code: str = ""
    until_at: datetime | None = None


@dataclass(frozen=True)
class WindowHit:
    """One subject reached the count within the window.

    Attributes:
        subject: the values of the detector's ``per`` fields, joined by ``|``.
        values: the same by field name.
        count: records in the window when the hit was raised, the raising one included.
        first_at, last_at: moments (UTC) of the oldest and newest of them.
        keys: the records' keys, oldest first.
        because: one sentence with the count and the window.
    """

    subject: str
    values: Mapping[str, str] = field(hash=False)
    count: int
    first_at: datetime
    last_at: datetime
    keys: tuple[str, ...]
    because: Text


@dataclass(frozen=True)
class Skipped:
    """A record a detector could not use; it is counted, never quietly dropped."""

    key: str
    cause: str


@dataclass(frozen=True)
class WindowResult:
    """All hits of one run, oldest first, and what was left out.

    ``withheld_count`` counts records of confidential matters: they never feed a detector, because
    a hit would tell others that the complaint exists.
    """

    hits: tuple[WindowHit, ...]
    skipped: tuple[Skipped, ...]
    withheld_count: int = 0


@dataclass(frozen=True)
class Problem:
    """Why one given value cannot be used.

    ``rule`` is stable: missing, unknown, type, range, choice, pattern, masked, identifier.
    """

    field: str
    rule: str
    cause: Text
    nearest: str = ""


@dataclass(frozen=True)
class CheckedValues:
    """Values in their declared types (moments aware UTC, days as dates) beside every problem found."""

    values: Mapping[str, Any] = field(hash=False)
    problems: tuple[Problem, ...] = ()
