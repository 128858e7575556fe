"""Examples in docstrings say what the code does: every one of them runs."""

from __future__ import annotations

import doctest
import importlib

import pytest

from hezhi.project.options import ROOT

FILES = sorted(
    path.relative_to(ROOT / "src") for path in (ROOT / "src/hezhi").rglob("*.py") if ">>> " in path.read_text("utf-8")
)


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_example_gives_what_it_shows(file) -> None:
    module = importlib.import_module(".".join(file.with_suffix("").parts))

    told = doctest.testmod(module)

    assert told.attempted > 0  # an example nobody finds is none
    assert told.failed == 0
