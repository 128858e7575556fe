"""Packs to try things on: the demonstration pack, whole and as a copy that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hezhi.packkit.api import Finding, Pack, pack_read, packs_check

PACKS = Path(__file__).parents[4] / "packs"


@pytest.fixture(scope="session")
def works() -> Pack:
    return pack_read(PACKS / "_demo_works")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the demonstration pack, with nothing above it that knows kinds of agencies."""
    return Path(shutil.copytree(PACKS / "_demo_works", tmp_path / "shelf" / "demo_works"))


@pytest.fixture
def spoil(copy: Path) -> Callable[..., list[Finding]]:
    """Change one text in one file of the copy and return what the check says."""

    def change(file: str, old: str, new: str) -> list[Finding]:
        path = copy / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return packs_check([copy])

    return change
