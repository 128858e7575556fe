"""The present moment: only the edge reads the clock, and it reads it here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from hezhi.kit.moments import day_of


def now() -> datetime:
    """Return the present moment (UTC); every command of one request should get the same one.

    A served demo lives in the days its city has seen (``HEZHI_CLOCK_OFFSET_SECONDS``); everywhere else
    this is the machine's clock.
    """
    return datetime.now(UTC) + timedelta(seconds=settings.HEZHI.clock_offset_seconds)


def machine_now() -> datetime:
    """Return the machine's own time, by which authenticator apps reckon, whatever time a demo lives in."""
    return datetime.now(UTC)


def machine_day() -> date:
    """Return the day of the machine's own clock: packs are written, read and reviewed by it, even where a demo lives
    in another time."""
    return day_of(machine_now())
