"""A page of rows, as every list in the house returns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one list page.

    ``next_cursor`` is an opaque text for the following page, empty on the last.
    Counts are not part of a page: counting a million rows costs more than showing fifty.
    """

    rows: tuple[Row, ...]
    next_cursor: str = ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
