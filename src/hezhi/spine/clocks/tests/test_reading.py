"""What is due, what a plain limit would be, and who was waited for."""

from __future__ import annotations

import pytest

from hezhi.spine.clocks import api
from hezhi.spine.clocks.contracts import ClockSpec, Party, SubLedger, Unit, Wait
from hezhi.spine.clocks.tests.stories import local, spec
from hezhi.spine.permissions.contracts import Actor

BY = Actor("person:17", "Officer")
HOUR = 3600


def begin(at, subject="case:12", kind="main", hours=4, **more):
    limit = ClockSpec(kind, hours, Unit.HOUR)
    return api.clock_start(subject=subject, spec=limit, by=BY, at=local(at), **{"agency_id": 1, **more})


@pytest.mark.django_db
def test_only_running_clocks_fall_due_earliest_first():
    late, early, suspended, stopped, future = (
        begin("03-02 11:00"), begin("03-02 09:00"), begin("03-02 09:00"), begin("03-02 09:00"), begin("03-02 12:00"),
    )  # fmt: skip
    api.clock_suspend(clock_id=suspended.id, by=BY, at=local("03-02 10:00"), reason="", waiting_for=Party.COURT)
    api.clock_stop(clock_id=stopped.id, by=BY, at=local("03-02 10:00"))

    def due(**more):
        return [one.id for one in api.clocks_due(**{"before": local("03-02 15:00"), **more})]

    assert due() == [early.id, late.id]
    assert due(limit=1) == [early.id]
    assert due(since=local("03-02 14:00")) == [late.id]
    assert due(before=local("03-02 16:00")) == [early.id, late.id, future.id]
    assert due(before=local("03-02 12:59")) == []


@pytest.mark.django_db
def test_due_clocks_can_be_asked_by_kind():
    begin("03-02 09:00")
    task = begin("03-02 09:00", kind="task:notice")
    begin("03-02 09:00", kind="task_x")

    assert [one.id for one in api.clocks_due(before=local("03-03 09:00"), kind_prefix="task:")] == [task.id]


@pytest.mark.django_db
def test_a_plain_limit_is_computed_without_a_clock():
    assert api.due_after(start=local("09-30 09:00"), budget=3, unit=Unit.WORKING_DAY) == local("10-11 00:00")
    assert api.clocks_due(before=local("12-31 00:00")) == []


@pytest.mark.django_db
def test_waiting_adds_up_the_main_clocks_and_lists_each_agencys_own_ledger():
    first = begin("03-02 09:00")
    begin("03-02 09:00", kind="accept")  # another limit on the same time is not counted again
    sub = begin("03-02 10:00", kind="co", agency_id=2, parent_id=first.id)
    api.clocks_suspend(subject="case:12", reason="material", waiting_for=Party.CITIZEN, by=BY, at=local("03-02 11:00"))
    api.clocks_resume(subject="case:12", by=BY, at=local("03-02 12:00"))
    api.clocks_stop(subject="case:12", by=BY, at=local("03-02 15:00"))
    begin("03-03 09:00", agency_id=3)  # reopened

    told = api.waiting(subject="case:12", at=local("03-03 10:00"))

    assert told.total == (
        Wait(Party.AGENCY, 1, 5 * HOUR),
        Wait(Party.CITIZEN, None, 1 * HOUR),
        Wait(Party.AGENCY, 3, 1 * HOUR),
    )
    assert told.sub_ledgers == (
        SubLedger(sub.id, "co", 2, (Wait(Party.AGENCY, 2, 4 * HOUR), Wait(Party.CITIZEN, None, 1 * HOUR))),
    )


@pytest.mark.django_db
def test_waiting_can_be_asked_about_the_past_and_about_nothing():
    begin("03-02 09:00")

    assert api.waiting(subject="case:12", at=local("03-02 09:30")).total == (Wait(Party.AGENCY, 1, HOUR // 2),)
    assert api.waiting(subject="case:12", at=local("03-02 08:00")).total == ()
    assert api.waiting(subject="case:99", at=local("03-02 09:30")).total == ()


@pytest.mark.django_db
def test_an_explanation_from_the_table_names_the_holidays():
    clock = api.clock_start(
        subject="case:1", spec=spec(3, Unit.WORKING_DAY), by=BY, at=local("09-30 09:00"), agency_id=1
    )
    told = api.clock_explain(clock_id=clock.id, at=local("10-08 12:00"))

    assert told.steps[1].note == "国庆节 10-01–10-07"
    assert (told.used_count, told.left_count) == (0, 3)


@pytest.mark.parametrize(
    ("ended", "unit", "expected"),
    [
        pytest.param("03-06 00:00", Unit.WORKING_DAY, "03-10 00:00", id="at midnight: Friday counts"),
        pytest.param("03-06 00:01", Unit.WORKING_DAY, "03-11 00:00", id="a minute later: Friday has begun"),
        pytest.param("03-06 00:00", Unit.CALENDAR_DAY, "03-10 00:00", id="Friday, Saturday, rolled to Monday"),
    ],
)
@pytest.mark.django_db
def test_a_limit_after_a_limit_counts_from_the_day_after_its_end(ended, unit, expected):
    start = api.counted_from(local(ended))

    assert api.due_after(start=start, budget=2, unit=unit) == local(expected)
