"""The guard's door: who asks the database, and where a command may look further.

Example:
    >>> from hezhi.spine.permissions.contracts import Actor
    >>> with asking():
    ...     asked_by(Actor.system("test"))
    ...     asker()
    'system:test'
    >>> asker() is None
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from hezhi.spine.guard.contracts import Pass
from hezhi.spine.guard.current import PASS
from hezhi.spine.guard.install import guard_install, tables_unguarded
from hezhi.spine.permissions.contracts import Actor

__all__ = ["act", "acting", "asked_by", "asker", "asking", "guard_install", "house_read", "tables_unguarded"]

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def asking() -> Iterator[None]:
    """Guard everything inside: first as a stranger, then as whoever `asked_by` names."""
    token = PASS.set(Pass())
    try:
        yield
    finally:
        PASS.reset(token)


def asked_by(actor: Actor) -> None:
    """Say who asks, as soon as it is known; outside `asking` nothing happens."""
    told = PASS.get()
    if told is not None:
        PASS.set(Pass(actor, told.is_acting))


def asker() -> str | None:
    """Return the reference of who asks, empty for a stranger, None where nothing is guarded."""
    told = PASS.get()
    return None if told is None else told.actor.ref if told.actor else ""


def act(command: Callable[P, T]) -> Callable[P, T]:
    """Run a command in one transaction, in which it reaches the rows of others too."""
    return acting(transaction.atomic(command))


def house_read(read: Callable[P, T]) -> Callable[P, T]:
    """Let a read look further than its reader, who gets a number, a yes or no, or what is the reader's own.

    Every use is listed in ``tests/house/test_guard.py`` with its reason.
    """
    return acting(read)


def acting(work: Callable[P, T]) -> Callable[P, T]:
    """Run a part of a command, or one of several transactions, in which it reaches the rows of others too."""

    @wraps(work)
    def reached(*args: P.args, **kwargs: P.kwargs) -> T:
        told = PASS.get()
        if told is None or told.is_acting:
            return work(*args, **kwargs)
        token = PASS.set(told.acting)
        try:
            return work(*args, **kwargs)
        finally:
            PASS.reset(token)

    return reached
