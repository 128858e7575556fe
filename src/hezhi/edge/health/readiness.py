"""What a site needs in order to work, asked by a connection of its own that gives up after two seconds.

WHY an own connection: the pool waits half a minute for a lost database, and whoever asks is gone by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from procrastinate.contrib.django.utils import connector_params

GIVE_UP_SECONDS = 2
BEATS_MISSED_MOST = 3  # times the silence after which a worker counts as killed
QUEUE_AGE_MOST_SECONDS = 600
OLDEST_WAITING = """
    SELECT coalesce(extract(epoch FROM now() - min(coalesce(job.scheduled_at, told.at))), 0)::float8
    FROM procrastinate_jobs job
    LEFT JOIN LATERAL (
        SELECT max(at) AS at FROM procrastinate_events
        WHERE job_id = job.id AND type IN ('deferred', 'deferred_for_retry')
    ) told ON true
    WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
"""
LAST_BEAT = "SELECT extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers"


@contextmanager
def asking() -> Iterator[psycopg.Connection[Any]]:
    """Give a connection for a few short questions."""
    params = {**connector_params(), "connect_timeout": GIVE_UP_SECONDS}
    options = f"-c statement_timeout={GIVE_UP_SECONDS * 1000} -c default_transaction_read_only=on"
    with psycopg.connect(**{**params, "options": f"{params.get('options', '')} {options}".strip()}) as connection:
        yield connection


def value(connection: psycopg.Connection[Any], question: str) -> Any:
    row = connection.execute(question).fetchone()
    return row[0] if row else None


def reasons() -> list[str]:
    """Return the codes of what keeps the site from working; empty when it is ready."""
    try:
        with asking() as connection:
            return _reasons(connection)
    except psycopg.Error:
        return ["database_unreachable"]


def _reasons(connection: psycopg.Connection[Any]) -> list[str]:
    if value(connection, "SELECT to_regclass('django_migrations')") is None:
        return ["migrations_waiting"]
    applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    if _known_migrations() - applied:
        return ["migrations_waiting"]
    found = []
    beat = value(connection, LAST_BEAT)
    if beat is None:
        found.append("worker_missing")
    elif beat > BEATS_MISSED_MOST * settings.HEZHI.worker_silent_seconds:
        found.append("worker_silent")
    if value(connection, OLDEST_WAITING) > QUEUE_AGE_MOST_SECONDS:
        found.append("queue_old")
    return found


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)
