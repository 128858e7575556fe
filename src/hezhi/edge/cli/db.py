"""``hezhi db``: the embedded PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import psycopg
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
    context: typer.Context,
    database: Annotated[str, typer.Option(help="Name of the database.")] = postgres.NAME,
) -> None:
    """Open psql on the database; further arguments go to psql."""
    with ready.database_up() as address:
        if not ready.options().database_url:
            address = postgres.database_url(ready.place(), database)
        code = os.spawnv(os.P_WAIT, _program("psql"), ["psql", *context.args, "-d", address])
    raise typer.Exit(code)


@app.command()
def dump(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")]) -> None:
    """Write the whole database into one file, while the site runs or not. Stored files are not in it."""
    if file.exists():
        raise postgres.DatabaseError(f"{file} exists already.")
    draft = file.with_name(file.name + ".draft")
    with ready.database_up() as address:
        code = os.spawnv(os.P_WAIT, _program("pg_dump"), ["pg_dump", "-Fc", "-f", str(draft), "-d", address])
    if code:
        draft.unlink(missing_ok=True)
        raise typer.Exit(code)
    draft.chmod(0o600)
    draft.rename(file)
    typer.echo(f"written: {file}, {file.stat().st_size // 1000} kB")


@app.command()
def load(file: Annotated[Path, typer.Argument(exists=True, help="File that `hezhi db dump` wrote.")]) -> None:
    """Bring a dumped database back into an empty one; the site must not run."""
    with ready.database_up() as address:
        with psycopg.connect(address) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if row and row[0]:
            raise postgres.DatabaseError(f"The database holds {row[0]} tables; it must be empty before loading.")
        arguments = ["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", address, str(file)]
        code = os.spawnv(os.P_WAIT, _program("pg_restore"), arguments)
    if code:
        raise typer.Exit(code)
    typer.echo("loaded; `hezhi setup` brings its tables up to date")


def _program(name: str) -> str:
    return str(postgres.binaries(ready.place(), ready.options().pgbin) / name)
