"""Short ways to write lines, and to do to them what nobody may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from hezhi.spine.ledger import api
from hezhi.spine.ledger.contracts import Line

START_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Clerk:
    ref: str = "person:17"
    on_behalf: str = ""


def append(chain: str = "case:1", act: str = "case.accept", *, minute: int = 0, **more: Any) -> Line:
    given = {"by": Clerk(), "at": START_AT + timedelta(minutes=minute), "body": {"minute": minute}, **more}
    return api.line_append(chain=chain, act=act, **given)


def write_chains(counts: dict[str, int]) -> None:
    """Write lines to several chains in turns, as a busy day does."""
    for minute in range(max(counts.values())):
        for chain, count in counts.items():
            if minute < count:
                append(chain, minute=minute)


@contextmanager
def guards_off() -> Iterator[None]:
    """Switch the tables' triggers off, as only their owner can."""
    tables = ("ledger_line", "ledger_head", "ledger_seal", "ledger_node")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def tamper(*statements: str) -> None:
    with guards_off(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
