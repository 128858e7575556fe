"""A backup comes back whole in another run folder, to the second, and a broken one not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.house.test_backup import hezhi

from hezhi.edge.cli import ready
from hezhi.project import postgres
from hezhi.project.options import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ready.options().database_url), reason="another server is set by DATABASE_URL"),
]
SECONDS = 6
WRITING = """
import time
from datetime import UTC, datetime
from django.db import connection
from hezhi.edge.cli import ready
ready.django_ready()
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
by = Actor.system("test")
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
    for chosen in (1, SECONDS - 2):
        moment, last_id, heads = live.told[chosen]

        done = live.restore(f"at-{chosen}", "--at", moment, "--media", str(live.run_dir / "media"))

        assert done.returncode == 0, done.stdout + done.stderr
        assert f"ledger: line {last_id}, heads {heads}\n0 findings\n" in done.stdout


def test_a_restore_without_a_moment_is_the_backup_and_latest_is_all_that_was_archived(live: Live) -> None:
    backup = live.restore("plain")
    latest = live.restore("latest", "--at", "latest", "--media", str(live.run_dir / "media"))

    assert "ledger: line 0, heads " in backup.stdout
    assert backup.returncode == latest.returncode == 0
    assert f"ledger: line {live.told[-1][1]}, heads {live.told[-1][2]}" in latest.stdout


def test_files_younger_than_the_backup_are_missed_by_name(live: Live) -> None:
    done = live.restore("bare", "--at", live.told[1][0])

    assert done.returncode == 1
    assert done.stdout.count("missing or changed") == 2


def test_keys_stay_out_unless_asked_for(live: Live) -> None:
    kept = hezhi(live.run_dir, "backup", str(live.folder / "with-keys"), "--with-keys")

    assert not (live.backup / "keys").exists()
    assert kept.returncode == 0, kept.stderr
    assert (live.folder / "with-keys/keys/secret_key").read_bytes() == (live.run_dir / "secret_key").read_bytes()
    assert not (live.folder / "with-keys/keys/pg_password").exists()
    shutil.rmtree(live.folder / "with-keys")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--at", "2020-01-01 00:00:00"), "The backup is younger than this moment"),
        (("--at", "2199-01-01 00:00:00"), "The archive ends before this moment"),
        (("--at", "yesterday"), "is not a moment"),
        (("--at", "latest", "--archive", "/nowhere"), "There is no archive"),
    ],
)
def test_a_moment_that_is_not_covered_is_refused_and_leaves_no_database(
    live: Live, arguments: tuple[str, ...], told: str
) -> None:
    done = live.restore("refused", *arguments)

    assert done.returncode == 1
    assert told in done.stderr
    assert not (postgres.place_of(live.folder / "refused").data).exists()
    shutil.rmtree(live.folder / "refused", ignore_errors=True)


def test_a_folder_in_use_is_neither_written_nor_restored_into(live: Live) -> None:
    over_live = hezhi(live.run_dir, "restore", str(live.backup), "--to", str(live.run_dir))
    again = hezhi(live.run_dir, "backup", str(live.backup))

    assert (over_live.returncode, "run folder of the live site" in over_live.stderr) == (1, True)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)


def test_a_changed_file_or_a_broken_manifest_is_told_and_not_restored(live: Live) -> None:
    bad = live.folder / "bad"
    shutil.copytree(live.backup, bad)
    sound = hezhi(live.run_dir, "backup", "check", str(bad))
    with (bad / "base.tar.gz").open("r+b") as file:
        file.seek(1000)
        file.write(b"!")
    changed = hezhi(live.run_dir, "backup", "check", str(bad))
    refused = hezhi(live.run_dir, "restore", str(bad), "--to", str(live.folder / "never"))
    (bad / "manifest.json").write_text("{")
    broken = hezhi(live.run_dir, "restore", str(bad), "--to", str(live.folder / "never"))
    shutil.rmtree(bad)

    assert (sound.returncode, sound.stdout.startswith("0 findings")) == (0, True)
    assert (changed.returncode, "base.tar.gz: changed" in changed.stdout) == (1, True)
    assert (refused.returncode, "base.tar.gz: changed" in refused.stderr) == (1, True)
    assert (broken.returncode, "backup_broken" in broken.stderr) == (1, True)
    assert not (live.folder / "never").exists()


def test_another_server_is_left_to_its_own_tools(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@db.example/hezhi")

    for command in (("backup", "x"), ("restore", str(live.backup), "--to", "x")):
        done = hezhi(live.run_dir, *command)
        assert (done.returncode, "its own tools" in done.stderr) == (1, True)
