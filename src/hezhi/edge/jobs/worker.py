"""The worker process: runs jobs, and takes up those of workers that were killed.

A worker beats every two seconds. A job whose worker has been silent for ten (a setting)
is put back in the queue, so a kill at any moment loses nothing; what such a job had
already committed, it must find done when it comes again.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging

import attr
from django.conf import settings
from procrastinate import App
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.psycopg_connector import PsycopgConnector

from hezhi.edge.health import tracing
from hezhi.edge.jobs.noting import failures_noted, traced

BEATS_BEFORE_SILENCE = 5
LOOKS_BEFORE_SILENCE = 2
GRACE_SECONDS = 5.0
POLL_SECONDS = 5.0  # a notification from the database wakes the worker at once; this is the net below it
OWN_CONNECTIONS = 3  # listening, fetching, beating; jobs use Django's connections
logger = logging.getLogger(__name__)


def worker_run(*, concurrency: int, wait: bool = True) -> None:
    """Run jobs until told to stop (SIGINT, SIGTERM), or with ``wait=False`` until none is due."""
    tracing.tracing_start("worker")
    try:
        asyncio.run(_run(concurrency, wait, float(settings.HEZHI.worker_silent_seconds)))
    finally:
        tracing.tracing_stop()


def worker_app() -> App:
    """Return an app that fetches jobs by connections of its own, beside the app that rooms defer with.

    WHY two: a room defers through Django's connection, so that a rollback takes the job along. Replacing the
    connector of that one app, as procrastinate's own command does, would let every job that defers another
    one do so outside its transaction.
    """
    app.perform_import_paths()
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=OWN_CONNECTIONS)
    # As defaults, for what is given to a run would take the place of the app's own, which closes connections.
    beside = DjangoApp(connector=connector, worker_defaults={"task_middleware": [failures_noted, traced]})
    beside.tasks = app.tasks
    for key, periodic in app.periodic_registry.periodic_tasks.items():
        task = copy.copy(periodic.task)
        task.blueprint = beside
        beside.periodic_registry.periodic_tasks[key] = attr.evolve(periodic, task=task)
    return beside


async def _run(concurrency: int, wait: bool, silence: float) -> None:
    beside = worker_app()
    async with beside.open_async():
        looking = asyncio.create_task(_take_up_stalled(beside, silence))
        try:
            await beside.run_worker_async(
                name="hezhi",
                concurrency=concurrency,
                wait=wait,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=silence / BEATS_BEFORE_SILENCE,
                stalled_worker_timeout=silence,
                shutdown_graceful_timeout=GRACE_SECONDS,
            )
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking


async def _take_up_stalled(beside: App, silence: float) -> None:
    while True:
        try:
            await stalled_retry(beside, silence=silence)
        except ConnectorException as problem:
            logger.warning("could not look for jobs of killed workers: %s", problem)
        await asyncio.sleep(silence / LOOKS_BEFORE_SILENCE)


async def stalled_retry(beside: App, *, silence: float) -> int:
    """Put the jobs of workers that were silent for ``silence`` seconds back in the queue. Return how many."""
    stalled = list(await beside.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence))
    for job in stalled:
        logger.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
        await _retry(beside, job)
    return len(stalled)


async def _retry(beside: App, job: Job) -> None:
    try:
        await beside.job_manager.retry_job(job)
    except UniqueViolation:
        # A job with the same queueing lock waits already (the next round of a sweep): it does this one's work.
        await beside.job_manager.finish_job(job, status=Status.ABORTED, delete_job=False)
