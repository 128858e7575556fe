"""``hezhi indicator``: numbers recomputed from the ledger."""

from __future__ import annotations

import typer

from hezhi.edge.cli import ready

app = typer.Typer(help="Indicators: numbers that can be recomputed at any time.", no_args_is_help=True)


@app.command()
def recompute() -> None:
    """Replace all stored values by what the ledger says now."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.indicators.api import indicators_recompute

    with ready.database_up():
        count = indicators_recompute(at=now())
    typer.echo(f"{count} values recomputed from the ledger")
