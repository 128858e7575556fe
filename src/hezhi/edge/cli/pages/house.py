"""The house as data: its rooms in order, their doors and their words, read from the source text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hezhi.project.options import ROOT

SOURCE = ROOT / "src"
# from the ground up; inside spine and flow the order is the direction of imports too
SPINE = ("reads", "ledger", "permissions", "guard", "regions", "people", "calendar", "clocks", "files", "vault")
SERVICES = ("notices", "text", "documents", "lake", "entities", "devices")
FLOW = ("intake", "supply", "checks", "detection", "alerts", "cases", "tasks", "outcomes", "rights", "indicators")
ROOMS = tuple(
    f"hezhi.{layer}.{room}"
    for layer, rooms in (("spine", SPINE), ("services", SERVICES), ("flow", FLOW))
    for room in rooms
)
DOORS = ("api", "contracts", "errors")  # what other rooms and the edge may import
BESIDE_DOORS = ("handlers", "apps")  # for the wiring, and for Django


@dataclass(frozen=True)
class Name:
    """One public name of a module, with the first sentence of its docstring."""

    name: str
    says: str
    kind: str  # "function" or "class"
    module: str


def folder_of(module: str) -> Path:
    """Return the folder of a package."""
    return SOURCE / module.replace(".", "/")


def first_line(node: ast.AST) -> str:
    """Return the first paragraph of a docstring as one line; empty without a docstring."""
    text = ast.get_docstring(node) if isinstance(node, _DOCUMENTED) else None  # type: ignore[arg-type]
    return " ".join((text or "").split("\n\n")[0].split())


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def tree_of(module: str) -> ast.Module | None:
    """Return the parsed source of a module, or None where there is no such file."""
    base = SOURCE / module.replace(".", "/")
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    return ast.parse(path.read_text()) if path.exists() else None


def room_says(room: str) -> str:
    """Return the one sentence that tells what a room is for."""
    for module in (room, f"{room}.contracts", f"{room}.api"):
        tree = tree_of(module)
        if tree is not None and (line := first_line(tree)):
            return line
    return ""


def public_names(module: str) -> list[Name]:
    """Return the public functions and classes of a module, those it passes on included."""
    tree = tree_of(module)
    if tree is None:
        return []
    wanted = _exported(tree)
    found = {name.name: name for name in _defined(tree, module)}
    for name, origin in _passed_on(tree, module.rpartition(".")[0]):
        if name in found or (wanted is None or name not in wanted):
            continue
        origin_tree = tree_of(origin)
        there = {one.name: one for one in _defined(origin_tree, origin)} if origin_tree else {}
        if name in there:
            found[name] = there[name]
    chosen = found if wanted is None else {name: one for name, one in found.items() if name in wanted}
    return sorted(chosen.values(), key=lambda one: one.name)


def _exported(tree: ast.Module) -> set[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            return set(ast.literal_eval(node.value))
    return None


def _defined(tree: ast.Module, module: str) -> Iterator[Name]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            yield Name(node.name, first_line(node), kind, module)


def _passed_on(tree: ast.Module, room: str) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(room + "."):
            yield from ((alias.asname or alias.name, node.module) for alias in node.names)


def inner_modules(room: str) -> list[str]:
    """Return the modules of a room that are nobody else's business, as its contract must name them."""
    names = []
    for path in sorted(folder_of(room).iterdir()):
        name = path.stem if path.suffix == ".py" else path.name if (path / "__init__.py").exists() else ""
        if name and name not in {"__init__", "tests", "migrations", *DOORS, *BESIDE_DOORS}:
            names.append(f"{room}.{name}")
    return names
