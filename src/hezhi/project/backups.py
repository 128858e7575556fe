"""Backups of the embedded server: a folder with everything, a manifest that proves it, and the way back.

A backup folder holds ``base.tar.gz`` and ``pg_wal.tar.gz`` (what ``pg_basebackup`` wrote), ``media/`` (stored
files), ``lake/`` and, only when asked for, ``keys/``. ``manifest.json`` is written last and names every file with its
size and SHA-256; a folder without it is no backup. The way back never touches the run folder that was backed up: it
makes another one. This module knows no Django and no table.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hezhi.kit.errors import HezhiError
from hezhi.project import archiving, postgres

MANIFEST = "manifest.json"
LAST = "last_backup.json"
FORMAT = 1
RECOVERY_SECONDS = 24 * 3600
NO_KEYS_IN = ("media", "lake", "sink", "pg", "metrics", "shots")
_REPLAYED = re.compile(r"last completed transaction was at log time (\S+ \S+)")


class BackupFailed(HezhiError):
    """The backup could not be made."""

    code = "backup_failed"


class BackupElsewhere(HezhiError):
    """DATABASE_URL is set: back up and restore that server with its own tools, and copy the media folder beside."""

    code = "backup_elsewhere"


class BackupBroken(HezhiError):
    """This backup cannot be trusted; nothing was restored from it."""

    code = "backup_broken"


class RestoreRefused(HezhiError):
    """The restore was not begun or did not come to its end; the backup and the live site are as they were."""

    code = "restore_refused"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        covers_from: the earliest moment that the backup together with the archive can be restored to.
        ledger: the ledger's end when the backup began; a restored database must contain it.
        keys: names of the secrets of the run folder; they lie in ``keys/`` only if ``with_keys``.
        files: path in the folder -> [size, SHA-256].
    """

    format: int
    began_at: str
    covers_from: str
    ledger: dict[str, Any]
    archive: str
    media: str
    keys: tuple[str, ...]
    with_keys: bool
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class LastBackup:
    """The newest backup of a run folder. ``line``: the last line of the ledger in it; its size is in bytes."""

    folder: Path
    began_at: datetime
    line: int
    size: int
    with_keys: bool


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keys_of(run_dir: Path) -> list[Path]:
    """Return the secrets of a run folder: files of their owner alone, the database's own password left out."""
    found = [one for one in run_dir.rglob("*") if one.is_file() and one.stat().st_mode & 0o077 == 0]
    near = [(one, one.relative_to(run_dir).parts) for one in found]
    return sorted(one for one, parts in near if parts[0] not in NO_KEYS_IN and not parts[0].startswith("pg_"))


def backup_write(
    folder: Path, place: postgres.Place, *, pgbin: str, media: Path, with_keys: bool, ledger: dict[str, Any]
) -> Manifest:
    """Write a backup of a running server into ``folder``, which must be empty or not there yet.

    The stored files are copied after the database, so that every file it knows is among them.

    Raises:
        BackupFailed: the folder is in use, or the copy failed; a half-written backup has no manifest.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupFailed("The folder is not empty.", folder=folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    began = datetime.now(UTC)
    _base_copy(folder, place, pgbin)
    covers_from = datetime.now(UTC)
    if media.exists():
        shutil.copytree(media, folder / "media", ignore=shutil.ignore_patterns(".draft-*"))
    if (lake := media.with_name("lake")).exists():
        shutil.copytree(lake, folder / "lake", ignore=shutil.ignore_patterns("*.part"))
    keys = keys_of(place.run_dir)
    for key in keys if with_keys else ():
        target = folder / "keys" / key.relative_to(place.run_dir)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(key, target)
    manifest = Manifest(
        FORMAT, began.isoformat(), covers_from.isoformat(), ledger, place.archive, str(media),
        tuple(str(key.relative_to(place.run_dir)) for key in keys), with_keys,
        {str(path.relative_to(folder)): (path.stat().st_size, sha256_of(path)) for path in _files(folder)},
    )  # fmt: skip
    draft = folder / (MANIFEST + ".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
    os.sync()  # thousands of small files: one call for all, before the name that vouches for them
    draft.rename(folder / MANIFEST)
    return manifest


def last_write(run_dir: Path, folder: Path, made: Manifest) -> None:
    """Note in the run folder where its newest backup lies; `last_read` reads it."""
    told = {
        "folder": str(folder.absolute()), "began_at": made.began_at, "line": made.ledger["last_id"],
        "bytes": sum(size for size, _ in made.files.values()), "with_keys": made.with_keys,
    }  # fmt: skip
    draft = run_dir / f"{LAST}.{os.getpid()}"
    draft.write_text(json.dumps(told))
    draft.rename(run_dir / LAST)


def last_read(run_dir: Path) -> LastBackup | None:
    """Return what is known of the newest backup of a run folder, None where none was made."""
    try:
        told = json.loads((run_dir / LAST).read_text())
        began_at = datetime.fromisoformat(told["began_at"])
        return LastBackup(Path(told["folder"]), began_at, told["line"], told["bytes"], told["with_keys"])
    except (OSError, ValueError, KeyError):
        return None


def _base_copy(folder: Path, place: postgres.Place, pgbin: str) -> None:
    command = [
        postgres.binaries(place, pgbin) / "pg_basebackup", "-D", folder, "-Ft", "--compress=client-gzip:1",
        "--checkpoint=fast", "--wal-method=stream", "-h", place.sockets, "-U", postgres.NAME, "-w",
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PGPASSWORD": place.password_file.read_text()}
    done = subprocess.run([str(one) for one in command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(done.stderr.strip())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(MANIFEST))


def manifest_read(folder: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        BackupBroken: there is no manifest, or it cannot be read.
    """
    try:
        told = json.loads((folder / MANIFEST).read_text())
        manifest = Manifest(**{**told, "keys": tuple(told["keys"])})
        datetime.fromisoformat(manifest.covers_from)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise BackupBroken(f"{folder / MANIFEST} cannot be read: {cause}.") from cause
    if manifest.format != FORMAT:
        raise BackupBroken("It was written by another version.", format=manifest.format)
    return manifest


