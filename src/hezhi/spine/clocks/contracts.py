"""Clocks as ledgers: what starts one, what moves it, how it explains itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Unit(StrEnum):
    """What a clock's budget counts.

    Day units never count the day on which the clock starts or resumes, and end at midnight (China)
    of the last counted day. A ``calendar_day`` clock that would end on a rest day ends on the next
    working day (民法典 203; 民事诉讼法 85). ``hour`` counts elapsed hours from the moment of start.
    """

    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"
    HOUR = "hour"


class Party(StrEnum):
    """Who is being waited for."""

    CITIZEN = "citizen"
    AGENCY = "agency"
    COURT = "court"
    SYSTEM = "system"


@dataclass(frozen=True)
class ClockSpec:
    """What a pack or a matter says about one limit.

    Attributes:
        kind: name within its subject, e.g. ``main``, ``accept``, ``triage``.
        budget: how many units, above 0.
        source: law and article, or the local rule.
        is_verified: whether the source was checked; unverified limits are marked on every page.
    """

    kind: str
    budget: int
    unit: Unit
    source: str = ""
    is_verified: bool = False


class EntryKind(StrEnum):
    """What one line of a clock's own ledger did to it."""

    START = "start"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    PASS = "pass"  # noqa: S105 - the clock now runs on another agency's account
    STOP = "stop"


@dataclass(frozen=True)
class Entry:
    """One move of a clock. ``amount`` is in the clock's unit and only set for extensions."""

    kind: EntryKind
    at: datetime
    reason: str = ""
    waiting_for: Party | None = None
    agency_id: int | None = None
    amount: int = 0


@dataclass(frozen=True)
class NamedDay:
    """A listed day that a stretch passed over or counted: a holiday, or a make-up workday (``is_working``)."""

    on: date
    name: str
    is_working: bool


@dataclass(frozen=True)
class Step:
    """One dated line of an explanation.

    Attributes:
        from_at, to_at: the stretch of time told about; equal for a moment.
        counted: units of the budget this stretch used up (0 while suspended).
        says: stable word for the page to translate: ``started``, ``ran``, ``waited``,
            ``extended``, ``rolled`` (last day was a rest day), ``due``, ``late`` (ran on after due), ``stopped``.
        waiting_for, agency_id: on whose account the stretch goes.
        note: reason, names and dates of the holidays passed over, or the law that rolls the last day.
        amount: units added, for ``extended`` only.
        named_days: listed days within the stretch that mattered to the count.
    """

    from_at: datetime
    to_at: datetime
    says: str
    counted: int = 0
    waiting_for: Party | None = None
    agency_id: int | None = None
    note: str = ""
    amount: int = 0
    named_days: tuple[NamedDay, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """A due date as dated steps that add up.

    ``sum(step.counted for step in steps) == budget_count`` for every clock that is not stopped early;
    a suspended clock counts its open wait as 0 and projects from ``asked_at``.

    Attributes:
        due_at: when the budget is used up (UTC), projected from ``asked_at`` while suspended.
        budget_count: budget with all extensions, in the clock's unit.
        used_count, left_count: units used and left at ``asked_at`` (or stop); they sum to ``budget_count``.
            A day is used when it is over. Once due, ``left`` is negative: minus the units begun since then,
            at least one.
        is_provisional: the projection touches a year that is not yet confirmed.
        waits: seconds of elapsed time per account: ``(party, agency_id) -> seconds``; they sum to the
            whole time between start and ``asked_at`` (or stop).
    """

    due_at: datetime
    budget_count: int
    used_count: int
    left_count: int
    is_provisional: bool
    steps: tuple[Step, ...]
    waits: tuple[tuple[Party, int | None, int], ...]


@dataclass(frozen=True)
class ClockRow:
    """One clock as other rooms see it.

    ``parent_id`` is set for an agency's sub-ledger on a joint matter. ``due_at`` of a suspended clock is what it
    would be had it gone on at the moment of suspension; it moves with every further day (see ``clock_explain``).
    """

    id: int
    subject: str  # e.g. "case:12", "task:5", "alert:7"
    spec: ClockSpec
    agency_id: int | None
    parent_id: int | None
    started_at: datetime
    due_at: datetime
    is_running: bool
    stopped_at: datetime | None
    is_provisional: bool


@dataclass(frozen=True)
class Wait:
    """Whole seconds of a matter's time that went on one account; ``agency_id`` is None where none is named."""

    party: Party
    agency_id: int | None
    seconds: int


@dataclass(frozen=True)
class SubLedger:
    """One agency's own clock under a joint matter's clock, and who was waited for in it."""

    clock_id: int
    kind: str
    agency_id: int | None
    waits: tuple[Wait, ...]


@dataclass(frozen=True)
class Waiting:
    """Who was waited for.

    Attributes:
        total: the subject's own clocks of the kind asked for; sums to their whole running time.
        sub_ledgers: the agencies' clocks under them; their time runs beside the total, not on top of it.
    """

    total: tuple[Wait, ...]
    sub_ledgers: tuple[SubLedger, ...]


@dataclass(frozen=True)
class ClocksTouched:
    """The clocks of these subjects are about to be counted by another calendar.

    Whoever owns a subject locks its row now: acts lock the row before its clocks, so that this must, too.
    """

    subjects: tuple[str, ...]


@dataclass(frozen=True)
class ClockMoved:
    """A clock's due date changed by anything but its owner's own act (calendar edit, confirmation)."""

    clock_id: int
    subject: str
    kind: str
    old_due_at: datetime
    due_at: datetime
    at: datetime
