"""A clock's entries folded into stretches of running and waiting. Pure.

Every rule about which move may follow which stands here; `rules` counts what the stretches use up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from hezhi.spine.clocks.contracts import Entry, EntryKind, Party
from hezhi.spine.clocks.errors import (
    ClockBackwards,
    ClockInvalid,
    ClockNotStarted,
    ClockNotSuspended,
    ClockStopped,
    ClockSuspended,
)


@dataclass(frozen=True)
class Stretch:
    """Time on one account. ``waiting_for`` is None while the clock runs; ``to_at`` is None while it goes on."""

    from_at: datetime
    to_at: datetime | None
    waiting_for: Party | None
    agency_id: int | None
    note: str = ""

    @property
    def is_wait(self) -> bool:
        return self.waiting_for is not None

    @property
    def ends_at(self) -> datetime:
        """End of a stretch that is known to be over."""
        assert self.to_at is not None
        return self.to_at


@dataclass
class History:
    """What happened to one clock, built move by move."""

    stretches: list[Stretch] = field(default_factory=list)
    extensions: list[Entry] = field(default_factory=list)
    agency_id: int | None = None
    last_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def started_at(self) -> datetime:
        return self.stretches[0].from_at

    @property
    def is_suspended(self) -> bool:
        return self.stopped_at is None and self.stretches[-1].is_wait

    @property
    def added_count(self) -> int:
        """Units added by extensions."""
        return sum(entry.amount for entry in self.extensions)

    def until(self, at: datetime) -> list[Stretch]:
        """Return the stretches with the open one closed at ``at``."""
        return [one if one.to_at is not None else replace(one, to_at=at) for one in self.stretches]

    def begin(self, at: datetime, waiting_for: Party | None, agency_id: int | None, note: str) -> None:
        """Close the open stretch and begin another."""
        if self.stretches:
            self.stretches[-1] = replace(self.stretches[-1], to_at=at)
        self.stretches.append(Stretch(at, None, waiting_for, agency_id, note))

    def take(self, entry: Entry) -> None:
        """Add one move.

        Raises:
            ClockRefused: the move cannot follow the ones before.
        """
        if self.last_at is None and entry.kind is not EntryKind.START:
            raise ClockNotStarted(at=entry.at)
        if self.stopped_at is not None:
            raise ClockStopped(stopped_at=self.stopped_at)
        if self.last_at is not None and entry.at < self.last_at:
            raise ClockBackwards(at=entry.at, last_at=self.last_at)
        _MOVES[entry.kind](self, entry)
        self.last_at = entry.at


def _start(history: History, entry: Entry) -> None:
    if history.stretches:
        raise ClockInvalid("A clock starts once.")
    history.agency_id = entry.agency_id
    history.begin(entry.at, None, entry.agency_id, entry.reason)


def _suspend(history: History, entry: Entry) -> None:
    if history.is_suspended:
        raise ClockSuspended(since=history.stretches[-1].from_at)
    if entry.waiting_for is None:
        raise ClockInvalid("A suspension names who is waited for.")
    waited = (entry.agency_id or history.agency_id) if entry.waiting_for is Party.AGENCY else None
    history.begin(entry.at, entry.waiting_for, waited, entry.reason)


def _resume(history: History, entry: Entry) -> None:
    if not history.is_suspended:
        raise ClockNotSuspended
    history.begin(entry.at, None, history.agency_id, entry.reason)


def _extend(history: History, entry: Entry) -> None:
    if entry.amount <= 0:
        raise ClockInvalid("An extension adds at least one unit.", amount=entry.amount)
    history.extensions.append(entry)


def _pass(history: History, entry: Entry) -> None:
    history.agency_id = entry.agency_id
    if not history.is_suspended:  # a wait stays on the account of whoever is waited for
        history.begin(entry.at, None, entry.agency_id, entry.reason)


def _stop(history: History, entry: Entry) -> None:
    history.stretches[-1] = replace(history.stretches[-1], to_at=entry.at)
    history.stopped_at = entry.at


_MOVES = {
    EntryKind.START: _start,
    EntryKind.SUSPEND: _suspend,
    EntryKind.RESUME: _resume,
    EntryKind.EXTEND: _extend,
    EntryKind.PASS: _pass,
    EntryKind.STOP: _stop,
}


def fold(entries: Iterable[Entry]) -> History:
    """Return the history that the entries tell, in their order.

    Raises:
        ClockNotStarted: there is no entry.
        ClockInvalid, ClockStopped, ClockSuspended, ClockNotSuspended, ClockBackwards: a move cannot
            follow the ones before it.
    """
    history = History()
    for entry in entries:
        history.take(entry)
    if not history.stretches:
        raise ClockNotStarted
    return history


def cut(stretches: Iterable[Stretch], moments: Iterable[datetime]) -> Iterator[Stretch]:
    """Yield closed stretches cut at every moment that lies within one; empty ones are left out."""
    marks = sorted(set(moments))
    for stretch in stretches:
        begins = stretch.from_at
        for mark in marks:
            if begins < mark < stretch.ends_at:
                yield replace(stretch, from_at=begins, to_at=mark)
                begins = mark
        if begins < stretch.ends_at:
            yield replace(stretch, from_at=begins)
