"""Days and moments in the city's own time zone.

Moments (``_at``) are aware and stored in UTC; days (``_on``) are days in China.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """Return the day in China on which the moment ``at`` falls.

    Example:
        >>> day_of(datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
        datetime.date(2026, 3, 2)
    """
    return at.astimezone(CITY_ZONE).date()


def day_starts_at(on: date) -> datetime:
    """Return the moment (UTC) at which the day ``on`` begins in China."""
    return datetime.combine(on, time(), CITY_ZONE).astimezone(UTC)


def day_ends_at(on: date) -> datetime:
    """Return the moment (UTC) at which the day ``on`` ends in China: midnight of the next day."""
    return day_starts_at(on + timedelta(days=1))


def city_moment(on: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return ``hour:minute`` of the day ``on`` in China as a moment in UTC."""
    return datetime.combine(on, time(hour, minute), CITY_ZONE).astimezone(UTC)
