"""The commands at the top of ``hezhi``: set-up and running."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer
from rich.console import Console

from hezhi.edge.cli import ready

app = typer.Typer()
console = Console(highlight=False)


@app.command()
def setup() -> None:
    """Prepare what the site needs: translations, front-end files, tables, regions, calendar."""
    from hezhi.edge.cli.setup import prepare

    with ready.database_up():
        prepare()


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="First replay the invented demo city, once.")] = False,
) -> None:
    """Serve the site: database, web and worker under one process, until Ctrl-C."""
    from hezhi.edge.cli import serve
    from hezhi.edge.cli.setup import prepare

    options = ready.options()
    serve.port_free(options)
    with ready.database_up():
        prepare()
        if demo:
            from hezhi.edge.cli import demo as city

            city.replay(days=None, until=None)
            # The city goes on where it stood: its web process, its worker and commands beside them take its clock.
            ready.city_clock_keep(city.clock_offset_seconds())
        serve.serve(options, say=lambda line: console.print(f"[dim]{line}[/dim]"), on_ready=lambda: _welcome(demo))
    console.print("stopped")


def _welcome(demo: bool) -> None:
    options = ready.options()
    host = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host  # noqa: S104
    console.print(f"\n[bold]Hezhi serves at http://{host}:{options.port}/[/bold]   (Ctrl-C stops it)\n")
    if demo:
        from hezhi.edge.cli.demo import accounts_print

        accounts_print()


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="Run the waiting jobs, then stop.")] = False,
) -> None:
    """Run background jobs until stopped; `hezhi up` starts this for you."""
    ready.django_ready()
    from hezhi.edge.jobs.worker import worker_run

    worker_run(concurrency=ready.options().job_concurrency, wait=not once)


@app.command()
def forget(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop the database and remove the run folder: all data, files and secrets of this installation."""
    from hezhi.project import postgres

    place = ready.place()
    folders = [folder for folder in (place.sockets, place.pg_dir, place.run_dir) if folder.exists()]
    if not folders:
        console.print("there is nothing to forget")
        return
    if not yes:
        typer.confirm(f"Remove {', '.join(map(str, folders))} for good?", abort=True)
    postgres.server_stop(place, pgbin=ready.options().pgbin)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"forgotten: {place.run_dir}")


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
def django(context: typer.Context) -> None:
    """Run one of Django's own commands, for example `hezhi django makemigrations`."""
    ready.django_ready()
    from django.core.management import execute_from_command_line

    with ready.database_up():
        execute_from_command_line(["hezhi django", *context.args])
