"""A locked version that an advisory names is found; a folder that says nothing is not taken for a good one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hezhi.project.options import ROOT

LOCK = "some-package==1.4.2 \\\n    --hash=sha256:00\nother[extra]==2.0 ; python_version > '3'\n"


def ranged(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def audit(folder: Path, *affected: dict[str, Any], **more: Any) -> tuple[int, str]:
    for number, one in enumerate(affected):
        package = {"ecosystem": "PyPI", "name": "Some_Package"} | one.pop("package", {})
        told = {"id": f"MADE-UP-{number}", "affected": [{"package": package, **one}], **more}
        (folder / f"{number}.json").write_text(json.dumps(told))
    lock = folder / "some.lock"
    lock.write_text(LOCK)
    asked = [sys.executable, "scripts/audit.py", str(folder), str(lock)]
    ended = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout.strip()


@pytest.mark.parametrize(
    "affected",
    [
        {"versions": ["1.4.1", "1.4.2"]},
        ranged({"introduced": "0"}, {"fixed": "1.4.10"}),
        ranged({"introduced": "1.4.2"}),
        ranged({"introduced": "1.0"}, {"last_affected": "1.4.2"}),
        ranged({"introduced": "0"}, {"fixed": "1.1"}, {"introduced": "1.3"}, {"fixed": "1.5"}),
        {"versions": ["2.0"], "package": {"name": "other"}},
    ],
)
def test_a_named_version_fails(tmp_path: Path, affected: dict[str, Any]) -> None:
    name = "other 2.0" if "package" in affected else "some-package 1.4.2"

    assert audit(tmp_path, affected) == (1, f"{name}: MADE-UP-0")


@pytest.mark.parametrize(
    "affected",
    [
        {"versions": ["1.4.1"]},
        ranged({"introduced": "0"}, {"fixed": "1.4.2"}),
        ranged({"introduced": "1.4.3"}),
        ranged({"introduced": "0"}, {"fixed": "1.1"}, {"introduced": "1.5"}),
        {"versions": ["1.4.2"], "package": {"ecosystem": "npm"}},
    ],
)
def test_other_versions_pass(tmp_path: Path, affected: dict[str, Any]) -> None:
    assert audit(tmp_path, affected) == (0, "No locked version is named by any of 1 advisories.")


def test_a_withdrawn_advisory_names_nothing(tmp_path: Path) -> None:
    assert audit(tmp_path, {"versions": ["1.4.2"]}, withdrawn="2026-01-01T00:00:00Z")[0] == 0


def test_a_folder_without_advisories_is_no_clean_bill(tmp_path: Path) -> None:
    assert audit(tmp_path)[0] == 2
    (tmp_path / "broken.json").write_text("{")
    assert audit(tmp_path)[0] == 2


def test_the_real_lock_is_read_whole(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from audit import locked
    finally:
        sys.path.pop(0)
    lock = ROOT / "requirements.lock"

    assert len(locked(lock)) == len(re.findall(r"(?m)^[A-Za-z]", lock.read_text())) > 10
