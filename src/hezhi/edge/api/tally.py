"""Counts within a span of time that all web processes share: how often somebody asked, or guessed wrong.

The table is unlogged: a crash of the database forgets the counts, and no count waits for the disk.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from hezhi.edge.api.models import Tally

_ADD = """
INSERT INTO house_api_tally AS known (key, count, ends_at) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN known.ends_at <= %s THEN excluded.count ELSE known.count + excluded.count END,
    ends_at = CASE WHEN known.ends_at <= %s THEN excluded.ends_at ELSE known.ends_at END
RETURNING count, ends_at
"""


def tally_add(key: str, *, span: timedelta, at: datetime) -> int:
    """Count one more under ``key`` and return how many there are; the span begins with the first of them.

    Call it outside a transaction that may be rolled back, or the count goes with it.
    """
    return _add(key, 1, span, at)[0]


def tally_take(key: str, *, many: int, most: int, span: timedelta, at: datetime) -> tuple[int, datetime]:
    """Take several of the ``most`` that a span has under ``key``; return how many there were, and the span's end.

    Call it outside a transaction that may be rolled back, or others get the same again.
    """
    count, ends_at = _add(key, many, span, at)
    return max(0, min(many, most - count + many)), ends_at


def _add(key: str, many: int, span: timedelta, at: datetime) -> tuple[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [key, many, at + span, at, at])
        count, ends_at = cursor.fetchone()
        return int(count), ends_at


def tallies_get(keys: tuple[str, ...], *, at: datetime) -> list[int]:
    """Return the counts under ``keys``, in their order; 0 where nothing was counted or the span is over."""
    found = dict(Tally.objects.filter(key__in=keys, ends_at__gt=at).values_list("key", "count"))
    return [found.get(key, 0) for key in keys]


def tally_drop(key: str) -> None:
    """Forget what was counted under ``key``."""
    Tally.objects.filter(key=key).delete()


def tallies_purge(*, at: datetime) -> int:
    """Forget the counts whose span is over; return how many there were."""
    return Tally.objects.filter(ends_at__lte=at).delete()[0]
