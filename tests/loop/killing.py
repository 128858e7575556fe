"""What the kill test runs in processes of its own, in the database that ``DATABASE_URL`` names.

python -m tests.loop.killing load | replay DAYS | plan COUNT | work | drain | fingerprint | fingerprint timeless
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


def plan(count: int) -> None:
    """Let systems in for officers, and print requests for them as JSON: reports, and acts on open cases."""
    from hezhi.edge.api.machines import machine_open
    from hezhi.edge.now import now
    from hezhi.flow.cases.models import Case
    from hezhi.flow.intake.models import Record
    from hezhi.flow.intake.sealing import secrets_of
    from hezhi.spine.people import api as people
    from hezhi.spine.people.contracts import Role
    from hezhi.spine.permissions.contracts import Actor

    house, at, tokens = Actor.system("kills"), now(), {}

    def token(role: Role, region_code: str) -> str:
        agency = people.agency_for_role(role=role, region_code=region_code, at=at)
        assert agency is not None
        person_id = people.officers(agency_id=agency.id, role=role, at=at)[0].id
        if person_id not in tokens:
            name = f"m{person_id}"
            account = people.account_create(username=name, password="", person_id=person_id, by=house, at=at)
            tokens[person_id] = machine_open(code=name, name=name, username=account.username, by=house, at=at)
        return tokens[person_id]

    def told(role: Role, region_code: str, path: str, **body: object) -> dict[str, object]:
        return {"token": token(role, region_code), "path": path, "body": body}

    pressed = Case.objects.exclude(state="closed").filter(is_confidential=False).order_by("id")[: count // 3]
    requests = [
        told(Role.SUPERVISOR, case.region_code, f"cases/{case.id}/{act}", text="请尽快办理")
        for case in pressed
        for act in ("urge", "supervise")
    ]
    forms = Record.objects.filter(source=None, state="accepted").exclude(scope_path="").order_by("id")
    for number in range(count - len(requests)):
        one = forms[number % len(forms)]
        values = {**one.values, **secrets_of([one])[one.id]}
        body = {"pack_id": one.pack_id, "kind": one.kind, "values": values}
        requests.append(told(Role.DUTY_OFFICER, one.region_code, "records", **body))
    print(json.dumps(requests, ensure_ascii=False))


def fingerprint(*, is_timeless: bool) -> None:
    """Print what was done, without what may differ: ids, and numbers and codes made of them.

    ``is_timeless``: without moments as well, where acts happened when a client sent them.
    """
    from django.db import connection
    from procrastinate.contrib.django.models import ProcrastinateJob

    from hezhi.edge.api.models import Answered
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
    moment = (lambda at: "") if is_timeless else str
    records = Record.objects.values_list("source__code", "source_key", "state", "kind", "subject")
    jobs = ProcrastinateJob.objects.filter(task_name__in=("notices.deliver", "documents.make"))
    told = {
        "records": counted((source, numberless(key), *rest) for source, key, *rest in records),
        "cases": cases,
        "acts": counted((act, moment(at), numberless(actor), pack) for act, at, actor, pack in lines),
        "notices": counted((act, moment(at)) for act, at in Notice.objects.values_list("act", "at")),
        "deliveries": counted(Delivery.objects.values_list("channel", "state")),
        "jobs": counted(jobs.values_list("task_name", "status")),
        "answered": counted(Answered.objects.values_list("actor", "key")),
        "sink": len(list((settings.HEZHI.run_dir / "sink").glob("*.json"))),
        "ledger_breaks": len(ledger.ledger_breaks()),
    }
    print(json.dumps(told, ensure_ascii=False))


def numberless(text: str) -> str:
    """Return a text without the numbers of records, which differ from run to run."""
    return re.sub(r"JL[\d-]+", "", text)


WHATS = {
    "load": load,
    "replay": lambda days: replay(int(days)),
    "plan": lambda count: plan(int(count)),
    "work": lambda: work(wait=True),
    "drain": lambda: work(wait=False),
    "fingerprint": lambda *words: fingerprint(is_timeless=words == ("timeless",)),
}

if __name__ == "__main__":
    django.setup()
    WHATS[sys.argv[1]](*sys.argv[2:])
