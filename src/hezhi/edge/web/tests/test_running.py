"""Whoever runs the house sees what failed and what was given up, and mends it; nobody's name or number is there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.health import running
from hezhi.edge.health.tests.test_health import run
from hezhi.edge.jobs.models import Failure
from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.project import backups
from hezhi.services.notices import api as notices
from hezhi.services.notices.contracts import Recipient, Words
from hezhi.services.notices.models import Delivery
from hezhi.services.notices.tests.factories import options
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
PHONE, NAME = "13900000102", "张三丰"
HOUSE = Actor.system("test")


def failed(task: str, args: dict, kind: str = "broken_paper") -> int:
    """Put a failed job and its note on file; return its id."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)"
            " VALUES ('documents', %s, 0, %s, 'doing') RETURNING id",
            [task, json.dumps(args)],
        )
        job_id = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job_id])
    Failure.objects.create(job_id=job_id, kind=kind, place="services/documents/making.py:10 make", at=now())
    return job_id


def given_up(phone: str, error: str) -> int:
    words = Words(f"{NAME}，您的事项已办结。", "closed")
    notices.notice_send(
        recipients=[Recipient("citizen:JL1", phone=phone)], words=words, about="case:1", act="case.close",
        channels=("sms",), by=HOUSE, at=now(), key=f"k{error}",
    )  # fmt: skip
    newest = Delivery.objects.latest("id")
    Delivery.objects.filter(id=newest.id).update(state="given_up", error=error, tried_at=now())
    return newest.id


def page(client: Client) -> str:
    answer = client.get("/running/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_what_failed_and_why_and_names_nobody(
    office: Office,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running.readiness, "reasons", lambda: ["worker_silent"])
    job_id = failed("documents.make", {"document_id": 7, "asked_by": f"{NAME} {PHONE}"})
    given_up(PHONE, "422 about 139****0102")

    said = page(office.client("operator"))

    for told in ("documents.make", "document_id=7", "broken_paper", "services/documents/making.py:10 make",
                 f'value="{job_id}"', "422 about 139****0102", "短信", "工作进程已有一段时间没有心跳。"):  # fmt: skip
        assert told in said, told
    assert [one for one in (PHONE, NAME) if one in said] == []


def test_a_failed_job_is_run_again_from_the_page_with_a_reason(office: Office) -> None:  # noqa: F811
    job_id = failed("documents.make", {"document_id": 7})
    sent = {"task": "documents.make", "kind": "broken_paper", "up_to": str(job_id)}
    client = office.client("operator")
    before = ledger.last_line_id()

    without = client.post("/running/jobs/retry/", {**sent, "reason": " "})
    assert (without.status_code, ledger.last_line_id()) == (422, before)
    assert 'id="refusal"' in without.content.decode()

    done = client.post("/running/jobs/retry/", {**sent, "reason": "字体已装"}, follow=True)
    assert "1 项任务已重新排队" in done.content.decode()
    [line] = ledger.lines_of(chain="jobs")
    assert (line.act, line.actor) == ("jobs.retry", office.actor("operator").ref)
    assert running.queues.queues_all()[0].failed_count == 0


def test_messages_given_up_are_tried_again_while_their_address_is_kept(office: Office) -> None:  # noqa: F811
    delivery_id = given_up(PHONE, "the gateway is away")
    client = office.client("operator")

    done = client.post(
        "/running/deliveries/retry/", {"channel": "sms", "error": "the gateway is away", "reason": "恢复"}
    )
    again = client.post("/running/deliveries/retry/", {"channel": "sms", "error": "the gateway is away", "reason": "r"})

    assert (done.status_code, again.status_code) == (302, 404)
    assert Delivery.objects.get(id=delivery_id).state == "queued"
    assert [(one.act, one.body) for one in ledger.lines_of(chain="jobs")] == [
        ("deliveries.retry", {"channel": "sms", "count": 1, "reason": "恢复"})
    ]


def test_the_api_tells_and_does_the_same(office: Office) -> None:  # noqa: F811
    job_id = failed("documents.make", {"document_id": 7})
    client = office.client("operator")

    told = client.get("/api/v1/running").json()
    [one] = told["failed"]
    assert (one["task"], one["kind"], one["count"], one["about"]) == (
        "documents.make",
        "broken_paper",
        1,
        "document_id=7",
    )
    assert {one["name"] for one in told["sweeps"]} >= {"cases", "seal"}
    body = {"task": "documents.make", "kind": "broken_paper", "up_to": job_id, "reason": "重复"}
    send = {"content_type": "application/json", "headers": {"Idempotency-Key": "drop-0001"}}
    answers = [client.post("/api/v1/running/jobs/drop", json.dumps(body), **send) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"count": 1})] * 2
    assert len(ledger.lines_of(chain="jobs")) == 1


@pytest.mark.parametrize("who", ["supervisor", "coordinator", "housing_bureau", "duty_officer"])
def test_nobody_else_sees_or_does_it(office: Office, who: str) -> None:  # noqa: F811
    job_id = failed("documents.make", {"document_id": 7})
    before = ledger.last_line_id()
    client = office.client(who)
    sent = {"task": "documents.make", "kind": "broken_paper", "up_to": job_id, "reason": "r"}
    send = {"content_type": "application/json", "headers": {"Idempotency-Key": "drop-0002"}}

    answers = [
        client.get("/running/"),
        client.post("/running/jobs/drop/", sent),
        client.get("/api/v1/running"),
        client.post("/api/v1/running/jobs/drop", json.dumps(sent), **send),
    ]

    assert [one.status_code for one in answers] == [403] * 4
    assert ledger.last_line_id() == before
    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert running.queues.failed_all()[0].count == 1


def test_the_last_backup_and_the_room_left_are_told(
    office: Office,  # noqa: F811
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.HEZHI = options(run_dir=tmp_path)
    assert running.last_backup() is None
    began = now() - timedelta(hours=1)
    made = backups.Manifest(
        1, began.isoformat(), began.isoformat(), {"last_id": 812}, "", "", (), False, {"base.tar.gz": (5_000_000, "x")}
    )
    backups.last_write(tmp_path, tmp_path / "b1", made)

    found = running.last_backup()
    assert found == running.LastBackup(began, 812, 5_000_000, False)
    assert found is not None
    assert "812" in page(office.client("operator"))
    [disk, *_] = running.rooms()
    assert (disk.name, 0 < disk.free_bytes <= disk.total_bytes) == ("run", True)
    assert running.Room("run", 9, 100).is_short
    assert not running.Room("run", 10, 100).is_short
