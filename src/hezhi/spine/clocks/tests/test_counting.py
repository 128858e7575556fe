"""Each rule of counting, on days that everybody can check on a wall calendar of 2026."""

from __future__ import annotations

import pytest

from hezhi.spine.calendar.errors import CalendarEnds
from hezhi.spine.clocks.contracts import Party, Unit
from hezhi.spine.clocks.telling import project
from hezhi.spine.clocks.tests.stories import (
    REAL,
    extend,
    hand_to,
    local,
    resume,
    spec,
    start,
    stop,
    suspend,
)

WORKING, CALENDAR, HOUR = Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.HOUR


def due(entries, budget, unit, asked="12-31 00:00"):
    return project(entries, spec(budget, unit), REAL, local(asked)).due_at


@pytest.mark.parametrize(
    ("began", "budget", "unit", "expected"),
    [
        pytest.param("03-02 09:00", 5, WORKING, "03-10 00:00", id="Monday, 5 working days: end of next Monday"),
        pytest.param("03-02 00:00", 1, WORKING, "03-04 00:00", id="the day of the start never counts, even at 0:00"),
        pytest.param("03-06 23:59", 1, WORKING, "03-10 00:00", id="over a weekend"),
        pytest.param("09-30 09:00", 3, WORKING, "10-11 00:00", id="over the holidays to a make-up Saturday"),
        pytest.param("10-01 09:00", 1, WORKING, "10-09 00:00", id="begun on a holiday"),
        pytest.param("03-02 09:00", 10, CALENDAR, "03-13 00:00", id="10 calendar days"),
        pytest.param("03-05 09:00", 10, CALENDAR, "03-17 00:00", id="last day a Sunday: end of Monday"),
        pytest.param("09-21 09:00", 10, CALENDAR, "10-09 00:00", id="last day on 1 October: end of the 8th"),
        pytest.param("10-05 09:00", 5, CALENDAR, "10-11 00:00", id="last day a make-up Saturday: no rolling"),
        pytest.param("10-01 09:30", 24, HOUR, "10-02 09:30", id="hours run on holidays too"),
        pytest.param("10-01 09:30", 1, HOUR, "10-01 10:30", id="one hour"),
    ],
)
def test_a_plain_limit(began, budget, unit, expected):
    assert due([start(began)], budget, unit) == local(expected)


@pytest.mark.parametrize(
    ("moves", "budget", "unit", "expected"),
    [
        # Tue 3rd counts, Wed 4th to Fri 6th are touched, Mon 9th to Thu 12th count
        pytest.param(["03-04 10:00", "03-06 16:00"], 5, WORKING, "03-13 00:00", id="working days over a wait"),
        pytest.param(["03-04 10:00", "03-04 10:01"], 5, WORKING, "03-11 00:00", id="a minute costs its day"),
        pytest.param(["03-07 10:00", "03-08 16:00"], 5, WORKING, "03-10 00:00", id="a wait on a weekend costs none"),
        pytest.param(["03-04 10:00", "03-06 16:00"], 5, CALENDAR, "03-11 00:00", id="calendar days over a wait"),
        pytest.param(["03-02 10:00", "03-02 12:00"], 1, WORKING, "03-04 00:00", id="a wait on the day of the start"),
        # a day ends at 24:00 (民法典 203): Wed 4th is touched, Thu 5th is not
        pytest.param(["03-04 00:00", "03-05 00:00"], 3, WORKING, "03-07 00:00", id="from midnight to midnight"),
        pytest.param(["03-03 10:00", "03-05 00:00"], 3, WORKING, "03-10 00:00", id="until midnight"),
        pytest.param(["03-04 00:00", "03-05 00:01"], 3, WORKING, "03-10 00:00", id="a minute past midnight"),
        pytest.param(["03-04 00:00", "03-04 00:00"], 3, WORKING, "03-06 00:00", id="no time at midnight"),
        pytest.param(["03-04 00:00", "03-05 00:00"], 3, CALENDAR, "03-07 00:00", id="calendar days till midnight"),
        pytest.param(["03-02 10:00", "03-02 13:30"], 4, HOUR, "03-02 16:30", id="hours stand still for as long"),
        pytest.param(["03-02 11:00", "03-02 13:30"], 2, HOUR, "03-02 11:00", id="a wait from the due moment on"),
        # the 5 days are used up on Saturday 7th; rolling to Monday 9th is cut off by a wait until Tuesday 10th
        pytest.param(["03-08 10:00", "03-10 16:00"], 5, CALENDAR, "03-12 00:00", id="a wait while rolling"),
    ],
)
def test_a_suspended_limit(moves, budget, unit, expected):
    begin, end = moves

    assert due([start("03-02 09:00"), suspend(begin), resume(end)], budget, unit) == local(expected)


def test_a_wait_after_the_limit_changes_nothing():
    entries = [start("03-02 09:00"), suspend("03-11 10:00"), resume("03-20 10:00")]

    assert due(entries, 5, WORKING) == local("03-10 00:00")


def test_an_extension_adds_its_units_to_the_end():
    entries = [start("03-02 09:00"), extend("03-05 15:00", 3)]
    told = project(entries, spec(5, WORKING), REAL, local("03-05 16:00"))

    assert told.due_at == local("03-13 00:00")
    assert (told.budget_count, told.used_count, told.left_count) == (8, 2, 6)


