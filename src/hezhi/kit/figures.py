"""Figures: measured, printed as a table, written as JSON; each beside what it is compared to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

COLUMNS = ("name", "value", "unit", "baseline", "value ÷ baseline", "note")
NUMBERS = COLUMNS[1], *COLUMNS[3:5]


@dataclass(frozen=True)
class Figure:
    """One measured number. ``baseline`` is the number of the same unit it is compared to, None for none."""

    name: str
    value: float
    unit: str
    baseline: float | None
    note: str


def kept(figures: Iterable[Figure], path: Path) -> list[Figure]:
    """Return the figures and those of an earlier run in ``path`` that this one, of some parts only, did not measure."""
    rows = list(figures)
    again = {row.name for row in rows}
    earlier = json.loads(path.read_text("utf-8")) if path.exists() else []
    return rows + [Figure(**one) for one in earlier if one["name"] not in again]


def show(figures: Iterable[Figure], path: Path) -> None:
    """Print the figures and write them to ``path``."""
    rows = list(figures)
    table = Table(title=path.name)
    for column in COLUMNS:
        table.add_column(column, justify="right" if column in NUMBERS else "left", overflow="fold")
    for row in rows:
        base = "" if row.baseline is None else f"{row.baseline:,.3f}"
        ratio = f"{row.value / row.baseline:,.4f}" if row.baseline else ""
        table.add_row(row.name, f"{row.value:,.3f}", row.unit, base, ratio, row.note)
    Console(width=160).print(table)
    write(rows, path)


def write(figures: Iterable[Figure], path: Path) -> None:
    """Write the figures to ``path``, and nothing else stays there."""
    told = [asdict(row) for row in figures]
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
