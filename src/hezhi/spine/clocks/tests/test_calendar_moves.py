"""When the working calendar changes, open due dates move with it and say so; what is over stays over."""

from __future__ import annotations

from datetime import date

import pytest

from hezhi.spine.calendar import api as calendar
from hezhi.spine.calendar.contracts import CalendarChanged
from hezhi.spine.clocks import api, handlers, models, settling
from hezhi.spine.clocks.contracts import ClockMoved, Party, Unit
from hezhi.spine.clocks.tests.stories import local, spec
from hezhi.spine.ledger.api import lines_of
from hezhi.spine.permissions.contracts import Actor

BY = Actor.system("test")
AT = local("03-03 12:00")
STORM = {date(2026, 3, 5): False}


def begin(at="03-02 09:00", budget=5, unit=Unit.WORKING_DAY, subject="case:1"):
    return api.clock_start(subject=subject, spec=spec(budget, unit), by=BY, at=local(at), agency_id=1)


def edit(days=STORM, name="台风"):
    return calendar.days_edit(days=days, name=name, source="notice", by=BY, at=AT)


def due_of(clock):
    return api.clock_get(clock_id=clock.id).due_at


@pytest.mark.django_db
def test_an_open_due_date_moves_and_is_told(heard):
    clock = begin()

    edit()

    assert due_of(clock) == local("03-11 00:00")
    assert heard == [ClockMoved(clock.id, "case:1", "main", clock.due_at, local("03-11 00:00"), AT)]
    told = [line for line in lines_of(chain="calendar") if line.act == "clock.reproject"]
    assert [line.body for line in told] == [
        {
            "because": "system:test",
            "columns": ["clock", "subject", "kind", "old_due_at", "due_at"],
            "moved": [[clock.id, "case:1", "main", "2026-03-09T16:00:00.000000Z", "2026-03-10T16:00:00.000000Z"]],
        }
    ]
    assert api.clock_explain(clock_id=clock.id, at=AT).steps[1].note == "台风 03-05"


@pytest.mark.django_db
def test_an_edit_taken_back_moves_it_back(heard):
    clock = begin()
    edit()
    edit({date(2026, 3, 5): True}, "台风取消")

    assert due_of(clock) == clock.due_at
    assert len(heard) == 2


@pytest.mark.django_db
def test_what_stopped_and_what_the_change_does_not_touch_stays(heard):
    stopped, before, after = begin(), begin("02-02 09:00"), begin("03-05 09:00")
    hours, rests = begin(unit=Unit.HOUR, budget=400), begin(unit=Unit.CALENDAR_DAY)
    api.clock_stop(clock_id=stopped.id, by=BY, at=local("03-03 09:00"))

    edit()

    assert [due_of(one) for one in (stopped, before, after, hours, rests)] == [
        one.due_at for one in (stopped, before, after, hours, rests)
    ]
    assert heard == []
    assert [line.act for line in lines_of(chain="calendar")] == ["calendar.days_edit"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("began", "day", "expected"),
    [
        pytest.param("03-02 09:00", date(2026, 3, 9), "03-11 00:00", id="the last day"),
        pytest.param("03-02 09:00", date(2026, 3, 3), "03-11 00:00", id="the first counted day"),
        pytest.param("03-02 09:00", date(2026, 3, 2), "03-10 00:00", id="the day of the start"),
        pytest.param("03-02 09:00", date(2026, 3, 10), "03-10 00:00", id="the day after the last"),
    ],
)
def test_the_edges_of_a_clocks_time(heard, began, day, expected):
    clock = begin(began)

    edit({day: False})

    assert due_of(clock) == local(expected)


@pytest.mark.django_db
def test_a_calendar_day_limit_rolls_from_a_day_that_became_a_rest_day(heard):
    clock = begin(unit=Unit.CALENDAR_DAY, budget=3)

    edit()

    assert due_of(clock) == local("03-07 00:00")
    assert "rolled" in [step.says for step in api.clock_explain(clock_id=clock.id, at=AT).steps]


@pytest.mark.django_db
def test_a_suspended_clock_moves_too_and_stays_suspended(heard):
    clock = begin()
    api.clock_suspend(clock_id=clock.id, by=BY, at=local("03-03 10:00"), reason="", waiting_for=Party.COURT)

    edit()

    now = api.clock_get(clock_id=clock.id)
    assert (now.is_running, now.due_at) == (False, local("03-12 00:00"))
    assert api.clock_resume(clock_id=clock.id, by=BY, at=local("03-03 11:00")).due_at == local("03-12 00:00")


@pytest.mark.django_db
def test_confirming_a_year_makes_its_dates_certain_even_where_none_moves(heard):
    moved, same = begin("12-31 09:00", budget=2), begin("2027-03-01 09:00", budget=2)
    assert (moved.is_provisional, same.is_provisional) == (True, True)
    notice = {date(2027, 1, 1): False, date(2027, 1, 4): False, date(2027, 1, 9): True}

    calendar.year_confirm(year=2027, days=notice, source="notice", by=BY, at=local("11-25 09:00"))

    now = [api.clock_get(clock_id=one.id) for one in (moved, same)]
    assert [one.is_provisional for one in now] == [False, False]
    assert [one.due_at for one in now] == [local("2027-01-07 00:00"), same.due_at]
    assert [event.clock_id for event in heard] == [moved.id]


@pytest.mark.django_db
def test_hearing_of_a_change_twice_moves_nothing_the_second_time(heard):
    begin()
    edit()
    heard.clear()

    handlers.reproject(CalendarChanged(tuple(STORM), AT, "system:test"))

    assert heard == []
    assert len([line for line in lines_of(chain="calendar") if line.act == "clock.reproject"]) == 1


@pytest.mark.django_db
def test_many_clocks_move_in_batches_of_one_line(heard, monkeypatch):
    monkeypatch.setattr(settling, "BATCH", 2)
    clocks = [begin(subject=f"case:{number}") for number in range(5)]

    edit()

    assert [event.clock_id for event in heard] == [clock.id for clock in clocks]
    told = [line for line in lines_of(chain="calendar") if line.act == "clock.reproject"]
    assert [len(line.body["moved"]) for line in told] == [2, 2, 1]


@pytest.mark.django_db
def test_a_clock_that_was_counted_by_an_old_calendar_is_put_right_by_the_sweep(heard):
    clock = begin()
    old = models.Clock.objects.get().calendar_version
    edit()
    # what an act that was open during the edit would leave behind
    models.Clock.objects.update(due_at=clock.due_at, calendar_version=old)
    heard.clear()

    assert api.clocks_settle(at=local("03-03 12:05")) == 1
    assert due_of(clock) == local("03-11 00:00")
    assert [event.due_at for event in heard] == [local("03-11 00:00")]
    assert api.clocks_settle(at=local("03-03 12:10")) == 0


@pytest.mark.django_db
def test_the_sweep_carries_untouched_clocks_to_the_new_calendar_without_a_word(heard):
    for number in range(3):
        begin("04-01 09:00", subject=f"case:{number}")
    edit()

    assert [api.clocks_settle(at=AT, limit=2) for _ in range(3)] == [0, 0, 0]
    assert set(models.Clock.objects.values_list("calendar_version", flat=True)) == {calendar.calendar_get().version}
    assert heard == []
