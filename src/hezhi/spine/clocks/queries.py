"""Reads and writes of the clocks' tables, one round trip each. Only ``api`` and ``handlers`` use this."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from hezhi.kit.canonical import canonical
from hezhi.spine.clocks.contracts import ClockRow, ClockSpec, Entry, EntryKind, Party, Unit
from hezhi.spine.clocks.history import State
from hezhi.spine.clocks.rules import Limit

COLUMNS = (
    "id, subject, kind, budget, unit, source, is_verified, agency_id, parent_id, started_at, due_at, suspended_at,"
    " stopped_at, is_provisional"
)
ENTRIES = (
    "(SELECT json_agg(json_build_array(e.kind, e.at, e.reason, e.waiting_for, e.agency_id, e.amount) ORDER BY e.id)"
    "::text FROM clocks_clockentry e WHERE e.clock_id = clocks_clock.id)"
)
NOTED = "INSERT INTO clocks_clockentry (clock_id, kind, at, by, reason, waiting_for, agency_id, amount) SELECT id,"
MADE = (
    "INSERT INTO clocks_clock (subject, kind, budget, unit, source, is_verified, agency_id, parent_id, started_at,"
    " due_at, is_provisional, state, calendar_version)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s) RETURNING id"
)
INSERT = f"WITH made AS ({MADE}), noted AS ({NOTED} %s, %s, %s, %s, '', %s, 0 FROM made) SELECT id FROM made"  # noqa: S608
NEW = (
    "new AS (SELECT * FROM jsonb_to_recordset(%s::jsonb) AS told (id bigint, due_at timestamptz,"
    " suspended_at timestamptz, stopped_at timestamptz, agency_id bigint, is_provisional boolean, state jsonb))"
)
CHANGE = (
    "UPDATE clocks_clock c SET due_at = new.due_at, suspended_at = new.suspended_at, stopped_at = new.stopped_at,"
    " agency_id = new.agency_id, is_provisional = new.is_provisional, state = new.state, calendar_version = %s"
    " FROM new WHERE c.id = new.id"
)
MOVE = f"WITH {NEW}, noted AS ({NOTED} %s, %s, %s, %s, %s, %s, %s FROM new) {CHANGE}"
SETTLE = f"WITH {NEW} {CHANGE}"


@dataclass(frozen=True)
class Told:
    """A clock together with its entries, oldest first."""

    row: ClockRow
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Moved:
    """What a move, or another calendar, makes of a clock."""

    row: ClockRow
    state: State


@contextmanager
def in_transaction() -> Iterator[None]:
    """Run inside the caller's transaction, or in one of its own.

    WHY no savepoint: a command writes in its last statement only, so a refusal leaves nothing to undo.
    """
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


def to_row(values: Sequence[Any]) -> ClockRow:
    """Turn the values of `COLUMNS` into what crosses the door."""
    clock_id, subject, kind, budget, unit, source, is_verified, agency_id, parent_id, *times, is_provisional = values
    started_at, due_at, suspended_at, stopped_at = times
    return ClockRow(
        id=clock_id,
        subject=subject,
        spec=ClockSpec(kind, budget, Unit(unit), source, is_verified),
        agency_id=agency_id,
        parent_id=parent_id,
        started_at=started_at,
        due_at=due_at,
        is_running=suspended_at is None and stopped_at is None,
        stopped_at=stopped_at,
        is_provisional=is_provisional,
    )


def row_after(row: ClockRow, state: State, limit: Limit) -> ClockRow:
    """Return a clock as its state and its limit make it."""
    return replace(
        row,
        agency_id=state.agency_id,
        due_at=limit.due_at,
        is_running=state.run_from is not None,
        stopped_at=state.stopped_at,
        is_provisional=limit.is_provisional,
    )


def _found(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def named(where: str, values: Sequence[Any]) -> dict[int, str]:
    """Return ids and subjects of clocks."""
    return dict(_found(f"SELECT id, subject FROM clocks_clock WHERE {where}", values))  # noqa: S608


def rows(where: str, values: Sequence[Any]) -> list[ClockRow]:
    """Return clocks as other rooms see them."""
    return [to_row(found) for found in _found(f"SELECT {COLUMNS} FROM clocks_clock WHERE {where}", values)]  # noqa: S608


def locked(where: str, values: Sequence[Any]) -> list[tuple[ClockRow, State]]:
    """Return clocks and their states, by id; nobody else moves them until the transaction ends."""
    query = f"SELECT state::text, {COLUMNS} FROM clocks_clock WHERE {where} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608
    return [(to_row(row), state_read(state)) for state, *row in _found(query, values)]


def told(where: str, values: Sequence[Any]) -> list[Told]:
    """Return clocks with all their entries, by id."""
    query = f"SELECT {ENTRIES}, {COLUMNS} FROM clocks_clock WHERE {where} ORDER BY id"  # noqa: S608
    return [Told(to_row(row), tuple(map(_entry, json.loads(entries)))) for entries, *row in _found(query, values)]


def _entry(values: Sequence[Any]) -> Entry:
    kind, at, reason, waiting_for, agency_id, amount = values
    party = Party(waiting_for) if waiting_for else None
    return Entry(EntryKind(kind), datetime.fromisoformat(at), reason, party, agency_id, amount)


def state_told(state: State) -> dict[str, Any]:
    """Return a state as JSON can hold it; durations in microseconds."""
    return {**asdict(state), "ran": state.ran // timedelta(microseconds=1)}


def state_read(text: str) -> State:
    """Return the state that `state_told` wrote."""
    told = json.loads(text)
    moments = {one.name: told[one.name] for one in fields(State) if one.name.endswith(("_at", "_from"))}
    moments = {name: datetime.fromisoformat(at) if at else None for name, at in moments.items()}
    days = tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in told["wait_days"])
    return State(**{**told, **moments, "wait_days": days, "ran": timedelta(microseconds=told["ran"])})


def insert(row: ClockRow, state: State, entry: Entry, by: str, calendar_version: int) -> int:
    """Write a new clock and its first entry; return its id."""
    spec = row.spec
    clock = (row.subject, spec.kind, spec.budget, spec.unit, spec.source, spec.is_verified, row.agency_id)
    clock += (row.parent_id, row.started_at, row.due_at, row.is_provisional, canonical(state_told(state)))
    noted = (entry.kind, entry.at, by, entry.reason, entry.agency_id)
    return int(_found(INSERT, [*clock, calendar_version, *noted])[0][0])


def move(moved: Iterable[Moved], entry: Entry, by: str, calendar_version: int) -> None:
    """Write one further entry to each clock and what follows from it."""
    noted = (entry.kind, entry.at, by, entry.reason, entry.waiting_for or "", entry.agency_id, entry.amount)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [_listed(moved), *noted, calendar_version])


def settle(moved: Iterable[Moved], calendar_version: int) -> None:
    """Write what another calendar makes of clocks; no entry, because nobody moved them."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [_listed(moved), calendar_version])


def _listed(moved: Iterable[Moved]) -> str:
    columns = ("id", "due_at", "stopped_at", "agency_id", "is_provisional")
    return canonical(
        [
            {name: getattr(one.row, name) for name in columns}
            | {"suspended_at": one.state.wait_from, "state": state_told(one.state)}
            for one in moved
        ]
    )
