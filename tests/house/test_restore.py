"""A backup comes back whole in another run folder, to the second, and a broken one not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.house.test_backup import hezhi
from typer.testing import CliRunner

from hezhi.edge.cli import ready
from hezhi.edge.cli.main import assemble
from hezhi.edge.cli.restore import moment_read
from hezhi.project import backups, postgres
from hezhi.project.options import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL"),
]
SECONDS = 4
WRITING = """
import time
from datetime import UTC, datetime
from django.db import connection
from hezhi.edge.cli import ready
ready.django_ready()
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed
by = Actor.system("test")
regions.regions_load(rows=[RegionSeed("330000", "浙江省")], by=by, at=datetime.now(UTC))
for number in range({seconds}):
    at = datetime.now(UTC)
    ledger.line_append(chain=f"test:{{number % 2}}", act="test.write", by=by, at=at, body={{"n": number}})
    files.file_put(content=b"paper %d" % number, name="a.txt", by=by, at=at)
    end = ledger.ledger_end()
    print(datetime.now(UTC).isoformat(), end.last_id, end.heads, flush=True)
    time.sleep(1)
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_switch_wal()")
"""


@dataclass(frozen=True)
class Live:
    """A live installation that wrote an act and a file each second after its backup."""

    folder: Path
    told: list[tuple[str, str, str]]  # moment, last line, heads: what the ledger was right after each act

    @property
    def run_dir(self) -> Path:
        return self.folder / "run"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def restore(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = hezhi(self.run_dir, "restore", str(self.backup), "--to", str(self.folder / name), *arguments)
        postgres.server_stop(postgres.place_of(self.folder / name))
        return done


SUPERUSER = "SET session_replication_role = replica"  # past the trigger that keeps lines as they are
OLDER = "DELETE FROM django_migrations WHERE app = 'house_jobs'"


@contextmanager
def live_changed(place: postgres.Place, *statements: str) -> Iterator[None]:
    """Let the block meet the live database after some statements, its server running."""
    with postgres.running(place) as url, psycopg.connect(url) as database:
        for one in statements:
            database.execute(one)
        database.commit()
        yield


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with tempfile.TemporaryDirectory(prefix="hezhi-restore-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        run_dir, archive = folder / "run", folder / "archive"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DJANGO_SETTINGS_MODULE", "hezhi.project.settings")  # the tests' own keep files elsewhere
            patch.setenv("HEZHI_ARCHIVE_DIR", str(archive))
            place = postgres.place_of(run_dir, str(archive))
            with postgres.running(place):
                assert hezhi(run_dir, "django", "migrate", "--verbosity", "0").returncode == 0
                made = hezhi(run_dir, "backup", str(folder / "backup"))
                assert made.returncode == 0, made.stderr
                environment = {**os.environ, "HEZHI_RUN_DIR": str(run_dir), "PYTHONPATH": str(ROOT / "src")}
                wrote = subprocess.run(
                    [sys.executable, "-c", WRITING.format(seconds=SECONDS)],
                    env=environment, capture_output=True, text=True, check=True,
                )  # fmt: skip
            lines = [tuple(re.match(r"(\S+) (\d+) (\w+)", line).groups()) for line in wrote.stdout.splitlines()]  # type: ignore[union-attr]
            yield Live(folder, lines)  # type: ignore[arg-type]


def test_a_restore_to_a_chosen_second_has_the_ledger_head_of_that_second(live: Live) -> None:
    assert len({heads for _, _, heads in live.told}) == SECONDS
    (early, first_id, first_heads), (late, last_id, heads) = live.told[0], live.told[SECONDS - 2]

    bare = live.restore("at-first", "--at", early)
    whole = live.restore("at-later", "--at", late, "--media", str(live.run_dir / "media"))

    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert f"ledger: line {last_id}, heads {heads}\n0 findings\n" in whole.stdout
    assert "sealed words: not looked at" in whole.stdout  # their keys are in no backup that was not asked for them
    # Files that are younger than the backup lie in the media folder alone: without it they are missed by name.
    assert bare.returncode == 1
    assert f"ledger: line {first_id}, heads {first_heads}\nstored file " in bare.stdout
    assert bare.stdout.count("missing or changed") == 1


def test_a_restore_without_a_moment_is_the_backup_and_latest_is_all_that_was_archived(live: Live) -> None:
    backup = live.restore("plain")
    latest = live.restore("latest", "--at", "latest", "--media", str(live.run_dir / "media"))

    assert "ledger: line 0, heads " in backup.stdout
    assert backup.returncode == latest.returncode == 0
    assert f"ledger: line {live.told[-1][1]}, heads {live.told[-1][2]}" in latest.stdout


def test_keys_stay_out_unless_asked_for(live: Live) -> None:
    kept = hezhi(live.run_dir, "backup", str(live.folder / "with-keys"), "--with-keys")

    assert not (live.backup / "keys").exists()
    assert kept.returncode == 0, kept.stderr
    assert (live.folder / "with-keys/keys/secret_key").read_bytes() == (live.run_dir / "secret_key").read_bytes()
    assert not (live.folder / "with-keys/keys/pg_password").exists()
    shutil.rmtree(live.folder / "with-keys")


def test_a_moment_that_is_not_covered_is_refused_and_leaves_no_database(live: Live) -> None:
    late = live.restore("refused", "--at", "2199-01-01 00:00:00")
    assert (late.returncode, "The archive ends before this moment" in late.stderr) == (1, True)
    assert not (postgres.place_of(live.folder / "refused").data).exists()

    def restored(at: str, archive: str = "") -> None:
        until = moment_read(at) if at else None
        to = live.folder / "never"
        backups.restore(live.backup, to, pgbin="", until=until, latest=not until, archive=archive)

    with pytest.raises(backups.RestoreRefused, match="The backup is younger than this moment"):
        restored("2020-01-01 00:00:00")
    with pytest.raises(backups.RestoreRefused, match="is not a moment"):
        restored("yesterday")
    with pytest.raises(backups.RestoreRefused, match="There is no archive"):
        restored("", "/nowhere")
    assert not (live.folder / "never").exists()


def test_a_folder_in_use_is_neither_written_nor_restored_into(live: Live) -> None:
    over_live = hezhi(live.run_dir, "restore", str(live.backup), "--to", str(live.run_dir))
    again = hezhi(live.run_dir, "backup", str(live.backup))

    assert (over_live.returncode, "run folder of the live site" in over_live.stderr) == (1, True)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)


def test_a_changed_file_or_a_broken_manifest_is_told_and_not_restored(live: Live) -> None:
    bad, never = live.folder / "bad", live.folder / "never"
    shutil.copytree(live.backup, bad)
    assert backups.backup_findings(bad) == []
    with (bad / "base.tar.gz").open("r+b") as file:
        file.seek(1000)
        file.write(b"!")

    changed = hezhi(live.run_dir, "backup", "check", str(bad))
    assert (changed.returncode, "base.tar.gz: changed" in changed.stdout) == (1, True)
    with pytest.raises(backups.BackupBroken, match=r"base\.tar\.gz: changed"):
        backups.restore(bad, never, pgbin="", until=None, latest=False, archive="")
    (bad / "manifest.json").write_text("{")
    with pytest.raises(backups.BackupBroken, match="cannot be read"):
        backups.restore(bad, never, pgbin="", until=None, latest=False, archive="")
    shutil.rmtree(bad)
    assert not never.exists()


def test_another_server_is_left_to_its_own_tools(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@db.example/hezhi")
    ready.options.cache_clear()
    try:
        for command in (("backup", "x"), ("restore", str(live.backup), "--to", "x"), ("upgrade", "rehearse")):
            done = CliRunner().invoke(assemble(), list(command))
            assert isinstance(done.exception, backups.BackupElsewhere), command
    finally:
        monkeypatch.undo()
        ready.options.cache_clear()


def test_an_upgrade_is_rehearsed_on_a_copy_while_the_site_stays_as_it_was(live: Live) -> None:
    place = postgres.place_of(live.run_dir, str(live.folder / "archive"))
    with live_changed(place, "DROP TABLE house_jobs_failure", OLDER):
        assert hezhi(live.run_dir, "backup", str(live.folder / "older")).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in place.run_dir.rglob("*") if path.is_file()}

    good = hezhi(live.run_dir, "upgrade", "rehearse")  # the newest backup, which noted itself

    assert good.returncode == 0, good.stdout + good.stderr
    assert f"  restore: {live.folder / 'older'}, made " in good.stdout
    assert "  tables: 1 migrations applied (" in good.stdout
    assert f"  ledger: looked through up to line {live.told[-1][1]} (" in good.stdout
    assert "house_jobs_failure – → 0" in good.stdout
    assert "\n0 findings; " in good.stdout
    assert {path: path.stat().st_mtime_ns for path in place.run_dir.rglob("*") if path.is_file()} == before
    assert not postgres.is_running(place)
    assert list(Path(tempfile.gettempdir()).glob("hezhi-rehearsal-*")) == []


def test_a_rehearsal_that_goes_wrong_says_so_and_exits_with_one(live: Live) -> None:
    place = postgres.place_of(live.run_dir, str(live.folder / "archive"))
    newest = "(SELECT max(id) FROM ledger_line)"
    changed = f"UPDATE ledger_line SET payload = replace(payload, 'test.write', 'test.wrote') WHERE id = {newest}"
    in_the_way = ("DROP TABLE IF EXISTS house_jobs_failure", "CREATE TABLE house_jobs_failure (wrong int)", OLDER)
    with live_changed(place, *in_the_way, SUPERUSER, changed):
        bad = hezhi(live.run_dir, "upgrade", "rehearse", "--fresh")
    none = hezhi(live.run_dir, "upgrade", "rehearse", "--backup", str(live.folder / "nowhere"))

    assert (bad.returncode, none.returncode) == (1, 1)
    assert "  backup: written to " in bad.stdout
    assert "  tables: failed (" in bad.stdout
    assert 'tables failed: ProgrammingError: relation "house_jobs_failure" already exists' in bad.stdout
    assert "\nchanged test:1#2: the line is not what was written (id 5)\n2 findings; " in bad.stdout
    assert "rehearsal_refused" in none.stderr
    assert list(Path(tempfile.gettempdir()).glob("hezhi-rehearsal-*")) == []
