"""The clocks' door: start, suspend, resume, extend, pass, stop; read, explain, attribute.

A subject is whatever a room runs limits on, e.g. ``case:12``. Clocks write no ledger lines: the acts that
move them do. Each command is one lock-and-read, one look at the calendar and one write, and costs the same
whatever the length of the clock's history. Who may move a clock is decided by the room whose act it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hezhi.kit.moments import day_of, day_starts_at
from hezhi.spine.calendar.api import calendar_get
from hezhi.spine.clocks import queries, rules
from hezhi.spine.clocks.contracts import (
    ClockRow,
    ClockSpec,
    Entry,
    EntryKind,
    Explanation,
    Party,
    SubLedger,
    Unit,
    Wait,
    Waiting,
)
from hezhi.spine.clocks.errors import ClockInvalid, ClockNotFound
from hezhi.spine.clocks.history import State
from hezhi.spine.clocks.models import ClockEntry
from hezhi.spine.clocks.settling import clocks_settle
from hezhi.spine.clocks.telling import project
from hezhi.spine.permissions.contracts import Actor

__all__ = [
    "clock_explain",
    "clock_extend",
    "clock_get",
    "clock_pass",
    "clock_resume",
    "clock_start",
    "clock_stop",
    "clock_suspend",
    "clocks_due",
    "clocks_of",
    "clocks_resume",
    "clocks_running",
    "clocks_settle",
    "clocks_stop",
    "clocks_suspend",
    "counted_from",
    "due_after",
    "reasons_erase",
    "waiting",
]


def clock_start(
    *,
    subject: str,
    spec: ClockSpec,
    by: Actor,
    at: datetime,
    agency_id: int | None = None,
    parent_id: int | None = None,
) -> ClockRow:
    """Start a clock.

    Args:
        agency_id: on whose account it runs, None while nobody has the matter.
        parent_id: the joint matter's clock, for an agency's sub-ledger.

    Raises:
        ClockInvalid: no subject, no kind, or a budget that is not between 1 and 40,000 units.
        CalendarEnds: the limit reaches beyond the working calendar.
    """
    if not subject:
        raise ClockInvalid("A clock needs a subject.")
    calendar, entry = calendar_get(), Entry(EntryKind.START, at, agency_id=agency_id)
    state, limit = rules.take(None, entry, rules.checked_spec(spec), calendar)
    row = ClockRow(0, subject, spec, agency_id, parent_id, at, limit.due_at, True, None, limit.is_provisional)
    return replace(row, id=queries.insert(row, state, entry, by.ref, calendar.version))


def clock_suspend(
    *, clock_id: int, reason: str, waiting_for: Party, by: Actor, at: datetime, agency_id: int | None = None
) -> ClockRow:
    """Suspend a running clock; time goes on the account of ``waiting_for`` until it resumes.

    Args:
        agency_id: the agency waited for when ``waiting_for`` is AGENCY; by default the one that has the clock.

    Raises:
        ClockNotFound, ClockSuspended, ClockStopped, ClockBackwards: see ``errors.py``.
    """
    return _move(clock_id, Entry(EntryKind.SUSPEND, at, reason, waiting_for, agency_id), by)


def clock_resume(*, clock_id: int, by: Actor, at: datetime, reason: str = "") -> ClockRow:
    """Let a suspended clock run again, with what was left.

    Raises:
        ClockNotFound, ClockNotSuspended, ClockStopped, ClockBackwards, CalendarEnds: see ``errors.py``.
    """
    return _move(clock_id, Entry(EntryKind.RESUME, at, reason), by)


def clock_extend(*, clock_id: int, amount: int, reason: str, by: Actor, at: datetime) -> ClockRow:
    """Add ``amount`` units to a clock that is not yet over.

    Raises:
        ClockExpired: the limit is over.
        ClockNotFound, ClockInvalid, ClockStopped, ClockBackwards, CalendarEnds: see ``errors.py``.
    """
    return _move(clock_id, Entry(EntryKind.EXTEND, at, reason, amount=amount), by)


def clock_pass(*, clock_id: int, agency_id: int | None, by: Actor, at: datetime, reason: str = "") -> ClockRow:
    """Let a clock run on another agency's account from now on; passing it to the one that has it does no harm.

    Raises:
        ClockNotFound, ClockStopped, ClockBackwards: see ``errors.py``.
    """
    return _move(clock_id, Entry(EntryKind.PASS, at, reason, agency_id=agency_id), by)


def clock_stop(*, clock_id: int, by: Actor, at: datetime, reason: str = "") -> ClockRow:
    """Stop a clock for good.

    Raises:
        ClockNotFound, ClockStopped, ClockBackwards: see ``errors.py``.
    """
    return _move(clock_id, Entry(EntryKind.STOP, at, reason), by)


def reasons_erase(*, subjects: Sequence[str]) -> None:
    """Take the words out of every move of the clocks of some subjects; what they count stays."""
    ClockEntry.objects.filter(clock__subject__in=list(subjects)).exclude(reason="").update(reason="")


def clocks_suspend(*, subject: str, reason: str, waiting_for: Party, by: Actor, at: datetime) -> list[ClockRow]:
    """Suspend every running clock of a subject; return them, none when none runs."""
    where = "subject = %s AND stopped_at IS NULL AND suspended_at IS NULL"
    return _move_all(where, subject, Entry(EntryKind.SUSPEND, at, reason, waiting_for), by)


def clocks_resume(*, subject: str, by: Actor, at: datetime, reason: str = "") -> list[ClockRow]:
    """Resume every suspended clock of a subject; return them, none when none is suspended."""
    where = "subject = %s AND stopped_at IS NULL AND suspended_at IS NOT NULL"
    return _move_all(where, subject, Entry(EntryKind.RESUME, at, reason), by)


def clocks_stop(*, subject: str, by: Actor, at: datetime, reason: str = "") -> list[ClockRow]:
    """Stop every open clock of a subject; return them, none when none is open."""
    return _move_all("subject = %s AND stopped_at IS NULL", subject, Entry(EntryKind.STOP, at, reason), by)


def _move(clock_id: int, entry: Entry, by: Actor) -> ClockRow:
    with queries.in_transaction():
        found = queries.locked("id = %s", [clock_id])
        if not found:
            raise ClockNotFound(clock_id=clock_id)
        return _taken(found, entry, by)[0]


def _move_all(where: str, subject: str, entry: Entry, by: Actor) -> list[ClockRow]:
    with queries.in_transaction():
        found = queries.locked(where, [subject])
        return _taken(found, entry, by) if found else []


def _taken(found: list[tuple[ClockRow, State]], entry: Entry, by: Actor) -> list[ClockRow]:
    """Let clocks take one more move, and return them as they are then."""
    calendar = calendar_get()
    moved = []
    for row, before in found:
        state, limit = rules.take(before, entry, row.spec, calendar)
        moved.append(queries.Moved(queries.row_after(row, state, limit), state))
    queries.move(moved, entry, by.ref, calendar.version)
    return [one.row for one in moved]


def clock_get(*, clock_id: int) -> ClockRow:
    """Return one clock.

    Raises:
        ClockNotFound: there is none with this id.
    """
    found = queries.rows("id = %s", [clock_id])
    if not found:
        raise ClockNotFound(clock_id=clock_id)
    return found[0]


def clocks_of(*, subject: str) -> list[ClockRow]:
    """Return all clocks of a subject, oldest first, stopped ones included."""
    return queries.rows("subject = %s ORDER BY id", [subject])


def clocks_running(*, subjects: Collection[str]) -> list[ClockRow]:
    """Return the clocks of several subjects that have not stopped, oldest first: one query for a whole list page."""
    return queries.rows("subject = ANY(%s) AND stopped_at IS NULL ORDER BY id", [list(subjects)]) if subjects else []


def clocks_due(
    *, before: datetime, kind_prefix: str = "", since: datetime | None = None, limit: int | None = None
) -> list[ClockRow]:
    """Return running clocks that are due before a moment (or at it), earliest first.

    Args:
        kind_prefix: keep kinds that begin with it; empty keeps all.
        since: leave out those that were due before this moment.
        limit: at most so many.
    """
    where, values = "stopped_at IS NULL AND suspended_at IS NULL AND due_at <= %s", [before]
    if since is not None:
        where, values = where + " AND due_at >= %s", [*values, since]
    if kind_prefix:
        where, values = where + " AND starts_with(kind, %s)", [*values, kind_prefix]
    return queries.rows(where + " ORDER BY due_at, id LIMIT %s", [*values, limit])


def clock_explain(*, clock_id: int, at: datetime) -> Explanation:
    """Explain a clock's due moment as dated steps that add up, as it stands at ``at``.

    Raises:
        ClockNotFound: there is none with this id.
        ClockNotStarted: ``at`` lies before its start.
        CalendarEnds: the projection reaches beyond the working calendar.
    """
    found = queries.told("id = %s", [clock_id])
    if not found:
        raise ClockNotFound(clock_id=clock_id)
    return project(found[0].entries, found[0].row.spec, calendar_get(), at)


def waiting(*, subject: str, at: datetime, kind: str = "main") -> Waiting:
    """Attribute a subject's time up to ``at``: who was waited for, and for how long.

    Args:
        kind: the clocks that make up the whole; several ones in turn (a reopened case) are added up.
            Clocks that began after ``at`` are not looked at.
    """
    roots = queries.told("subject = %s AND kind = %s AND parent_id IS NULL AND started_at <= %s", [subject, kind, at])
    subs = queries.told("parent_id = ANY(%s) AND started_at <= %s", [[told.row.id for told in roots], at])
    return Waiting(
        total=_added([wait for told in roots for wait in _waits(told, at)]),
        sub_ledgers=tuple(SubLedger(t.row.id, t.row.spec.kind, t.row.agency_id, _waits(t, at)) for t in subs),
    )


def _waits(told: queries.Told, at: datetime) -> tuple[Wait, ...]:
    explained = project(told.entries, told.row.spec, calendar_get(), at)
    return tuple(Wait(*one) for one in explained.waits)


def _added(waits: Sequence[Wait]) -> tuple[Wait, ...]:
    seconds: dict[tuple[Party, int | None], int] = {}
    for one in waits:
        account = (one.party, one.agency_id)
        seconds[account] = seconds.get(account, 0) + one.seconds
    return tuple(Wait(*account, length) for account, length in seconds.items())


def counted_from(limit_ended_at: datetime) -> datetime:
    """Return the start of a limit that begins where another one has ended.

    A limit in days ends at 24:00 of its last day (民法典 203), which is the midnight of the next: what begins then
    begins on the day that is over, and counts from the next one.
    """
    if limit_ended_at == day_starts_at(day_of(limit_ended_at)):
        return limit_ended_at - timedelta(microseconds=1)
    return limit_ended_at


def due_after(*, start: datetime, budget: int, unit: Unit) -> datetime:
    """Return when a limit that starts at ``start`` ends, without starting a clock.

    Raises:
        ClockInvalid: the budget is not between 1 and 40,000 units.
        CalendarEnds: the limit reaches beyond the working calendar.
    """
    spec = rules.checked_spec(ClockSpec("plain", budget, unit))
    _, limit = rules.take(None, Entry(EntryKind.START, start), spec, calendar_get())
    return limit.due_at
