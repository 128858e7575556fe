"""``hezhi detect``: run the detectors that look over history, and see what they did."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hezhi.edge.cli import ready

app = typer.Typer(help="Detectors that look over history: run them and see what they found.", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def run(
    packs: Annotated[list[str] | None, typer.Argument(help="Packs to run; without any, all.")] = None,
    spark: Annotated[str, typer.Option("--spark", help="Run on this Spark cluster, e.g. spark://host:7077.")] = "",
    whole: Annotated[bool, typer.Option("--whole", help="Look at all history, not only at what changed.")] = False,
) -> None:
    """Take new records into the lake, run every scan, raise alerts for what is new. Ends with 1 where a scan failed.

    In the demo city it then tells what was planted there, and what became of each case.
    """
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.detection import api as detection
    from hezhi.packkit.api import engine_open

    master = spark or ready.options().spark
    with ready.database_up():
        engine = engine_open(master) if master else None
        try:
            rows = detection.detect_run(at=now(), pack_ids=packs or (), engine=engine, is_whole=whole)
        finally:
            if engine is not None:
                engine.close()
        _show(rows)
        _planted(packs or ())
    if any(row.error for row in rows):
        raise typer.Exit(1)


def _planted(packs: Sequence[str]) -> None:
    """In the demo city, say what became of everything that is planted there."""
    from hezhi.edge.demo.city import city_read
    from hezhi.edge.demo.closing import last_tick
    from hezhi.edge.demo.planted import Outcome, planted_told

    played_to = last_tick()
    if played_to is None:
        return
    told = planted_told(city_read(ready.options().city_dir), pack_ids=packs, at=played_to)
    typer.echo("What is planted in the demo city:")
    for one in told:
        wanted = one.case.found_by or ", ".join(one.case.silent) or "no detector"
        because = f" ({one.because})" if one.because else ""
        typer.echo(f"  {one.outcome}: {one.pack} {one.case.id}, {wanted}: {one.case.what}{because}")
    counts = Counter(one.outcome for one in told)
    typer.echo("; ".join(f"{counts[one]} {one}" for one in Outcome if counts[one]))


@app.command()
def runs(pack: Annotated[str, typer.Argument(help="One pack; without it, all.")] = "") -> None:
    """Show the newest run of every scan."""
    ready.django_ready()
    from hezhi.flow.detection import api as detection

    with ready.database_up():
        _show(detection.runs_newest(pack_id=pack))


@app.command()
def backtest(
    pack: Annotated[str, typer.Argument(help="Id of the pack.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    snapshot: Annotated[int, typer.Option(help="Snapshot of the lake; 0 is the newest.")] = 0,
    since: Annotated[int, typer.Option(help="Say what changed since this snapshot; 0: since the last run.")] = 0,
    officers: Annotated[int, typer.Option(min=1, help="Officers who look at the alerts.")] = 1,
) -> None:
    """Replay past days as they were known: what was found, how much was true, what other thresholds would have done."""
    ready.django_ready()
    from hezhi.flow.detection import api as detection

    days = {"pack_id": pack, "first_on": first.date(), "last_on": last.date()}
    with ready.database_up():
        told = detection.backtest_run(**days, snapshot=snapshot or None)
        before = since or max((row.snapshot for row in detection.runs_newest(pack_id=pack)), default=0)
        earlier = detection.backtest_run(**days, snapshot=before) if 0 < before < told.snapshot else None
        for line in detection.backtest_lines(told, officers=officers, earlier=earlier):
            typer.echo(line)


@app.command()
def review(
    pack: Annotated[str, typer.Argument(help="Id of the pack.")],
    detector: Annotated[str, typer.Argument(help="Id of a detector that looks over history.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    size: Annotated[int, typer.Option(help="How many subjects people are to look at, 5 to 200.")] = 60,
    seed: Annotated[int, typer.Option(help="What the sample is drawn by; 0: a new one.")] = 0,
) -> None:
    """Draw a small random sample of what a detector looked at and did not find, for officers to judge, once."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.detection import api as detection
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        told = detection.review_draw(
            pack_id=pack, detector=detector, first_on=first.date(), last_on=last.date(), size=size,
            seed=seed or secrets.randbelow(10**9) + 1, by=Actor.system("operator"), at=now(),
        )  # fmt: skip
    drawn = f"{told.waiting_count} of {told.unfound_count} subjects that were looked at and not found"
    typer.echo(f"sample {told.review_id} (seed {told.seed}, snapshot {told.snapshot}): {drawn}")


