"""What an operator does about jobs that failed and messages that were given up; each act is a line of the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from hezhi.edge.jobs.errors import JobsNotFound, ReasonMissing
from hezhi.edge.jobs.models import Failure
from hezhi.edge.jobs.queues import UNKNOWN
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import Channel
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

CHAIN = "jobs"
REASON_MOST = 300
_FAILED = """
SELECT job.id, job.queueing_lock, EXISTS (
    SELECT FROM procrastinate_jobs live WHERE live.queueing_lock = job.queueing_lock AND live.status = 'todo')
FROM procrastinate_jobs job LEFT JOIN house_jobs_failure noted ON noted.job_id = job.id
WHERE job.status = 'failed' AND task_name = %s AND coalesce(noted.kind, %s) = %s AND job.id <= %s
ORDER BY job.id DESC FOR UPDATE OF job
"""


@guard.act
def jobs_retry(*, task: str, kind: str, up_to: int, reason: str, by: Actor, at: datetime, key: str = "") -> int:
    """Put failed jobs of one task and kind back into the queue; return how many run again.

    A job whose work another one waits to do already (the same lock of the queue) is forgotten instead.

    Args:
        up_to: the newest job that is meant; what failed since is left alone.

    Raises:
        NotAllowed: the actor does not run the house.
        ReasonMissing: no reason.
        JobsNotFound: there are none of this kind.
    """
    said = _asked(by, reason)
    if _is_done(key, "jobs.retry", by):
        return 0
    found = _failed(task, kind, up_to)
    again, spare, waiting = [], [], set()
    for job_id, lock, is_waited_for in found:
        is_spare = lock is not None and (is_waited_for or lock in waiting)
        (spare if is_spare else again).append(job_id)
        waiting.add(lock)
    _forget(spare)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT procrastinate_retry_job_v2(one, now(), NULL, NULL, NULL) FROM unnest(%s::bigint[]) one", [again]
        )
    _written("jobs.retry", by, at, key, task=task, kind=kind, up_to=up_to, count=len(again), reason=said)
    return len(again)


@guard.act
def jobs_drop(*, task: str, kind: str, up_to: int, reason: str, by: Actor, at: datetime, key: str = "") -> int:
    """Forget failed jobs of one task and kind; return how many. Arguments and errors as in `jobs_retry`."""
    said = _asked(by, reason)
    if _is_done(key, "jobs.drop", by):
        return 0
    found = [job_id for job_id, *_ in _failed(task, kind, up_to)]
    _forget(found)
    _written("jobs.drop", by, at, key, task=task, kind=kind, up_to=up_to, count=len(found), reason=said)
    return len(found)


@guard.act
def deliveries_again(*, channel: Channel, error: str, reason: str, by: Actor, at: datetime, key: str = "") -> int:
    """Try messages again that were given up for one reason and whose address is still kept; return how many.

    Raises:
        NotAllowed: the actor does not run the house.
        ReasonMissing: no reason.
        JobsNotFound: there are none.
    """
    said = _asked(by, reason)
    if _is_done(key, "deliveries.retry", by):
        return 0
    count = notices.deliveries_retry(channel=channel, error=error, by=by, at=at)
    if not count:
        raise JobsNotFound
    _written("deliveries.retry", by, at, key, channel=channel, count=count, reason=said)
    return count


def _asked(by: Actor, reason: str) -> str:
    permissions.require_everywhere(by, Right.HOUSE_RUN)
    said = reason.strip()[:REASON_MOST]
    if not said:
        raise ReasonMissing
    return said


def _is_done(key: str, act: str, by: Actor) -> bool:
    return bool(key) and ledger.is_replay(chain=CHAIN, key=key, act=act, by=by)


def _failed(task: str, kind: str, up_to: int) -> list[tuple[int, str | None, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [task, UNKNOWN, kind, up_to])
        found = cursor.fetchall()
    if not found:
        raise JobsNotFound
    return found


def _forget(job_ids: list[int]) -> None:
    Failure.objects.filter(job_id__in=job_ids).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'failed' AND id = ANY(%s)", [job_ids])


def _written(act: str, by: Actor, at: datetime, key: str, **body: Any) -> None:
    ledger.line_append(chain=CHAIN, act=act, by=by, at=at, body=body, key=key)
