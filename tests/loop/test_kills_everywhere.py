"""Web, worker, database and a full disk, six kills in all: the short form of ``python -m tests.bench.kills``."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from hezhi.edge.cli import ready

KILLS = 6
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL"),
]


def test_six_kills_of_every_kind_lose_nothing_and_double_nothing() -> None:
    command = [sys.executable, "-m", "tests.bench.kills", str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["survived"], sum(told["kinds"].values())) == (KILLS, KILLS)
    assert {"web", "worker", "database"} <= set(told["kinds"])
