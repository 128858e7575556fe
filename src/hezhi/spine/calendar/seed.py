"""The first filling of the calendar, from two packages. Pure; knows no table.

Announced years come from ``chinesecalendar``, which keeps the State Council's yearly notices. The year
after the last announced one is computed by ``holidays`` from the law alone (全国年节及纪念日放假办法):
statutory days and their substitutes, no bridge days and no make-up workdays. It is provisional.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import chinese_calendar
import holidays
from chinese_calendar.constants import Holiday
from chinese_calendar.constants import holidays as rest_days
from chinese_calendar.constants import workdays as makeup_days

NOTICE = "国务院办公厅节假日安排通知 {year} (chinesecalendar)"
LAW = "全国年节及纪念日放假办法 (computed, notice of {year} not published)"
NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}  # chinesecalendar's short names
FIRST_YEAR = min(rest_days).year
LAST_ANNOUNCED_YEAR = max(rest_days).year


@dataclass(frozen=True)
class SeedDay:
    on: date
    is_working: bool
    name: str


@dataclass(frozen=True)
class SeedYear:
    year: int
    is_provisional: bool
    source: str
    days: tuple[SeedDay, ...]


def seed_years() -> list[SeedYear]:
    """Return every announced year and one forecast, oldest first."""
    known = [_announced(year) for year in range(FIRST_YEAR, LAST_ANNOUNCED_YEAR + 1)]
    return [*known, forecast(LAST_ANNOUNCED_YEAR + 1)]


def _announced(year: int) -> SeedYear:
    days = [SeedDay(on, on in makeup_days, _name(told)) for on, told in {**rest_days, **makeup_days}.items()]
    of_year = sorted((day for day in days if day.on.year == year), key=lambda day: day.on)
    assert all(chinese_calendar.is_workday(day.on) == day.is_working for day in of_year)
    return SeedYear(year, False, NOTICE.format(year=year), tuple(of_year))


def _name(told: str) -> str:
    chinese = Holiday(told).chinese
    return NAMES.get(chinese, chinese)


def forecast(year: int) -> SeedYear:
    """Return a year as the law alone makes it, marked provisional."""
    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    days = tuple(SeedDay(on, False, found[on]) for on in sorted(found) if on.year == year)
    return SeedYear(year, True, LAW.format(year=year), days)
