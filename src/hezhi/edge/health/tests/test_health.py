"""Machines that watch the site hear the truth: ready or why not, and numbers that add up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.edge.health import readiness
from hezhi.edge.now import now
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db(transaction=True)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def beat(seconds_ago: int) -> None:
    run("DELETE FROM procrastinate_workers")
    run(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{seconds_ago} s')")


def job(queue: str, status: str, due_seconds_ago: int = 0) -> None:
    run(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at) VALUES"
        f" ('{queue}', '{queue[:-1]}:test', 0, '{{}}', '{status}', now() - interval '{due_seconds_ago} s')"
    )


def ready() -> tuple[int, list[str]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["reasons"]


def told() -> dict[str, float]:
    lines = Client().get("/metrics").content.decode().splitlines()
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def test_a_site_is_ready_only_with_a_worker_that_beats_and_a_queue_that_moves() -> None:
    assert ready() == (503, ["worker_missing"])
    beat(seconds_ago=1)
    assert ready() == (200, [])
    job("sweeps", "todo", due_seconds_ago=-3600)
    assert ready() == (200, [])
    job("sweeps", "todo", due_seconds_ago=3600)
    assert ready() == (503, ["queue_old"])
    beat(seconds_ago=300)
    assert ready() == (503, ["worker_silent", "queue_old"])


def test_a_site_with_a_migration_to_come_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    beat(seconds_ago=1)
    monkeypatch.setattr(readiness, "_known_migrations", lambda: frozenset({("ledger", "9999_next")}))
    assert ready() == (503, ["migrations_waiting"])


def test_without_a_database_the_process_is_alive_not_ready_and_still_tells_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "connector_params", lambda: {"host": "/nowhere", "dbname": "none"})
    assert Client().get("/healthz").json() == {"status": "alive"}
    assert ready() == (503, ["database_unreachable"])
    numbers = told()
    assert numbers["hezhi_database_up"] == 0.0
    assert numbers['hezhi_requests_total{method="GET",route="health:healthz",status="200"}'] >= 1


def test_being_asked_reads_nothing_for_health_and_starts_no_session(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, dict(answer.cookies)) == (200, {})


def test_the_numbers_are_those_of_the_database_and_of_the_requests_answered() -> None:
    beat(seconds_ago=2)
    job("sweeps", "failed")
    job("sweeps", "failed")
    job("mails", "todo", due_seconds_ago=120)
    ledger.line_append(chain="test", act="test.act", by=Actor.system("test"), at=now(), body={})
    asked = 'hezhi_requests_total{method="GET",route="web:home",status="200"}'
    before = told().get(asked, 0.0)
    Client().get("/?phone=13800001111")

    numbers = told()

    assert numbers[asked] == before + 1
    assert numbers['hezhi_request_seconds_count{method="GET",route="web:home"}'] >= 1
    assert numbers['hezhi_jobs{queue="sweeps",state="failed"}'] == 2
    assert numbers['hezhi_jobs{queue="mails",state="todo"}'] == 1
    assert numbers['hezhi_sweeps_failed{sweep="test"}'] == 2
    assert 120 <= numbers["hezhi_job_oldest_waiting_seconds"] < 180
    assert 2 <= numbers["hezhi_worker_beat_age_seconds"] < 60
    assert numbers["hezhi_ledger_lines_unsealed"] == 1
    assert numbers["hezhi_deliveries_given_up"] == 0
    assert ProcrastinateJob.objects.count() == 3


def test_a_method_that_nobody_knows_makes_no_label_of_its_own() -> None:
    Client().generic("INVENTED", "/healthz")
    assert not [name for name in told() if "INVENTED" in name]


def test_the_counts_of_several_web_processes_add_up(tmp_path: Path) -> None:
    counting = (
        "import django; django.setup(); from hezhi.edge.health import numbers;"
        "numbers.request_count(route='web:home', method='GET', status=200, seconds=0.01);"
        "print(numbers.text().decode())"
    )
    environment = {
        **os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path),
        "DATABASE_URL": "postgresql://u:p@/none?host=/nowhere",
    }  # fmt: skip
    for expected in (1.0, 2.0):
        done = subprocess.run([sys.executable, "-c", counting], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = re.search(r'hezhi_requests_total\{method="GET",route="web:home",status="200"\} (\S+)', done.stdout)
        assert found and float(found[1]) == expected
