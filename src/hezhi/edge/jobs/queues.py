"""What stands in the queues: waiting, being done, failed and why, and when each sweep last came round."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

GROUPS_SHOWN = 50
IDS_SHOWN = 20
UNKNOWN = "unknown"


@dataclass(frozen=True)
class QueueRow:
    """One queue. ``oldest_at``: since when the oldest job that is due waits, None where none does."""

    name: str
    waiting_count: int
    doing_count: int
    failed_count: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class FailedJobs:
    """Failed jobs of one task that failed alike.

    Attributes:
        kind: of the error; ``unknown`` where nothing was noted.
        about: ids out of the newest job's arguments or the sweep's findings, e.g. ``delivery_id=12``.
        newest_id: the newest of these jobs; acts on the group reach up to it.
    """

    task: str
    kind: str
    place: str
    about: str
    count: int
    first_at: datetime
    last_at: datetime
    newest_id: int
    job_ids: tuple[int, ...]


@dataclass(frozen=True)
class SweepRow:
    """One periodic job: when it last came round without failing, and how its newest round stands."""

    name: str
    cron: str
    succeeded_at: datetime | None
    newest_state: str


_QUEUES = """
SELECT queue_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'),
       min(coalesce(job.scheduled_at, told.at)) FILTER (
           WHERE status = 'todo' AND coalesce(job.scheduled_at, told.at) <= now())
FROM procrastinate_jobs job
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM procrastinate_events
    WHERE job_id = job.id AND type IN ('deferred', 'deferred_for_retry')
) told ON job.status = 'todo'
WHERE status IN ('todo', 'doing', 'failed')
GROUP BY 1 ORDER BY 1
"""
_FAILED = """
SELECT task_name, coalesce(noted.kind, %s) AS kind, (array_agg(coalesce(noted.place, '') ORDER BY job.id DESC))[1],
       (array_agg(coalesce(noted.ids, '') ORDER BY job.id DESC))[1], (array_agg(job.args ORDER BY job.id DESC))[1],
       count(*), min(told.at), max(told.at), max(job.id), (array_agg(job.id ORDER BY job.id DESC))[1:%s]
FROM procrastinate_jobs job
LEFT JOIN house_jobs_failure noted ON noted.job_id = job.id
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM procrastinate_events WHERE job_id = job.id AND type = 'failed'
) told ON true
WHERE status = 'failed'
GROUP BY 1, 2 ORDER BY 8 DESC LIMIT %s
"""
_SWEEP = """
SELECT one.name,
    (SELECT max(told.at) FROM procrastinate_events told WHERE told.type = 'succeeded' AND told.job_id = (
        SELECT id FROM procrastinate_jobs WHERE task_name = one.name AND status = 'succeeded'
        ORDER BY id DESC LIMIT 1)),
    (SELECT status::text FROM procrastinate_jobs WHERE task_name = one.name ORDER BY id DESC LIMIT 1)
FROM unnest(%s::text[]) AS one(name)
"""


def _rows(question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


def queues_all() -> list[QueueRow]:
    """Return every queue in which something waits, is being done or has failed."""
    return [QueueRow(*row) for row in _rows(_QUEUES)]


def failed_all() -> list[FailedJobs]:
    """Return failed jobs by task and kind of error, the newest failures first; at most ``GROUPS_SHOWN`` kinds."""
    return [
        FailedJobs(
            task, kind, place, ids or ids_of(json.loads(args)), count, first_at, last_at, newest_id, tuple(job_ids)
        )
        for task, kind, place, ids, args, count, first_at, last_at, newest_id, job_ids in _rows(
            _FAILED, [UNKNOWN, IDS_SHOWN, GROUPS_SHOWN]
        )
    ]


def ids_of(args: dict[str, Any]) -> str:
    """Return those arguments of a job that are numbers; a text could be somebody's.

    Example:
        >>> ids_of({"delivery_id": 12, "address": "13800000123", "is_last": True})
        'delivery_id=12'
    """
    numbers = {name: one for name, one in args.items() if isinstance(one, int) and not isinstance(one, bool)}
    return ", ".join(f"{name}={one}" for name, one in sorted(numbers.items()) if name != "timestamp")


def sweeps_all() -> list[SweepRow]:
    """Return every periodic job with its last round, in the order of their names."""
    from hezhi.edge.jobs.jobs import sweep_crons

    crons = sweep_crons()
    found = {name: (at, state or "") for name, at, state in _rows(_SWEEP, [list(crons)])}
    return [SweepRow(name.removeprefix("sweep:"), crons[name], *found[name]) for name in sorted(crons)]
