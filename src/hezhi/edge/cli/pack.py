"""``hezhi pack``: make, check, test, score, explain, list, compare and lock packs. Only stories need a database."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hezhi.edge.cli import ready
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.api import Finding, Pack
from hezhi.project.options import ROOT

app = typer.Typer(help="Packs: make, check, test, score, explain, list, compare.", no_args_is_help=True)
out = Console()

TEMPLATE = "_template"
STAMP_WIDTH = 28  # of a pack's id and version, never cut
REFERENCE = ROOT / "docs" / "reference"
Paths = Annotated[
    list[Path] | None, typer.Argument(help="Pack folders or shelves of packs; the installed shelf where none is named.")
]


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


@app.command()
def new(
    pack_id: Annotated[str, typer.Argument(help="Id and folder name: small letters, digits, underscores.")],
    zh: Annotated[str, typer.Option(help="Title in Chinese.")] = "新场景",
    en: Annotated[str, typer.Option(help="Title in English.")] = "New scenario",
    agency: Annotated[str, typer.Option(help="Kind of agency that owns the pack.")] = "",
    owner: Annotated[str, typer.Option(help="Handle of the person who answers for it.")] = "@owner",
    shelf: Annotated[Path | None, typer.Option(help="Where to make it; the installed shelf where not named.")] = None,
) -> None:
    """Make a new pack from the template; it passes the check from the start."""
    home = shelf or _shelf()
    made = packkit.pack_new(_shelf() / TEMPLATE, home, pack_id=pack_id, zh=zh, en=en, agency=agency, owner=owner)
    for path in made:
        out.print(f"[green]made[/green] {_short(path)}")
    _told(packkit.packs_check([home / pack_id]))
    out.print(
        f"Next: put the law into {_short(home / pack_id)}/pack.yml, then 'hezhi pack check {_short(home / pack_id)}'."
    )


@app.command()
def check(
    paths: Paths = None,
    fix: Annotated[bool, typer.Option(help="Mend what can be mended without a decision.")] = False,
) -> None:
    """Tell everything that is wrong, in six passes, all at once; exit with code 1 when anything is."""
    findings = packkit.packs_check(_paths(paths))
    if fix:
        for finding in packkit.findings_fix(findings):
            out.print(f"[green]mended[/green] {finding.path}:{finding.line} [dim]{finding.rule}[/dim]")
        findings = packkit.packs_check(_paths(paths))
    _told(findings)


@app.command()
def test(paths: Paths = None) -> None:
    """Run the detector and decision tests, then every story through the real rooms; exit with code 1 on a failure."""
    findings = [one for one in packkit.packs_check(_paths(paths)) if not one.rule.startswith("history/")]
    for finding in findings:
        _tell(finding)
    if findings:
        out.print(f"[red]{len(findings)} findings[/red]; the stories are not played before they are gone.")
        raise typer.Exit(1)
    packs = [packkit.pack_read(folder) for folder in packkit.pack_folders(_paths(paths))]
    for pack in packs:
        tests = sum(len(part.tests) for part in (*pack.detectors, *pack.scans, *pack.decisions, *pack.checks))
        out.print(f"{pack.id}: {tests} tests of detectors, decisions and checks hold")
    failed = _play(packs)
    if failed is None:
        out.print("[yellow]The stories were not played: no database runs.[/yellow] Start one with 'hezhi db start'.")
    elif failed:
        raise typer.Exit(1)


@app.command()
def score(
    paths: Paths = None,
    stories: Annotated[bool, typer.Option(help="Play the stories too, where a database runs.")] = True,
) -> None:
    """Compute the quality tier; exit with code 1 when a pack claims more than it keeps."""
    today, overclaimed = day_of(datetime.now(UTC)), False
    for folder in packkit.pack_folders(_paths(paths)):
        played = _stories_of(folder) if stories else None
        told = packkit.pack_score(folder, today=today, stories=played)
        table = Table(title=f"{folder.name}: {told.tier} (claims {told.claimed})", title_justify="left")
        for column in ("tier", "rule", "state", "why"):
            table.add_column(column)
        for row in told.rows:
            colour = {"done": "green", "exempt": "cyan", "todo": "yellow"}[row.status]
            table.add_row(row.tier, row.rule, f"[{colour}]{row.status}[/{colour}]", escape(row.reason))
        out.print(table)
        is_judged = played is not None or not told.story_names
        overclaimed |= is_judged and packkit.TIERS.index(told.claimed) > packkit.TIERS.index(told.tier)
    if overclaimed:
        out.print("[red]A pack claims more than it keeps.[/red]")
        raise typer.Exit(1)


@app.command()
def explain(
    pack: Annotated[str, typer.Argument(help="A pack's folder or the id of an installed one.")],
    language: Annotated[Language, typer.Option(help="Language of the sentences.")] = Language.ZH,
) -> None:
    """Tell a pack in plain sentences."""
    found = _pack(pack)
    for heading, lines in packkit.pack_explain(found, language=language.value, kinds=packkit.kinds_near(found.folder)):
        out.print(f"\n[bold]{heading}[/bold]")
        for line in lines:
            out.print(f"  {escape(line)}", highlight=False)


@app.command("list")
def list_packs(paths: Paths = None) -> None:
    """List packs with version, state, owner and number of findings."""
    table = Table(box=None, pad_edge=False)
    for column in ("pack", "state", "findings", "matters", "title"):
        table.add_column(column, no_wrap=True, min_width=STAMP_WIDTH if column == "pack" else None)
    for folder in packkit.pack_folders(_paths(paths)):
        count = len(packkit.packs_check([folder]))
        findings = f"[red]{count}[/red]" if count else "0"
        try:
            pack = packkit.pack_read(folder)
        except packkit.PackInvalid:
            table.add_row(folder.name, "[red]broken[/red]", findings)
            continue
        one = pack.identity
        table.add_row(pack.stamp, one.status, findings, str(len(pack.matters)), f"{one.title.zh} · {one.title.en}")
    out.print(table)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Folder, installed id, or id@version.")],
    new: Annotated[str, typer.Argument(help="Folder, installed id, or id@version.")],
) -> None:
    """Compare two packs by element; exit with code 1 when they differ."""
    changes = packkit.pack_diff(_pack(old), _pack(new))
    for change in changes:
        sign = {"added": "[green]+", "removed": "[red]-", "changed": "[yellow]~"}[change.kind]
        out.print(f"{sign}[/] {change.place}", highlight=False)
        for colour, value in (("red", change.old), ("green", change.new)):
            if value is not None:
                out.print(f"    [{colour}]{escape(_brief(value))}[/{colour}]", highlight=False)
    if changes:
        raise typer.Exit(1)
    out.print("The two say the same.")


@app.command()
def lock(paths: Paths = None) -> None:
    """Write the present version of each pack into the lock beside it."""
    added = packkit.packs_lock(_paths(paths))
    for line in added:
        out.print(f"[green]locked[/green] {line.stamp} {line.hash[:12]}")
    if not added:
        out.print("Every version stands in its lock already.")


@app.command()
def schema(
    compare: Annotated[bool, typer.Option("--check", help="Only compare; exit with code 1 on a difference.")] = False,
) -> None:
    """Write the reference page of the format and the JSON Schemas by which editors complete keys."""
    late = {name: text for name, text in packkit.reference_files().items() if _old_text(REFERENCE / name) != text}
    for name, text in late.items():
        if compare:
            out.print(f"[red]out of date[/red] {_short(REFERENCE / name)}")
        else:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            (REFERENCE / name).write_text(text, "utf-8")
            out.print(f"[green]written[/green] {_short(REFERENCE / name)}")
    if late and compare:
        raise typer.Exit(1)


@app.command()
def rules() -> None:
    """List every rule of the check with its reason."""
    table = Table()
    for column in ("rule", "reason", "mends itself"):
        table.add_column(column, no_wrap=column == "rule")
    for rule in packkit.RULES:
        table.add_row(rule.id, rule.says, "yes" if rule.is_fixable else "")
    out.print(table)


def _shelf() -> Path:
    return ready.options().packs_dir


def _paths(paths: list[Path] | None) -> list[Path]:
    missing = [path for path in paths or [] if not path.is_dir()]
    if missing:
        raise typer.BadParameter(f"{missing[0]} is not a folder")
    return paths or [_shelf()]


def _pack(name: str) -> Pack:
    """Return the pack in a folder, else the installed one of this id or stamp."""
    if Path(name).is_dir():
        return packkit.pack_read(Path(name))
    shelf = packkit.Shelf([_shelf()])
    return shelf.at(name) if "@" in name else shelf.get(name)


def _told(findings: list[Finding]) -> None:
    for finding in findings:
        _tell(finding)
    if findings:
        out.print(f"[red]{len(findings)} finding{'s' if len(findings) > 1 else ''}[/red]")
        raise typer.Exit(1)
    out.print("[green]No finding.[/green]")


def _tell(finding: Finding) -> None:
    hint = f" Did you mean [bold]{escape(finding.nearest)}[/bold]?" if finding.nearest else ""
    fixable = " [green](--fix mends it)[/green]" if finding.is_fixable else ""
    place = f"[cyan]{escape(finding.path)}[/cyan]:{finding.line}"
    out.print(
        f"{place} [dim]{escape(f'[{finding.rule}]')}[/dim]\n  {escape(finding.cause)}{hint}{fixable}", highlight=False
    )


def _play(packs: list[Pack]) -> int | None:
    """Play all stories; return how many failed, or None where no database runs."""
    failed = 0
    for pack in packs:
        played = _stories_of(pack.folder)
        if played is None:
            return None
        failed += sum(not passed for passed in played.values())
    return failed


def _stories_of(folder: Path) -> dict[str, bool] | None:
    """Play one pack's stories and tell how they went; None where no database runs."""
    from hezhi.edge.cli.pack_stories import stories_play

    return stories_play(folder, out)


def _old_text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _short(path: Path) -> str:
    here = Path.cwd()
    return path.resolve().relative_to(here).as_posix() if path.resolve().is_relative_to(here) else str(path)
