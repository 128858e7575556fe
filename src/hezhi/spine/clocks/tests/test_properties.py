"""Whatever the calendar and whatever happened to a clock, its explanation adds up.

``oracle_due`` is a second, plain implementation: it walks through time in small steps, knows nothing of
stretches, and must agree with `project` on every random story.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hezhi.kit.moments import CITY_ZONE, day_ends_at, day_of, day_starts_at
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.clocks import rules
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Party, Unit
from hezhi.spine.clocks.history import fold
from hezhi.spine.clocks.telling import project
from hezhi.spine.clocks.tests.stories import stories

SUSPEND, RESUME, STOP, EXTEND = EntryKind.SUSPEND, EntryKind.RESUME, EntryKind.STOP, EntryKind.EXTEND


def waits_of(entries: list[Entry], seen_at: datetime) -> list[tuple[datetime, datetime]]:
    begins = [entry.at for entry in entries if entry.kind is SUSPEND]
    ends = [entry.at for entry in entries if entry.kind is RESUME]
    return list(zip(begins, [*ends, seen_at], strict=False))


def works(calendar: WorkCalendar, day: date) -> bool:
    return calendar.exceptions.get(day, day.isoweekday() <= 5)


def oracle_due(entries: list[Entry], spec: ClockSpec, calendar: WorkCalendar, asked_at: datetime) -> datetime:
    seen_at = next((entry.at for entry in entries if entry.kind is STOP), asked_at)
    waits = waits_of(entries, seen_at)
    budget = spec.budget + sum(entry.amount for entry in entries)
    if spec.unit is Unit.HOUR:
        return oracle_hours(entries[0].at, waits, timedelta(hours=budget))
    left, day = budget, entries[0].at.astimezone(CITY_ZONE).date()
    rolling = False
    while True:
        day += timedelta(days=1)
        begins, ends = day_starts_at(day), day_ends_at(day)
        if any(begin < ends and end > begins for begin, end in waits):
            continue
        if rolling:
            if works(calendar, day):
                return ends
        elif spec.unit is Unit.CALENDAR_DAY or works(calendar, day):
            left -= 1
            if left == 0 and (spec.unit is Unit.WORKING_DAY or works(calendar, day)):
                return ends
            rolling = left == 0


def oracle_hours(began: datetime, waits: list[tuple[datetime, datetime]], budget: timedelta) -> datetime:
    due_at = began + budget
    for begin, end in waits:
        if begin < due_at:
            due_at += end - begin
    return due_at


@settings(max_examples=400)
@given(stories())
def test_the_due_moment_is_the_oracles(story):
    entries, spec, calendar, asked_at = story

    assert project(entries, spec, calendar, asked_at).due_at == oracle_due(entries, spec, calendar, asked_at)


@settings(max_examples=300)
@given(stories())
def test_counted_units_sum_to_the_budget_unless_stopped_early(story):
    entries, spec, calendar, asked_at = story
    told = project(entries, spec, calendar, asked_at)

    counted = sum(step.counted for step in told.steps)
    is_stopped_early = entries[-1].kind is STOP and entries[-1].at < told.due_at
    assert told.budget_count == spec.budget + sum(entry.amount for entry in entries)
    assert counted == (told.used_count if is_stopped_early else told.budget_count)
    assert told.used_count + told.left_count == told.budget_count


@settings(max_examples=300)
@given(stories())
def test_steps_follow_each_other_without_gap_from_start_to_end(story):
    entries, spec, calendar, asked_at = story
    told = project(entries, spec, calendar, asked_at)
    steps = told.steps

    assert (steps[0].says, steps[0].from_at) == ("started", entries[0].at)
    assert all(before.to_at == after.from_at for before, after in itertools.pairwise(steps))
    stopped_at = entries[-1].at if entries[-1].kind is STOP else None
    assert steps[-1].to_at == (stopped_at or max(asked_at, told.due_at))
    assert sum(step.says == "due" for step in steps) == (stopped_at is None or stopped_at >= told.due_at)
    assert all(step.counted == 0 for step in steps if step.says != "ran")
    assert [step.amount for step in steps if step.says == "extended"] == [e.amount for e in entries if e.kind is EXTEND]


@settings(max_examples=300)
@given(stories())
def test_waits_sum_to_the_elapsed_seconds_exactly(story):
    entries, spec, calendar, asked_at = story
    told = project(entries, spec, calendar, asked_at)

    seen_at = entries[-1].at if entries[-1].kind is STOP else asked_at
    assert sum(seconds for _, _, seconds in told.waits) == (seen_at - entries[0].at) // timedelta(seconds=1)
    waited = sum((end - begin for begin, end in waits_of(entries, seen_at)), timedelta())
    others = sum(seconds for party, _, seconds in told.waits if party is not Party.AGENCY)
    assert others <= waited / timedelta(seconds=1) + 1


@given(stories())
def test_no_counted_day_saw_a_suspension_and_each_has_the_right_kind(story):
    entries, spec, calendar, asked_at = story
    assume(spec.unit is not Unit.HOUR)
    state = fold(entries, spec)
    limit = rules.limit_of(state, spec, calendar, asked_at)

    assert len(set(limit.counted)) == limit.budget
    assert limit.counted[0] > day_of(entries[0].at)
    waits = waits_of(entries, state.stopped_at or asked_at)
    assert not any(
        begin < day_ends_at(day) and end > day_starts_at(day) for day in limit.counted for begin, end in waits
    )
    assert spec.unit is Unit.CALENDAR_DAY or all(works(calendar, day) for day in limit.counted)


@given(stories())
def test_a_limit_in_days_never_ends_on_a_rest_day_and_says_so_when_it_rolled(story):
    entries, spec, calendar, asked_at = story
    assume(spec.unit is not Unit.HOUR)
    told = project(entries, spec, calendar, asked_at)
    limit = rules.limit_of(fold(entries, spec), spec, calendar, asked_at)

    assert works(calendar, day_of(told.due_at) - timedelta(days=1))
    rolled = [step for step in told.steps if step.says == "rolled"]
    is_told_to_the_end = any(step.says == "due" for step in told.steps)
    if is_told_to_the_end:
        assert bool(rolled) == (limit.used_up_at < limit.due_at and not only_waited(told, limit))
    assert all("民法典 203" in step.note for step in rolled)


def only_waited(told, limit) -> bool:
    """Say whether everything between the last counted day and the due moment was a wait."""
    between = [s for s in told.steps if limit.used_up_at <= s.from_at < s.to_at <= limit.due_at]
    return all(step.says == "waited" for step in between)


@given(stories(), st.data())
def test_taking_a_suspension_away_never_makes_the_limit_later(story, data):
    entries, spec, calendar, asked_at = story
    begins = [at for at, entry in enumerate(entries) if entry.kind is SUSPEND]
    assume(begins)
    begin = data.draw(st.sampled_from(begins))
    ends = [at for at, entry in enumerate(entries) if entry.kind is RESUME and at > begin][:1]
    without = [entry for at, entry in enumerate(entries) if at not in (begin, *ends)]

    assert project(without, spec, calendar, asked_at).due_at <= project(entries, spec, calendar, asked_at).due_at


@given(stories(), st.integers(1, 20))
def test_an_extension_never_makes_the_limit_earlier(story, amount):
    entries, spec, calendar, asked_at = story
    more = replace(spec, budget=spec.budget + amount)

    assert project(entries, more, calendar, asked_at).due_at >= project(entries, spec, calendar, asked_at).due_at


@given(stories(), st.integers(0, 60 * 24 * 60))
def test_the_limit_of_a_running_clock_does_not_depend_on_when_one_asks(story, minutes):
    entries, spec, calendar, asked_at = story
    later = asked_at + timedelta(minutes=minutes)
    now, then = (project(entries, spec, calendar, at) for at in (asked_at, later))

    if fold(entries, spec).wait_from is not None:
        assert then.due_at >= now.due_at
    else:
        assert then.due_at == now.due_at
    assert then.used_count >= now.used_count


@given(stories())
def test_the_limit_lies_after_the_start_and_is_late_exactly_from_then_on(story):
    entries, spec, calendar, asked_at = story
    told = project(entries, spec, calendar, asked_at)
    seen_at = entries[-1].at if entries[-1].kind is STOP else asked_at

    assert told.due_at > entries[0].at
    assert (told.left_count < 0) == (seen_at >= told.due_at)


@given(stories(), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.booleans())
def test_an_edit_after_the_limit_changes_nothing(story, day, is_working):
    entries, spec, calendar, asked_at = story
    before = project(entries, spec, calendar, asked_at).due_at
    assume(day_starts_at(day) >= before)
    edited = replace(calendar, exceptions={**calendar.exceptions, day: is_working})

    assert project(entries, spec, edited, asked_at).due_at == before
