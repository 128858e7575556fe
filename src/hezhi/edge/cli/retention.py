"""``hezhi retention``: what is kept for how long, and erasing what has run out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready

app = typer.Typer(help="What is kept for how long, and erasing what has run out.", no_args_is_help=True)


@app.command()
def run(
    dry: Annotated[bool, typer.Option("--dry-run", help="Only list what would go and what is held back.")] = False,
) -> None:
    """Erase the records that the packs' rules of keeping no longer allow. It cannot be undone."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.intake import api as intake
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        if dry:
            _show(intake.retention_due(at=now()))
            return
        count = intake.retention_run(at=now(), by=Actor.system("retention"))
    typer.echo(f"{count} records erased; `hezhi retention clear` or the next backup takes their bytes out of the files")


@app.command()
def keep(
    number: Annotated[str, typer.Argument(help="Public number of the record.")],
    law: Annotated[str, typer.Option("--law", help="Article, order or request that asks for it; names nobody.")],
    until: Annotated[datetime, typer.Option("--until", help="Last day of the hold, as 2027-03-31.")],
) -> None:
    """Keep a record from being erased while it is needed as evidence."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.intake import api as intake
    from hezhi.kit.moments import day_ends_at
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        record_id = intake.record_id_of(number=number)
        hold = intake.record_keep(
            record_id=record_id, law=law, until=day_ends_at(until.date()), by=Actor.system("operator"), at=now()
        )
    typer.echo(f"hold {hold.id} on {number}; `hezhi retention let-go {hold.id}` ends it")


@app.command("let-go")
def let_go(hold: Annotated[int, typer.Argument(help="Number of the hold.")]) -> None:
    """End a hold for evidence before its time."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.intake import api as intake
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        intake.record_let_go(hold_id=hold, by=Actor.system("operator"), at=now())
    typer.echo(f"hold {hold} ended")


@app.command()
def clear() -> None:
    """Take the bytes of what was erased out of the database's files; each table is closed for a moment."""
    ready.django_ready()
    from hezhi.edge.clearing import erased_clear
    from hezhi.edge.now import now

    with ready.database_up():
        count = erased_clear(at=now())
    typer.echo(f"{count} erased records cleared; backups made from now on hold nothing of them")


def _show(rows: list) -> None:
    table = Table("pack", "kind", "kept", "on the basis of", "would go", "quiet since", "held back")
    for one in rows:
        held = ", ".join(f"{kind} {count}" for kind, count in sorted(one.held.items()))
        going = str(one.count) if one.is_run else f"({one.count}: rule not carried out)"
        quiet = f"{one.oldest_at:%Y-%m-%d}" if one.oldest_at else ""
        table.add_row(one.pack_id, one.kind, f"{one.days} days", one.law, going, quiet, held)
    Console(highlight=False, soft_wrap=True).print(table)
    typer.echo(f"{sum(one.count for one in rows if one.is_run)} records would go; nothing was erased")
    for what, how_long in _others():
        typer.echo(f"also: {what}, {how_long}")


def _others() -> list[tuple[str, str]]:
    """Return what else ends by itself, and when; each by a job of its own."""
    from django.conf import settings

    from hezhi.edge.api.once import KEPT_FOR
    from hezhi.edge.jobs.jobs import SUCCEEDED_JOBS_KEPT_HOURS
    from hezhi.services.notices.api import ADDRESS_KEPT_FOR

    return [
        ("answers of the API, to repeat them", f"{KEPT_FOR.days} days"),
        ("addresses of messages that could not be sent", f"{ADDRESS_KEPT_FOR.days} days; of sent ones not at all"),
        ("sessions", f"{settings.SESSION_COOKIE_AGE // 3600} hours after sign-in"),
        ("tallies of tries", "to the end of their span"),
        ("finished jobs", f"{SUCCEEDED_JOBS_KEPT_HOURS // 24} days"),
        ("texts of notices", "as long as the record, alert or case they are about"),
    ]
