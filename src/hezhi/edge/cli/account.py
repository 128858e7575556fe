"""``hezhi account``: what an operator on this machine does to accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hezhi.edge.cli import ready

if TYPE_CHECKING:
    from hezhi.spine.people.contracts import AccountRow

app = typer.Typer(help="Accounts: end sessions, link another sign-in, rights in an emergency.", no_args_is_help=True)
Username = Annotated[str, typer.Argument(help="User name of the account.")]


def _found(username: str) -> AccountRow:
    from hezhi.spine.people import api as people
    from hezhi.spine.people.errors import AccountNotFound

    account = people.account_find(username)
    if account is None:
        raise AccountNotFound(username=username)
    return account


@app.command("end-sessions")
def end_sessions(username: Username) -> None:
    """End every session of an account, wherever it is signed in."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        ended = people.sessions_end(account_id=_found(username).id, by=Actor.system("operator"), at=now())
        typer.echo(f"{ended} ended")


@app.command()
def link(
    username: Username,
    subject: Annotated[str, typer.Argument(help="The provider's stable name (sub) of the person.")],
    issuer: Annotated[str, typer.Option(help="The provider; by default the one that is set.")] = "",
) -> None:
    """Let somebody of another provider (OpenID Connect) sign in to an account."""
    ready.django_ready()
    from django.conf import settings

    from hezhi.edge.now import now
    from hezhi.spine.people import api as people
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        account, given = _found(username), issuer or settings.HEZHI.oidc_issuer
        people.account_link(account_id=account.id, issuer=given, subject=subject, by=Actor.system("operator"), at=now())


@app.command("break-glass")
def break_glass(
    username: Username,
    agency: Annotated[str, typer.Option(help="Code of the agency whose post is given.")],
    role: Annotated[str, typer.Option(help="Role of the post.")],
    reason: Annotated[str, typer.Option(help="Why; everybody who is told reads it.")],
    hours: Annotated[int, typer.Option(help="How long, 24 at most.")] = 4,
) -> None:
    """Give somebody the rights of a post for some hours; every supervisor and operator is told at once."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people
    from hezhi.spine.people.contracts import Role
    from hezhi.spine.people.errors import PersonNotFound
    from hezhi.spine.permissions.contracts import Actor

    if role not in set(Role):
        raise typer.BadParameter(f"one of {', '.join(Role)}", param_hint="--role")
    with ready.database_up():
        person_id = _found(username).person_id
        if person_id is None:
            raise PersonNotFound(username=username)
        until = people.glass_break(
            person_id=person_id, agency_code=agency, role=Role(role), hours=hours, reason=reason,
            by=Actor.system("operator"), at=now(),
        )  # fmt: skip
        typer.echo(f"until {until:%Y-%m-%d %H:%M} UTC")
