"""The present moment. Pages are the edge, and only the edge reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment (UTC); every command of one request should get the same one."""
    return datetime.now(UTC)
