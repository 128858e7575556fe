"""``hezhi lake``: look after the files of the lake."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready

app = typer.Typer(help="The lake of records: merge its small files, look for damage.", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def compact(
    dry: Annotated[bool, typer.Option("--dry", help="Only say what would be merged.")] = False,
) -> None:
    """Merge small files of a record kind and month; every snapshot reads the same rows as before.

    Merged files leave the disk 30 days later.
    """
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.services.lake import api as lake

    with ready.database_up():
        merges = lake.lake_compact(at=now(), is_dry=dry)
        purged = 0 if dry else lake.files_purge(at=now())
    table = Table()
    for name in ("pack", "record", "month", "files", "rows"):
        table.add_column(name, justify="right" if name in ("files", "rows") else "left")
    for one in merges:
        table.add_row(one.pack_id, one.record, one.month, str(one.file_count), str(one.row_count))
    console.print(table if merges else "No month has small files enough to merge.")
    if purged:
        console.print(f"{purged} files that were merged long ago are gone")


@app.command()
def check() -> None:
    """Compare every file of the lake with the hash it was written with. Ends with 1 where one is lost or changed."""
    ready.django_ready()
    from hezhi.services.lake import api as lake

    with ready.database_up():
        bad = lake.lake_damage()
    for path in bad:
        console.print(f"[red]{path}: missing or changed; restore it from a backup[/red]")
    if bad:
        raise typer.Exit(1)
    console.print("All files of the lake are as they were written.")
