"""``hezhi account``: what an operator does to accounts, for whoever cannot sign in any more or should not."""

from __future__ import annotations

from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.edge.cli.asked import By, Why, account, asker, person_id

app = typer.Typer(
    help="Accounts: open and close them, help who cannot sign in, rights in an emergency, somebody leaves.",
    no_args_is_help=True,
)
Username = Annotated[str, typer.Argument(help="User name of the account.")]
Agency = Annotated[str, typer.Option(help="Code of the agency (`hezhi account agencies` lists them).")]
RoleName = Annotated[str, typer.Option(help="Role of the post.")]
Issuer = Annotated[str, typer.Option(help="The provider; by default the one that is set.")]


def _role(word: str) -> str:
    from hezhi.spine.people.contracts import Role

    if word not in set(Role):
        raise typer.BadParameter(f"'{word}' is none of {', '.join(Role)}", param_hint="--role")
    return word


def _issuer(given: str) -> str:
    from django.conf import settings

    found = given or settings.HEZHI.oidc_issuer
    if not found:
        raise typer.BadParameter("no provider is set, so name one", param_hint="--issuer")
    return found


@app.command()
def create(
    username: Username,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    agency: Agency,
    role: RoleName,
    title: Annotated[str, typer.Option(help="What the post is called, where an agency has several.")] = "",
    head: Annotated[bool, typer.Option("--head", help="The post looks after the agency's people.")] = False,
    by: By = "",
) -> None:
    """Put a new person on a post and open an account; print the first password, which is shown only now."""
    ready.django_ready()
    from django.db import transaction

    from hezhi.edge.now import now
    from hezhi.kit.moments import day_of
    from hezhi.spine.people import api as people
    from hezhi.spine.people.contracts import Role

    post_role = Role(_role(role))
    with ready.database_up(), transaction.atomic():
        told = {"by": asker(by), "at": now()}
        post = people.post_create(
            agency_id=people.agency_by_code(agency).id, role=post_role, title=title, is_head=head, **told
        )
        person = people.person_create(name=name, **told)
        people.person_place(person_id=person, post_id=post.id, from_on=day_of(told["at"]), **told)
        made = people.account_create(username=username, password="", person_id=person, **told)
        first = people.account_password_reset(account_id=made.id, reason="new account", **told)
    typer.echo(f"{first}\nshown only now; to be changed at the first sign-in, within 72 hours")


@app.command()
def agencies(
    text: Annotated[str, typer.Argument(help="Part of the name or code; all by default.")] = "",
) -> None:
    """List agencies with the codes that the other commands take."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.kit.moments import day_of
    from hezhi.spine.people import api as people

    with ready.database_up():
        for one in people.agencies_list(on=day_of(now())):
            if text in one.name or text in one.code:
                typer.echo(f"{one.code}  {one.name}")


@app.command()
def password(username: Username, reason: Why, by: By = "") -> None:
    """Give an account a random first password and print it; its sessions end."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        first = people.account_password_reset(account_id=account(username).id, reason=reason, by=asker(by), at=now())
    typer.echo(f"{first}\nshown only now; to be changed at the next sign-in, within 72 hours")


@app.command()
def close(username: Username, by: By = "") -> None:
    """Let an account no longer sign in; its sessions end. For somebody who leaves, see `leave`."""
    _switch(username, by, is_active=False)


@app.command("open")
def open_(username: Username, by: By = "") -> None:
    """Let a closed account sign in again."""
    _switch(username, by, is_active=True)


def _switch(username: str, by: str, *, is_active: bool) -> None:
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        people.account_switch(account_id=account(username).id, is_active=is_active, by=asker(by), at=now())
        typer.echo(f"{username} is {'open' if is_active else 'closed'}")


