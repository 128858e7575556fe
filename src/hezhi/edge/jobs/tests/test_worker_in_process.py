"""The worker keeps the promise that a job stands and falls with the act that deferred it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.edge.jobs.worker import worker_run
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import DeliveryState
from hezhi.services.notices.tests.factories import WEN, options, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_tasks() -> Iterator[None]:
    """Let a test register tasks that nobody else meets."""
    before = dict(app.tasks)
    yield
    app.tasks.clear()
    app.tasks.update(before)


def jobs() -> list[tuple[str, str]]:
    """Return name and status of the jobs that tests deferred, oldest first."""
    found = ProcrastinateJob.objects.exclude(task_name__startswith="sweep:").order_by("id")
    return list(found.values_list("task_name", "status"))


def test_a_job_that_fails_takes_the_jobs_it_deferred_along(own_tasks):
    @app.task(name="test.inner")
    def inner() -> None:
        raise AssertionError("nobody should run me")

    @app.task(name="test.outer")
    def outer() -> None:
        with transaction.atomic():
            send(WEN, channels=("sms",))
            inner.defer()
            raise ValueError("a rule was broken")

    outer.defer()
    worker_run(concurrency=1, wait=False)

    assert jobs() == [("test.outer", "failed")]
    assert notices.deliveries_of(about="case:12") == []


def test_a_job_deferred_by_a_job_runs_too(own_tasks, settings, tmp_path):
    settings.HEZHI = options(run_dir=tmp_path)

    @app.task(name="test.outer")
    def outer() -> None:
        send(WEN, channels=("sms",))

    outer.defer()
    worker_run(concurrency=1, wait=False)

    assert jobs() == [("test.outer", "succeeded"), ("notices.deliver", "succeeded")]
    assert [one.state for one in notices.deliveries_of(about="case:12")] == [DeliveryState.SENT]


def test_a_failed_try_is_scheduled_later_and_the_worker_goes_on(settings):
    settings.HEZHI = options(sms_url="http://127.0.0.1:9/")
    send(WEN, channels=("sms",))

    worker_run(concurrency=1, wait=False)

    (job,) = ProcrastinateJob.objects.filter(task_name="notices.deliver")
    assert (job.status, job.attempts, job.scheduled_at is not None) == ("todo", 1, True)
    assert [(one.state, one.attempts) for one in notices.deliveries_of(about="case:12")] == [(DeliveryState.FAILED, 1)]


def test_a_job_of_a_silent_worker_runs_again(own_tasks, settings):
    settings.HEZHI = options(worker_silent_seconds=1)
    ran: list[int] = []

    @app.task(name="test.once_more")
    def once_more() -> None:
        ran.append(1)

    once_more.defer()
    with connection.cursor() as cursor:  # as a worker leaves it that was killed a minute ago
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    run_until(lambda: ran)

    assert jobs() == [("test.once_more", "succeeded")]


def test_of_two_equal_sweeps_a_killed_one_makes_room(own_tasks, settings):
    settings.HEZHI = options(worker_silent_seconds=1)

    @app.task(name="test.sweep", queueing_lock="test.sweep", lock="test.sweep")
    def sweep() -> None:
        pass

    sweep.defer()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    sweep.defer()
    run_until(lambda: ("test.sweep", "succeeded") in jobs())

    assert jobs() == [("test.sweep", "aborted"), ("test.sweep", "succeeded")]


def run_until(done, rounds: int = 10) -> None:
    """Let the worker run once over, again and again, until ``done()``."""
    for _ in range(rounds):
        worker_run(concurrency=1, wait=False)
        if done():
            return
    raise AssertionError("not done in time")
