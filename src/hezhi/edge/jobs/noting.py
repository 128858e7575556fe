"""Notes why a job failed, around every task that a worker runs."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from django.db import Error
from django.db.models import Exists, OuterRef
from procrastinate import JobContext
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.edge.health import tracing
from hezhi.edge.jobs.models import Failure
from hezhi.edge.now import now
from hezhi.kit.errors import HezhiError
from hezhi.kit.sweeping import SweepFailed

logger = logging.getLogger(__name__)


def traced(run: Callable[[], Any], context: JobContext, _worker: object) -> Any:
    """Run a task within a span of its own, named after the task; its arguments are told to nobody."""
    job = context.job
    with tracing.span(f"job {job.task_name}", queue=job.queue, job=job.id or 0, attempts=job.attempts):
        return run()


def failures_noted(run: Callable[[], Any], context: JobContext, _worker: object) -> Any:
    """Run a task; when it fails, note the kind of the error and its place, and let it go on."""
    try:
        return run()
    except Exception as problem:
        _note(context.job.id, problem)
        raise


def _note(job_id: int | None, problem: Exception) -> None:
    kind, place = told_of(problem)
    facts = problem.facts if isinstance(problem, SweepFailed) else {}
    told = {"kind": kind, "place": place, "ids": str(facts.get("failed", ""))[:200], "at": now()}
    try:
        Failure.objects.update_or_create(job_id=job_id, defaults=told)
    except Error as lost:  # the database is what failed: the job is told by the log alone
        logger.warning("job %s: its failure could not be noted: %s", job_id, type(lost).__name__)


def failures_forget() -> int:
    """Forget what was noted of jobs that did not stay failed; return how many notes went."""
    failed = ProcrastinateJob.objects.filter(id=OuterRef("job_id"), status__in=("failed", "todo", "doing"))
    return Failure.objects.filter(~Exists(failed)).delete()[0]


def told_of(problem: Exception) -> tuple[str, str]:
    """Return kind and place of an error. Its words may hold a name or a number of somebody; these do not.

    Example:
        >>> told_of(HezhiError("13800000123"))
        ('hezhi_error', '')
    """
    kind = problem.code if isinstance(problem, HezhiError) else type(problem).__name__
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [one for one in frames if "/hezhi/" in one.filename] or frames
    if not ours:
        return kind[:80], ""
    last = ours[-1]
    return kind[:80], f"{last.filename.rpartition('/hezhi/')[2]}:{last.lineno} {last.name}"[:200]
