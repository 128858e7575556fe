"""``hezhi machine``: systems of other agencies that may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.edge.cli.asked import By, asker

app = typer.Typer(help="Systems of other agencies that may use the HTTP API.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Short name of the system.")]


@app.command("open")
def open_(
    code: Code,
    name: Annotated[str, typer.Option(help="What pages call it.")],
    account: Annotated[str, typer.Option(help="User name of the account whose rights it gets.")],
    days: Annotated[int, typer.Option(help="How long the token holds.")] = 365,
    right: Annotated[
        list[str] | None, typer.Option(help="The only rights of the account's it gets; may be repeated. None: all.")
    ] = None,
    by: By = "",
) -> None:
    """Let a system in, with rights of one account, until a day; print its token, which is shown only now."""
    ready.django_ready()
    from hezhi.edge.api.machines import machine_open
    from hezhi.edge.now import now

    with ready.database_up():
        given = {"code": code, "name": name, "username": account, "days": days}
        typer.echo(machine_open(**given, rights=right or (), by=asker(by), at=now()))


@app.command()
def close(code: Code, by: By = "") -> None:
    """Let a system no longer in."""
    ready.django_ready()
    from hezhi.edge.api.machines import machine_close
    from hezhi.edge.now import now

    with ready.database_up():
        machine_close(code=code, by=asker(by), at=now())
        typer.echo(f"{code} is closed")


@app.command("list")
def list_(by: By = "") -> None:
    """List the systems with their rights and last day, closed and expired ones too."""
    ready.django_ready()
    from hezhi.edge.api.machines import machines_list
    from hezhi.edge.now import now
    from hezhi.kit.moments import day_of

    with ready.database_up():
        machines = machines_list(by=asker(by))
        typer.echo("" if machines else "no system is let in", nl=not machines)
        for one in machines:
            state = "closed" if not one.is_active else "expired" if one.expires_at <= now() else "open"
            rights = ", ".join(one.rights) or "all rights"
            until = f"until {day_of(one.expires_at)}"
            typer.echo(f"{one.code}  {one.name}  account {one.account_id}  {state}  {until}  {rights}")
