"""``hezhi backup``: a folder from which the whole installation can be made again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hezhi.edge.cli import ready
from hezhi.project import backups


class _MakeByDefault(TyperGroup):
    """``hezhi backup FOLDER`` is ``hezhi backup make FOLDER``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["make", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_MakeByDefault, help="Back up database and stored files: `hezhi backup FOLDER`.", no_args_is_help=True
)


def embedded_only() -> None:
    """Raise `BackupElsewhere` where the database is not the embedded one."""
    if ready.options().database_url:
        raise backups.BackupElsewhere


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must be empty or not there yet.")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Copy the secrets of the run folder too.")] = False,
    unnoted: Annotated[bool, typer.Option("--unnoted", help="Do not remember it as the last backup.")] = False,
) -> None:
    """Back up the database and the stored files, while the site runs or not. Keys are left out unless asked for."""
    embedded_only()
    ready.django_ready()
    from hezhi.spine.ledger import api as ledger

    options = ready.options()
    with ready.database_up():
        not_clean = _cleared()
        made = backups.backup_write(
            folder, ready.place(), pgbin=options.pgbin, media=options.media_dir, with_keys=with_keys,
            ledger=asdict(ledger.ledger_end()),
        )  # fmt: skip
    if not unnoted:
        backups.last_write(options.run_dir, folder, made)
    size = sum(size for size, _ in made.files.values())
    typer.echo(f"written to {folder}: {len(made.files)} files, {size // 1000} kB")
    typer.echo(f"ledger: line {made.ledger['last_id']}, heads {made.ledger['heads']}")
    typer.echo(f"manifest: SHA-256 {backups.sha256_of(folder / backups.MANIFEST)}")
    typer.echo(_keys_told(made))
    if not_clean:
        typer.echo(f"NOT clean of what was erased lately ({not_clean}); run `hezhi retention clear`, then back up anew")
    if not made.archive:
        typer.echo("The log is not archived (HEZHI_ARCHIVE_DIR): a restore comes to this moment and to no later one.")


def _cleared() -> str:
    """Take what was erased out of the database's files before they are copied; return why it could not be."""
    from hezhi.edge.clearing import ClearingBusy, erased_clear
    from hezhi.edge.now import now

    try:
        erased_clear(at=now())
    except ClearingBusy as busy:
        return str(busy)
    return ""


def _keys_told(made: backups.Manifest) -> str:
    names = ", ".join(made.keys) or "none"
    if made.with_keys:
        return f"keys copied, keep this folder as safe as them: {names}"
    return f"keys NOT copied, keep them elsewhere (or use --with-keys): {names}"


@app.command("list")
def show(folder: Annotated[Path, typer.Argument(exists=True, help="Folder that holds backups.")]) -> None:
    """List the backups in the folders of FOLDER, oldest first."""
    for path, made in backups.backups_in(folder):
        size = sum(size for size, _ in made.files.values())
        keys = "with keys" if made.with_keys else "without keys"
        typer.echo(f"{made.began_at}  {path.name}  {size // 1000} kB  line {made.ledger['last_id']}  {keys}")


@app.command()
def check(folder: Annotated[Path, typer.Argument(exists=True, help="Folder that `hezhi backup` wrote.")]) -> None:
    """Compare every file of a backup with its manifest; exit with code 1 when one is missing or changed."""
    findings = backups.backup_findings(folder)
    for one in findings:
        typer.echo(one)
    typer.echo(f"{len(findings)} findings in {len(backups.manifest_read(folder).files)} files")
    if findings:
        raise typer.Exit(1)
