"""The numbers: requests as this site's web processes counted them, and the queue as the database has it.

The supervisor gives all web processes one folder (``PROMETHEUS_MULTIPROC_DIR``), in which each keeps its counts;
whichever is asked adds them up. Without that folder a process tells its own alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import psycopg
from django.db import Error
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from hezhi.edge.health import readiness
from hezhi.services.notices import api as notices
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OWN = CollectorRegistry()
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUESTS = Counter("hezhi_requests", "Requests answered.", ("route", "method", "status"), registry=OWN)
SECONDS = Histogram(
    "hezhi_request_seconds", "Time to the answer.", ("route", "method"), registry=OWN,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip


def request_count(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer; a method that HTTP does not know is called ``other``, so that nobody can invent labels."""
    method = method_of(method)
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route, method).observe(seconds)


def method_of(method: str) -> str:
    """Return the name of a method, ``other`` for one that HTTP does not know."""
    return method if method in METHODS else "other"


def text() -> bytes:
    """Return all numbers; without a database those of the requests, and ``hezhi_database_up`` says 0."""
    registry = OWN
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    stored = CollectorRegistry()
    stored.register(_Stored(list(_stored())))
    return generate_latest(registry) + generate_latest(stored)


class _Stored:
    """Numbers read beforehand, in the shape that the client library asks for."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self.families = families

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self.families


def _stored() -> Iterator[GaugeMetricFamily]:
    try:
        with readiness.asking() as connection:
            found = list(_of_queue(connection))
        found += _of_rooms()
    except (psycopg.Error, Error):
        found = []
    yield GaugeMetricFamily("hezhi_database_up", "Whether the database answered.", value=bool(found))
    yield from found


def _of_queue(connection: psycopg.Connection) -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("hezhi_jobs", "Jobs on file by queue and state.", labels=("queue", "state"))
    asked = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"
    for queue, state, count in connection.execute(asked).fetchall():
        jobs.add_metric((queue, state), count)
    yield jobs
    failed = GaugeMetricFamily("hezhi_sweeps_failed", "Failed runs of a sweep that are on file.", labels=("sweep",))
    asked = (
        "SELECT task_name, count(*) FROM procrastinate_jobs"
        " WHERE queue_name = 'sweeps' AND status = 'failed' GROUP BY 1 ORDER BY 1"
    )
    for sweep, count in connection.execute(asked).fetchall():
        failed.add_metric((sweep.removeprefix("sweep:"),), count)
    yield failed
    waited = readiness.value(connection, readiness.OLDEST_WAITING)
    yield GaugeMetricFamily("hezhi_job_oldest_waiting_seconds", "Age of the oldest job that is due.", value=waited)
    beat = readiness.value(connection, readiness.LAST_BEAT)
    if beat is not None:
        yield GaugeMetricFamily("hezhi_worker_beat_age_seconds", "Since any worker's last beat.", value=beat)


@guard.house_read
def _counts() -> tuple[int, int]:
    return ledger.lines_unsealed_count(), notices.deliveries_given_up_count()


def _of_rooms() -> Iterator[GaugeMetricFamily]:
    unsealed, given_up = _counts()
    yield GaugeMetricFamily("hezhi_ledger_lines_unsealed", "Lines not yet under a seal.", value=unsealed)
    yield GaugeMetricFamily("hezhi_deliveries_given_up", "Messages that no try could deliver.", value=given_up)
