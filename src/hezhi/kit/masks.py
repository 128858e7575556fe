"""What stands for a value that is not shown, and how it is recognised when it comes back."""

from __future__ import annotations

import re
from typing import Any

MASK = "••••••"
"""What stands for a secret value that the reader has no ticket for; it can never be written back."""
_STARS = re.compile(r"[*＊×]{2,}")


def holds_mask(value: Any) -> bool:
    """Say whether a text holds the stand-in of a masked value, or a piece of it.

    Example:
        >>> holds_mask("他的电话是••••••"), holds_mask("· 一 · 二 ·"), holds_mask(7)
        (True, False, False)
    """
    return isinstance(value, str) and MASK[0] * 3 in value


def holds_stars(value: Any) -> bool:
    """Say whether a value has letters starred out, as other systems show a masked one: ``138****1234``, ``张**``.

    Only asked of secret fields: elsewhere people do write stars.
    """
    return isinstance(value, str) and bool(_STARS.search(value))
