"""Questions to a working calendar. Pure; every answer outside its years is an error, never a guess."""

from __future__ import annotations

from datetime import date, timedelta

from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.calendar.errors import SpanReversed

ONE_DAY = timedelta(days=1)


def is_working(calendar: WorkCalendar, day: date) -> bool:
    """Say whether people work on ``day``; see `WorkCalendar.is_working`."""
    return calendar.is_working(day)


def is_provisional(calendar: WorkCalendar, day: date) -> bool:
    """Say whether ``day`` lies in a year whose working days are not yet announced."""
    return calendar.is_provisional(day)


def next_working_day(calendar: WorkCalendar, day: date) -> date:
    """Return ``day`` itself if it is a working day, else the first one after it.

    Raises:
        CalendarEnds: there is none before the calendar ends.
    """
    while not is_working(calendar, day):
        day += ONE_DAY
    return day


def add_working_days(calendar: WorkCalendar, day: date, count: int) -> date:
    """Return the ``count``-th working day after ``day``; ``day`` itself never counts, 0 gives it back.

    Raises:
        ValueError: ``count`` is negative.
        CalendarEnds: the calendar ends first.

    Example:
        >>> add_working_days(WorkCalendar(), date(2026, 3, 6), 1)  # a Friday
        datetime.date(2026, 3, 9)
    """
    if count < 0:
        raise ValueError(f"cannot add {count} working days")
    while count:
        day += ONE_DAY
        count -= is_working(calendar, day)
    return day


def working_days_between(calendar: WorkCalendar, from_on: date, to_on: date) -> int:
    """Return how many working days lie after ``from_on``, up to and including ``to_on``.

    The same day gives 0, the next working day 1: the first day never counts (民法典 201).

    Raises:
        SpanReversed: ``to_on`` lies before ``from_on``.
        CalendarEnds: the span leaves the calendar.
    """
    if to_on < from_on:
        raise SpanReversed(from_on=from_on, to_on=to_on)
    return sum(is_working(calendar, from_on + timedelta(days=n)) for n in range(1, (to_on - from_on).days + 1))