@app.command()
def shadow(
    pack: Annotated[str, typer.Argument(help="Id of the pack.")],
    detector: Annotated[str, typer.Argument(help="Id of a detector that looks over history.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it looks at.")],
    reason: Annotated[str, typer.Option(help="Why; goes into the ledger.")],
    values: Annotated[list[str] | None, typer.Option("--set", help="A parameter's other value, as least=5.")] = None,
    draft: Annotated[Path | None, typer.Option(help="Folder of a changed pack, checked like any other.")] = None,
) -> None:
    """Let a changed form of a detector run in shadow beside the one in use, from the next run on."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.detection import api as detection
    from hezhi.packkit import api as packkit
    from hezhi.spine.permissions.contracts import Actor

    given = dict(one.partition("=")[::2] for one in values or [])
    if bad := [name for name, value in given.items() if not value.lstrip("-").isdigit()]:
        raise typer.BadParameter(f"{bad[0]} needs a whole number, as {bad[0]}=5", param_hint="--set")
    with ready.database_up():
        number = detection.candidate_begin(
            pack_id=pack, detector=detector, since_on=since.date(), reason=reason, by=Actor.system("operator"),
            values={name: int(value) for name, value in given.items()}, at=now(),
            draft=packkit.pack_read(draft) if draft else None,
        )  # fmt: skip
    typer.echo(f"candidate {number} runs beside {pack} {detector} from the next run on")


@app.command(name="shadow-end")
def shadow_end(
    candidate: Annotated[int, typer.Argument(help="Number of the candidate.")],
    reason: Annotated[str, typer.Option(help="Why; goes into the ledger.")],
) -> None:
    """Let a candidate run no more; what it found stays."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.flow.detection import api as detection
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        detection.candidate_end(candidate_id=candidate, reason=reason, by=Actor.system("operator"), at=now())


@app.command()
def learn(pack: Annotated[str, typer.Argument(help="Id of the pack.")]) -> None:
    """Show what verdicts propose for each detector, and how much of all there was each found, as samples tell."""
    ready.django_ready()
    from hezhi.flow.detection import api as detection
    from hezhi.spine.permissions.contracts import Actor

    with ready.database_up():
        for one in detection.proposals_of(pack_id=pack):
            typer.echo(f"{one.pack} {one.detector}: {one.kind.value}; {one.because.en}")
        for told in detection.recalls_of(pack_id=pack):
            typer.echo(f"{told.pack} {told.detector}: sample {told.review_id}; {detection.recall_says(told).en}")
        for table in detection.groups_of(pack_id=pack, by=Actor.system("operator")):
            for group in table.groups:
                side = f"precision {detection.share(group.side.true_count, group.side.judged_count)}"
                apart = "; apart from the whole" if group.is_apart else ""
                typer.echo(f"{table.detector} by {table.label.en}, {group.value.en}: {side}{apart}")
        for one in detection.comparisons_of(pack_id=pack, by=Actor.system("operator")):
            found = f"{one.both.hit_count} found by both, {one.only_live.hit_count} only by the one in use"
            typer.echo(f"{one.name} ({', '.join(one.changes)}): {found}, {one.only_shadow.hit_count} only by it")
            for name, side in (("in use", one.live), ("candidate", one.shadow), ("only by it", one.only_shadow)):
                typer.echo(f"  {name}: precision {detection.share(side.true_count, side.judged_count)}")


def _show(rows: list) -> None:
    table = Table()
    for name in ("pack", "scan", "engine", "snapshot", "hits", "new", "went on", "ms", ""):
        is_text = name in ("pack", "scan", "engine", "")
        table.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for row in rows:
        told = (str(one) for one in (row.snapshot, row.hit_count, row.new_count, row.grown_count, row.milliseconds))
        table.add_row(row.pack, row.scan, row.engine, *told, f"[red]{row.error}[/red]" if row.error else "")
    console.print(table if rows else "No pack has a detector that looks over history.")
