"""The embedded database server starts, survives kills, and lets nobody in without the password."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hezhi.edge.cli import ready
from hezhi.project import postgres
from hezhi.project.options import ROOT

pytestmark = pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL")


@pytest.fixture(scope="module")
def run_dir() -> Iterator[Path]:
    """A run folder that the server's account can reach (pytest's own folders are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="hezhi-pg-") as folder:
        Path(folder).chmod(0o755)
        run = Path(folder) / "run"
        yield run
        postgres.server_stop(postgres.place_of(run))


@pytest.fixture
def place(run_dir: Path) -> postgres.Place:
    """The place of a server that runs."""
    place = postgres.place_of(run_dir)
    postgres.server_start(place, keep=True)
    return place


def answer(place: postgres.Place, question: str = "SELECT 1") -> object:
    with psycopg.connect(postgres.database_url(place)) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def test_a_second_start_finds_the_server_running(place: postgres.Place) -> None:
    assert postgres.server_start(place) is False
    assert answer(place) == 1


def test_the_password_is_random_private_and_needed(place: postgres.Place) -> None:
    assert stat.S_IMODE(place.password_file.stat().st_mode) == 0o600
    assert len(place.password_file.read_text()) == 32
    for wrong in ("", "postgres", "hezhi"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(place.sockets), user=postgres.NAME, password=wrong, dbname=postgres.NAME)


def test_no_port_is_opened(place: postgres.Place) -> None:
    assert answer(place, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700


def test_it_never_runs_as_root(place: postgres.Place) -> None:
    pid = int((place.data / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid == place.uid != 0


def test_it_starts_again_right_after_a_kill(place: postgres.Place) -> None:
    with psycopg.connect(postgres.database_url(place), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (day date)")
        connection.execute("INSERT INTO kept VALUES ('2026-03-01')")
    os.kill(int((place.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    while postgres.is_running(place):  # a kill takes a moment on a busy machine
        time.sleep(0.01)
    assert postgres.server_start(place) is True
    assert answer(place, "SELECT count(*) FROM kept") == 1


def test_a_first_start_that_was_killed_half_way_is_begun_anew() -> None:
    with tempfile.TemporaryDirectory(prefix="hezhi-pg-") as folder:
        Path(folder).chmod(0o755)
        place = postgres.place_of(Path(folder) / "run")
        (place.pg_dir / "data.draft").mkdir(parents=True)
        (place.pg_dir / "data.draft/PG_VERSION").write_text("18\n")
        with postgres.running(place):
            assert answer(place) == 1
        assert not postgres.is_running(place)


def test_the_last_user_stops_it_unless_it_is_to_be_kept(run_dir: Path) -> None:
    place = postgres.place_of(run_dir)
    postgres.server_stop(place)
    with postgres.running(place):
        with postgres.running(place):
            assert answer(place) == 1
        assert postgres.is_running(place), "one user is left"
    assert not postgres.is_running(place)
    postgres.server_start(place, keep=True)
    with postgres.running(place):
        pass
    assert postgres.is_running(place)


def test_two_that_start_together_get_one_server(run_dir: Path) -> None:
    place = postgres.place_of(run_dir)
    postgres.server_stop(place)
    command = [sys.executable, "-m", "hezhi.edge.cli", "db", "start"]
    environment = {**os.environ, "HEZHI_RUN_DIR": str(run_dir), "PYTHONPATH": str(ROOT / "src")}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(one.communicate(timeout=60)[0].split(":")[0] for one in both)
    assert said == ["runs already", "started"]
    assert answer(place) == 1


def test_a_deep_checkout_gets_a_short_socket_path() -> None:
    place = postgres.Place(
        Path("/srv") / ("deep" * 30), Path("/srv") / ("deep" * 30) / "pg", os.geteuid(), os.getegid()
    )
    assert len(str(place.sockets)) < 60
    assert place.sockets == postgres.Place(place.run_dir, place.pg_dir, place.uid, place.gid).sockets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")
def test_below_a_closed_home_the_database_moves_where_its_account_can_reach() -> None:
    with tempfile.TemporaryDirectory(prefix="hezhi-closed-") as folder:  # 0700, like a home
        place = postgres.place_of(Path(folder) / "checkout/.run")
        assert place.pg_dir.parent == Path("/var/lib/hezhi")
        try:
            with postgres.running(place):
                assert answer(place) == 1
            assert place.password_file.is_relative_to(folder), "secrets stay in the run folder"
        finally:
            subprocess.run(["rm", "-rf", str(place.pg_dir)], check=True)


def test_binaries_of_another_version_are_refused(place: postgres.Place, tmp_path: Path) -> None:
    old = tmp_path / "postgres"
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n")
    old.chmod(0o755)
    with pytest.raises(postgres.DatabaseError, match=r"15\.18, and Hezhi needs version 18"):
        postgres.binaries(place, str(tmp_path))
    with pytest.raises(postgres.DatabaseError, match="no usable postgres"):
        postgres.binaries(place, str(tmp_path / "nowhere"))


def test_stopping_takes_little_time(place: postgres.Place) -> None:
    began = time.monotonic()
    with psycopg.connect(postgres.database_url(place)):
        assert postgres.server_stop(place) is True
    assert time.monotonic() - began < 10
    assert postgres.server_stop(place) is False


def test_a_failing_statement_leaves_no_personal_data_in_the_log(place: postgres.Place) -> None:
    phone, at = "13900007788", place.log.stat().st_size
    with psycopg.connect(postgres.database_url(place), autocommit=True) as connection:
        connection.execute("SET log_min_duration_statement = 0")  # the log is written to
        connection.execute("SELECT 1 AS here")
        connection.execute("RESET log_min_duration_statement")
        connection.execute("CREATE TEMP TABLE called (phone text PRIMARY KEY, age int CHECK (age > 0))")
        connection.execute("INSERT INTO called VALUES (%s, 1)", [phone])
        for sql, values in (
            (f"INSERT INTO called VALUES ('{phone}', 1)", None),
            ("INSERT INTO called VALUES (%s, %s)", [phone, 1]),
            ("INSERT INTO called VALUES (%s, %s)", [phone + "1", 0]),
        ):
            with pytest.raises(psycopg.IntegrityError):
                connection.execute(sql, values)
        with pytest.raises(psycopg.DataError):
            connection.execute("SELECT %s::int", [f"phone {phone}"])
        connection.execute("SELECT 1")

    told = place.log.read_text()[at:]

    assert "SELECT 1 AS here" in told
    assert "ERROR:" not in told
    assert phone not in told
