"""When periods begin and end, and which period stood at the same point of an earlier year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hezhi.packkit.series.contracts import Every, Farrington

DAYS = {"day": 1, "week": 7}
PER_YEAR = {"day": 365, "week": 52, "month": 12}
# half width and blocks of a year: a week and 40-day parts; 7 weeks and 5-week parts; 3 months and seasons
SHAPE = {"day": (3, 10), "week": (3, 10), "month": (1, 4)}


def begin_of(every: Every, first_on: date, number: int) -> date:
    """Return the first day of a period; 0 is the one that begins on ``first_on``.

    >>> begin_of("month", date(2024, 11, 1), 3)
    datetime.date(2025, 2, 1)
    """
    if every == "month":
        months = first_on.year * 12 + first_on.month - 1 + number
        return first_on.replace(year=months // 12, month=months % 12 + 1)
    return first_on + timedelta(days=DAYS[every] * number)


def complete_count(every: Every, first_on: date, count: int, as_of: date, lag_days: int) -> int:
    """Return how many of the first periods are complete on ``as_of``: their end, and the lag after it, are past."""
    done = count
    while done and begin_of(every, first_on, done) + timedelta(days=lag_days) > as_of:
        done -= 1
    return done


def same_in_years(every: Every, first_on: date, number: int, years: int, per_year: int | None) -> list[int]:
    """Return the numbers of the periods at the same point of 0, 1, … ``years`` years before; they may be negative.

    Weeks keep their weekday and take the nearest date; 29 February of another year is 1 March.

    >>> same_in_years("week", date(2020, 1, 6), 260, 2, None)
    [260, 208, 156]
    """
    if per_year or every == "month":
        return [number - (per_year or 12) * year for year in range(years + 1)]
    on = begin_of(every, first_on, number)
    return [(_year_before(every, on, year) - first_on).days // DAYS[every] for year in range(years + 1)]


def _year_before(every: Every, on: date, years: int) -> date:
    try:
        same = on.replace(year=on.year - years)
    except ValueError:
        same = date(on.year - years, 3, 1)
    if every == "week":
        same += timedelta(days=(on.weekday() - same.weekday() + 3) % 7 - 3)
    return same


def fitted(plan: Farrington, every: Every) -> Farrington:
    """Return the plan with a number for everything that depends on the length of a period."""
    half, blocks = SHAPE[every]
    return replace(
        plan,
        half_width=half if plan.half_width is None else plan.half_width,
        blocks=blocks if plan.blocks is None else plan.blocks,
        recent_left_out=PER_YEAR[every] // 2 if plan.recent_left_out is None else plan.recent_left_out,
    )
