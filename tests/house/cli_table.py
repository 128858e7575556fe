"""The command line's part of the permission table: every command of the tree, by whom it may be given.

A command acts `--by` an officer, with that officer's rights, or it is the machine's own. Of the first kind each is
tried by everybody of the permission table. Of the second kind those that open the database are tried as the web's
role without its key: they may write nothing and tell nothing. The rest opens no database, or is the machine itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from unittest import mock

import click
import typer.main
from click.testing import CliRunner, Result
from django.db import DatabaseError, transaction
from tests.house.permission_table import ALLOWED, EVERYBODY, HIDDEN, REFUSED, Cell, Table, Who

from hezhi.edge.api.tests.factories import HOUSE
from hezhi.edge.cli.main import assemble
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.kit.errors import HezhiError, NotAllowed, NotFound
from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.guard.engine import base as engine
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Right

SUBJECT, NOTHING = "cli-subject", "nothing"
_WHY = ("--reason", "交接给同事")

BY_AN_OFFICER: dict[str, tuple[Right, Sequence[str]]] = {
    "account break-glass": (Right.ACCOUNT_MANAGE, (SUBJECT, "--agency", "{agency}", "--role", "handler", *_WHY)),
    "account close": (Right.ACCOUNT_MANAGE, (SUBJECT,)),
    "account create": (
        Right.ACCOUNT_MANAGE, ("cli-new", "--name", "某新", "--agency", "{agency}", "--role", "handler"),
    ),
    "account end-glass": (Right.ACCOUNT_MANAGE, (SUBJECT, *_WHY)),
    "account end-sessions": (Right.ACCOUNT_MANAGE, (SUBJECT,)),
    "account leave": (Right.ACCOUNT_MANAGE, (SUBJECT, "--agency", "{agency}", *_WHY)),
    "account link": (Right.ACCOUNT_MANAGE, (SUBJECT, "sub-1", "--issuer", "https://id.example.org")),
    "account links": (Right.ACCOUNT_MANAGE, (SUBJECT,)),
    "account open": (Right.ACCOUNT_MANAGE, (SUBJECT,)),
    "account password": (Right.ACCOUNT_MANAGE, (SUBJECT, *_WHY)),
    "account second-off": (Right.ACCOUNT_MANAGE, (SUBJECT, *_WHY)),
    "account unlink": (Right.ACCOUNT_MANAGE, (SUBJECT, "sub-1", "--issuer", "https://id.example.org", *_WHY)),
    "devices quarantine": (Right.SOURCE_MANAGE, ()),
    "devices register": (
        Right.SOURCE_MANAGE,
        ("d-new", "--name", "烟感", "--kind", "smoke", "--record", "{pack}/none", "--region", "890101",
         "--spot", "东坡", "--agency", "{agency}"),
    ),
    "evidence export": (Right.CASE_READ, ("{case}", "--to", "{folder}")),
    "machine close": (Right.ACCOUNT_MANAGE, ("m-none",)),
    "machine list": (Right.ACCOUNT_MANAGE, ()),
    "machine open": (Right.ACCOUNT_MANAGE, ("m-new", "--name", "对接", "--account", SUBJECT)),
}  # fmt: skip
"""Command → the right it takes, and how it is tried."""

OPENS_THE_DATABASE: dict[str, Sequence[str]] = {
    "account agencies": (),
    "demo story": (),
    "detect backtest": ("{pack}", "--from", "2026-01-01", "--to", "2026-01-02"),
    "detect learn": ("{pack}",),
    "detect review": ("{pack}", "none", "--from", "2026-01-01", "--to", "2026-01-02"),
    "detect run": (),
    "detect runs": (),
    "indicator recompute": (),
    "indicator lineage": ("{pack}", "x", "2026-01"),
    "lake check": (),
    "lake compact": (),
    "detect shadow": ("{pack}", "none", "--since", "2026-01-01", *_WHY),
    "detect shadow-end": ("1", *_WHY),
    "devices list": (),
    "devices silent": (),
    "evidence head": ("--to", "{folder}/head"),
    "keys rotate": (),
    "ledger export": ("{folder}/out",),
    "ledger seal": (),
    "ledger verify": (),
    "retention keep": ("JL20260301-000001", "--law", "监察法 25", "--until", "2030-01-01"),
    "retention let-go": ("1",),
    "retention run": (),
    "rights due": (),
    "rights list": (),
}
"""The machine's own commands on the city's data: they need the owner of the database, and are tried without."""

_SERVER = "starts, stops or copies the server itself; the web's role dumps nothing (tests/house/test_guard.py)"
_FILES = "works on files of packs and pages; opens no database"
_EMPTY = "fills an installation of its own"
THE_MACHINE: dict[str, str] = {
    **dict.fromkeys(
        ("backup check", "backup list", "backup make", "db dump", "db load", "db psql", "db start", "db status",
         "db stop", "db url", "devices listen", "restore", "upgrade rehearse", "forget", "up", "worker"), _SERVER,
    ),
    **dict.fromkeys(
        ("docs check", "docs write", "pack check", "pack diff", "pack explain", "pack list", "pack lock", "pack new",
         "pack rules", "pack schema", "pack score", "pack test", "words check", "words collect", "demo accounts"),
        _FILES,
    ),
    **dict.fromkeys(("demo load", "demo replay", "real", "setup"), _EMPTY),
    **dict.fromkeys(
        ("rights answer", "rights file", "rights show"),
        "asks for the officer's own password and acts with their rights (tests/loop/test_rights.py)",
    ),
    "retention clear": "rewrites tables, which takes their owner and no transaction around it",
    "django": "Django's own commands, for whoever holds the files of this machine",
}  # fmt: skip


def tree() -> click.Command:
    return typer.main.get_command(assemble())


def commands(at: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield every command that can be given, as it is typed."""
    below = getattr(at, "commands", {})
    if path and (not below or getattr(at, "invoke_without_command", False)):
        yield " ".join(path)
    for name, one in below.items():
        yield from commands(one, (*path, name))


