"""The background work of this room: handing messages over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from hezhi.kit.backoff import wait_seconds
from hezhi.services.notices.delivering import delivery_send
from hezhi.services.notices.errors import DeliveryFailed

DELIVER = "notices.deliver"
FIRST_WAIT_SECONDS = 10


class TryAgain(BaseRetryStrategy):
    """Wait twice as long each time; ``delivery_send`` itself decides when a delivery is given up."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        tries = exception.facts["attempts"] if isinstance(exception, DeliveryFailed) else job.attempts + 1
        return RetryDecision(retry_in={"seconds": wait_seconds(tries, first=FIRST_WAIT_SECONDS)})


@app.task(name=DELIVER, queue="notices", retry=TryAgain(), pass_context=True)
def deliver(context: JobContext, delivery_id: int) -> None:
    """Hand one delivery over; the worker says what time it is."""
    delivery_send(delivery_id=delivery_id, at=datetime.fromtimestamp(context.start_timestamp, UTC))


def lock_of(delivery_id: int) -> str:
    """Return the name under which only one job per delivery waits or runs."""
    return f"delivery:{delivery_id}"


def deliver_defer(delivery_ids: Iterable[int]) -> None:
    """Put the deliveries into the queue, inside the caller's transaction, in one round trip."""
    template = deliver.configure().job
    jobs = [
        template.evolve(task_kwargs={"delivery_id": one}, lock=lock_of(one), queueing_lock=lock_of(one))
        for one in delivery_ids
    ]
    if jobs:
        app.job_manager.batch_defer_jobs(jobs)


def without_job(delivery_ids: Iterable[int]) -> list[int]:
    """Return those of ``delivery_ids`` for which no job waits or runs."""
    locks = {lock_of(one): one for one in delivery_ids}
    live = ProcrastinateJob.objects.filter(queueing_lock__in=list(locks), status__in=("todo", "doing"))
    return sorted(set(locks.values()) - {locks[one] for one in live.values_list("queueing_lock", flat=True)})
