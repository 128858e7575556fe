"""The worker process: runs jobs, and takes up those of workers that were killed.

A worker beats every two seconds. A job whose worker has been silent for ten is put
back in the queue, so a kill at any moment loses nothing; what such a job had already
committed, it must find done when it comes again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

BEAT_SECONDS = 2.0
SILENT_SECONDS = 10.0
LOOK_SECONDS = 5.0
GRACE_SECONDS = 5.0
logger = logging.getLogger(__name__)


def worker_run(*, concurrency: int, wait: bool = True) -> None:
    """Run jobs until told to stop (SIGINT, SIGTERM), or with ``wait=False`` until none is left."""
    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(_run(concurrency, wait))


async def _run(concurrency: int, wait: bool) -> None:
    async with app.open_async():
        looking = asyncio.create_task(_take_up_stalled())
        try:
            await app.run_worker_async(
                name="hezhi",
                concurrency=concurrency,
                wait=wait,
                update_heartbeat_interval=BEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
            )
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking


async def _take_up_stalled() -> None:
    while True:
        try:
            await stalled_retry()
        except ConnectorException as problem:
            logger.warning("could not look for jobs of killed workers: %s", problem)
        await asyncio.sleep(LOOK_SECONDS)


async def stalled_retry() -> int:
    """Put the jobs of silent workers back in the queue. Return how many."""
    count = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        logger.warning("job %s (%s) lost its worker and runs again", job.id, job.task_name)
        await app.job_manager.retry_job(job)
        count += 1
    return count
