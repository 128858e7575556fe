"""The commands at the top of ``hezhi``: set-up and running."""

from __future__ import annotations

import typer

from hezhi.edge.cli import ready

app = typer.Typer()


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
def django(context: typer.Context) -> None:
    """Run one of Django's own commands, for example `hezhi django makemigrations`."""
    ready.django_ready()
    from django.core.management import execute_from_command_line

    with ready.database_up():
        execute_from_command_line(["hezhi django", *context.args])
