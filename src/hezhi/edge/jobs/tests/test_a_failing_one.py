"""One thing that cannot be done holds nothing else up, is told to the operator, and is tried again."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.edge.jobs.worker import worker_run
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertState
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps, lamps, lamps_committed, lines, moment
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskState
from hezhi.flow.tasks.models import Task
from hezhi.kit.sweeping import SweepFailed
from hezhi.spine.ledger import api as ledger

__all__ = ["lamps", "lamps_committed"]
FIRST_RING = moment("03-18 00:00")


def test_a_case_that_fails_does_not_keep_the_others_waiting(lamps: Lamps, caplog: pytest.LogCaptureFixture) -> None:
    late = [lamps.handled() for _ in range(3)]
    Case.objects.filter(id=late[1].id).update(pack="gone@2026.1")

    with pytest.raises(SweepFailed) as told:
        cases.cases_sweep(at=FIRST_RING)

    assert told.value.facts == {"sweep": "cases", "moved": 2, "failed_count": 1, "failed": str(late[1].id)}
    assert list(Case.objects.order_by("id").values_list("ring", flat=True)) == [1, 0, 1]
    assert lines(late[1], "case.raise_ring") == []
    (line,) = [one.getMessage() for one in caplog.records if one.name == "hezhi.kit.sweeping"]
    assert line.startswith(f"sweep cases: {late[1].id} failed with ")

    Case.objects.filter(id=late[1].id).update(pack=lamps.pack.stamp)
    assert cases.cases_sweep(at=FIRST_RING) == 1
    assert list(Case.objects.order_by("id").values_list("ring", flat=True)) == [1, 1, 1]


def test_those_that_fail_never_fill_a_round(lamps: Lamps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hezhi.flow.cases.acts.oversight.SWEEP_AT_MOST", 1)
    late = [lamps.handled() for _ in range(4)]
    Case.objects.filter(id__in=[one.id for one in late[:2]]).update(pack="gone@2026.1")

    with pytest.raises(SweepFailed):
        cases.cases_sweep(at=FIRST_RING)

    assert list(Case.objects.order_by("id").values_list("ring", flat=True)) == [0, 0, 1, 0]


def test_a_task_that_fails_does_not_keep_the_others_waiting(lamps: Lamps, caplog: pytest.LogCaptureFixture) -> None:
    waiting = [lamps.noticed(lamps.handled()) for _ in range(3)]
    ids = [next(one.id for one in lamps.tasks(case, TaskState.WAITING)) for case in waiting]
    whole = Task.objects.get(id=ids[0]).limit
    Task.objects.filter(id=ids[0]).update(limit={"budget": "李四"})

    with pytest.raises(SweepFailed) as told:
        tasks.tasks_sweep(at=moment("03-09 09:00"))

    assert told.value.facts == {
        "sweep": "tasks",
        "moved": 2,
        "failed_count": 1,
        "failed": f"({ids[0]}, {waiting[0].id})",
    }
    assert list(Task.objects.filter(id__in=ids).order_by("id").values_list("state", flat=True)) == [
        "waiting", "open", "open",
    ]  # fmt: skip
    assert "ValidationError" in caplog.text
    assert "李四" not in caplog.text

    Task.objects.filter(id=ids[0]).update(limit=whole)
    assert tasks.tasks_sweep(at=moment("03-09 09:01")) == 1


@pytest.mark.parametrize("why", ["snoozed", "expired"])
def test_an_alert_that_fails_does_not_keep_the_others_waiting(
    lamps: Lamps, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    rows = [lamps.alert() for _ in range(3)]
    until = moment("03-05 09:00") if why == "snoozed" else moment("03-09 09:00")
    if why == "snoozed":
        for one in rows:
            alerts.alert_snooze(
                alert_id=one.id, until=until, reason="等雨停", by=lamps.by("duty_officer"), at=MONDAY
            )  # fmt: skip
    write = ledger.line_append

    def broken(**line):
        if line["chain"] == f"alert:{rows[0].id}":
            raise RuntimeError("this chain cannot be written")
        return write(**line)

    monkeypatch.setattr(ledger, "line_append", broken)
    with pytest.raises(SweepFailed) as told:
        alerts.alerts_sweep(at=until)

    assert told.value.facts == {"sweep": "alerts", "moved": 2, "failed_count": 1, "failed": str(rows[0].id)}
    now = [alerts.alert_get(alert_id=one.id, by=HOUSE) for one in rows]
    if why == "snoozed":
        assert [one.state for one in now] == [AlertState.SNOOZED, AlertState.OPEN, AlertState.OPEN]
    else:
        assert [one.grade for one in now] == ["green", "grey", "grey"]

    monkeypatch.setattr(ledger, "line_append", write)
    assert alerts.alerts_sweep(at=until) == 1


def test_the_job_itself_fails_so_that_an_operator_sees_it(lamps_committed: Lamps) -> None:
    lamps = lamps_committed
    bad, good = lamps.handled(), lamps.handled()
    Case.objects.filter(id=bad.id).update(pack="gone@2026.1")

    app.tasks["sweep:cases"].defer(timestamp=0)
    worker_run(concurrency=1, wait=False)

    (job,) = ProcrastinateJob.objects.filter(task_name="sweep:cases", args={"timestamp": 0})
    assert job.status == "failed"
    assert [lamps.case(one.id).ring > 0 for one in (bad, good)] == [False, True]
