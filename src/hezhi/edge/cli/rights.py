"""``hezhi rights``: requests of people about their own data.

The operator of this machine sees which requests are owed and by whom, never what they say. Filing at the counter,
reading and answering are an officer's: the account's password is asked for, and its code where one is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hezhi.edge.cli import ready

if TYPE_CHECKING:
    from hezhi.flow.rights.contracts import RequestDue
    from hezhi.spine.permissions.contracts import Actor

app = typer.Typer(
    help="Requests of people about their own data: what is owed, filing at the counter, answering.",
    no_args_is_help=True,
)
Account = Annotated[str, typer.Option("--account", help="User name of the officer who acts.")]
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, help="The officer's password; asked for.")]
Code = Annotated[str, typer.Option("--code", help="The officer's six-digit code, where the account has one.")]
Number = Annotated[str, typer.Argument(help="Number of the request.")]


def _officer(username: str, password: str, code: str) -> Actor:
    """Return the officer behind an account, after the same proofs that the sign-in asks for."""
    from django.contrib.auth import authenticate

    from hezhi.edge.now import machine_now, now
    from hezhi.edge.web.errors import WrongSignIn
    from hezhi.spine.people import api as people

    account = authenticate(username=username, password=password)
    actor = people.actor_for_account(account.pk, now()) if account else None
    if account is None or actor is None:
        raise WrongSignIn()
    if people.second_is_on(account.pk):
        people.second_check(account_id=account.pk, code=code, shown_at=machine_now(), by=actor, at=now())
    return actor


def _found(number: str, by: Actor) -> RequestDue:
    from hezhi.edge.now import now
    from hezhi.flow.intake.errors import RecordNotFound
    from hezhi.flow.rights import api as rights

    wanted = number.strip().upper()
    row = next((one for one in rights.requests_due(by=by, at=now()) if one.number == wanted), None)
    if row is None:
        raise RecordNotFound(number=wanted[:24])
    return row


def _rows(*, is_late: bool) -> None:
    from hezhi.edge.now import now
    from hezhi.flow.rights import api as rights
    from hezhi.kit.moments import day_of
    from hezhi.spine.permissions.contracts import Actor

    rows = rights.requests_due(by=Actor.system("operator"), at=now(), is_late=is_late)
    for one in rows:
        late = "LATE" if one.is_late else one.state
        typer.echo(f"{one.number}  {one.right}  due {day_of(one.due_at)}  {late}  {one.agency}  case {one.case_number}")
    typer.echo(f"{len(rows)} {'late' if is_late else 'open'}")


@app.command("list")
def list_() -> None:
    """List the open requests, those owed first on top; what they say is not shown."""
    ready.django_ready()
    with ready.database_up():
        _rows(is_late=False)


@app.command()
def due() -> None:
    """List the requests whose limit is over; exit with code 1 when there are any."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.rights import api as rights
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        _rows(is_late=True)
        if rights.requests_due(by=Actor.system("operator"), at=now(), is_late=True):
            raise typer.Exit(1)


@app.command()
def show(number: Number, account: Account, password: Password, code: Code = "") -> None:
    """Show what decides a request to an officer who may see it; personal and secret values stay masked."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.rights import api as rights
    from hezhi.kit.moments import day_of

    with ready.database_up():
        by = _officer(account, password, code)
        row = _found(number, by)
        sheet = rights.request_sheet(case_id=row.case_id, by=by, at=now())
        assert sheet is not None
        seen = f" ({sheet.checked})" if sheet.checked else ""
        typer.echo(f"{row.right} about {sheet.record_number}, asked {day_of(sheet.filed_at)} by {sheet.proof}{seen}")
        typer.echo(f"due {day_of(row.due_at)}, kept until {day_of(sheet.keeping.until)} ({sheet.keeping.law})")
        for hold in sheet.keeping.holds:
            typer.echo(f"against erasing: {hold.kind} {hold.law}".rstrip())
        for field in sheet.fields:
            typer.echo(f"  {field.label.zh}: {field.shown} [{field.rests_on}]")


@app.command("file")
def file_(
    record: Annotated[str, typer.Argument(help="Number of the report the person asks about.")],
    right: Annotated[str, typer.Argument(help="access, correction, explanation, review, withdrawal or erasure.")],
    account: Account,
    password: Password,
    checked: Annotated[str, typer.Option(help="Kind of document you saw in person; never its number.")],
    asks: Annotated[str, typer.Option(help="What the person wants, in their words.")] = "",
    field: Annotated[str, typer.Option(help="For a correction: the field.")] = "",
    value: Annotated[str, typer.Option(help="For a correction: the right value.")] = "",
    code: Code = "",
) -> None:
    """File a request at the counter for somebody whose document you saw; print the number and code to hand out."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.rights import api as rights
    from hezhi.flow.rights.contracts import RightKind

    if right not in set(RightKind):
        raise typer.BadParameter(f"one of {', '.join(RightKind)}")
    with ready.database_up():
        by = _officer(account, password, code)
        asked = rights.Asked(RightKind(right), asks, field, value)
        filed = rights.request_file_at_counter(record_number=record, asked=asked, checked=checked, by=by, at=now())
    if not filed.code:
        typer.echo("answered at once; the person reads it with the number and code of the report")
        return
    typer.echo(f"number {filed.request.number}")
    typer.echo(f"code   {filed.code}")


@app.command()
def answer(
    number: Number,
    outcome: Annotated[str, typer.Argument(help="granted, partly, refused, or another outcome of the pack.")],
    account: Account,
    password: Password,
    reasons: Annotated[str, typer.Option(help="Reasons and basis of the decision.")],
    words: Annotated[str, typer.Option(help="The answer that the person reads, with the reasons of a refusal.")],
    ground: Annotated[str, typer.Option(help="For a granted erasure: the ground of the law.")] = "none",
    code: Code = "",
) -> None:
    """Decide a request as the officer who handles it. Somebody else verifies and closes it on the site."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.cases import api as cases
    from hezhi.flow.tasks import api as tasks

    with ready.database_up():
        by = _officer(account, password, code)
        row = _found(number, by)
        if row.state == "dispatched":
            cases.case_accept(case_id=row.case_id, by=by, at=now())
        result = {"is_subject": True, "ground": ground, "reasons": reasons}
        for task in tasks.tasks_of_case(case_id=row.case_id, by=by):
            if task.state == "open" and set(result) == set(tasks.fields_of(task)):
                tasks.task_done(task_id=task.id, result=result, by=by, at=now())
        done = tasks.work_submit(case_id=row.case_id, outcome=outcome, summary=words, by=by, at=now())
    typer.echo(f"{done.number} {done.state}: {done.outcome}; somebody else verifies it")
