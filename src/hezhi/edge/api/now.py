"""The present moment. The API is the edge, and only the edge reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment (UTC)."""
    return datetime.now(UTC)
