"""``hezhi demo``: the invented city, its replay, and one record's life told as a story."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready
from hezhi.edge.cli.progress import parts_shown
from hezhi.kit.moments import day_of

app = typer.Typer(help="The invented demo city: load it, replay it, hear one record's story.", no_args_is_help=True)
console = Console(highlight=False)
STORY_DAYS = 11  # enough for a case that was returned, ruled, waited for and rated


@app.command()
def load() -> None:
    """Load the city's places, agencies, people, demo accounts and sources; loading again changes nothing."""
    ready.django_ready()
    with ready.database_up():
        _prepared()
        _load()


def _prepared() -> None:
    """Bring the tables up to date where set-up has not done it, as in `make loop`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from hezhi.edge.cli.setup import prepare

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        prepare()


def _load() -> None:
    from hezhi.edge.demo.loading import city_load
    from hezhi.kit.moments import day_starts_at

    city = _city()
    done = city_load(city, at=day_starts_at(city.first_day - timedelta(days=1)))
    if any(vars(done).values()):
        console.print(
            f"  city loaded: {done.regions} regions, {done.agencies} agencies, {done.people} people, "
            f"{done.duties} duties, {done.sources} sources and lines of the catalogue",
            soft_wrap=True,
        )


@app.command()
def replay(
    days: Annotated[int | None, typer.Option(min=1, help="Days to play from the first on; all by default.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day to play.")] = None,
) -> None:
    """Play the city's days through the loop; what was played before is not played again."""
    ready.django_ready()
    with ready.database_up():
        _prepared()
        play(days=_days(days, until.date() if until else None))


def _days(days: int | None, until: date | None) -> int | None:
    if until is None:
        return days
    first = _city().first_day
    if until < first:
        raise typer.BadParameter(f"the city's first day is {first}", param_hint="--until")
    return min(days or 10_000, (until - first).days + 1)


def play(*, days: int | None = None) -> None:
    """Load the city and replay it with a progress bar; the database must run."""
    from hezhi.edge.demo.replay import is_played
    from hezhi.edge.demo.replay import replay as city_replay

    city = _city()
    total = min(days or city.file.days, city.file.days)
    if is_played(city, days=total):
        console.print(f"  city: {total} days were played before")
        return
    _load()
    with parts_shown(console) as begin:
        told = begin("days of the invented city", total)
        done = city_replay(city, days=total, on_progress=lambda at, _: told(max(0, (day_of(at) - city.first_day).days)))
    console.print(
        f"  city: {total} days played, {done.rows} rows in {done.deliveries} deliveries, {done.acts} acts and sweeps"
    )
    for number in done.idle_cases:
        console.print(f"  [yellow]nobody will act on {number}[/yellow]")


def clock_offset_seconds() -> int:
    """Return what to add to this machine's clock, so that the city goes on from its last day or its last act."""
    from hezhi.edge.demo.closing import stands_at

    return int((stands_at(_city()) - datetime.now(UTC)).total_seconds())


@app.command()
def story(
    lang: Annotated[str, typer.Option(help="zh, en, or both: Chinese with English below.")] = "both",
    case: Annotated[str, typer.Option(help="Number of a case; by default an eventful one is chosen.")] = "",
    days: Annotated[int, typer.Option(min=1, help="Days to play first, where nothing was played yet.")] = STORY_DAYS,
) -> None:
    """Print one record's whole life: from the report to the verified end, with every limit explained."""
    if lang not in ("zh", "en", "both"):
        raise typer.BadParameter("zh, en or both", param_hint="--lang")
    ready.django_ready()
    with ready.database_up():
        from hezhi.edge.demo import story as telling

        _prepared()
        if not telling.is_told(case):
            play(days=days)
        for line in telling.story_lines(number=case, lang=lang):
            console.print(line, markup=False, soft_wrap=True)


@app.command()
def accounts() -> None:
    """Print the addresses and the demo accounts."""
    accounts_print()


def accounts_print() -> None:
    """Print where the site is and who may sign in to the demo; needs no database."""
    city = _city()
    options = ready.options()
    host = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host  # noqa: S104
    console.print(
        f"  site: http://{host}:{options.port}/    password of every demo account: {city.file.demo_password}",
        soft_wrap=True,
    )
    table = Table("account", "", "role", box=None, pad_edge=False, padding=(0, 3, 0, 2))
    for account in city.agencies.accounts:
        table.add_row(account.username, account.says.zh, account.says.en)
    console.print(table)


def _city():
    from hezhi.edge.demo.city import city_read

    return city_read(ready.options().city_dir)
