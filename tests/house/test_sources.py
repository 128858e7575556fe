"""Rules about the text of the house itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hezhi.project.options import ROOT

LINES_MOST = 400
TEXT = {".py", ".html", ".js", ".css", ".md", ".yml", ".yaml", ".toml", ".json", ".in", ".lock", ".txt", ".po", ".typ", ""}


def tracked() -> list[Path]:
    """Return the files of the project: those git knows, or in an unpacked archive those below the folders."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_files(*folders: str) -> list[Path]:
    roots = tuple(str(ROOT / folder) for folder in folders)
    return [path for path in tracked() if path.suffix in TEXT and str(path).startswith(roots)]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    long = {
        short(path): count
        for path in text_files("src", "tests", "scripts")
        if path.suffix in {".py", ".html", ".js", ".css"} and (count := len(path.read_text().splitlines())) > LINES_MOST
    }
    assert long == {}


def pack_ids() -> set[str]:
    return {path.parent.name for path in (ROOT / "packs").glob("*/pack.yml")}


def agency_kinds() -> set[str]:
    """Return every kind of agency that the packs and the demo city name."""
    found: set[str] = set()
    for path in [*(ROOT / "packs").rglob("*.yml"), *(ROOT / "city").rglob("*.yml")]:
        found |= set(re.findall(r"(?m)^\s*(?:- )?\{?(?:kind|agency|lead|owner): *([a-z][a-z_]+)\b", path.read_text()))
        for listed in re.findall(r"(?:agencies|co|support|co_handlers|supporters): *\[([^\]]*)\]", path.read_text()):
            found |= {word.strip() for word in listed.split(",") if re.fullmatch(r"[a-z][a-z_]+", word.strip())}
    return found


def test_the_source_names_no_scenario() -> None:
    assert pack_ids(), "the packs are where this test looks for them"
    words = re.compile(r"(?<![a-z_])(" + "|".join(sorted(pack_ids() | {"noise_at_night"})) + r")(?![a-z_])")
    named = {f"{short(path)}: {found}" for path in text_files("src") for found in words.findall(path.read_text())}
    assert named == set()


FORBIDDEN = re.compile(
    "|".join((
        r"py" + r"pi\.org", r"python" + r"hosted", r"npm" + r"js\.(?:org|com)", r"registry\.[a-z]+\.[a-z]+",
        r"deb\.debian\.org", r"mirrors?\.[a-z0-9-]+\.[a-z]+", r"(?<![\w.])/work/", r"(?<![\w.])/root/", r"(?<![\w.])/home/\w",
        r"(?<![\w.])/tmp/",
    ))
)  # fmt: skip


def test_no_file_names_a_registry_host_or_a_path_of_one_machine() -> None:
    places = {
        f"{short(path)}:{number}"
        for path in tracked()
        if path.suffix in TEXT and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FORBIDDEN.search(line)
    }
    assert places == set()


def test_locks_pin_every_package_by_hash() -> None:
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert [path.name for path in locks] == [
        "requirements-dev.lock", "requirements-node.lock", "requirements-uv.lock", "requirements.lock",
    ]  # fmt: skip
    for lock in locks:
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block or "==" not in block] == []


def test_every_wanted_package_is_locked() -> None:
    for name in ("requirements", "requirements-dev"):
        wanted = set(re.findall(r"(?m)^([a-z][a-z0-9-]*)", (ROOT / f"{name}.in").read_text()))
        locked = set(re.findall(r"(?m)^([a-z][a-z0-9-]*)==", (ROOT / f"{name}.lock").read_text()))
        assert wanted - locked == set()
