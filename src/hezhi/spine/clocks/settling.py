"""Open clocks computed anew by another calendar: due dates move, and say so in the ledger and by event."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hezhi.kit import bus
from hezhi.kit.moments import day_ends_at, day_starts_at
from hezhi.spine.calendar.api import calendar_get
from hezhi.spine.calendar.contracts import CalendarChanged, WorkCalendar
from hezhi.spine.clocks import queries, rules
from hezhi.spine.clocks.contracts import ClockMoved, ClocksTouched
from hezhi.spine.ledger.api import line_append
from hezhi.spine.permissions.contracts import Actor

CHAIN = "calendar"
BATCH = 500  # clocks computed, written and told in one ledger line
HOUSE = Actor.system("calendar")
OPEN_BY_DAYS = "stopped_at IS NULL AND unit <> 'hour'"


def settle_touched(event: CalendarChanged) -> int:
    """Compute every open clock anew whose time touches a changed day; return how many due dates moved."""
    from_at, to_at = day_starts_at(min(event.days)), day_ends_at(max(event.days))
    touched = f"{OPEN_BY_DAYS} AND due_at > %s AND started_at < %s"
    return _settle_all(touched, [from_at, to_at], event.by, event.at)


def clocks_settle(*, at: datetime, limit: int = BATCH) -> int:
    """Compute open clocks anew that were last computed by an older calendar; return how many due dates moved.

    WHY: an act that was open while the calendar was edited may have counted by the old one. A sweep that
    calls this every few minutes finds such clocks by the calendar's version and puts them right. It also
    carries along, batch by batch, all clocks that an edit did not touch.
    """
    with transaction.atomic():
        version = calendar_get().version
        ids = list(queries.named(f"{OPEN_BY_DAYS} AND calendar_version < %s LIMIT %s", [version, limit]))
        return _settle_all("id = ANY(%s)", [ids], HOUSE.ref, at) if ids else 0


def _settle_all(where: str, values: list, because: str, at: datetime) -> int:
    calendar = calendar_get()
    found = queries.named(f"{where} ORDER BY id", values)
    if not found:
        return 0
    # WHY all at once: locks taken batch by batch would cross with those of an act on two subjects.
    bus.publish(ClocksTouched(tuple(dict.fromkeys(found.values()))))
    ids = list(found)
    moved_count = 0
    for first in range(0, len(ids), BATCH):
        moved = _settled(ids[first : first + BATCH], calendar, at)
        moved_count += len(moved)
        if moved:
            told = [[one.clock_id, one.subject, one.kind, one.old_due_at, one.due_at] for one in moved]
            columns = ["clock", "subject", "kind", "old_due_at", "due_at"]
            body = {"because": because, "columns": columns, "moved": told}
            line_append(chain=CHAIN, act="clock.reproject", by=HOUSE, at=at, body=body)
        for one in moved:
            bus.publish(one)
    return moved_count


def _settled(ids: list[int], calendar: WorkCalendar, at: datetime) -> list[ClockMoved]:
    """Write what the calendar makes of a batch of clocks, and return those whose due date moved."""
    changes, moved = [], []
    for row, state in queries.locked(f"id = ANY(%s) AND {OPEN_BY_DAYS}", [ids]):
        limit = rules.limit_of(state, row.spec, calendar, state.last_at)
        changes.append(queries.Moved(queries.row_after(row, state, limit), state))
        if limit.due_at != row.due_at:
            moved.append(ClockMoved(row.id, row.subject, row.spec.kind, row.due_at, limit.due_at, at))
    queries.settle(changes, calendar.version)
    return moved
