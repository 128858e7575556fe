"""``hezhi machine``: systems of other agencies that may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from hezhi.edge.cli import ready

app = typer.Typer(help="Systems of other agencies that may use the HTTP API.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Short name of the system.")]


@app.command("open")
def open_(
    code: Code,
    name: Annotated[str, typer.Option(help="What pages call it.")],
    account: Annotated[str, typer.Option(help="User name of the account whose rights it gets.")],
) -> None:
    """Let a system in, with the rights of one account, and print its token: it is shown only now."""
    ready.django_ready()
    from hezhi.edge.api.machines import machine_open
    from hezhi.edge.now import now
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        typer.echo(machine_open(code=code, name=name, username=account, by=Actor.system("operator"), at=now()))


@app.command()
def close(code: Code) -> None:
    """Let a system no longer in."""
    ready.django_ready()
    from hezhi.edge.api.machines import machine_close
    from hezhi.edge.now import now
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        machine_close(code=code, by=Actor.system("operator"), at=now())


@app.command("list")
def list_() -> None:
    """List the systems, closed ones too."""
    ready.django_ready()
    from hezhi.edge.api.machines import machines_list
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        for one in machines_list(by=Actor.system("operator")):
            typer.echo(f"{one.code}  {one.name}  account {one.account_id}  {'open' if one.is_active else 'closed'}")
