"""Decisions about alerts as pure functions."""

from __future__ import annotations

SEVERITY = {"grey": 0, "green": 1, "yellow": 2, "red": 3}
DISMISSALS = ("false", "harmless", "cannot_verify")


def worse(one: str, other: str) -> str:
    """Return the more severe colour; grey (not enough data) never outweighs a colour.

    Example:
        >>> worse("yellow", "red"), worse("green", "grey")
        ('red', 'green')
    """
    return max(one, other, key=lambda colour: SEVERITY[colour])
