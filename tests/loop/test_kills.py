"""Processes are killed fifty times during a replay; afterwards nothing is lost and nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

KILLS = 50
DAYS = 3
CALM, HUNTED = "hezhi_kill_calm", "hezhi_kill_hunted"
pytestmark = [pytest.mark.slow]


def _url(name: str) -> str:
    given = connection.settings_dict
    login = f"{given['USER']}:{quote(str(given['PASSWORD']), safe='')}"
    return f"postgresql://{login}@/{name}?host={quote(str(given['HOST']), safe='')}&port={given['PORT'] or 5432}"


def _admin(*statements: sql.Composable) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


class City:
    """One database with the demo city, and processes that work on it."""

    def __init__(self, name: str, run_dir: Path) -> None:
        keep = {"PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV"}
        self.env = {key: value for key, value in os.environ.items() if key in keep} | {
            "DATABASE_URL": _url(name),
            "HEZHI_RUN_DIR": str(run_dir),
            "HEZHI_POOL_SIZE": "0",
            "DJANGO_SETTINGS_MODULE": "hezhi.project.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.loop.killing", *words]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True)

    def run(self, *words: str) -> str:
        process = self.start(*words)
        told, _ = process.communicate(timeout=900)
        assert process.returncode == 0, f"{words} ended with {process.returncode}"
        return told

    def fingerprint(self) -> dict[str, object]:
        return json.loads(self.run("fingerprint").splitlines()[-1])


@pytest.fixture
def cities(tmp_path: Path, django_db_setup: None, django_db_blocker: object) -> Iterator[tuple[City, City]]:
    _admin(_drop(CALM), _drop(HUNTED), sql.SQL("CREATE DATABASE {}").format(sql.Identifier(CALM)))
    calm, hunted = City(CALM, tmp_path / "calm"), City(HUNTED, tmp_path / "hunted")
    calm.run("load")
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(HUNTED), sql.Identifier(CALM))
    _admin(copy)
    shutil.copytree(tmp_path / "calm", tmp_path / "hunted")  # keys and tokens belong to the database
    yield calm, hunted
    _admin(_drop(CALM), _drop(HUNTED))


def _difference(before: object, after: object) -> object:
    """Return only the counts that are not the same, as (calm, hunted)."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before, after
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name, 0), after.get(name, 0)) for name in names if before.get(name) != after.get(name)}


def test_fifty_kills_during_a_replay_lose_nothing_and_double_nothing(cities: tuple[City, City]) -> None:
    calm, hunted = cities
    calm.run("replay", str(DAYS))
    calm.run("drain")
    dice, kills, interrupted = random.Random(2026), 0, 0

    while kills < KILLS:
        # The one that acts stands for a web process: every act is one transaction through the same doors.
        acting, working = hunted.start("replay", str(DAYS)), hunted.start("work")
        acting.stdout.readline()  # type: ignore[union-attr]
        working.stdout.readline()  # type: ignore[union-attr]
        for process in dice.sample([acting, working], 2):
            time.sleep(dice.uniform(0.05, 1.2))
            interrupted += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    hunted.run("replay", str(DAYS))
    hunted.run("drain")

    before, after = calm.fingerprint(), hunted.fingerprint()
    assert interrupted >= KILLS // 2, "the replay was over before enough kills had hit it"
    differing = {name: _difference(before[name], after[name]) for name in before if before[name] != after[name]}
    assert differing == {}, json.dumps(differing, ensure_ascii=False, indent=1)[:4000]
    assert before["ledger_breaks"] == 0
    assert before["sink"] == before["deliveries"]['["sms", "sent"]'] > 0  # type: ignore[index]
