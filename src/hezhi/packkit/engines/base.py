"""What every engine gets and gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hezhi.packkit.scans.compile import Compiled

Row = tuple[Any, ...]
"""Subject, moment or period, key, then the evidence, as plain Python values."""


@dataclass(frozen=True)
class Table:
    """Rows of one record kind as they were known at a moment.

    Attributes:
        columns: name and kind (``number``, ``text``, ``flag``) of every column of the lake.
        paths: Parquet files, read together; columns that an older file lacks are missing values.
        known_at: rows that arrived later (microseconds) are left out; None keeps all.
        gone: ``(key, version)`` of rows that no longer held at that moment.
        snapshot: rows that a younger snapshot brought are left out; None where no file holds such rows. Files in which
            it matters say so of each row in ``_snapshot``.
    """

    columns: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]
    known_at: int | None = None
    gone: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    snapshot: int | None = None


class Engine(Protocol):
    """Runs one compiled scan; ``dialect`` is the SQL it speaks."""

    dialect: str

    def rows(self, compiled: Compiled, tables: Mapping[str, Table]) -> Iterator[Row]:
        """Give the rows in the order of the SELECT. ``tables`` by record id."""
        ...

    def close(self) -> None:
        """Let go of what the engine holds."""
        ...


def view_sql(table: Table, read: str, types: Mapping[str, str], gone: str) -> str:
    """Return the SELECT of a table's known rows: ``read`` names its files, ``gone`` the rows that held no more."""
    columns = ", ".join(name for name, _ in table.columns)
    if not table.paths:
        nothing = ", ".join(f"CAST(NULL AS {types[kind]}) AS {name}" for name, kind in table.columns)
        return f"SELECT {nothing} WHERE FALSE"
    kept = [f"_received <= {table.known_at}"] if table.known_at is not None else []
    if table.snapshot is not None:
        kept.append(f"(_snapshot IS NULL OR _snapshot <= {table.snapshot})")
    if table.gone:
        kept.append(f"NOT EXISTS (SELECT 1 FROM {gone} g WHERE g.key = t._key AND g.version = t._version)")
    where = f" WHERE {' AND '.join(kept)}" if kept else ""
    return f"SELECT {columns} FROM {read} t{where}"
