"""``hezhi db``: the embedded PostgreSQL."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.project import postgres

app = typer.Typer(help="The embedded PostgreSQL: start, stop, look inside.", no_args_is_help=True)


@app.command()
def start() -> None:
    """Start the database server and leave it running until `hezhi db stop`."""
    if ready.options().database_url:
        typer.echo("DATABASE_URL is set: that server is used, the embedded one stays off.")
        return
    place = ready.place()
    started = postgres.server_start(place, pgbin=ready.options().pgbin, keep=True)
    typer.echo(f"{'started' if started else 'runs already'}: {place.pg_dir}")


@app.command()
def stop() -> None:
    """Stop the database server, whoever started it."""
    typer.echo("stopped" if postgres.server_stop(ready.place(), pgbin=ready.options().pgbin) else "did not run")


@app.command()
def status() -> None:
    """Say whether the database server runs, and where it lives; exit with code 3 when it does not."""
    place = ready.place()
    runs = postgres.is_running(place)
    typer.echo(f"{'runs' if runs else 'does not run'}: {place.pg_dir}")
    if not runs:
        raise typer.Exit(3)


@app.command()
def url() -> None:
    """Print the address of the database, with its password."""
    typer.echo(ready.options().database_url or postgres.database_url(ready.place()))


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def psql(
    context: typer.Context, database: Annotated[str, typer.Option(help="Name of the database.")] = "hezhi"
) -> None:
    """Open psql on the database; further arguments go to psql."""
    place = ready.place()
    program = str(postgres.binaries(place, ready.options().pgbin) / "psql")
    address = ready.options().database_url or postgres.database_url(place, database)
    with ready.database_up():
        code = os.spawnlp(os.P_WAIT, program, "psql", *context.args, "-d", address)
    raise typer.Exit(code)
