"""CSV that a spreadsheet program shows and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

# Full-width signs too: spreadsheet programs set to Chinese or Japanese read them as the plain ones.
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return ``rows`` as CSV; a text that a spreadsheet would take for a formula gets an apostrophe in front.

    Example:
        >>> csv_text([["=1+1", -2, "a,b"]])
        '\\'=1+1,-2,"a,b"\\r\\n'
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: Any) -> Any:
    if cell is None or isinstance(cell, int | float | Decimal):
        return cell  # a number below zero begins with a sign and is none the less a number
    text = str(cell)
    return "'" + text if text.lstrip(" ").startswith(RUNS) else text
