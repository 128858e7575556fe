"""``hezhi restore``: an installation from a backup, beside the live one, looked through before anybody uses it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.edge.cli.backup import embedded_only
from hezhi.project import backups

app = typer.Typer()
LATEST = "latest"


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(exists=True, help="Folder that `hezhi backup` wrote.")],
    to: Annotated[Path, typer.Option(help="Run folder to make; it must be empty or not there yet.")],
    at: Annotated[
        str, typer.Option(help="Moment to go to, e.g. '2026-11-30 06:00:01' (UTC unless it says), or 'latest'.")
    ] = "",
    archive: Annotated[str, typer.Option(help="Folder of the archived log; empty: where the backup says.")] = "",
    media: Annotated[
        Path | None,
        typer.Option(help="Media folder to take files from that are younger than the backup; the lake beside it too."),
    ] = None,
) -> None:
    """Make a run folder from a backup, check it, print the end of its ledger. The live site is not touched."""
    embedded_only()
    to = to.absolute()
    if to == ready.options().run_dir:
        raise backups.RestoreRefused("This is the run folder of the live site.", folder=to)
    latest = at == LATEST
    until = moment_read(at) if at and not latest else None
    made = backups.restore(
        folder, to, pgbin=ready.options().pgbin, until=until, latest=latest, archive=archive
    )  # fmt: skip
    if not made.with_keys and made.keys:
        typer.echo(f"keys are not in this backup; bring them into {to} before serving: {', '.join(made.keys)}")
    if media:
        _media_add(media, to / "media")
        _media_add(media.with_name("lake"), to / "lake")
    become(to)
    _look_through(made)
    typer.echo(f"restored: HEZHI_RUN_DIR={to} hezhi up")


def moment_read(text: str) -> datetime:
    """Read a moment; one without a zone is in UTC, as the log counts."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise backups.RestoreRefused(f"'{text}' is not a moment such as 2026-11-30 06:00:01.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _media_add(source: Path, target: Path) -> None:
    """Copy files that are not there yet; each lies under the hash of its content, so none can be another one."""
    for path in source.rglob("*"):
        copy = target / path.relative_to(source)
        if path.is_file() and not path.name.startswith(".draft-") and path.suffix != ".part" and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)


def become(run_dir: Path) -> None:
    """Let the rest of this process work on another run folder, without an archive; Django must not be loaded yet."""
    os.environ["HEZHI_RUN_DIR"] = str(run_dir)
    os.environ.pop("HEZHI_ARCHIVE_DIR", None)
    ready.options.cache_clear()


def _look_through(made: backups.Manifest) -> None:
    """Check tables, ledger and files of the restored installation; exit with code 1 when something is wrong."""
    with ready.database_up():
        ready.django_ready()
        from hezhi.edge.cli.setup import migrations_waiting
        from hezhi.services.lake import api as lake
        from hezhi.spine.files import api as files
        from hezhi.spine.ledger import api as ledger

        ledger.key_names_keep()
        has_keys = made.with_keys or not made.keys
        findings = [str(one) for one in ledger.ledger_breaks(with_words=has_keys)]
        kept = made.ledger
        if kept["last_id"] and not ledger.line_stands(line_id=kept["last_id"], told=kept["last_hash"]):
            findings.append(f"line {kept['last_id']} of the backed-up ledger is missing")
        findings += [f"file of the lake {one}: missing or changed (see --media)" for one in lake.lake_damage()]
        findings += [f"stored file {one}: missing or changed (see --media)" for one in files.files_damaged()]
        waiting, end = migrations_waiting(), ledger.ledger_end()
    typer.echo(f"tables: {waiting} migrations wait for `hezhi setup`" if waiting else "tables: up to date")
    if not has_keys:
        typer.echo("sealed words: not looked at; `hezhi ledger verify` does so once the keys are there")
    typer.echo(f"ledger: line {end.last_id}, heads {end.heads}")
    for one in findings:
        typer.echo(one)
    typer.echo(f"{len(findings)} findings")
    if findings:
        raise typer.Exit(1)
