"""One way to write data down, so that equal data always has equal bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"a moment without time zone: {value!r}")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"cannot write {type(value).__name__} canonically")


def canonical(value: Any) -> str:
    """Return ``value`` as JSON with sorted keys, no spaces and Chinese unescaped.

    Example:
        >>> canonical({"b": 1, "a": "和治"})
        '{"a":"和治","b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain, allow_nan=False)


def sha256(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8 as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
