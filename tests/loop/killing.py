"""What the kill test runs in processes of its own, in the database that ``DATABASE_URL`` names.

python -m tests.loop.killing load | replay DAYS | work | drain | fingerprint
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import timedelta

import django
from django.conf import settings


def load() -> None:
    from django.core.management import call_command

    from hezhi.edge.demo.city import city_read
    from hezhi.edge.demo.loading import city_load
    from hezhi.kit.moments import day_starts_at

    call_command("migrate", verbosity=0)
    city = city_read(settings.HEZHI.city_dir)
    city_load(city, at=day_starts_at(city.first_day - timedelta(days=1)))


def replay(days: int) -> None:
    from hezhi.edge.demo.city import city_read
    from hezhi.edge.demo.replay import replay as city_replay

    print("playing", flush=True)
    city_replay(city_read(settings.HEZHI.city_dir), days=days)


def work(*, wait: bool) -> None:
    from procrastinate.contrib.django import app

    from hezhi.edge.jobs.worker import worker_run

    # The city lives in a simulated year: its sweeps belong to the replay, not to today's clock.
    app.perform_import_paths()
    app.periodic_registry.periodic_tasks.clear()
    print("working", flush=True)
    worker_run(concurrency=2, wait=wait)


def fingerprint() -> None:
    """Print what a replay left, without what may differ: ids, and numbers and codes made of them."""
    from django.db import connection
    from procrastinate.contrib.django.models import ProcrastinateJob

    from hezhi.flow.intake.models import Record
    from hezhi.services.notices.models import Delivery, Notice
    from hezhi.spine.ledger import api as ledger
    from hezhi.spine.ledger.models import Line

    def counted(rows: object) -> dict[str, int]:
        return dict(sorted(Counter(json.dumps(row, default=str, ensure_ascii=False) for row in rows).items()))  # type: ignore[attr-defined]

    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM cases_case GROUP BY 1 ORDER BY 1")
        cases = dict(cursor.fetchall())
    lines = Line.objects.exclude(chain="seals").values_list("act", "at", "actor", "pack")
    jobs = ProcrastinateJob.objects.filter(task_name__in=("notices.deliver", "documents.make"))
    told = {
        "records": counted(Record.objects.values_list("source__code", "source_key", "state", "kind")),
        "cases": cases,
        "acts": counted((act, at, re.sub(r"JL[\d-]+", "", actor), pack) for act, at, actor, pack in lines),
        "notices": counted(Notice.objects.values_list("act", "at")),
        "deliveries": counted(Delivery.objects.values_list("channel", "state")),
        "jobs": counted(jobs.values_list("task_name", "status")),
        "sink": len(list((settings.HEZHI.run_dir / "sink").glob("*.json"))),
        "ledger_breaks": len(ledger.ledger_breaks()),
    }
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    django.setup()
    what = sys.argv[1]
    if what == "replay":
        replay(int(sys.argv[2]))
    else:
        {"load": load, "work": lambda: work(wait=True), "drain": lambda: work(wait=False), "fingerprint": fingerprint}[
            what
        ]()
