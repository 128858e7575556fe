"""Why a job failed is noted without a word of anybody; an operator runs it again or drops it, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.edge.jobs import mending, queues
from hezhi.edge.jobs.errors import JobsNotFound, ReasonMissing
from hezhi.edge.jobs.models import Failure
from hezhi.edge.jobs.noting import failures_forget
from hezhi.edge.jobs.worker import worker_run
from hezhi.edge.now import now
from hezhi.kit.errors import NotAllowed, Refused
from hezhi.kit.sweeping import SweepFailed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = Actor.system("test")
NAME, PHONE = "张三丰", "13900000102"


class Broken(Refused):
    """The paper has no page."""

    code = "broken_paper"


@pytest.fixture
def own_tasks() -> Iterator[None]:
    before = dict(app.tasks)
    yield
    app.tasks.clear()
    app.tasks.update(before)


@pytest.fixture
def paper(own_tasks: None) -> list[Exception | None]:
    """A task that fails with each of these in turn, and works where there is None."""
    will: list[Exception | None] = []

    @app.task(name="test.paper")
    def make(document_id: int, asked_by: str = "") -> None:
        problem = will.pop(0)
        if problem is not None:
            raise problem

    return will


def fail(will: list[Exception | None], *problems: Exception, lock: str | None = None) -> None:
    for number, problem in enumerate(problems):
        will[:] = [problem]
        task = app.tasks["test.paper"].configure(queueing_lock=lock)
        task.defer(document_id=12 + number, asked_by=f"{NAME} {PHONE}")
        worker_run(concurrency=1, wait=False)


def states() -> list[tuple[int, str]]:
    found = ProcrastinateJob.objects.filter(task_name="test.paper").order_by("id")
    return [(one.args["document_id"], one.status) for one in found]


def notes() -> int:
    own = ProcrastinateJob.objects.filter(task_name="test.paper").values("id")
    return Failure.objects.filter(job_id__in=own).count()  # sweeps of the worker may fail beside


def group() -> queues.FailedJobs:
    [found] = [one for one in queues.failed_all() if one.task == "test.paper"]
    return found


def test_failed_jobs_stand_together_by_kind_and_tell_nothing_of_anybody(paper: list[Exception | None]) -> None:
    fail(paper, Broken(f"{NAME}"), Broken(f"{PHONE}"), ValueError(f"{NAME} has no phone {PHONE}"))

    other, broken = [one for one in queues.failed_all() if one.task == "test.paper"]
    assert (broken.kind, broken.count, broken.about) == ("broken_paper", 2, "document_id=13")
    assert (other.kind, other.count, other.about) == ("ValueError", 1, "document_id=14")
    assert broken.place.startswith("edge/jobs/tests/test_failed_jobs.py:")
    assert broken.place.endswith(" make")
    said = str([asdict(one) for one in queues.failed_all()])
    assert [one for one in (NAME, PHONE) if one in said] == []
    [row] = [one for one in queues.queues_all() if one.name == "default"]
    assert (row.waiting_count, row.doing_count, row.failed_count, row.oldest_at) == (0, 0, 3, None)


def test_a_job_that_is_run_again_works_and_the_ledger_says_who_and_why(paper: list[Exception | None]) -> None:
    fail(paper, Broken(), Broken())
    found = group()

    count = mending.jobs_retry(
        task=found.task, kind=found.kind, up_to=found.newest_id, reason=" 模板已修 ", by=HOUSE, at=now()
    )
    paper[:] = [None, None]
    worker_run(concurrency=1, wait=False)

    assert count == 2
    assert states() == [(12, "succeeded"), (13, "succeeded")]
    [line] = ledger.lines_of(chain="jobs")
    assert (line.act, line.actor) == ("jobs.retry", "system:test")
    assert line.body == {
        "task": "test.paper", "kind": "broken_paper", "up_to": found.newest_id, "count": 2, "reason": "模板已修",
    }  # fmt: skip
    assert notes() == 2
    failures_forget()
    assert notes() == 0


def test_dropped_jobs_are_gone_and_what_failed_since_stays(paper: list[Exception | None]) -> None:
    fail(paper, Broken())
    up_to = group().newest_id
    fail(paper, Broken(), Broken())

    count = mending.jobs_drop(task="test.paper", kind="broken_paper", up_to=up_to, reason="重复", by=HOUSE, at=now())

    assert (count, group().count) == (1, 2)
    assert [(one.act, one.body["count"]) for one in ledger.lines_of(chain="jobs")] == [("jobs.drop", 1)]


def test_of_jobs_with_one_lock_one_runs_again_and_the_others_are_forgotten(paper: list[Exception | None]) -> None:
    fail(paper, Broken(), Broken(), lock="paper")

    count = mending.jobs_retry(
        task="test.paper", kind="broken_paper", up_to=group().newest_id, reason="再试", by=HOUSE, at=now()
    )

    assert count == 1
    assert states() == [(13, "todo")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reason": "  "}, ReasonMissing),
        ({"kind": "other"}, JobsNotFound),
        ({"up_to": 0}, JobsNotFound),
        ({"by": Actor(ref="person:1", name="x")}, NotAllowed),
    ],
)
@pytest.mark.parametrize("act", [mending.jobs_retry, mending.jobs_drop])
def test_what_is_refused_changes_nothing_and_writes_nothing(
    paper: list[Exception | None], act: object, change: dict, error: type[Exception]
) -> None:
    fail(paper, Broken())
    asked = {"task": "test.paper", "kind": "broken_paper", "up_to": group().newest_id, "reason": "r", "by": HOUSE}

    with pytest.raises(error):
        act(**{**asked, **change}, at=now())  # type: ignore[operator]

    assert states() == [(12, "failed")]
    assert ledger.lines_of(chain="jobs") == []


def test_the_same_key_is_done_once(paper: list[Exception | None]) -> None:
    fail(paper, Broken())
    asked = {"task": "test.paper", "kind": "broken_paper", "up_to": group().newest_id, "reason": "r", "by": HOUSE}

    first = mending.jobs_drop(**asked, at=now(), key="k-1")
    second = mending.jobs_drop(**asked, at=now(), key="k-1")

    assert (first, second) == (1, 0)
    assert len(ledger.lines_of(chain="jobs")) == 1


def test_a_sweep_names_what_it_could_not_do_and_a_job_without_a_note_is_unknown(paper: list[Exception | None]) -> None:
    fail(paper, SweepFailed(sweep="cases", moved=2, failed_count=2, failed="7,9"))
    assert (group().kind, group().about) == ("sweep_failed", "7,9")

    Failure.objects.all().delete()
    assert (group().kind, group().about) == ("unknown", "document_id=12")


def test_every_sweep_is_told_with_its_last_round() -> None:
    with connection.cursor() as cursor:
        for status in ("doing", "succeeded"), ("doing", "failed"):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)"
                " VALUES ('sweeps', 'sweep:cases', 0, '{}', %s) RETURNING id",
                [status[0]],
            )
            cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE status = %s", [status[1], status[0]])

    found = {one.name: one for one in queues.sweeps_all()}
    assert set(found) >= {"cases", "tasks", "alerts", "clocks", "seal", "jobs", "failures"}
    assert (found["cases"].cron, found["cases"].newest_state) == ("* * * * *", "failed")
    assert found["cases"].succeeded_at is not None
    assert (found["seal"].succeeded_at, found["seal"].newest_state) == (None, "")
