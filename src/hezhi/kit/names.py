"""Names that people mistype."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest_name(given: str, valid: Iterable[str]) -> str:
    """Return the valid name that looks most like ``given``, or nothing where none does.

    Example:
        >>> nearest_name("licence", ["licence_id", "place"])
        'licence_id'
    """
    found = difflib.get_close_matches(given, list(valid), n=1, cutoff=0.55)
    return found[0] if found else ""
