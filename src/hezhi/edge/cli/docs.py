"""``hezhi docs``: pages that are made from the code."""

from __future__ import annotations

from collections.abc import Callable

import typer

from hezhi.edge.cli import ready
from hezhi.project.options import ROOT

app = typer.Typer(help="Pages made from the code: write them, or check that they are up to date.", no_args_is_help=True)


def pages() -> dict[str, str]:
    """Return every generated page: its path below the checkout, and its text as the code has it now."""
    ready.django_ready()
    from hezhi.edge.api.site import openapi_text
    from hezhi.edge.cli.pages.contracts import contracts_file
    from hezhi.edge.cli.pages.map import glossary_page, map_page
    from hezhi.edge.cli.pages.reference import commands_page, settings_page
    from hezhi.edge.cli.pages.rights import rights_page
    from hezhi.packkit.api import reference_files

    makers: dict[str, Callable[[], str]] = {
        ".importlinter": contracts_file,
        "MAP.md": map_page,
        "GLOSSARY.md": lambda: glossary_page((ROOT / "GLOSSARY.md").read_text()),
        "docs/reference/settings.md": settings_page,
        "docs/reference/commands.md": commands_page,
        "docs/reference/rights.md": rights_page,
        "docs/reference/openapi.json": openapi_text,
    }
    forms = {f"docs/reference/{name}": text for name, text in reference_files().items()}
    return {path: make() for path, make in makers.items()} | forms


def stale() -> list[str]:
    """Return the paths of the generated pages that differ from what the code says now."""
    return [path for path, text in pages().items() if not (ROOT / path).exists() or (ROOT / path).read_text() != text]


@app.command()
def write() -> None:
    """Write the generated pages."""
    for path, text in pages().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
            typer.echo(f"written: {path}")


@app.command()
def check() -> None:
    """Exit with code 1 when a generated page is out of date."""
    if late := stale():
        typer.echo("out of date: " + ", ".join(late) + "; run `make docs` and commit.", err=True)
        raise typer.Exit(1)
