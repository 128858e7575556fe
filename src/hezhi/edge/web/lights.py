"""Traffic lights for due dates: a colour with words, because colour alone tells some readers nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hezhi.kit.moments import day_of

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Light:
    """``colour`` is red, yellow, green or grey.

    Attributes:
        days: whole days late (red) or left (else), counted in days of the city's calendar; 0 for today.
        hours: whole hours late or left, for what is less than a day away.
    """

    colour: str
    days: int
    hours: int


def light_of(due_at: datetime, at: datetime, *, is_waiting: bool = False) -> Light:
    """Return the light of something owed by ``due_at`` as seen at ``at``.

    Red is late, yellow is due within 24 hours or today, green is later. A clock that waits is grey.

    Example:
        >>> from datetime import UTC
        >>> light_of(datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        Light(colour='green', days=3, hours=72)
    """
    # Midnight belongs to the day it ends, so that "due at the end of Tuesday" reads as Tuesday.
    last_day = day_of(due_at - timedelta(microseconds=1))
    away = due_at - at
    days = abs((last_day - day_of(at)).days)
    hours = int(abs(away.total_seconds()) // 3600)
    if is_waiting:
        return Light("grey", days, hours)
    if away < timedelta():
        return Light("red", days, hours)
    return Light("yellow" if away <= SOON or days == 0 else "green", days, hours)
