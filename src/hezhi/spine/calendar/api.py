"""The calendar's door: which days are working days, and who changed that.

Questions to a calendar (``is_working``, ``add_working_days``, …) are pure functions, re-exported here.
Every change is written to the ledger, chain ``calendar``, and published as `CalendarChanged` in the
same transaction, so that open clocks move with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hezhi.kit import bus
from hezhi.spine.calendar import models, queries, rules, seed
from hezhi.spine.calendar.contracts import CalendarChanged, WorkCalendar
from hezhi.spine.calendar.errors import CalendarEditInvalid, CalendarEnds, CalendarUnchanged, YearAlreadyKnown
from hezhi.spine.calendar.rules import (
    add_working_days,
    is_provisional,
    is_working,
    next_working_day,
    working_days_between,
)
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger.api import line_append
from hezhi.spine.permissions.api import require_everywhere
from hezhi.spine.permissions.contracts import Actor, Right

__all__ = [
    "add_working_days",
    "calendar_get",
    "calendar_seed",
    "days_edit",
    "is_provisional",
    "is_working",
    "next_working_day",
    "working_days_between",
    "year_confirm",
    "year_forecast",
]

CHAIN = "calendar"
NAME_LIMIT, SOURCE_LIMIT = 50, 200  # characters, as the columns hold them


def calendar_get() -> WorkCalendar:
    """Return the working calendar in force; kept in memory until somebody edits it.

    Raises:
        CalendarEmpty: set-up has not filled it.
    """
    return queries.current()


@guard.act
def calendar_seed() -> int:
    """Add the years that the packages know and the table does not; return how many were added.

    Years that stand already are left as they are, edits included. Set-up may call this as often as it
    likes. It writes no ledger line: nobody decided anything, the source of each year stands in the table.
    """
    known = set(models.Year.objects.values_list("year", flat=True))
    missing = [year for year in seed.seed_years() if year.year not in known]
    if missing:
        queries.years_add(missing)
        queries.renew_version()
    return len(missing)


@guard.act
def days_edit(*, days: Mapping[date, bool], name: str, source: str, by: Actor, at: datetime) -> WorkCalendar:
    """Say of single days whether people work, e.g. after a notice that moves a holiday.

    Args:
        days: day -> is it a working day; at least one.
        name: why, as explanations show it, e.g. ``国庆节``; 1 to 50 characters.
        source: the notice; 1 to 200 characters.

    Raises:
        NotAllowed: ``by`` lacks ``calendar.edit``.
        CalendarEditInvalid: no days, no name or no source.
        CalendarEnds: a day lies outside the calendar's years.
        CalendarUnchanged: the calendar says exactly this already.
    """
    require_everywhere(by, Right.CALENDAR_EDIT)
    _check_words(name=name, source=source)
    if not days:
        raise CalendarEditInvalid("Name at least one day.")
    before = queries.lock()
    flipped = _flipped(before, days)
    if not flipped and all(before.names.get(day) == name for day in days):
        raise CalendarUnchanged(days=sorted(days))
    queries.days_put(days, dict.fromkeys(days, name), source)
    told = {"days": _told(days), "name": name, "source": source, "changed": flipped}
    return _written("calendar.days_edit", told, flipped, by, at)


@guard.act
def year_confirm(
    *,
    year: int,
    days: Mapping[date, bool],
    source: str,
    by: Actor,
    at: datetime,
    names: Mapping[date, str] | None = None,
) -> WorkCalendar:
    """Enter a year's notice of the State Council: its listing replaces the forecast, and the year counts as known.

    Args:
        year: a provisional year, or the one after the calendar's last.
        days: the notice's whole listing, day -> is it a working day; it may reach back into the
            December before, as the notice for 2007 did. Days it does not list follow the weekday.
        names: day -> name of the holiday, for explanations.
        source: the notice; 1 to 200 characters.

    Raises:
        NotAllowed: ``by`` lacks ``calendar.edit``.
        CalendarEditInvalid: no listing, a day outside the notice's reach, or no source.
        YearAlreadyKnown: the year is confirmed; correct its days with `days_edit`.
        CalendarEnds: the year does not follow the calendar's last one.
    """
    require_everywhere(by, Right.CALENDAR_EDIT)
    names = {day: (names or {}).get(day, "") for day in days}
    _check_words(source=source, **{f"name of {day}": name for day, name in names.items() if name})
    if not days:
        raise CalendarEditInvalid("A notice lists at least one day.", year=year)
    if strange := [day for day in days if not date(year - 1, 12, 1) <= day <= date(year, 12, 31)]:
        raise CalendarEditInvalid("These days do not belong to the notice.", year=year, days=sorted(strange))
    before = queries.lock()
    _check_year(before, year)
    queries.year_put(year, source)
    queries.days_put(days, names, source)
    told = {"year": year, "days": _told(days), "source": source}
    touched = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    touched += _flipped(before, {day: works for day, works in days.items() if day.year < year})
    return _written("calendar.year_confirm", told, sorted(touched), by, at)


@guard.act
def year_forecast(*, year: int, by: Actor, at: datetime) -> WorkCalendar:
    """Add the year after the calendar's last one as the law alone makes it, provisional until confirmed.

    Raises:
        NotAllowed: ``by`` lacks ``calendar.edit``.
        YearAlreadyKnown: the calendar has that year.
        CalendarEnds: the year does not follow the calendar's last one.
    """
    require_everywhere(by, Right.CALENDAR_EDIT)
    before = queries.lock()
    if before.first_year <= year <= before.last_year:
        raise YearAlreadyKnown(year=year)
    _check_year(before, year)
    forecast = seed.forecast(year)
    queries.years_add([forecast])
    told = {
        "year": year,
        "days": {day.on.isoformat(): day.is_working for day in forecast.days},
        "source": forecast.source,
    }
    return _written("calendar.year_forecast", told, [], by, at)


def _written(act: str, told: dict, touched: list[date], by: Actor, at: datetime) -> WorkCalendar:
    queries.renew_version()
    line_append(chain=CHAIN, act=act, by=by, at=at, body=told)
    if touched:
        bus.publish(CalendarChanged(days=tuple(touched), at=at, by=by.ref))
    return queries.current()


def _check_words(*, source: str, **names: str) -> None:
    if not 1 <= len(source.strip()) <= SOURCE_LIMIT:
        raise CalendarEditInvalid(f"A change needs a source of 1 to {SOURCE_LIMIT} characters.")
    for what, name in names.items():
        if not 1 <= len(name.strip()) <= NAME_LIMIT:
            raise CalendarEditInvalid(f"The {what} must have 1 to {NAME_LIMIT} characters.")


def _check_year(before: WorkCalendar, year: int) -> None:
    if before.first_year <= year <= before.last_year:
        if year not in before.provisional_years:
            raise YearAlreadyKnown(year=year)
    elif year != before.last_year + 1:
        raise CalendarEnds(year=year, last_year=before.last_year)


def _flipped(before: WorkCalendar, days: Mapping[date, bool]) -> list[date]:
    """Return the days that people now work and did not, or the other way round."""
    return sorted(day for day, works in days.items() if rules.is_working(before, day) != works)


def _told(days: Mapping[date, bool]) -> dict[str, bool]:
    return {day.isoformat(): works for day, works in days.items()}
