"""How clocks count: from entries, a limit and a calendar to a due moment. Pure; `telling` makes it readable.

The rules in one place:

- A day unit counts whole days. The day of the start does not count (民法典 201), and neither does any day
  on which the clock was suspended, be it for a minute; so the day of a resumption does not count either.
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
from hezhi.spine.clocks.history import History, fold

ONE_DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
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


def limit_of(history: History, spec: ClockSpec, calendar: WorkCalendar, at: datetime) -> Limit:
    """Return where the budget ends, as seen at ``at`` (or at the stop, if that came first).

    Raises:
        CalendarEnds: the limit reaches beyond the calendar.
    """
    seen_at = history.stopped_at or at
    budget = spec.budget + history.added_count
    if spec.unit is Unit.HOUR:
        return _hour_limit(history, budget, seen_at)
    return _day_limit(history, spec.unit, budget, calendar, seen_at)


def _hour_limit(history: History, budget: int, at: datetime) -> Limit:
    left = budget * HOUR
    for stretch in history.until(at):
        if stretch.is_wait:
            continue
        length = stretch.ends_at - stretch.from_at
        if length >= left:
            due_at = stretch.from_at + left
            break
        left -= length
    else:
        due_at = at + left
    return Limit(budget, due_at, due_at, (), is_provisional=False)


def _day_limit(history: History, unit: Unit, budget: int, calendar: WorkCalendar, at: datetime) -> Limit:
    waits = waiting_days(history, at)
    asked: set[int] = set()  # years the calendar was asked about

    def rests(day: date) -> bool:
        asked.add(day.year)
        return not calendar.is_working(day)

    counted: list[date] = []
    day = day_of(history.started_at)
    while len(counted) < budget:
        day += ONE_DAY
        if not (is_within(day, waits) or (unit is Unit.WORKING_DAY and rests(day))):
            counted.append(day)
    while unit is Unit.CALENDAR_DAY and (rests(day) or is_within(day, waits)):
        day += ONE_DAY
    is_provisional = not asked.isdisjoint(calendar.provisional_years)
    return Limit(budget, day_ends_at(counted[-1]), day_ends_at(day), tuple(counted), is_provisional)


Days = tuple[date, date]  # first and last, both included


def waiting_days(history: History, at: datetime) -> list[Days]:
    """Return the days touched by each suspension; one that is still open reaches to the day of ``at``."""
    return [(day_of(one.from_at), day_of(one.ends_at)) for one in history.until(at) if one.is_wait]


def is_within(day: date, spans: Sequence[Days]) -> bool:
    """Say whether a day lies in one of the spans."""
    return any(first <= day <= last for first, last in spans)


def used_count(history: History, spec: ClockSpec, limit: Limit, calendar: WorkCalendar, at: datetime) -> int:
    """Return how many units are used at ``at``, above the budget once due.

    Before: days that are over, or full hours run. Once due: the budget and every unit begun since, at
    least one, waits included, because nothing holds back a limit that is over.
    """
    if at >= limit.due_at:
        return limit.budget + max(1, _overdue_count(spec.unit, limit.due_at, calendar, at))
    if spec.unit is Unit.HOUR:
        ran = sum((one.ends_at - one.from_at for one in history.until(at) if not one.is_wait), timedelta())
        return ran // HOUR
    return bisect_left(limit.counted, day_of(at))


def _overdue_count(unit: Unit, due_at: datetime, calendar: WorkCalendar, at: datetime) -> int:
    if unit is Unit.HOUR:
        return -((due_at - at) // HOUR)
    first, last = day_of(due_at), day_of(at)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(unit is Unit.CALENDAR_DAY or calendar.is_working(day) for day in days)


def take(entries: Sequence[Entry], new: Entry, spec: ClockSpec, calendar: WorkCalendar) -> tuple[History, Limit]:
    """Return history and limit after one more move, as seen at that move.

    Raises:
        ClockExpired: an extension that comes when the limit is over.
        ClockInvalid, ClockStopped, ClockSuspended, ClockNotSuspended, ClockBackwards: the move cannot
            follow the ones before it.
        CalendarEnds: the limit would reach beyond the calendar.
    """
    history = fold(entries)
    if new.kind is EntryKind.EXTEND and history.stopped_at is None:
        due_at = limit_of(history, spec, calendar, new.at).due_at
        if new.at >= due_at:
            raise ClockExpired(due_at=due_at)
    history.take(new)
    if spec.budget + history.added_count > BUDGET_LIMIT:
        raise ClockInvalid(budget=spec.budget + history.added_count)
    return history, limit_of(history, spec, calendar, new.at)
