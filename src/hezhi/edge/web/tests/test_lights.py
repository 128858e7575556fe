"""A due date has a colour and words that agree."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hezhi.edge.web.lights import Light, light_of
from hezhi.kit.moments import city_moment, day_ends_at

NOW = city_moment(date(2026, 3, 2), 10)  # a Monday


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        pytest.param(day_ends_at(date(2026, 3, 1)), Light("red", 1, 10), id="late since yesterday's midnight"),
        pytest.param(NOW - timedelta(minutes=5), Light("red", 0, 0), id="late by minutes"),
        pytest.param(day_ends_at(date(2026, 3, 2)), Light("yellow", 0, 14), id="today"),
        pytest.param(NOW + timedelta(hours=20), Light("yellow", 1, 20), id="within 24 hours"),
        pytest.param(day_ends_at(date(2026, 3, 3)), Light("green", 1, 38), id="end of tomorrow"),
        pytest.param(day_ends_at(date(2026, 3, 9)), Light("green", 7, 182), id="in a week"),
    ],
)
def test_colour_follows_the_due_date(due_at: datetime, expected: Light) -> None:
    assert light_of(due_at, NOW) == expected


def test_what_waits_is_grey_however_late() -> None:
    assert light_of(datetime(2020, 1, 1, tzinfo=UTC), NOW, is_waiting=True).colour == "grey"
