"""``hezhi ledger``: check the record of all acts, and hand it out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hezhi.edge.cli import ready

app = typer.Typer(help="The ledger: verify it, export it, seal it.", no_args_is_help=True)


@app.command()
def verify() -> None:
    """Recompute the whole ledger; print every break with its place, and exit with code 1 when there is one."""
    ready.django_ready()
    from hezhi.spine.ledger.api import last_line_id, ledger_breaks

    with ready.database_up():
        breaks, newest = ledger_breaks(), last_line_id()
    for found in breaks:
        typer.echo(str(found))
    typer.echo(f"{len(breaks)} breaks up to line {newest}")
    if breaks:
        raise typer.Exit(1)


@app.command()
def export(folder: Annotated[Path, typer.Argument(help="Folder to write into.")]) -> None:
    """Write the ledger into files; `python scripts/verify_ledger.py FOLDER` checks them without Hezhi."""
    ready.django_ready()
    from hezhi.spine.ledger.api import ledger_export

    with ready.database_up():
        count = ledger_export(folder=folder)
    typer.echo(f"written to {folder}: {count.lines} lines, {count.heads} heads, {count.seals} seals")


@app.command()
def seal() -> None:
    """Put every line that is not yet under a seal under a new one; the worker does so every five minutes."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.ledger.api import seal_make

    with ready.database_up():
        made = seal_make(at=now())
    typer.echo(f"seal {made.number}: {made.line_count} lines, root {made.root}" if made else "nothing new to seal")
