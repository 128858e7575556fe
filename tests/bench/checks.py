"""What a point check costs: in the process by each evaluator, and over HTTP at 100 requests a second.

Over HTTP the web processes are the real ones (granian, two as by default), signed in as the web's role; four
counters ask by tokens, each question about another spot and permit of 50,000, each answer logged. Baseline in the
same run and at the same rate: ``healthz``, which asks no database. What the web processes compute for one answer is
told too, for waiting depends on who else works on the machine. In the process: decisions per second on one core.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import httpx
from django.db import connection
from tests.bench.figures import Figure, median, p
from tests.bench.openloop import Asked, ask_at_rate

from hezhi.edge.api.machines import machine_open
from hezhi.edge.cli.serve import Child, children_of
from hezhi.edge.stories.town import town_make
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import FeatureIn
from hezhi.flow.checks.models import Answer
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Decision, Pack
from hezhi.project.options import ROOT, options_read
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("bench")
FOLDER = ROOT / "packs" / "_demo_works"
SUBJECTS = 50_000
COUNTERS = 4  # one asker may ask 6,000 times a minute
RATE, SECONDS, CONNECTIONS = 100, 20.0, 32
WARM = 300
BATCH = 1_000_000
DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # the other parts share this town, and look at it then


def measure() -> list[Figure]:
    pack = packkit.pack_read(FOLDER)
    figures = _in_process(pack.decision("planter"))
    return figures + _over_http(pack)


def _in_process(table: Decision) -> list[Figure]:
    at = datetime.now(UTC)
    at_us = round(at.timestamp() * 1_000_000)
    dice = random.Random(7)
    bounds = {"weight_kg": (1, 600), "permit_days_left": (-30, 300), "reports_30d": (0, 5), "unreturned": (0, 2)}
    tried = [{name: dice.randint(*ends) for name, ends in bounds.items()} for _ in range(2000)]
    grade = packkit.grader_make(table)
    from_at, from_us = dict.fromkeys(table.inputs, at), dict.fromkeys(table.inputs, at_us)
    told = [packkit.decide(table, facts, at=at, from_at=from_at).colour for facts in tried]
    if told != [grade(facts, at_us, from_us)[0] for facts in tried]:
        raise RuntimeError("the generated function grades otherwise than the reference")
    reference = _rate(lambda facts: packkit.decide(table, facts, at=at, from_at=from_at), tried, 1)
    generated = _rate(lambda facts: grade(facts, at_us, from_us), tried, 200)
    sql = _sql_rate(table, at_us)
    note = "table of 6 rows and 4 inputs, one core; baseline: the readable evaluator, with reasons and changes"
    batch = f"the same table as CASE over {BATCH} rows on DuckDB; baseline: as above"
    return [
        Figure("check.decisions_per_s_reference", reference, "1/s", reference, note),
        Figure("check.decisions_per_s_generated", generated, "1/s", reference, note),
        Figure("check.decisions_per_s_sql", sql, "1/s", reference, batch),
    ]


def _rate(decide: Callable[[dict[str, int]], object], tried: list[dict[str, int]], rounds: int) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        for facts in tried:
            decide(facts)
    return rounds * len(tried) / (time.perf_counter() - start)


def _sql_rate(table: Decision, at_us: int) -> float:
    dated = ", ".join(f"{at_us} AS {name}_from_us" for name in table.inputs)
    spread = {"weight_kg": "i % 600 + 1", "permit_days_left": "i % 331 - 30"}
    spread |= {"reports_30d": "i % 6", "unreturned": "i % 3"}
    values = ", ".join(f"({how})::BIGINT AS {name}" for name, how in spread.items())
    sql = packkit.decision_sql(table, alias="f", as_of_us=at_us)
    with duckdb.connect() as base:
        base.execute("SET threads = 1")
        base.execute(f"CREATE TABLE facts AS SELECT {values}, {dated} FROM range({BATCH}) t(i)")
        start = time.perf_counter()
        base.execute(f"CREATE TABLE told AS SELECT {sql.select_list} FROM facts f")
        return BATCH / (time.perf_counter() - start)


def _over_http(pack: Pack) -> list[Figure]:
    at = datetime.now(UTC)
    tokens = _counters(pack, at)
    packkit.shelf_use(packkit.Shelf([FOLDER, FOLDER.parent]))  # keys of subjects follow what the pack declares
    _features(pack.id, at)
    question = _questions(pack, at, tokens)
    with _web() as (port, group):
        ask_at_rate(port, _healthz, per_s=RATE, seconds=WARM / RATE, connections=CONNECTIONS)  # both processes are up
        before_idle = _cpu_s(group)
        idle = ask_at_rate(port, _healthz, per_s=RATE, seconds=SECONDS, connections=CONNECTIONS)
        idle_cpu = _cpu_s(group) - before_idle
        ask_at_rate(port, lambda n: question(-1 - n), per_s=RATE, seconds=WARM / RATE, connections=CONNECTIONS)
        before, before_asked = Answer.objects.count(), _cpu_s(group)
        asked = ask_at_rate(port, question, per_s=RATE, seconds=SECONDS, connections=CONNECTIONS)
        cpu = _cpu_s(group) - before_asked
    _must_be_answered(idle, asked, before)
    how = (
        f"{RATE} a second for {SECONDS:.0f} s, open loop, two web processes on {os.cpu_count()} cores beside client and"
        f" database; sent late by {p(asked.late_ms, 99):.1f} ms (p99); baseline: healthz at the same rate"
    )
    names = (("p50", 50), ("p95", 95), ("p99", 99))
    return [
        Figure(f"check.{name}_ms_at_{RATE}_rps", p(asked.took_ms, one), "ms", p(idle.took_ms, one), how)
        for name, one in names
    ] + [
        Figure(
            "check.web_cpu_ms", cpu * 1000 / (RATE * SECONDS), "ms", idle_cpu * 1000 / (RATE * SECONDS),
            "processor time of the web processes for one answer; baseline: for healthz",
        ),
        Figure(
            f"check.late_median_ms_at_{RATE}_rps", median(asked.late_ms), "ms", median(idle.late_ms),
            "how late the client itself sent; baseline: at healthz",
        )
    ]  # fmt: skip


def _must_be_answered(idle: Asked, asked: Asked, before: int) -> None:
    wanted = {200: round(RATE * SECONDS)}
    if idle.statuses != wanted or asked.statuses != wanted:
        raise RuntimeError(f"not everything was answered: {idle.statuses}, {asked.statuses}")
    written = Answer.objects.count() - before
    graded = Answer.objects.exclude(colour="grey").count()
    if written != wanted[200] or graded < written:
        raise RuntimeError(f"{written} answers were logged, {graded} in all were graded")


def _counters(pack: Pack, at: datetime) -> list[str]:
    """Open the town's counters and return their tokens."""
    town = town_make(packkit.shelf().packs()[0], START)
    tokens = []
    for number in range(COUNTERS):
        name = f"bench-{number}"
        people.account_create(username=name, password="", by=HOUSE, at=at - DAY, person_id=town.persons["duty_officer"])
        tokens.append(machine_open(code=name, name=name, username=name, by=HOUSE, at=at - DAY))
    return tokens


