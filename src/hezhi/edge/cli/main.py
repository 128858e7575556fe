"""The command ``hezhi``: one table of its parts, and nothing else.

Each part is a module with a typer app called ``app``. Parts are imported at every
start, also where there is no database: a part imports Django, models and other
heavy things inside its commands, after `hezhi.edge.cli.ready.django_ready`.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module

import typer
from rich.console import Console
from rich.text import Text

from hezhi.kit.errors import HezhiError

# name on the command line -> module; "" puts the module's commands at the top
PARTS = (
    ("", "hezhi.edge.cli.house"),
    ("", "hezhi.edge.cli.restore"),
    ("backup", "hezhi.edge.cli.backup"),
    ("upgrade", "hezhi.edge.cli.upgrade"),
    ("db", "hezhi.edge.cli.db"),
    ("pack", "hezhi.edge.cli.pack"),
    ("demo", "hezhi.edge.cli.demo"),
    ("ledger", "hezhi.edge.cli.ledger"),
    ("keys", "hezhi.edge.cli.keys"),
    ("evidence", "hezhi.edge.cli.evidence"),
    ("retention", "hezhi.edge.cli.retention"),
    ("detect", "hezhi.edge.cli.detect"),
    ("lake", "hezhi.edge.cli.lake"),
    ("indicator", "hezhi.edge.cli.indicator"),
    ("real", "hezhi.edge.cli.real"),
    ("account", "hezhi.edge.cli.account"),
    ("rights", "hezhi.edge.cli.rights"),
    ("machine", "hezhi.edge.cli.machine"),
    ("devices", "hezhi.edge.cli.devices"),
    ("docs", "hezhi.edge.cli.docs"),
    ("words", "hezhi.edge.cli.words"),
)

app = typer.Typer(
    name="hezhi",
    help="Hezhi (和治): a city's shared matters as one accountable closed loop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a plain traceback is shorter, and other tools can read it
)


def assemble() -> typer.Typer:
    """Return the whole command with every part joined to it."""
    for name, module in PARTS:
        app.add_typer(import_module(module).app, name=name or None)
    return app


def run() -> None:
    """Run the command; an error of the house is told in one line and ends with code 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that whatever is open is put away
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    try:
        assemble()()
    except HezhiError as error:
        told = Text.assemble((error.code, "red"), " ", str(error))
        Console(stderr=True, highlight=False).print(told, soft_wrap=True)
        raise SystemExit(1) from None
