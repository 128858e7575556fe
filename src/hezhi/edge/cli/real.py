"""``hezhi real``: what Hezhi says of real data that lie beside the project, where they are at hand."""

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
    from hezhi.edge.real.outcome import Outcome

app = typer.Typer(help="Run on real input, where it is at hand, and print the figures.")
console = Console(highlight=False)
DATA = ROOT.parent / "shared/data"
PARTS = ("messages", "series", "sensors", "transfers", "labelled")
OF_WHAT = """Parts to run; none: all.

messages: the loop on citizens' messages; series: early warning on counts; sensors: alarms on readings;
transfers: accounts that launder; labelled: detectors on invented cities whose truth is known."""


@app.callback(invoke_without_command=True, context_settings={"allow_interspersed_args": True})
def real(
    parts: Annotated[list[str] | None, typer.Argument(help=OF_WHAT, show_default=False)] = None,
    data: Annotated[Path, typer.Option(help="Folder that holds the data sets.")] = DATA,
    cases: Annotated[int | None, typer.Option(min=0, help="Matters the robots close at most; 0: all.")] = None,
    out: Annotated[Path, typer.Option(help="File for the figures.")] = Path("real.json"),
) -> None:
    """Run on real data and compare what Hezhi says with plain programs and published numbers.

    Messages go through the loop in a database of its own that is thrown away; only the figures stay. A run of some
    parts leaves the figures of the others as they are.
    """
    from hezhi.kit.figures import kept, show

    if unknown := set(parts or ()) - set(PARTS):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: give none or some of {', '.join(PARTS)}.")
    run = {
        "messages": lambda: _messages(data, cases),
        "series": lambda: _series(data),
        "sensors": lambda: _sensors(data),
        "transfers": lambda: _transfers(data),
        "labelled": _labelled,
    }
    outcomes = [outcome for name in PARTS if (not parts or name in parts) and (outcome := run[name]()) is not None]
    if not outcomes:
        return
    for line in (line for outcome in outcomes for line in outcome.remarks):
        console.print(line, markup=False, soft_wrap=True)
    figures = [figure for outcome in outcomes for figure in outcome.figures]
    show(figures if len(outcomes) == len(PARTS) else kept(figures, out), out)
    wrong = [line for outcome in outcomes for line in outcome.failures]
    for line in wrong:
        console.print(line, style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


def _at_hand(part: str, data: Path, files: tuple[str, ...]) -> bool:
    missing = [file for file in files if not (data / file).is_file()]
    if missing:
        console.print(f"Skipped: the real input of '{part}' is not at hand ({data / missing[0]} is missing).")
    return not missing


def _messages(data: Path, cases: int | None) -> Outcome | None:
    from hezhi.edge.real.plan import plan_read

    plan = plan_read(ready.options().city_dir / "real.yml")
    if not _at_hand("messages", data, plan.files()):
        return None
    os.environ.setdefault("HEZHI_POOL_SIZE", "0")  # the throw-away database is dropped: no connection may linger
    with ready.database_up():
        ready.django_ready()
        from hezhi.edge.real import told
        from hezhi.edge.real.outcome import Outcome
        from hezhi.edge.real.run import run
        from hezhi.edge.real.throwaway import throwaway_database

        with throwaway_database(), parts_shown(console) as begin:
            result = run(plan, data, Shown(begin), cases_most=plan.cases_most if cases is None else cases)
        return Outcome(
            tuple(told.figures(plan, result)), tuple(told.failures(plan, result)), tuple(told.remarks(plan, result))
        )


def _series(data: Path) -> Outcome | None:
    from hezhi.edge.real.counts import part

    return part.run(data) if _at_hand("series", data, part.FILES) else None


def _sensors(data: Path) -> Outcome | None:
    from hezhi.edge.real.sensing import part

    return part.run(data) if _at_hand("sensors", data, part.FILES) else None


def _transfers(data: Path) -> Outcome | None:
    from hezhi.edge.real.transfers import part

    return part.run(data, ready.options().city_dir / "transfers") if _at_hand("transfers", data, part.FILES) else None


def _labelled() -> Outcome:
    from hezhi.edge.real.labelled.part import labelled_run
    from hezhi.edge.real.outcome import Outcome

    return Outcome(tuple(labelled_run(ready.options().city_dir, ready.options().packs_dir)))


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
