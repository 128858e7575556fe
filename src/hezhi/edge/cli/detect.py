"""``hezhi detect``: run the detectors that look over history, and see what they did."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready

app = typer.Typer(help="Detectors that look over history: run them and see what they found.", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def run(
    packs: Annotated[list[str] | None, typer.Argument(help="Packs to run; without any, all.")] = None,
    spark: Annotated[str, typer.Option("--spark", help="Run on this Spark cluster, e.g. spark://host:7077.")] = "",
    whole: Annotated[bool, typer.Option("--whole", help="Look at all history, not only at what changed.")] = False,
) -> None:
    """Take new records into the lake, run every scan, raise alerts for what is new. Ends with 1 where a scan failed."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.detection import api as detection
    from hezhi.packkit.api import engine_open

    master = spark or ready.options().spark
    with ready.database_up():
        engine = engine_open(master) if master else None
        try:
            rows = detection.detect_run(at=now(), pack_ids=packs or (), engine=engine, is_whole=whole)
        finally:
            if engine is not None:
                engine.close()
    _show(rows)
    if any(row.error for row in rows):
        raise typer.Exit(1)


@app.command()
def runs(pack: Annotated[str, typer.Argument(help="One pack; without it, all.")] = "") -> None:
    """Show the newest run of every scan."""
    ready.django_ready()
    from hezhi.flow.detection import api as detection

    with ready.database_up():
        _show(detection.runs_newest(pack_id=pack))


def _show(rows: list) -> None:
    table = Table()
    for name in ("pack", "scan", "engine", "snapshot", "hits", "new", "went on", "ms", ""):
        table.add_column(name, justify="left" if name in ("pack", "scan", "engine", "") else "right")
    for row in rows:
        told = (str(one) for one in (row.snapshot, row.hit_count, row.new_count, row.grown_count, row.milliseconds))
        table.add_row(row.pack, row.scan, row.engine, *told, f"[red]{row.error}[/red]" if row.error else "")
    console.print(table if rows else "No pack has a detector that looks over history.")
