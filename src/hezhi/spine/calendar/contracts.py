"""The working calendar as a plain value, and the event of its change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are working days.

    Attributes:
        exceptions: days that differ from the weekday rule: ``{day: is_working}``.
        names: why a day is an exception, for explanations: ``{day: "国庆节"}``.
        provisional_years: years whose notice the State Council has not published.
        first_year, last_year: the years the calendar answers for, both included.
        version: grows with every edit.
    """

    exceptions: dict[date, bool] = field(default_factory=dict)
    names: dict[date, str] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    first_year: int = 2004
    last_year: int = 2027
    version: int = 0


@dataclass(frozen=True)
class CalendarChanged:
    """Some days became working or resting days, or a year was confirmed."""

    days: tuple[date, ...]
    at: datetime
    by: str
