"""Rules about what leaves the house: spreadsheets that run nothing, calls to nobody but whom the operator named."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest

from hezhi.kit.sheets import csv_text
from hezhi.project.options import ROOT

SOURCES = [path for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts]


def using(pattern: str) -> set[str]:
    """Return the modules of the house whose text holds ``pattern``."""
    return {path.relative_to(ROOT / "src/hezhi").as_posix() for path in SOURCES if re.search(pattern, path.read_text())}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "＝1"])
def test_a_text_that_begins_a_formula_is_written_as_text(text: str) -> None:
    assert [*csv.reader(io.StringIO(csv_text([[text]]), newline=""))] == [["'" + text]]


def test_numbers_and_harmless_texts_are_written_as_they_are() -> None:
    row = [-1, -1.5, Decimal("-2"), None, True, "a=b", "和园路"]

    assert csv_text([row]) == "-1,-1.5,-2,,True,a=b,和园路\r\n"


def test_csv_is_written_by_the_one_safe_writer() -> None:
    # The demo's feeder plays a source that hands files in: nobody opens them, and intake must meet them raw.
    assert using(r"csv\.(writer|DictWriter)\b|from csv import") == {"kit/sheets.py", "edge/demo/feeding.py"}