def _features(pack_id: str, at: datetime) -> None:
    for name, feature in (("spot", "reports_30d"), ("P", "things_unreturned")):
        subjects = [(feature, f"{name} {number:05d}") for number in range(SUBJECTS)]
        keys = checks.subjects_key(pack_id=pack_id, subjects=subjects, by=HOUSE)
        rows = [
            FeatureIn(
                pack_id, keys[subject] or "", feature, number % 5, at - timedelta(minutes=1), "bench", at + 9 * DAY
            )
            for number, subject in enumerate(subjects)
        ]
        checks.features_put(rows=rows, by=HOUSE, at=at)


def _questions(pack: Pack, at: datetime, tokens: list[str]) -> Callable[[int], bytes]:
    run = f"{at.timestamp():.0f}"

    def question(number: int) -> bytes:
        given: dict[str, Any] = {
            "spot": f"spot {number * 7919 % SUBJECTS:05d}",
            "holder_no": f"P {number * 104_729 % SUBJECTS:05d}",
            "weight_kg": number * 31 % 600 + 1,
            "permit_until": (at + timedelta(days=number % 300 - 20)).date().isoformat(),
        }
        body = json.dumps({"given": given}).encode()
        head = (
            f"POST /api/v1/checks/{pack.id}/place_planter HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
            f"\r\nAuthorization: Bearer {tokens[number % COUNTERS]}\r\nIdempotency-Key: {run}-{number}"
            f"\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return question


def _healthz(_: int) -> bytes:
    return b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def _web() -> Iterator[tuple[int, int]]:
    """Run the web processes on the bench's database, with the invented pack alone; give port and process group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = connection.settings_dict
    login = f"{given['USER']}:{quote(str(given['PASSWORD']), safe='')}"
    place = f"host={quote(str(given['HOST']), safe='')}&port={given['PORT'] or 5432}"
    environment = {
        "DATABASE_URL": f"postgresql://{login}@/{given['NAME']}?{place}",
        "HEZHI_PORT": str(port),
        "HEZHI_PACKS_DIR": str(FOLDER),
        "HEZHI_POOL_SIZE": "4",
        "HEZHI_WEB_WORKERS": "2",
    }
    options = options_read({**os.environ, **environment})
    [web] = [one for one in children_of(options) if one.name == "web"]
    with tempfile.TemporaryDirectory() as counts:
        environment |= {**web.environment, "PROMETHEUS_MULTIPROC_DIR": counts}
        child = Child(web.name, web.command, environment=environment)
        child.start()
        try:
            _wait(port)
            assert child.process is not None
            yield port, child.process.pid
        finally:
            child.end(signal.SIGTERM)
            if child.process is not None:
                child.process.wait()


def _cpu_s(group: int) -> float:
    """Return the processor time that a group of processes has taken until now."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(told[2]) == group:
            ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web process did not answer within a minute")
