"""Counts within a span of time that all web processes share: how often somebody asked, or guessed wrong.

The table is unlogged: a crash of the database forgets the counts, and no count waits for the disk.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from hezhi.edge.api.models import Tally

_ADD = """
INSERT INTO house_api_tally AS known (key, count, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN known.ends_at <= %s THEN 1 ELSE known.count + 1 END,
    ends_at = CASE WHEN known.ends_at <= %s THEN excluded.ends_at ELSE known.ends_at END
RETURNING count
"""


def tally_add(key: str, *, span: timedelta, at: datetime) -> int:
    """Count one more under ``key`` and return how many there are; the span begins with the first of them.

    Call it outside a transaction that may be rolled back, or the count goes with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [key, at + span, at, at])
        return int(cursor.fetchone()[0])


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
