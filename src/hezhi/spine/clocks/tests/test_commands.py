"""A clock in the table is what its entries say, whoever moves it and however often."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings

from hezhi.spine.calendar.api import calendar_get, calendar_seed
from hezhi.spine.calendar.errors import CalendarEnds
from hezhi.spine.clocks import api, models, queries
from hezhi.spine.clocks.contracts import ClockSpec, EntryKind, Party, Unit
from hezhi.spine.clocks.errors import (
    ClockExpired,
    ClockInvalid,
    ClockNotFound,
    ClockNotSuspended,
    ClockStopped,
    ClockSuspended,
)
from hezhi.spine.clocks.history import fold
from hezhi.spine.clocks.telling import project
from hezhi.spine.clocks.tests.stories import local, spec, stories
from hezhi.spine.permissions.contracts import Actor

BY = Actor("person:17", "Officer")
FIVE_DAYS = ClockSpec("main", 5, Unit.WORKING_DAY, source="demo rule", is_verified=True)


def begin(at="03-02 09:00", subject="case:12", limit=FIVE_DAYS, **more):
    return api.clock_start(subject=subject, spec=limit, by=BY, at=local(at), **{"agency_id": 1, **more})


def stored():
    return list(models.Clock.objects.order_by("id").values()), list(models.ClockEntry.objects.order_by("id").values())


@pytest.mark.django_db
def test_a_started_clock_is_read_as_it_was_returned():
    clock = begin()

    assert clock.due_at == local("03-10 00:00")
    assert (clock.subject, clock.spec, clock.agency_id, clock.is_running) == ("case:12", FIVE_DAYS, 1, True)
    assert api.clock_get(clock_id=clock.id) == clock
    assert api.clocks_of(subject="case:12") == [clock]
    assert api.clocks_of(subject="case:1") == []


@pytest.mark.django_db
def test_every_move_is_one_entry_and_moves_the_due_date():
    clock_id = begin().id
    move = {"clock_id": clock_id, "by": BY}

    waiting = api.clock_suspend(**move, at=local("03-04 10:00"), reason="material", waiting_for=Party.CITIZEN)
    again = api.clock_resume(**move, at=local("03-06 16:00"))
    longer = api.clock_extend(**move, at=local("03-09 09:00"), amount=2, reason="hard case")
    passed = api.clock_pass(**move, at=local("03-09 10:00"), agency_id=2)
    stopped = api.clock_stop(**move, at=local("03-16 09:00"))

    assert (waiting.is_running, waiting.due_at) == (False, local("03-11 00:00"))
    assert (again.is_running, again.due_at) == (True, local("03-13 00:00"))
    assert longer.due_at == local("03-17 00:00")
    assert (passed.agency_id, passed.due_at) == (2, local("03-17 00:00"))
    assert (stopped.is_running, stopped.stopped_at) == (False, local("03-16 09:00"))
    assert stopped == api.clock_get(clock_id=clock_id)
    entries = models.ClockEntry.objects.order_by("id").values_list("kind", "by", "waiting_for", "amount", "agency_id")
    assert list(entries) == [
        ("start", "person:17", "", 0, 1),
        ("suspend", "person:17", "citizen", 0, None),
        ("resume", "person:17", "", 0, None),
        ("extend", "person:17", "", 2, None),
        ("pass", "person:17", "", 0, 2),
        ("stop", "person:17", "", 0, None),
    ]


@pytest.mark.django_db
def test_any_command_takes_three_queries_whatever_the_history(django_assert_num_queries):
    with django_assert_num_queries(2):
        clock_id = begin().id
    move = {"clock_id": clock_id, "by": BY}
    for minute in range(20):
        api.clock_suspend(**move, at=local(f"03-03 10:{minute:02}"), reason="", waiting_for=Party.COURT)
        api.clock_resume(**move, at=local(f"03-03 10:{minute:02}"))

    with transaction.atomic(), django_assert_num_queries(3):
        api.clock_suspend(**move, at=local("03-03 11:00"), reason="", waiting_for=Party.COURT)
    with transaction.atomic(), django_assert_num_queries(3):
        api.clocks_resume(subject="case:12", by=BY, at=local("03-03 12:00"))
    with django_assert_num_queries(2):
        api.clock_explain(clock_id=clock_id, at=local("03-03 12:00"))


@pytest.mark.django_db
def test_all_clocks_of_a_subject_move_together_and_those_that_cannot_are_left():
    main, step, done, other = begin(), begin(limit=spec(2, Unit.HOUR)), begin(), begin(subject="case:13")
    api.clock_stop(clock_id=done.id, by=BY, at=local("03-02 09:30"))

    suspended = api.clocks_suspend(
        subject="case:12", reason="material", waiting_for=Party.CITIZEN, by=BY, at=local("03-02 10:00")
    )
    twice = api.clocks_suspend(subject="case:12", reason="", waiting_for=Party.CITIZEN, by=BY, at=local("03-02 11:00"))
    resumed = api.clocks_resume(subject="case:12", by=BY, at=local("03-03 10:00"))

    assert [one.id for one in suspended] == [main.id, step.id]
    assert twice == []
    assert [one.due_at for one in resumed] == [local("03-11 00:00"), local("03-03 11:00")]
    assert api.clock_get(clock_id=other.id) == other
    stopped = api.clocks_stop(subject="case:12", by=BY, at=local("03-03 10:30"))
    assert [one.id for one in stopped] == [main.id, step.id]
    assert api.clocks_stop(subject="case:12", by=BY, at=local("03-03 10:30")) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "error"),
    [
        pytest.param(lambda move: api.clock_resume(**move), ClockNotSuspended, id="resume what runs"),
        pytest.param(
            lambda move: api.clock_extend(**{**move, "at": local("03-11 09:00")}, amount=1, reason=""),
            ClockExpired,
            id="extend what is over",
        ),
        pytest.param(lambda move: api.clock_extend(**move, amount=0, reason=""), ClockInvalid, id="extend by none"),
        pytest.param(
            lambda move: api.clock_extend(**move, amount=2000, reason=""), CalendarEnds, id="extend past the calendar"
        ),
        pytest.param(lambda move: api.clock_stop(**{**move, "clock_id": 0}), ClockNotFound, id="no such clock"),
        pytest.param(lambda move: begin(subject=""), ClockInvalid, id="start without subject"),
        pytest.param(
            lambda move: begin(limit=ClockSpec("main", 0, Unit.HOUR)), ClockInvalid, id="start without budget"
        ),
        pytest.param(lambda move: begin("2027-12-30 09:00"), CalendarEnds, id="start past the calendar"),
        pytest.param(
            lambda move: api.due_after(start=move["at"], budget=0, unit=Unit.HOUR), ClockInvalid, id="ask for nothing"
        ),
    ],
)
def test_a_refused_command_leaves_nothing(command, error):
    move = {"clock_id": begin().id, "by": BY, "at": local("03-03 09:00")}
    before = stored()

    with pytest.raises(error):
        command(move)

    assert stored() == before


@pytest.mark.django_db
def test_states_are_refused_with_their_own_words():
    move = {"clock_id": begin().id, "by": BY, "at": local("03-03 09:00")}
    api.clock_suspend(**move, reason="", waiting_for=Party.COURT)
    with pytest.raises(ClockSuspended):
        api.clock_suspend(**move, reason="", waiting_for=Party.COURT)
    api.clock_stop(**move)
    with pytest.raises(ClockStopped):
        api.clock_stop(**move)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clocks_clockentry SET at = at - interval '1 day'",
        "UPDATE clocks_clockentry SET reason = 'something else'",
        "UPDATE clocks_clockentry SET reason = '', at = at - interval '1 day'",
        "DELETE FROM clocks_clockentry",
        "TRUNCATE clocks_clockentry",
        "DELETE FROM clocks_clock",
        "TRUNCATE clocks_clock CASCADE",
    ],
)
def test_moves_cannot_be_changed_or_deleted(statement):
    begin()
    before = stored()

    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)

    assert stored() == before


@pytest.mark.django_db
def test_only_the_words_of_moves_can_be_erased():
    clock, at = begin(), local("03-04 10:00")
    api.clock_suspend(clock_id=clock.id, reason="等鉴定", waiting_for=Party.COURT, by=BY, at=at)
    before = api.clock_get(clock_id=clock.id)

    api.reasons_erase(subjects=[clock.subject])

    assert "等鉴定" not in str(stored())
    assert api.clock_get(clock_id=clock.id) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_any_story_told_through_the_door_is_explained_from_the_table_as_by_the_rules(db, story):
    entries, limit, _, asked_at = story
    with transaction.atomic():
        clock_id = api.clock_start(
            subject="case:1", spec=limit, by=BY, at=entries[0].at, agency_id=entries[0].agency_id
        ).id
        for entry in entries[1:]:
            with suppress(ClockExpired):  # the real calendar may end the limit earlier than the story's
                tell(clock_id, entry)
        [told] = queries.told("id = %s", [clock_id])
        [(row, state)] = queries.locked("id = %s", [clock_id])
        assert told.row == row == api.clock_get(clock_id=clock_id)
        assert state == fold(told.entries, limit)
        explained = api.clock_explain(clock_id=clock_id, at=asked_at)
        assert explained == project(told.entries, limit, calendar_get(), asked_at)
        assert row.is_running == (state.run_from is not None)
        if row.is_running or row.stopped_at:
            assert explained.due_at == row.due_at
        transaction.set_rollback(True)


def tell(clock_id, entry):
    move = {"clock_id": clock_id, "by": BY, "at": entry.at, "reason": entry.reason}
    commands = {
        EntryKind.SUSPEND: lambda: api.clock_suspend(**move, waiting_for=entry.waiting_for),
        EntryKind.RESUME: lambda: api.clock_resume(**move),
        EntryKind.EXTEND: lambda: api.clock_extend(**move, amount=entry.amount),
        EntryKind.PASS: lambda: api.clock_pass(**move, agency_id=entry.agency_id),
        EntryKind.STOP: lambda: api.clock_stop(**move),
    }
    return commands[entry.kind]()


@pytest.mark.django_db(transaction=True)
def test_moves_at_the_same_moment_take_turns_and_see_each_other():
    calendar_seed()
    clock_id, told = begin().id, []

    def work(number: int) -> None:
        move = {"clock_id": clock_id, "by": BY, "at": local("03-03 09:00")}
        try:
            api.clock_suspend(**move, reason=str(number), waiting_for=Party.COURT)
            told.append("suspended")
        except ClockSuspended:
            told.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["refused"] * 7 + ["suspended"]
    assert models.ClockEntry.objects.count() == 2
