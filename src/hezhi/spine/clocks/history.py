"""What a clock's moves make of it. Pure.

`State` is everything that counting needs. It grows with the days a clock was suspended on, not with the
number of its moves, so that the thousandth move costs what the first did. `stretches` tells the same
moves as time on accounts, for explanations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hezhi.kit.moments import day_of, day_starts_at
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Party, Unit
from hezhi.spine.clocks.errors import (
    ClockBackwards,
    ClockInvalid,
    ClockNotStarted,
    ClockNotSuspended,
    ClockStopped,
    ClockSuspended,
)

ONE_DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
Days = tuple[date, date]  # first and last, both included


@dataclass(frozen=True)
class State:
    """One clock after its last move.

    Attributes:
        added_count: units added by extensions.
        wait_days: days touched by suspensions that are over, joined where they meet, in order.
        wait_from: start of the open suspension, None while running or stopped.
        run_from: start of the open run, None while suspended or stopped.
        ran: running time before ``run_from``.
        over_at: when a run that is over used up an ``hour`` budget.
    """

    started_at: datetime
    last_at: datetime
    agency_id: int | None = None
    added_count: int = 0
    wait_days: tuple[Days, ...] = ()
    wait_from: datetime | None = None
    run_from: datetime | None = None
    ran: timedelta = timedelta()
    over_at: datetime | None = None
    stopped_at: datetime | None = None

    def waits_until(self, at: datetime) -> tuple[Days, ...]:
        """Return all days touched by suspensions, the open one up to the day of ``at``."""
        if self.wait_from is None:
            return self.wait_days
        touched = days_touched(self.wait_from, at)
        return joined(self.wait_days, touched) if touched else self.wait_days

    def ran_until(self, at: datetime) -> timedelta:
        """Return the running time up to ``at``."""
        return self.ran if self.run_from is None else self.ran + (at - self.run_from)


def days_touched(from_at: datetime, to_at: datetime) -> Days | None:
    """Return the days that a suspension touched, None for one that began and ended at one midnight.

    A day ends at 24:00 (民法典 203), so a suspension that ends then has not touched the day that begins.
    """
    first, last = day_of(from_at), day_of(to_at)
    if to_at == day_starts_at(last):
        last -= ONE_DAY
    return (first, last) if first <= last else None


def joined(spans: tuple[Days, ...], new: Days) -> tuple[Days, ...]:
    """Return spans with a later one added, in one piece where they touch.

    Example:
        >>> joined(((date(2026, 3, 2), date(2026, 3, 3)),), (date(2026, 3, 4), date(2026, 3, 4)))
        ((datetime.date(2026, 3, 2), datetime.date(2026, 3, 4)),)
    """
    if spans and new[0] <= spans[-1][1] + ONE_DAY:
        return (*spans[:-1], (spans[-1][0], max(spans[-1][1], new[1])))
    return (*spans, new)


def after(state: State | None, entry: Entry, spec: ClockSpec) -> State:
    """Return what one more move makes of a clock; ``state`` is None before its start.

    Raises:
        ClockNotStarted, ClockStopped, ClockSuspended, ClockNotSuspended, ClockBackwards, ClockInvalid:
            the move cannot follow the ones before it.
    """
    if state is None:
        if entry.kind is not EntryKind.START:
            raise ClockNotStarted(at=entry.at)
        return State(entry.at, entry.at, entry.agency_id, run_from=entry.at)
    if state.stopped_at is not None:
        raise ClockStopped(stopped_at=state.stopped_at)
    if entry.at < state.last_at:
        raise ClockBackwards(at=entry.at, last_at=state.last_at)
    return replace(_MOVES[entry.kind](state, entry, spec), last_at=entry.at)


def fold(entries: Iterable[Entry], spec: ClockSpec) -> State:
    """Return what all moves together make of a clock; errors as in `after`."""
    state = None
    for entry in entries:
        state = after(state, entry, spec)
    if state is None:
        raise ClockNotStarted
    return state


def _start(state: State, entry: Entry, spec: ClockSpec) -> State:
    raise ClockInvalid("A clock starts once.")


def _suspend(state: State, entry: Entry, spec: ClockSpec) -> State:
    if state.wait_from is not None:
        raise ClockSuspended(since=state.wait_from)
    if entry.waiting_for is None:
        raise ClockInvalid("A suspension names who is waited for.")
    return replace(_halted(state, entry.at, spec), wait_from=entry.at)


def _resume(state: State, entry: Entry, spec: ClockSpec) -> State:
    if state.wait_from is None:
        raise ClockNotSuspended
    return replace(_halted(state, entry.at, spec), run_from=entry.at)


def _extend(state: State, entry: Entry, spec: ClockSpec) -> State:
    if entry.amount <= 0:
        raise ClockInvalid("An extension adds at least one unit.", amount=entry.amount)
    return replace(state, added_count=state.added_count + entry.amount)


def _pass(state: State, entry: Entry, spec: ClockSpec) -> State:
    return replace(state, agency_id=entry.agency_id)


def _stop(state: State, entry: Entry, spec: ClockSpec) -> State:
    return replace(_halted(state, entry.at, spec), stopped_at=entry.at)


def _halted(state: State, at: datetime, spec: ClockSpec) -> State:
    """Close the open run or the open suspension."""
    over_at, left = state.over_at, (spec.budget + state.added_count) * HOUR - state.ran
    if spec.unit is Unit.HOUR and over_at is None and state.run_from is not None and at - state.run_from >= left:
        over_at = state.run_from + left
    return replace(
        state,
        wait_days=state.waits_until(at),
        wait_from=None,
        run_from=None,
        ran=state.ran_until(at),
        over_at=over_at,
    )


_MOVES = {
    EntryKind.START: _start,
    EntryKind.SUSPEND: _suspend,
    EntryKind.RESUME: _resume,
    EntryKind.EXTEND: _extend,
    EntryKind.PASS: _pass,
    EntryKind.STOP: _stop,
}


@dataclass(frozen=True)
class Stretch:
    """Time on one account. ``waiting_for`` is None while the clock runs."""

    from_at: datetime
    to_at: datetime
    waiting_for: Party | None
    agency_id: int | None
    note: str = ""


def stretches(entries: Sequence[Entry], until: datetime) -> list[Stretch]:
    """Return moves that `fold` accepts as time on accounts, from the start to ``until``, without gaps."""
    begun: list[Stretch] = []
    agency_id = None
    for entry in entries:
        is_running = bool(begun) and begun[-1].waiting_for is None
        if entry.kind is EntryKind.SUSPEND:
            waited = (entry.agency_id or agency_id) if entry.waiting_for is Party.AGENCY else None
            begun.append(Stretch(entry.at, until, entry.waiting_for, waited, entry.reason))
        elif entry.kind is EntryKind.RESUME:
            begun.append(Stretch(entry.at, until, None, agency_id))
        elif entry.kind in (EntryKind.START, EntryKind.PASS):
            # A wait stays on the account of whoever is waited for, and passing to the same agency tells nothing.
            is_new = not begun or (is_running and entry.agency_id != agency_id)
            agency_id = entry.agency_id
            begun += [Stretch(entry.at, until, None, agency_id)] if is_new else []
    ended = [replace(one, to_at=later.from_at) for one, later in pairwise(begun)]
    return [*ended, begun[-1]]


def cut(parts: Iterable[Stretch], moments: Iterable[datetime]) -> Iterator[Stretch]:
    """Yield stretches cut at every moment that lies within one; empty ones are left out."""
    marks = sorted(set(moments))
    for stretch in parts:
        begins = stretch.from_at
        for mark in marks:
            if begins < mark < stretch.to_at:
                yield replace(stretch, from_at=begins, to_at=mark)
                begins = mark
        if begins < stretch.to_at:
            yield replace(stretch, from_at=begins)