def backups_in(folder: Path) -> list[tuple[Path, Manifest]]:
    """Return the backups in the folders of ``folder``, oldest first."""
    found = [(path.parent, manifest_read(path.parent)) for path in folder.glob(f"*/{MANIFEST}")]
    return sorted(found, key=lambda one: one[1].began_at)


def backup_findings(folder: Path) -> list[str]:
    """Compare every file of a backup with its manifest; return what is missing, changed or unknown."""
    manifest = manifest_read(folder)
    there = {str(path.relative_to(folder)): path for path in _files(folder)}
    findings = [f"{name}: missing" for name in manifest.files if name not in there]
    findings += [f"{name}: not in the manifest" for name in there if name not in manifest.files]
    for name, (size, sha256) in manifest.files.items():
        if name in there and (there[name].stat().st_size, sha256_of(there[name])) != (size, sha256):
            findings.append(f"{name}: changed")
    return findings


def restore(folder: Path, run_dir: Path, *, pgbin: str, until: datetime | None, latest: bool, archive: str) -> Manifest:
    """Make a run folder from a backup and stop its server there; ``running`` then starts it as any other.

    Args:
        until: the moment to go to, its own transactions included; None is the end of the backup.
        latest: go to the end of the archive instead.
        archive: where the log lies now; empty: where the backup says.

    Raises:
        BackupBroken: a file is not what the manifest says.
        RestoreRefused: the run folder is in use, or the moment lies outside of what backup and archive cover.
    """
    manifest = manifest_read(folder)
    if findings := backup_findings(folder):
        raise BackupBroken("; ".join(findings[:10]), findings=len(findings))
    archive = archive or manifest.archive
    _refuse_early(manifest, run_dir, until, archive if latest or until else None)
    place = postgres.place_of(run_dir)
    if place.data.exists():
        raise RestoreRefused("There is a database already.", folder=place.data)
    postgres.folders_made(place)
    with postgres.data_made(place) as draft:
        _extract(folder, draft)
        if until or latest:
            (draft / "recovery.signal").touch()
    try:
        _recover(place, pgbin, until, archive if until or latest else "")
    except BaseException:
        shutil.rmtree(place.data)
        raise
    for name, target in (("media", "media"), ("lake", "lake"), ("keys", "")):
        if (folder / name).exists():
            shutil.copytree(folder / name, run_dir / target, dirs_exist_ok=True)
    return manifest


def _refuse_early(manifest: Manifest, run_dir: Path, until: datetime | None, archive: str | None) -> None:
    if run_dir.exists() and any(run_dir.iterdir()):
        raise RestoreRefused("The run folder is not empty.", folder=run_dir)
    if archive is not None and not (archive and Path(archive).is_dir()):
        raise RestoreRefused("There is no archive of the log; without --at the backup itself is restored.")
    if until and until < datetime.fromisoformat(manifest.covers_from):
        raise RestoreRefused("The backup is younger than this moment.", at=until, covers_from=manifest.covers_from)


def _extract(folder: Path, data: Path) -> None:
    for name, target in (("base.tar.gz", data), ("pg_wal.tar.gz", data / "pg_wal")):
        with tarfile.open(folder / name) as packed:
            packed.extractall(target, filter="data")


def _recover(place: postgres.Place, pgbin: str, until: datetime | None, archive: str) -> None:
    """Let the server come up to its moment, stop it, and give it the password of its new run folder."""
    binaries = postgres.binaries(place, pgbin)
    settings = {}
    if archive:
        settings["restore_command"] = archiving.restore_command(Path(archive))
        settings["recovery_target_action"] = "promote"
    if until:
        settings["recovery_target_time"] = until.astimezone(UTC).isoformat(" ")
    try:
        start = postgres.start_command(place, binaries, settings, seconds=RECOVERY_SECONDS)
        postgres.program_run(place, start)
        _wait_recovered(place)
    except postgres.DatabaseError as cause:
        raise RestoreRefused(_why(place, cause), at=until) from cause
    postgres.server_stop(place, pgbin=pgbin)
    postgres.database_url(place)  # makes the password of this run folder
    text = f"ALTER ROLE {postgres.NAME} PASSWORD '{place.password_file.read_text()}'\n"  # letters, digits, - and _
    postgres.program_run(place, [binaries / "postgres", "--single", "-D", place.data, "postgres"], text=text)


def _wait_recovered(place: postgres.Place) -> None:
    """Wait until the server has put its recovery mark away; pg_ctl comes back before that."""
    while (place.data / "recovery.signal").exists():
        if not postgres.is_running(place):
            raise postgres.DatabaseError("\n".join(place.log.read_text(errors="replace").splitlines()[-5:]))
        time.sleep(0.1)


def _why(place: postgres.Place, cause: Exception) -> str:
    log = place.log.read_text(errors="replace")
    if "recovery ended before configured recovery target was reached" not in log:
        return str(cause)
    reached = _REPLAYED.findall(log)
    last = f"its last act is of {reached[-1]} UTC" if reached else "it holds no act after the backup"
    return f"The archive ends before this moment; {last}."
