"""The background work of this room: making papers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from hezhi.kit.backoff import wait_seconds
from hezhi.services.documents.making import document_make

MAKE = "documents.make"


class TryAgain(BaseRetryStrategy):
    """What stops a paper here is the machine (disk, database), never the paper: try until it works."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": wait_seconds(job.attempts + 1)})


@app.task(name=MAKE, queue="documents", retry=TryAgain(), pass_context=True)
def make(context: JobContext, document_id: int) -> None:
    """Make one ordered paper; the worker says what time it is."""
    document_make(document_id=document_id, at=datetime.fromtimestamp(context.start_timestamp, UTC))


def lock_of(document_id: int) -> str:
    """Return the name under which only one job per paper waits or runs."""
    return f"document:{document_id}"


def make_defer(document_id: int) -> None:
    """Put the making of one paper into the queue, inside the caller's transaction."""
    lock = lock_of(document_id)
    make.configure(lock=lock, queueing_lock=lock).defer(document_id=document_id)


def without_job(document_ids: Iterable[int]) -> list[int]:
    """Return those of ``document_ids`` for which no job waits or runs."""
    locks = {lock_of(one): one for one in document_ids}
    live = ProcrastinateJob.objects.filter(queueing_lock__in=list(locks), status__in=("todo", "doing"))
    return sorted(set(locks.values()) - {locks[one] for one in live.values_list("queueing_lock", flat=True)})
