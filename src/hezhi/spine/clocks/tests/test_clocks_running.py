"""A list page asks for the running clocks of all its rows at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hezhi.spine.calendar import api as calendar
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockSpec, Unit
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db

HOUSE = Actor.system("test")
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_one_query_returns_what_still_runs_of_every_subject() -> None:
    calendar.calendar_seed()
    spec = ClockSpec("accept", 8, Unit.HOUR)
    first = clocks.clock_start(subject="case:1", spec=spec, by=HOUSE, at=AT)
    ended = clocks.clock_start(subject="case:2", spec=spec, by=HOUSE, at=AT)
    clocks.clock_stop(clock_id=ended.id, by=HOUSE, at=AT + timedelta(hours=1))
    third = clocks.clock_start(subject="case:3", spec=spec, by=HOUSE, at=AT)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = clocks.clocks_running(subjects=["case:1", "case:2", "case:3", "case:9"])

    assert [one.id for one in found] == [first.id, third.id]
    assert len(queries) == 1


def test_no_subjects_cost_no_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert clocks.clocks_running(subjects=[]) == []

    assert len(queries) == 0
