"""A due date tells how it came about, step by step."""

from __future__ import annotations

from datetime import date

import pytest

from hezhi.kit.moments import CITY_ZONE
from hezhi.spine.clocks.contracts import NamedDay, Party, Unit
from hezhi.spine.clocks.telling import project
from hezhi.spine.clocks.tests.stories import REAL, extend, hand_to, local, resume, spec, start, stop, suspend


def told(entries, budget, unit, asked):
    """Return what each step says, from when, to when (local time) and how much it counts."""
    steps = project(entries, spec(budget, unit), REAL, local(asked)).steps
    return [(step.says, short(step.from_at), short(step.to_at), step.counted) for step in steps]


def short(at):
    return f"{at.astimezone(CITY_ZONE):%m-%d %H:%M}"


def test_a_whole_story_in_steps():
    entries = [
        start("09-28 09:00"),
        extend("09-29 10:00", 2),
        suspend("09-30 10:00"),
        resume("10-02 09:00"),
        hand_to("10-08 10:00", 2),
    ]

    assert told(entries, 3, Unit.WORKING_DAY, "10-08 11:00") == [
        ("started", "09-28 09:00", "09-28 09:00", 0),
        ("ran", "09-28 09:00", "09-29 10:00", 0),
        ("extended", "09-29 10:00", "09-29 10:00", 0),
        ("ran", "09-29 10:00", "09-30 10:00", 1),  # the 29th
        ("waited", "09-30 10:00", "10-02 09:00", 0),
        ("ran", "10-02 09:00", "10-08 10:00", 0),
        ("ran", "10-08 10:00", "10-13 00:00", 4),  # 8th, 9th, make-up Saturday 10th, 12th
        ("due", "10-13 00:00", "10-13 00:00", 0),
    ]


def test_steps_name_account_reason_and_amount():
    entries = [start("03-02 09:00", 1), suspend("03-03 10:00", Party.COURT, "appraisal"), resume("03-05 10:00")]
    entries += [extend("03-05 11:00", 2), hand_to("03-05 12:00", 2)]
    steps = project(entries, spec(3, Unit.WORKING_DAY), REAL, local("03-05 12:00")).steps

    accounts = [(step.says, step.waiting_for, step.agency_id, step.amount, step.note) for step in steps]
    assert accounts == [
        ("started", None, 1, 0, ""),
        ("ran", None, 1, 0, ""),
        ("waited", Party.COURT, None, 0, "appraisal"),
        ("ran", None, 1, 0, ""),
        ("extended", None, None, 2, "hard case"),
        ("ran", None, 1, 0, ""),
        ("ran", None, 2, 0, ""),
        ("due", None, None, 0, ""),
    ]


def test_passed_holidays_and_counted_make_up_days_are_named():
    steps = project([start("09-30 09:00")], spec(3, Unit.WORKING_DAY), REAL, local("09-30 09:00")).steps

    [ran] = [step for step in steps if step.says == "ran"]
    assert ran.note == "国庆节 10-01–10-07"
    assert ran.named_days[-1] == NamedDay(date(2026, 10, 10), "国庆节", is_working=True)
    assert len(ran.named_days) == 8


def test_a_rolled_end_names_the_law_and_the_holiday():
    steps = project([start("09-21 09:00")], spec(10, Unit.CALENDAR_DAY), REAL, local("09-22 09:00")).steps

    rolled = steps[2]
    assert (rolled.says, short(rolled.from_at), short(rolled.to_at)) == ("rolled", "10-02 00:00", "10-09 00:00")
    assert rolled.note == "民法典 203 · 民事诉讼法 85（国庆节 10-01–10-07）"


def test_an_end_rolled_over_a_plain_weekend_names_the_law_alone():
    steps = project([start("03-05 09:00")], spec(10, Unit.CALENDAR_DAY), REAL, local("03-06 09:00")).steps

    assert steps[2].note == "民法典 203 · 民事诉讼法 85"


def test_an_open_wait_counts_nothing_and_the_rest_is_projected():
    assert told([start("03-02 09:00"), suspend("03-04 10:00")], 5, Unit.WORKING_DAY, "03-07 08:00") == [
        ("started", "03-02 09:00", "03-02 09:00", 0),
        ("ran", "03-02 09:00", "03-04 10:00", 1),
        ("waited", "03-04 10:00", "03-07 08:00", 0),
        ("ran", "03-07 08:00", "03-13 00:00", 4),
        ("due", "03-13 00:00", "03-13 00:00", 0),
    ]


def test_a_late_clock_goes_on_after_due_without_counting():
    entries = [start("03-02 09:00"), suspend("03-05 10:00"), resume("03-05 12:00")]

    assert told(entries, 1, Unit.WORKING_DAY, "03-06 10:00") == [
        ("started", "03-02 09:00", "03-02 09:00", 0),
        ("ran", "03-02 09:00", "03-04 00:00", 1),
        ("due", "03-04 00:00", "03-04 00:00", 0),
        ("late", "03-04 00:00", "03-05 10:00", 0),
        ("waited", "03-05 10:00", "03-05 12:00", 0),
        ("late", "03-05 12:00", "03-06 10:00", 0),
    ]


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        pytest.param("03-05 10:00", ["started", "ran", "stopped"], id="in time"),
        pytest.param("03-10 00:00", ["started", "ran", "due", "stopped"], id="at the due moment"),
        pytest.param("03-11 09:00", ["started", "ran", "due", "late", "stopped"], id="late"),
    ],
)
def test_a_stopped_clock_ends_at_its_stop(stopped, expected):
    steps = told([start("03-02 09:00"), stop(stopped)], 5, Unit.WORKING_DAY, "12-01 00:00")

    assert [says for says, *_ in steps] == expected


def test_a_clock_stopped_in_time_tells_what_was_used_and_when_it_would_have_been_due():
    entries = [start("03-02 09:00"), stop("03-05 10:00")]
    explained = project(entries, spec(5, Unit.WORKING_DAY), REAL, local("12-01 00:00"))

    assert (explained.used_count, explained.left_count) == (2, 3)
    assert explained.due_at == local("03-10 00:00")
    assert sum(seconds for _, _, seconds in explained.waits) == 3 * 86400 + 3600


def test_hours_are_split_without_losing_one():
    entries = [start("03-02 09:00"), suspend("03-02 09:40"), resume("03-02 10:00"), hand_to("03-02 10:30", 2)]

    assert told(entries, 2, Unit.HOUR, "03-02 10:30") == [
        ("started", "03-02 09:00", "03-02 09:00", 0),
        ("ran", "03-02 09:00", "03-02 09:40", 0),
        ("waited", "03-02 09:40", "03-02 10:00", 0),
        ("ran", "03-02 10:00", "03-02 10:30", 1),
        ("ran", "03-02 10:30", "03-02 11:20", 1),
        ("due", "03-02 11:20", "03-02 11:20", 0),
    ]
