"""A dumped database comes back whole, and never over another one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from hezhi.edge.cli import ready
from hezhi.project import postgres
from hezhi.project.options import ROOT

pytestmark = pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL")


def hezhi(run_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HEZHI_RUN_DIR": str(run_dir), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "hezhi.edge.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_dump_comes_back_whole_and_only_into_an_empty_database() -> None:
    with tempfile.TemporaryDirectory(prefix="hezhi-pg-") as folder:
        Path(folder).chmod(0o755)
        run_dir, file = Path(folder) / "run", Path(folder) / "kept.dump"
        with postgres.running(postgres.place_of(run_dir)) as address:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE TABLE told (words text)")
                connection.execute("INSERT INTO told VALUES ('和治')")
            assert hezhi(run_dir, "db", "dump", str(file)).returncode == 0
            again = hezhi(run_dir, "db", "dump", str(file))
            assert (again.returncode, "exists already" in again.stderr) == (1, True)
            full = hezhi(run_dir, "db", "load", str(file))
            assert (full.returncode, "must be empty" in full.stderr) == (1, True)
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("DROP TABLE told")
            loaded = hezhi(run_dir, "db", "load", str(file))
            assert loaded.returncode == 0, loaded.stderr
            with psycopg.connect(address) as connection:
                assert connection.execute("SELECT words FROM told").fetchall() == [("和治",)]
        assert file.stat().st_mode & 0o777 == 0o600