def test_an_extension_while_a_last_day_is_rolling_counts_on_from_the_last_counted_day():
    entries = [start("03-02 09:00"), extend("03-08 10:00", 2)]  # used up on Saturday 7th, rolling to Monday 9th

    assert due(entries, 5, CALENDAR) == local("03-10 00:00")  # Sunday 8th and Monday 9th


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param("03-04 12:00", "03-11 00:00", id="on the day of the suspension"),
        pytest.param("03-05 08:00", "03-12 00:00", id="a day later"),
        pytest.param("03-07 08:00", "03-13 00:00", id="on a Saturday"),
    ],
)
def test_while_suspended_the_date_is_projected_from_the_moment_of_asking(asked, expected):
    # Tuesday 3rd is used; the four days left begin after the day of asking
    assert due([start("03-02 09:00"), suspend("03-04 10:00")], 5, WORKING, asked) == local(expected)


@pytest.mark.parametrize(
    ("asked", "used", "left"),
    [
        pytest.param("03-02 09:00", 0, 5, id="at the start"),
        pytest.param("03-03 23:59", 0, 5, id="a day is used when it is over"),
        pytest.param("03-04 00:00", 1, 4, id="at midnight"),
        pytest.param("03-08 12:00", 4, 1, id="on a Sunday"),
        pytest.param("03-09 23:59", 4, 1, id="the last minute"),
        pytest.param("03-10 00:00", 6, -1, id="the due moment is late"),
        pytest.param("03-11 12:00", 7, -2, id="the second day late has begun"),
    ],
)
def test_used_and_left_working_days(asked, used, left):
    told = project([start("03-02 09:00")], spec(5, WORKING), REAL, local(asked))

    assert (told.used_count, told.left_count) == (used, left)


@pytest.mark.parametrize(
    ("asked", "used", "left"),
    [
        pytest.param("03-02 10:59", 1, 3, id="full hours only"),
        pytest.param("03-02 12:59", 3, 1, id="the last minute"),
        pytest.param("03-02 13:00", 5, -1, id="due"),
        pytest.param("03-02 14:01", 6, -2, id="the second hour late has begun"),
    ],
)
def test_used_and_left_hours(asked, used, left):
    told = project([start("03-02 09:00")], spec(4, HOUR), REAL, local(asked))

    assert (told.used_count, told.left_count) == (used, left)


def test_a_friday_limit_is_late_on_saturday_although_no_working_day_has_begun():
    told = project([start("03-05 09:00")], spec(1, WORKING), REAL, local("03-07 10:00"))

    assert (told.due_at, told.left_count) == (local("03-07 00:00"), -1)


@pytest.mark.parametrize(
    ("began", "budget", "unit", "expected"),
    [
        pytest.param("12-21 09:00", 5, WORKING, False, id="ends in the confirmed year"),
        pytest.param("12-29 09:00", 3, WORKING, True, id="reaches the forecast year"),
        pytest.param("12-21 09:00", 10, CALENDAR, False, id="calendar days ending on 31 December"),
        pytest.param("12-21 09:00", 12, CALENDAR, True, id="calendar days whose last day may rest"),
        pytest.param("12-31 20:00", 12, HOUR, False, id="hours need no calendar"),
    ],
)
def test_a_limit_is_provisional_when_it_rests_on_a_forecast(began, budget, unit, expected):
    assert project([start(began)], spec(budget, unit), REAL, local(began)).is_provisional is expected


def test_a_limit_beyond_the_calendar_is_refused():
    with pytest.raises(CalendarEnds):
        project([start("2027-12-30 09:00")], spec(5, WORKING), REAL, local("2027-12-30 10:00"))
    with pytest.raises(CalendarEnds):
        project([start("2027-12-30 09:00")], spec(5, CALENDAR), REAL, local("2027-12-30 10:00"))


def test_later_moves_are_not_looked_at():
    entries = [start("03-02 09:00"), suspend("03-04 10:00"), resume("03-06 16:00"), stop("03-09 09:00")]
    told = project(entries, spec(5, WORKING), REAL, local("03-03 12:00"))

    assert told == project(entries[:1], spec(5, WORKING), REAL, local("03-03 12:00"))


def test_time_is_attributed_to_whoever_was_waited_for():
    entries = [
        start("03-02 09:00", agency_id=1),
        hand_to("03-02 11:00", 2),
        suspend("03-02 12:00", Party.CITIZEN),
        hand_to("03-02 15:00", 3),
        resume("03-02 18:00"),
        suspend("03-02 20:00", Party.AGENCY),
        resume("03-02 21:00"),
        suspend("03-02 22:00", Party.COURT),
    ]
    told = project(entries, spec(5, WORKING), REAL, local("03-03 00:30"))

    hour = 3600
    assert told.waits == (
        (Party.AGENCY, 1, 2 * hour),
        (Party.AGENCY, 2, 1 * hour),
        (Party.CITIZEN, None, 6 * hour),
        (Party.AGENCY, 3, 2 * hour + 1 * hour + 1 * hour),
        (Party.COURT, None, 2 * hour + hour // 2),
    )
