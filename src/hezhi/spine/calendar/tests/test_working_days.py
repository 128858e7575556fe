"""Working days are counted as the law counts them, and never guessed outside the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.calendar import rules
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.calendar.errors import CalendarEnds, SpanReversed
from hezhi.spine.calendar.seed import seed_years

LISTED = {day.on: day.is_working for year in seed_years() for day in year.days}
REAL = WorkCalendar(exceptions=LISTED, provisional_years=frozenset({2027}))
DAYS = st.dates(date(2004, 1, 1), date(2027, 12, 31))


@st.composite
def calendars(draw):
    """Any listing of days in two years, however odd."""
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    return WorkCalendar(exceptions=draw(st.dictionaries(days, st.booleans(), max_size=60)))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 9, 30), True, id="a Wednesday"),
        pytest.param(date(2026, 10, 1), False, id="a holiday on a Thursday"),
        pytest.param(date(2026, 10, 6), False, id="a bridge day"),
        pytest.param(date(2026, 10, 10), True, id="a make-up Saturday"),
        pytest.param(date(2026, 10, 11), False, id="a Sunday"),
        pytest.param(date(2007, 12, 31), False, id="a bridge into the next year"),
    ],
)
def test_the_state_councils_listing_goes_before_the_weekday(day, works):
    assert rules.is_working(REAL, day) is works


@pytest.mark.parametrize(
    ("from_on", "count", "expected"),
    [
        pytest.param(date(2026, 9, 30), 1, date(2026, 10, 8), id="over the National Day week"),
        pytest.param(date(2026, 9, 30), 3, date(2026, 10, 10), id="to a make-up Saturday"),
        pytest.param(date(2026, 10, 3), 1, date(2026, 10, 8), id="from within a holiday"),
        pytest.param(date(2026, 12, 31), 2, date(2027, 1, 5), id="into the next year"),
        pytest.param(date(2026, 10, 3), 0, date(2026, 10, 3), id="none at all"),
    ],
)
def test_the_first_day_never_counts(from_on, count, expected):
    assert rules.add_working_days(REAL, from_on, count) == expected


def test_the_next_working_day_may_be_today():
    assert rules.next_working_day(REAL, date(2026, 10, 10)) == date(2026, 10, 10)
    assert rules.next_working_day(REAL, date(2026, 10, 11)) == date(2026, 10, 12)


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2028, 1, 1)])
def test_outside_its_years_the_calendar_refuses_to_answer(day):
    with pytest.raises(CalendarEnds) as refused:
        rules.is_working(REAL, day)

    assert refused.value.facts == {"day": day, "first_year": 2004, "last_year": 2027}


def test_counting_over_the_end_of_the_calendar_is_refused():
    with pytest.raises(CalendarEnds):
        rules.add_working_days(REAL, date(2027, 12, 30), 5)
    with pytest.raises(CalendarEnds):
        rules.working_days_between(REAL, date(2027, 12, 30), date(2028, 1, 3))


def test_only_the_forecast_year_is_provisional():
    assert not rules.is_provisional(REAL, date(2026, 12, 31))
    assert rules.is_provisional(REAL, date(2027, 1, 1))


def test_a_reversed_span_is_refused():
    with pytest.raises(SpanReversed):
        rules.working_days_between(REAL, date(2026, 3, 3), date(2026, 3, 2))
    with pytest.raises(ValueError, match="-1"):
        rules.add_working_days(REAL, date(2026, 3, 3), -1)


@given(calendars(), st.dates(date(2026, 1, 1), date(2026, 6, 30)), st.integers(1, 60))
def test_adding_and_counting_undo_each_other(calendar, day, count):
    reached = rules.add_working_days(calendar, day, count)

    assert rules.is_working(calendar, reached)
    assert rules.working_days_between(calendar, day, reached) == count


@given(DAYS, DAYS, DAYS)
def test_spans_add_up(a, b, c):
    a, b, c = sorted((a, b, c))
    between = rules.working_days_between

    assert between(REAL, a, b) + between(REAL, b, c) == between(REAL, a, c)
    assert between(REAL, a, a) == 0


@given(calendars(), st.dates(date(2026, 1, 1), date(2027, 6, 30)))
def test_no_working_day_is_skipped_on_the_way_to_the_next(calendar, day):
    reached = rules.next_working_day(calendar, day)

    assert rules.is_working(calendar, reached)
    passed = [day + timedelta(days=n) for n in range((reached - day).days)]
    assert not any(rules.is_working(calendar, one) for one in passed)
