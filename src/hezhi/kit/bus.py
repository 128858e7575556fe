"""The bus that carries facts forward, inside the transaction that made them.

Rooms publish frozen events; ``hezhi.wiring`` alone says who hears them and in
which order. A handler that raises rolls the whole act back, so a fact and its
consequences stand or fall together. Whatever must leave the database is a job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Handler = Callable[[Any], None]
_table: dict[type, tuple[Handler, ...]] = {}


def connect(rows: Sequence[tuple[type, Sequence[Handler]]]) -> None:
    """Replace the whole table of event types and their handlers, in order."""
    _table.clear()
    for event_type, handlers in rows:
        if event_type in _table:
            raise ValueError(f"{event_type.__name__} stands twice in the table")
        _table[event_type] = tuple(handlers)


def table() -> tuple[tuple[type, tuple[Handler, ...]], ...]:
    """Return the table as it is connected now, in order."""
    return tuple(_table.items())


def publish(event: Any) -> None:
    """Hand one event to its handlers, in the written order.

    Raises:
        LookupError: the table does not know the event type; a fact that
            nobody was asked about is a mistake in the wiring.
    """
    handlers = _table.get(type(event))
    if handlers is None:
        raise LookupError(f"{type(event).__name__} is not in the wiring table")
    for handler in handlers:
        handler(event)
