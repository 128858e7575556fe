"""Jobs of the house itself: tidying up behind the others."""

from __future__ import annotations

from procrastinate.contrib.django import app

FINISHED_JOBS_KEPT_HOURS = 24 * 30


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="house:jobs_tidy", pass_context=True)
async def jobs_tidy(context, timestamp: int) -> None:  # noqa: ARG001
    """Forget jobs that succeeded a month ago; failed ones stay until a person has looked."""
    await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_KEPT_HOURS)
