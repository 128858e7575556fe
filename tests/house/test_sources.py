"""Rules about the text of the house itself."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hezhi.project.options import ROOT

LINES_MOST = 400
TEXT = {
    ".py",
    ".html",
    ".js",
    ".css",
    ".md",
    ".yml",
    ".yaml",
    ".toml",
    ".json",
    ".in",
    ".lock",
    ".txt",
    ".po",
    ".typ",
    "",
}


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
    """Return the scenarios; the template and the demonstrations begin with an underscore and are none."""
    return {path.parent.name for path in (ROOT / "packs").glob("[!_]*/pack.yml")}


def agency_words() -> set[str]:
    """Return the kinds of agencies that the demo city and the packs know, and what they are called."""
    kinds = yaml.safe_load((ROOT / "city/kinds.yml").read_text())
    return {kind["id"] for kind in kinds} | {kind["label"]["zh"] for kind in kinds}


def whole(words: set[str]) -> re.Pattern[str]:
    """Return a pattern for the words as whole names, so that `police` does not match `policed`."""
    return re.compile(r"(?<![A-Za-z_])(" + "|".join(sorted(map(re.escape, words))) + r")(?![A-Za-z_])")


@pytest.mark.parametrize("words", [pack_ids, agency_words])
def test_the_source_names_no_scenario_and_no_agency(words: Callable[[], set[str]]) -> None:
    asked = words() | ({"noise_at_night"} if words is pack_ids else set())
    assert len(asked) >= 3, "the packs and the city are where this test looks for them"
    pattern = whole(asked)
    named = {
        f"{short(path)}: {found}"
        for path in text_files("src")
        if "tests" not in path.relative_to(ROOT).parts
        for found in pattern.findall(path.read_text())
    }
    assert named == set()


HOSTS = ("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:org|com)", r"registry\.[a-z]+\.[a-z]+")
MIRRORS = (r"deb\.debian\.org", r"mirrors?\.[a-z0-9-]+\.[a-z]+")
PATHS = tuple(rf"(?<![\w.])/{folder}/" for folder in ("work", "root", "home", "tmp"))
FORBIDDEN = re.compile("|".join((*HOSTS, *MIRRORS, *PATHS)))


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
        "requirements-dev.lock", "requirements-node.lock", "requirements-spark.lock", "requirements-uv.lock",
        "requirements.lock",
    ]  # fmt: skip
    for lock in locks:
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block or "==" not in block] == []


def test_every_wanted_package_is_locked() -> None:
    for name in ("requirements", "requirements-dev"):
        wanted = set(re.findall(r"(?m)^([a-z][a-z0-9-]*)", (ROOT / f"{name}.in").read_text()))
        locked = set(re.findall(r"(?m)^([a-z][a-z0-9-]*)==", (ROOT / f"{name}.lock").read_text()))
        assert wanted - locked == set()
