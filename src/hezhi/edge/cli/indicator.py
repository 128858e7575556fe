"""``hezhi indicator``: numbers recomputed from the ledger."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready

app = typer.Typer(help="Indicators: numbers that can be recomputed at any time.", no_args_is_help=True)
console = Console(highlight=False)
MOST = 1_000_000  # cases gone through


@app.command()
def recompute() -> None:
    """Replace all stored values by what the ledger says now."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.indicators.api import indicators_recompute

    with ready.database_up():
        count = indicators_recompute(at=now())
    typer.echo(f"{count} values recomputed from the ledger")


@app.command()
def lineage(
    pack: Annotated[str, typer.Argument(help="Id of the pack.")],
    indicator: Annotated[str, typer.Argument(help="Id of the indicator.")],
    month: Annotated[str, typer.Argument(help="Month of the number, e.g. 2026-03.")],
    dimension: Annotated[str, typer.Option(help="region, agency or matter; without it the whole.")] = "",
    group: Annotated[str, typer.Option(help="Value of the dimension.")] = "",
) -> None:
    """Show what a number rests on, back to the delivered files with their hashes. Ends with 1 where there is none."""
    ready.django_ready()
    from hezhi.flow.indicators.api import indicator_lineage
    from hezhi.flow.indicators.errors import ValueNotFound
    from hezhi.packkit.errors import PackUnknown
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        try:
            found = indicator_lineage(
                by=Actor.system("lineage"), pack_id=pack, indicator=indicator, period=month, dimension=dimension,
                group=group, most=MOST,
            )  # fmt: skip
        except (ValueNotFound, PackUnknown):
            console.print("There is no such number, or it is too small to be shown.")
            raise typer.Exit(1) from None
    console.print(f"{found.value.value:g}: {found.counted_count} of {found.case_count} cases, {found.record_count}"
                  f" records, {found.form_count} of them from forms")  # fmt: skip
    for stamp, count in found.hits:
        console.print(f"{stamp}: {count} hits")
    table = Table("source", "file", "hash as kept", "received", "records")
    for one in found.files:
        table.add_row(one.source, one.name, one.content, f"{one.received_at:%Y-%m-%d %H:%M}Z", str(one.record_count))
    if found.files:
        console.print(table)
