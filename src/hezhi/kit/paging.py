"""A page of rows, as every list in the house returns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
MOST_DIGITS = 18  # every such number fits into a column of ids


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


def number_read(cursor: str) -> int | None:
    """Return the number that a cursor, or what a form sent for an id, is; None for a damaged one.

    Example:
        >>> number_read("150"), number_read("1 OR 1=1"), number_read("9" * 40)
        (150, None, None)
    """
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) <= MOST_DIGITS else None
