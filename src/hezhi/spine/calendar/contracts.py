"""The working calendar as a plain value, and the event of its change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from hezhi.spine.calendar.errors import CalendarEnds

SATURDAY = 5  # date.weekday()


def is_weekday(day: date) -> bool:
    """Say whether a day is Monday to Friday, holidays or not."""
    return day.weekday() < SATURDAY


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

    def is_working(self, day: date) -> bool:
        """Say whether people work on ``day``: the State Council's listing first, else Monday to Friday.

        Raises:
            CalendarEnds: the calendar does not answer for that year.

        Example:
            >>> spring = WorkCalendar(exceptions={date(2026, 2, 28): True})
            >>> spring.is_working(date(2026, 2, 28)), spring.is_working(date(2026, 3, 1))
            (True, False)
        """
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarEnds(day=day, first_year=self.first_year, last_year=self.last_year)
        listed = self.exceptions.get(day)
        return is_weekday(day) if listed is None else listed

    def is_provisional(self, day: date) -> bool:
        """Say whether ``day`` lies in a year whose working days are not yet announced."""
        return day.year in self.provisional_years


@dataclass(frozen=True)
class CalendarChanged:
    """Some days became working or resting days, or a year was confirmed."""

    days: tuple[date, ...]
    at: datetime
    by: str
