"""``hezhi keys``: the master key of sealed fields."""

from __future__ import annotations

import typer

from hezhi.edge.cli import ready

app = typer.Typer(help="The master key of sealed fields.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Keep ``rotate`` a command of its own while it is the only one."""


@app.command()
def rotate() -> None:
    """Make a new master key and wrap every subject's key anew; sealed contents are not touched."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.permissions.contracts import Actor
    from hezhi.spine.vault.api import keys_rotate

    with ready.database_up():
        count = keys_rotate(by=Actor.system("keys"), at=now())
    typer.echo(f"{count} keys wrapped anew; keep a copy of the key file apart from the database")
