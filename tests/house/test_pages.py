"""Pages that are made from the code say what the code says."""

from __future__ import annotations

import re

from hezhi.edge.cli.docs import pages
from hezhi.edge.cli.pages.house import FLOW, SERVICES, SOURCE, SPINE
from hezhi.edge.cli.pages.map import nouns
from hezhi.project.options import ROOT

READ = ["README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md", "GLOSSARY.md", "MAP.md"]


def test_generated_pages_are_up_to_date() -> None:
    late = [path for path, text in pages().items() if (ROOT / path).read_text() != text]
    assert late == [], "run `make docs` and commit"


def test_the_map_knows_every_room() -> None:
    for layer, rooms in (("spine", SPINE), ("services", SERVICES), ("flow", FLOW)):
        there = {path.parent.name for path in (SOURCE / "hezhi" / layer).glob("*/__init__.py")}
        assert there == set(rooms)


def test_every_noun_of_the_contracts_is_explained() -> None:
    assert [f"{noun.module}.{noun.name}" for noun in nouns() if not noun.says] == []


def test_every_room_says_what_it_is() -> None:
    page = pages()["MAP.md"]
    assert re.findall(r"(?m)^\| \[([\w.]+)\]\([^)]*\) \|  \|", page) == []


def test_every_command_says_what_it_does() -> None:
    page = pages()["docs/reference/commands.md"]
    assert re.findall(r"(?m)^(## `hezhi [^`]+`)\n\n\n", page) == []
    assert re.findall(r"(?m)^\| `([^`]+)` \|  \|", page) == []


def test_links_between_pages_lead_somewhere() -> None:
    pages_read = [ROOT / name for name in READ] + sorted((ROOT / "docs").rglob("*.md"))
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages_read
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_make_target_is_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"(?m)^\.PHONY: (.*)$", text)[1].split())  # type: ignore[index]
    assert set(re.findall(r"(?m)^([a-z-]+):.*## ", text)) == targets
