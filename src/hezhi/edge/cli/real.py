"""``hezhi real``: the loop on real messages that lie beside the project, where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from hezhi.edge.cli import ready
from hezhi.edge.cli.progress import Begin, parts_shown
from hezhi.project.options import ROOT

if TYPE_CHECKING:
    from hezhi.edge.real.plan import Plan
    from hezhi.edge.real.run import Result

app = typer.Typer(help="Run the loop on real input, where it is at hand, and print the figures.")
console = Console(highlight=False)
DATA = ROOT.parent / "shared/data"


@app.callback(invoke_without_command=True)
def real(
    data: Annotated[Path, typer.Option(help="Folder that holds the data sets.")] = DATA,
    cases: Annotated[int | None, typer.Option(min=0, help="Matters the robots close at most; 0: all.")] = None,
    out: Annotated[Path, typer.Option(help="File for the figures.")] = Path("real.json"),
) -> None:
    """Hand real messages in, close them by robots, and compare what Hezhi says with plain programs.

    Everything happens in a database of its own that is thrown away; only the figures stay.
    """
    from hezhi.edge.real.plan import plan_read

    plan = plan_read(ready.options().city_dir / "real.yml")
    missing = [file for file in plan.files() if not (data / file).is_file()]
    if missing:
        console.print(f"Skipped: the real input is not at hand ({data / missing[0]} is missing). Nothing was run.")
        return
    os.environ.setdefault("HEZHI_POOL_SIZE", "0")  # the throw-away database is dropped: no connection may linger
    with ready.database_up():
        ready.django_ready()
        from hezhi.edge.real.run import run
        from hezhi.edge.real.throwaway import throwaway_database

        with throwaway_database(), parts_shown(console) as begin:
            result = run(plan, data, Shown(begin), cases_most=plan.cases_most if cases is None else cases)
    _print(plan, result, out)


class Shown:
    """Shows how far each part has come."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def part(self, name: str, total: int) -> Callable[[int], None]:
        done, tell = 0, self._begin(name, total)

        def further(count: int) -> None:
            nonlocal done
            done += count
            tell(done)

        return further


def _print(plan: Plan, result: Result, out: Path) -> None:
    from hezhi.edge.real import told
    from hezhi.kit.figures import show

    for line in told.remarks(plan, result):
        console.print(line, markup=False, soft_wrap=True)
    show(told.figures(plan, result), out)
    wrong = told.failures(plan, result)
    for line in wrong:
        console.print(line, style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)
