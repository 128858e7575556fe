"""The table of security requirements names tests that are there, or says why not; its counts are those of the page."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter

import pytest

from hezhi.project.options import ROOT

FOLDER = ROOT / "docs/reference"
STATES = ("met", "not applicable", "not met")
WHOLE = {"1": 70, "2": 183}  # requirements of each level in OWASP ASVS 5.0.0


def rows() -> list[dict[str, str]]:
    with (FOLDER / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def functions(name: str) -> set[str]:
    tree = ast.parse((ROOT / name).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_test_that_is_there_or_a_reason() -> None:
    for row in rows():
        assert row["state"] in STATES, row
        assert bool(row["tests"]) == (row["state"] == "met"), row
        assert bool(row["reason"]) == (row["state"] != "met"), row
        for one in filter(None, row["tests"].split(";")):
            file, _, function = one.partition("::")
            assert (ROOT / file).is_file(), one
            assert function.startswith("test_"), one
            assert function in functions(file), one


def test_both_levels_are_whole_and_no_requirement_stands_twice() -> None:
    ids = [row["id"] for row in rows()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", one) for one in ids)
    assert Counter(row["level"] for row in rows()) == WHOLE


@pytest.mark.parametrize("level", ["1", "2"])
def test_the_page_tells_the_counts_of_the_table(level: str) -> None:
    counted = Counter(row["state"] for row in rows() if row["level"] == level)
    line = f"| {level} | " + " | ".join(str(counted[state]) for state in STATES) + " |"

    assert line in (FOLDER / "security.md").read_text().splitlines()


def test_the_page_says_how_soon_a_weak_library_is_replaced() -> None:
    _, _, section = (FOLDER / "security.md").read_text().partition("## How soon a weak library is replaced")
    days = [int(one) for one in re.findall(r"(?m)^\| [^|]+ \| (\d+) days \|", section)]

    assert len(days) == 4
    assert days == sorted(days)
    assert "scripts/audit.py" in section
