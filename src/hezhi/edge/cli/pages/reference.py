"""The pages of ``docs/reference``: every setting and every command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from hezhi.project.options import Options, variable_of

WRITTEN = "<!-- Written by `hezhi docs write`; change the code, not this page. -->\n\n"


def settings_page() -> str:
    """Return the page of every setting."""
    rows = [
        _row(f"`{variable_of(option)}`", _kind(option.default), _default(option.default), option.metadata["says"])
        for option in fields(Options)
    ]
    return (
        WRITTEN
        + "# Settings\n\n"
        + "Hezhi reads its settings once, at start, from the environment. Wrong ones are told all at once, and a\n"
        + "variable that begins with `HEZHI_` and is not in this table is a mistake too.\n\n"
        + "| variable | kind | default | what it sets |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n\nFolders without a leading `/` lie below the checkout. Lists are separated by commas.\n"
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "yes or no"
    return {int: "number", tuple: "list", str: "text"}.get(type(default), "folder")


def _default(default: Any) -> str:
    if isinstance(default, bool):
        return "no" if not default else "yes"
    if isinstance(default, tuple):
        default = ",".join(default)
    return f"`{default}`" if str(default) not in {"", "."} or isinstance(default, Path) else "empty"


def commands_page() -> str:
    """Return the page of every command."""
    import typer

    from hezhi.edge.cli.main import assemble

    root = typer.main.get_command(assemble())
    parts = [WRITTEN + "# Commands\n", "`.venv/bin/hezhi` after set-up; `make` prints the targets that call it.\n"]
    for path, command in _commands(root, ()):
        parts.append(f"## `hezhi {' '.join(path)}`\n\n{(command.help or '').strip()}\n")
        rows = [row for param in command.params if (row := _param(param))]
        if rows:
            parts.append("\n".join(["| argument | what it does |", "| --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in sorted(command.commands):
        yield from _commands(command.commands[name], (*path, name))


def _param(param: Any) -> str:
    if param.name == "help" or getattr(param, "hidden", False):
        return ""
    name = ", ".join(param.opts) if param.param_type_name == "option" else param.name.upper()
    says = (getattr(param, "help", "") or "").strip()
    default = param.default
    told = "" if default in (None, False, True, ()) or callable(default) else f" Default: `{default}`."
    return f"| `{name}` | {says}{told} |"
