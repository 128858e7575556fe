"""The calendar starts with every announced year since 2004 and one forecast."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from hezhi.spine.calendar import api, models
from hezhi.spine.calendar.errors import CalendarEmpty
from hezhi.spine.calendar.seed import forecast

PROJECT = Path(__file__).parents[5]
NOTICES = PROJECT.parent / "shared/data/holidays_cn/days.csv"


@pytest.mark.django_db
def test_migration_fills_2004_to_2026_and_forecasts_2027():
    calendar = api.calendar_get()

    assert (calendar.first_year, calendar.last_year) == (2004, 2027)
    assert calendar.provisional_years == {2027}
    assert calendar.names[date(2026, 10, 1)] == "国庆节"
    assert calendar.exceptions[date(2026, 10, 10)] is True
    assert date(2026, 10, 3) not in calendar.exceptions  # a Saturday rests anyway


@pytest.mark.django_db
def test_every_day_of_every_announced_year_is_as_the_package_says():
    calendar = api.calendar_get()
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2004, 1, 1)).days)]

    assert [day for day in days if api.is_working(calendar, day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.django_db
@pytest.mark.skipif(not NOTICES.exists(), reason="the collected notices lie outside the project")
def test_the_collected_notices_agree_day_by_day():
    calendar = api.calendar_get()
    with NOTICES.open(encoding="utf-8") as file:
        listed = {date.fromisoformat(row["date"]): row["is_off_day"] == "False" for row in csv.DictReader(file)}

    assert len(listed) > 600
    assert {day for day, works in listed.items() if api.is_working(calendar, day) != works} == set()
    ours = {day for day in calendar.exceptions if 2007 <= day.year <= 2026}
    assert ours - set(listed) == set()


def test_the_forecast_holds_the_thirteen_days_of_the_law_and_their_substitutes():
    year = forecast(2027)

    assert year.is_provisional
    assert not any(day.is_working for day in year.days)
    counts = Counter(day.name.removesuffix("（补假）") for day in year.days if "补假" not in day.name)
    assert counts == {
        "元旦": 1,
        "农历除夕": 1,
        "春节": 3,
        "清明节": 1,
        "劳动节": 2,
        "端午节": 1,
        "中秋节": 1,
        "国庆节": 3,
    }
    assert sum("补假" in day.name for day in year.days) == 6  # Saturdays and Sundays given back


@pytest.mark.django_db
def test_seeding_again_adds_nothing_and_keeps_edits():
    models.Day.objects.filter(on=date(2026, 10, 1)).update(is_working=True)
    version = api.calendar_get().version

    assert api.calendar_seed() == 0
    assert models.Day.objects.get(on=date(2026, 10, 1)).is_working is True
    assert api.calendar_get().version == version


@pytest.mark.django_db
def test_an_emptied_calendar_says_so_and_can_be_filled():
    for table in (models.Day, models.Year, models.Edition):
        table.objects.all().delete()

    with pytest.raises(CalendarEmpty):
        api.calendar_get()
    assert api.calendar_seed() == 24
    assert api.calendar_get().last_year == 2027


@pytest.mark.django_db
def test_reading_it_again_costs_one_small_query(django_assert_num_queries):
    first = api.calendar_get()

    with django_assert_num_queries(1):
        assert api.calendar_get() is first