def options(at: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Yield every command with the names of what it takes."""
    if not getattr(at, "commands", {}):
        yield " ".join(path), {one.name or "" for one in at.params}
    for name, one in getattr(at, "commands", {}).items():
        yield from options(one, (*path, name))


def wanted(who: Who, command: str) -> str:
    """Return what must come of a command given by an officer."""
    right, _ = BY_AN_OFFICER[command]
    return ALLOWED if who.holds(right) else HIDDEN if right is Right.CASE_READ else REFUSED


class CliTable:
    """The same scene as the API's table, and somebody whom the commands are about."""

    def __init__(self, table: Table) -> None:
        self.command = tree()
        self.case = cases.case_get(case_id=table.ids["case_id"], by=HOUSE)
        self.agency = people.agency_get(table.lead).code
        seed = OfficerSeed(SUBJECT, "某人", self.agency, Role.HANDLER, title="被办理")
        people.people_load(agencies=[], officers=[seed], from_on=day_of(now()), by=HOUSE, at=now())
        # One account for each row of people, as the API's table made them.
        self.names = {who: f"t{number}" for number, who in enumerate(EVERYBODY) if who.role}
        assert Account.objects.filter(username__in=self.names.values()).count() == len(self.names)

    def cells(self) -> Iterator[Cell]:
        """Give every command as everybody, and those of the machine as the web's role, each taken back afterwards."""
        for command, (_, given) in BY_AN_OFFICER.items():
            for who, username in self.names.items():
                yield self._cell(who, command, wanted(who, command), (*given, "--by", username), _said)
        for command, given in OPENS_THE_DATABASE.items():
            yield self._cell(Who(None), command, NOTHING, given, self._told, without_key)

    def _cell(
        self, who: Who, command: str, wish: str, given: Sequence[str], said: Callable[[Result], str],
        standing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Cell:  # fmt: skip
        with tempfile.TemporaryDirectory() as folder, transaction.atomic():
            filled = {"agency": self.agency, "case": self.case.number, "folder": str(Path(folder) / "f")}
            filled["pack"] = self.case.pack.partition("@")[0]
            typed = [*command.split(), *(one.format(**filled) for one in given)]
            before = _kept()
            with standing():
                done = CliRunner().invoke(self.command, typed)
            got, after = said(done), _kept()
            transaction.set_rollback(True)
        return Cell(
            who,
            f"hezhi {command}",
            wish,
            got,
            "" if got == ALLOWED or after in (before, None) else f"{before} became {after}",
        )

    def _told(self, done: Result) -> str:
        """Return what a command told that had no right: it fails, or knows of no case and no line."""
        if done.exit_code != 0:
            return NOTHING
        tells = [one for one in (self.case.number, self.case.title) if one in done.output]
        return f"told {tells}" if tells else NOTHING


def _kept() -> tuple[int, int] | None:
    """Return what a refusal must not change; None where a failed statement took everything back."""
    try:
        with transaction.atomic():
            return ledger.last_line_id(), Account.objects.count()
    except DatabaseError:
        return None


@contextmanager
def without_key() -> Iterator[None]:
    """Be the web's role as somebody is who took over a web process's connection, but not its key."""
    with mock.patch.object(engine, "text_of", lambda told: f"x{told.is_acting}" if told else ""), guard.asking():
        yield


def _said(done: Result) -> str:
    error = done.exception
    if error is None:
        return ALLOWED
    if isinstance(error, NotAllowed):
        return REFUSED
    if isinstance(error, NotFound) and error.code == "case_not_found":
        return HIDDEN
    return ALLOWED if isinstance(error, HezhiError) else f"{error!r} {done.output}"
