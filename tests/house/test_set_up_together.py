"""Two processes may set up the same checkout at the same moment: two sites, or two workers of a test run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from babel.messages import mofile

from hezhi.edge.cli import assets, words

WAITS_SECONDS = 0.5  # for the other one, who must not come


def met(work: Callable[..., Any], meetings: list[bool]) -> Callable[..., Any]:
    """Return ``work``, begun by both at once where nothing keeps the second one out."""
    barrier = threading.Barrier(2)

    def together(*arguments: Any, **named: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(WAITS_SECONDS)
            meetings.append(True)
        return work(*arguments, **named)

    return together


def twice(work: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(2) as both:
        return [each.result() for each in (both.submit(work), both.submit(work))]


def test_translations_are_compiled_by_one_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh_Hans/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(words.HEADER + 'msgid "Stays"\nmsgstr "留下"\n')
    meetings: list[bool] = []
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    monkeypatch.setattr(mofile, "write_mo", met(mofile.write_mo, meetings))
    assert twice(words.words_compile) == [1, 1]
    assert meetings == []
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]


def test_front_end_files_are_copied_by_one_of_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "node_modules"
    package.mkdir()
    (package / "a.js").write_text("let a=1\n")
    meetings: list[bool] = []
    monkeypatch.setattr(assets, "NODE_MODULES", package)
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "FILES", {"a.js": "a.js"})
    monkeypatch.setattr(assets, "_copy", met(assets._copy, meetings))
    assert twice(assets.assets_copy) == [8, 8]
    assert meetings == []
    assert (tmp_path / "vendor/a.js").read_text() == "let a=1\n"
