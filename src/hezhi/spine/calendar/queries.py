"""Reads and writes of the calendar's tables. Only ``api`` and the first migration's twin use this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import connection

from hezhi.spine.calendar import models, seed
from hezhi.spine.calendar.contracts import WorkCalendar, is_weekday
from hezhi.spine.calendar.errors import CalendarEmpty

_read: WorkCalendar | None = None  # the calendar last read by this process


def current() -> WorkCalendar:
    """Return the calendar; one small query as long as nobody edits it.

    A version is given once, even to an edit that is rolled back, so a remembered calendar is never a wrong one.
    """
    global _read
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM calendar_edition ORDER BY id LIMIT 1")
        row = cursor.fetchone()
    if row is None:
        raise CalendarEmpty
    if _read is None or _read.version != row[0]:
        _read = _load(row[0])
    return _read


def _load(version: int) -> WorkCalendar:
    years = dict(models.Year.objects.values_list("year", "is_provisional"))
    if not years:
        raise CalendarEmpty
    days = models.Day.objects.filter(on__year__gte=min(years), on__year__lte=max(years))
    listed = list(days.order_by("on").values_list("on", "is_working", "name"))
    return WorkCalendar(
        exceptions={on: is_working for on, is_working, _ in listed if is_working != is_weekday(on)},
        names={on: name for on, _, name in listed if name},
        provisional_years=frozenset(year for year, is_provisional in years.items() if is_provisional),
        first_year=min(years),
        last_year=max(years),
        version=version,
    )


def lock() -> WorkCalendar:
    """Become the only editor until the transaction ends, and return what stands now."""
    if models.Edition.objects.select_for_update().first() is None:
        raise CalendarEmpty
    return current()


def renew_version() -> None:
    """Give the calendar its next version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO calendar_edition (id, version) VALUES (1, nextval('calendar_version'))"
            " ON CONFLICT (id) DO UPDATE SET version = EXCLUDED.version"
        )


def years_add(years: list[seed.SeedYear]) -> None:
    """Add years that are not there yet, with their days."""
    models.Year.objects.bulk_create(
        models.Year(year=y.year, is_provisional=y.is_provisional, source=y.source) for y in years
    )
    models.Day.objects.bulk_create(
        models.Day(on=day.on, is_working=day.is_working, name=day.name, source=y.source)
        for y in years
        for day in y.days
    )


def days_put(days: Mapping[date, bool], names: Mapping[date, str], source: str) -> None:
    """Write listed days over what stands for them."""
    models.Day.objects.bulk_create(
        [models.Day(on=on, is_working=is_working, name=names[on], source=source) for on, is_working in days.items()],
        update_conflicts=True,
        unique_fields=["on"],
        update_fields=["is_working", "name", "source"],
    )


def year_put(year: int, source: str) -> None:
    """Mark a year confirmed and empty its listing, adding the year where it is new."""
    models.Year.objects.update_or_create(year=year, defaults={"is_provisional": False, "source": source})
    models.Day.objects.filter(on__year=year).delete()