@app.command("second-off")
def second_off(username: Username, reason: Why, by: By = "") -> None:
    """Switch somebody's second step off, for a lost phone; make sure who asks. The owner is told."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        people.second_reset(account_id=account(username).id, reason=reason, by=asker(by), at=now())
        typer.echo(f"{username} signs in without a second step until a new one is set up")


@app.command("end-sessions")
def end_sessions(username: Username, by: By = "") -> None:
    """End every session of an account, wherever it is signed in."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        ended = people.sessions_end(account_id=account(username).id, by=asker(by), at=now())
        typer.echo(f"{ended} ended")


@app.command()
def links(username: Username, by: By = "") -> None:
    """List who, at other providers, may sign in to an account."""
    ready.django_ready()
    from hezhi.spine.people import api as people

    with ready.database_up():
        for one in people.links_of(account_id=account(username).id, by=asker(by)):
            typer.echo(f"{one.issuer}  {one.subject}  since {one.linked_at:%Y-%m-%d}")


@app.command()
def link(
    username: Username,
    subject: Annotated[str, typer.Argument(help="The provider's stable name (sub) of the person.")],
    issuer: Issuer = "",
    by: By = "",
) -> None:
    """Let somebody of another provider (OpenID Connect) sign in to an account."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        told = {"account_id": account(username).id, "issuer": _issuer(issuer), "subject": subject}
        people.account_link(**told, by=asker(by), at=now())
        typer.echo(f"{subject} signs in as {username}")


@app.command()
def unlink(
    username: Username,
    subject: Annotated[str, typer.Argument(help="The provider's stable name (sub) of the person.")],
    reason: Why,
    issuer: Issuer = "",
    by: By = "",
) -> None:
    """Let somebody of another provider no longer sign in to an account; its sessions end, the owner is told."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        told = {"account_id": account(username).id, "issuer": _issuer(issuer), "subject": subject}
        people.link_cut(**told, reason=reason, by=asker(by), at=now())
        typer.echo(f"{subject} no longer signs in as {username}")


@app.command("break-glass")
def break_glass(
    username: Username,
    agency: Agency,
    role: RoleName,
    reason: Annotated[str, typer.Option(help="Why; everybody who is told reads it.")],
    hours: Annotated[int, typer.Option(help="How long, 24 at most.")] = 4,
    by: By = "",
) -> None:
    """Give somebody the rights of a post for some hours; every supervisor and operator is told at once."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people
    from hezhi.spine.people.contracts import Role

    given = Role(_role(role))
    with ready.database_up():
        until = people.glass_break(
            person_id=person_id(username), agency_code=agency, role=given, hours=hours, reason=reason,
            by=asker(by), at=now(),
        )  # fmt: skip
        typer.echo(f"until {until:%Y-%m-%d %H:%M} UTC")


@app.command("end-glass")
def end_glass(username: Username, reason: Why, by: By = "") -> None:
    """End somebody's rights in an emergency before their time."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        ended = people.glass_end(person_id=person_id(username), reason=reason, by=asker(by), at=now())
        typer.echo(f"{ended} ended")


@app.command()
def leave(
    username: Username,
    agency: Agency,
    reason: Why,
    successor: Annotated[str, typer.Option(help="User name of who takes over; by default the agency's desk.")] = "",
    by: By = "",
) -> None:
    """Let somebody leave an agency: posts end, the account closes, cases and tasks go on; print the hand-over list."""
    ready.django_ready()
    from hezhi.edge.api.machines import machines_of
    from hezhi.edge.now import now
    from hezhi.spine.people import api as people

    with ready.database_up():
        who = asker(by)
        done = people.officer_leave(
            person_id=person_id(username), agency_id=people.agency_by_code(agency).id, reason=reason,
            successor_id=person_id(successor) if successor else None, by=who, at=now(),
        )  # fmt: skip
        row = people.hand_over_get(hand_over_id=done, by=who)
        machines = machines_of(account_ids=row.closed_account_ids, opened_by=f"person:{row.person_id}")
    typer.echo(f"hand-over list {row.id}: {len(row.items)} things")
    for one in row.items:
        typer.echo(f"  {one.number}  {one.about}  to {one.to_person_name or 'the desk'}")
    for machine in machines:
        typer.echo(f"  machine {machine.code}: {machine.name}")
