"""``hezhi upgrade``: what this version would do to the data of an older one, tried on a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg import sql

from hezhi.edge.cli import ready
from hezhi.edge.cli.backup import embedded_only
from hezhi.edge.cli.restore import become
from hezhi.kit.errors import HezhiError
from hezhi.project import backups, postgres

app = typer.Typer(help="Rehearse what this version does to the data of an older one.", no_args_is_help=True)
MADE_ANEW = frozenset({"guard_key"})  # by set-up itself


class RehearsalRefused(HezhiError):
    """There is no such backup to rehearse on."""

    code = "rehearsal_refused"


@app.callback()
def _parts() -> None:
    """Keep ``rehearse`` a command of its own."""


@app.command()
def rehearse(
    backup: Annotated[
        Path | None, typer.Option(help="Backup to rehearse on; without: the newest one made here, else a new one.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Take a new backup first, and rehearse on it.")] = False,
    may_shrink: Annotated[
        list[str] | None, typer.Option(help="Table that this version empties or drops on purpose.")
    ] = None,
) -> None:
    """Restore a backup beside the site, set this version up on it, check it; exit code 1 says: do not upgrade.

    The site is not touched and may run on; the copy is thrown away.
    """
    embedded_only()
    began, run_dir, told = time.monotonic(), ready.options().run_dir, _Told()
    with _scratch() as folder:
        taken = backup or (None if fresh else _newest(run_dir)) or folder / "backup"
        if taken == folder / "backup":
            told.step("backup", lambda: _take(taken))
        elif not (taken / backups.MANIFEST).exists():
            raise RehearsalRefused(folder=taken)
        if not told.findings and told.step("restore", lambda: _restored(taken, folder / "run", run_dir)):
            os.environ["HEZHI_POOL_SIZE"] = "0"  # no connection outlives the step that broke it
            become(folder / "run")
            with ready.database_up():
                _set_up(told, backups.manifest_read(taken), frozenset(may_shrink or ()))
    for one in told.findings:
        typer.echo(one)
    typer.echo(f"{len(told.findings)} findings; {time.monotonic() - began:.0f} s; the site was not touched")
    if told.findings:
        raise typer.Exit(1)


class _Told:
    """What was done, how long it took, and what speaks against the upgrade."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def step(self, name: str, work: Callable[[], str]) -> bool:
        """Do one step and say so; one that fails is a finding."""
        began = time.monotonic()
        try:
            said = work()
        except Exception as problem:  # whatever a migration of the new version stumbles over
            kind = problem.code if isinstance(problem, HezhiError) else type(problem).__name__
            self.findings.append(f"{name} failed: {kind}: {problem}")
            said = "failed"
        typer.echo(f"  {name}: {said} ({time.monotonic() - began:.1f} s)")
        return said != "failed"


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for the copy, and put away whatever was made for it, its server too."""
    with tempfile.TemporaryDirectory(prefix="hezhi-rehearsal-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # so that the account of the database gets to its own folder
        place = postgres.place_of(folder / "run")
        try:
            yield folder
        finally:
            postgres.server_stop(place)
            for one in (place.sockets, place.pg_dir):
                shutil.rmtree(one, ignore_errors=True)


def _newest(run_dir: Path) -> Path | None:
    last = backups.last_read(run_dir)
    return last.folder if last and (last.folder / backups.MANIFEST).exists() else None


def _take(folder: Path) -> str:
    """Back the site up in a process of its own, for this one will work on the copy."""
    command = [sys.executable, "-m", "hezhi.edge.cli", "backup", "make", "--unnoted", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)
    if done.returncode:
        raise backups.BackupFailed(done.stderr.strip())
    return done.stdout.splitlines()[0]


def _restored(taken: Path, to: Path, run_dir: Path) -> str:
    """Restore the backup, and lend the copy the keys of the site where the backup has none."""
    made = backups.restore(taken, to, pgbin=ready.options().pgbin, until=None, latest=False, archive="")
    for key in backups.keys_of(run_dir):
        copy = to / key.relative_to(run_dir)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(key, copy)
    return f"{taken}, made {made.began_at}"


def _set_up(told: _Told, made: backups.Manifest, may_shrink: frozenset[str]) -> None:
    from django.db import connection

    from hezhi.edge.cli.setup import DATA_STEPS

    before = _counts()
    for name, work in DATA_STEPS:
        if not told.step(name, work):
            connection.close()  # a rolled-back one is first told who asks, which the ledger's reading cannot have
            break  # what follows stands on it; what there is can still be looked through
    told.step("ledger", lambda: _ledger_looked_through(told, made))
    told.step("policies", lambda: _policies_looked_through(told))
    told.step("counts", lambda: _counts_compared(told, before, may_shrink))


def _ledger_looked_through(told: _Told, made: backups.Manifest) -> str:
    from hezhi.spine.ledger import api as ledger

    kept, end = made.ledger, ledger.ledger_end()
    told.findings += [str(one) for one in ledger.ledger_breaks()]
    if kept["last_id"] and not ledger.line_stands(line_id=kept["last_id"], told=kept["last_hash"]):
        told.findings.append(f"line {kept['last_id']} of the backed-up ledger is missing")
    return f"looked through up to line {end.last_id}"


def _policies_looked_through(told: _Told) -> str:
    from hezhi.spine.guard import api as guard
    from hezhi.wiring.policies import OPEN, POLICIES

    told.findings += [f"table {name} has no policy" for name in sorted(set(guard.tables_unguarded()) - set(OPEN))]
    return f"{len(POLICIES)} tables guarded"


def _counts_compared(told: _Told, before: Mapping[str, int], may_shrink: frozenset[str]) -> str:
    after = _counts()
    told.findings += shrunk(before, after, may_shrink)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    said = ", ".join(f"{name} {before.get(name, '–')} → {after.get(name, '–')}" for name in sorted(changed))
    return f"{len(after)} tables, {sum(after.values())} rows; changed: {said or 'none'}"


def shrunk(before: Mapping[str, int], after: Mapping[str, int], may_shrink: frozenset[str]) -> list[str]:
    """Return what was lost: tables that have fewer rows than before, or are gone with rows in them.

    Example:
        >>> shrunk({"a": 3, "b": 2, "c": 0}, {"a": 2}, frozenset({"b"}))
        ['table a: 3 rows before, 2 after']
    """
    return [
        f"table {name}: {count} rows before, {after.get(name, 0)} after"
        for name, count in sorted(before.items())
        if after.get(name, 0) < count and name not in may_shrink | MADE_ANEW
    ]


def _counts() -> dict[str, int]:
    """Return the rows of every table, whatever version made it."""
    with psycopg.connect(postgres.database_url(ready.place())) as database:
        names = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        counted = {}
        for (name,) in names:
            row = database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            counted[name] = row[0] if row else 0
    return counted
