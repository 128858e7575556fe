"""How clocks count: from entries, a limit and a calendar to a due moment. Pure; `telling` makes it readable.

The rules in one place:

- A day unit counts whole days. The day of the start does not count (民法典 201), and neither does any day
  on which the clock was suspended, be it for a minute; so the day of a resumption does not count either,
  unless the clock resumes at the very midnight with which that day begins.
- The limit ends at midnight of the last counted day. When a ``calendar_day`` limit would end on a rest
  day, it ends on the next working day without suspension (民法典 203; 民事诉讼法 85).
- ``hour`` counts elapsed time without the waits, from the moment of the start, on every day of the week.
- A limit is over at its due moment; what happens at that very moment is late.
- While a clock is suspended, its due moment is what it would be if it went on at the moment of asking.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hezhi.kit.moments import day_ends_at, day_of
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Unit
from hezhi.spine.clocks.errors import ClockExpired, ClockInvalid
from hezhi.spine.clocks.history import HOUR, ONE_DAY, Days, State, after

BUDGET_LIMIT = 40_000  # units; above a century of days, so it can only be a mistake


@dataclass(frozen=True)
class Limit:
    """Where a budget ends.

    Attributes:
        budget: units with all extensions.
        used_up_at: when the last unit is over, before any rolling.
        due_at: when the limit ends.
        counted: the days that were counted; empty for ``hour``.
        is_provisional: the answer rests on a year that is not yet announced.
    """

    budget: int
    used_up_at: datetime
    due_at: datetime
    counted: tuple[date, ...]
    is_provisional: bool


def checked_spec(spec: ClockSpec) -> ClockSpec:
    """Return ``spec`` if a clock can run by it.

    Raises:
        ClockInvalid: no kind, or a budget that is not between 1 and 40,000 units.
    """
    if not spec.kind or not 1 <= spec.budget <= BUDGET_LIMIT:
        raise ClockInvalid(kind=spec.kind, budget=spec.budget)
    return spec


def limit_of(state: State, spec: ClockSpec, calendar: WorkCalendar, at: datetime) -> Limit:
    """Return where the budget ends, as seen at ``at`` (or at the stop, if that came first).

    Raises:
        CalendarEnds: the limit reaches beyond the calendar.
    """
    seen_at = state.stopped_at or at
    budget = spec.budget + state.added_count
    if spec.unit is not Unit.HOUR:
        return _day_limit(state, spec.unit, budget, calendar, seen_at)
    due_at = state.over_at or (state.run_from or seen_at) + budget * HOUR - state.ran
    return Limit(budget, due_at, due_at, (), is_provisional=False)


def _day_limit(state: State, unit: Unit, budget: int, calendar: WorkCalendar, at: datetime) -> Limit:
    waits = state.waits_until(at)
    asked: set[int] = set()  # years the calendar was asked about

    def rests(day: date) -> bool:
        asked.add(day.year)
        return not calendar.is_working(day)

    counted: list[date] = []
    day = day_of(state.started_at)
    while len(counted) < budget:
        day += ONE_DAY
        if not (is_within(day, waits) or (unit is Unit.WORKING_DAY and rests(day))):
            counted.append(day)
    while unit is Unit.CALENDAR_DAY and (rests(day) or is_within(day, waits)):
        day += ONE_DAY
    is_provisional = not asked.isdisjoint(calendar.provisional_years)
    return Limit(budget, day_ends_at(counted[-1]), day_ends_at(day), tuple(counted), is_provisional)


def is_within(day: date, spans: Sequence[Days]) -> bool:
    """Say whether a day lies in one of the spans."""
    return any(first <= day <= last for first, last in spans)


def used_count(state: State, spec: ClockSpec, limit: Limit, calendar: WorkCalendar, at: datetime) -> int:
    """Return how many units are used at ``at``, above the budget once due.

    Before: days that are over, or full hours run. Once due: the budget and every unit begun since, at
    least one, waits included, because nothing holds back a limit that is over.
    """
    if at >= limit.due_at:
        return limit.budget + max(1, _overdue_count(spec.unit, limit.due_at, calendar, at))
    if spec.unit is Unit.HOUR:
        return state.ran_until(at) // HOUR
    return bisect_left(limit.counted, day_of(at))


def _overdue_count(unit: Unit, due_at: datetime, calendar: WorkCalendar, at: datetime) -> int:
    if unit is Unit.HOUR:
        return -((due_at - at) // HOUR)
    first, last = day_of(due_at), day_of(at)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(unit is Unit.CALENDAR_DAY or calendar.is_working(day) for day in days)


def take(state: State | None, new: Entry, spec: ClockSpec, calendar: WorkCalendar) -> tuple[State, Limit]:
    """Return state and limit after one more move, as seen at that move.

    Raises:
        ClockExpired: an extension that comes when the limit is over.
        ClockNotStarted, ClockStopped, ClockSuspended, ClockNotSuspended, ClockBackwards, ClockInvalid:
            the move cannot follow the ones before it.
        CalendarEnds: the limit would reach beyond the calendar.
    """
    moved = after(state, new, spec)
    if new.kind is EntryKind.EXTEND and state is not None:
        due_at = limit_of(state, spec, calendar, new.at).due_at
        if new.at >= due_at:
            raise ClockExpired(due_at=due_at)
    if spec.budget + moved.added_count > BUDGET_LIMIT:
        raise ClockInvalid(budget=spec.budget + moved.added_count)
    return moved, limit_of(moved, spec, calendar, new.at)
