"""``hezhi pack`` on the command line: what it prints and how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hezhi.edge.cli.pack import app
from hezhi.packkit.api import RULES

PACKS = Path(__file__).parents[2] / "packs"


def run(*words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS / "_demo_works", tmp_path / "demo_works"))


def test_a_sound_shelf_ends_well() -> None:
    told = run("check", PACKS)

    assert (told.exit_code, told.stdout) == (0, "No finding.\n")


def test_a_broken_pack_is_told_with_places_and_ends_badly(copy: Path) -> None:
    (copy / "matters.yml").write_text((copy / "matters.yml").read_text("utf-8").replace("co:", "coo:"), "utf-8")

    told = run("check", copy)

    assert told.exit_code == 1
    assert "matters.yml:4" in told.stdout
    assert "[shape/unknown-key]" in told.stdout
    assert "Did you mean co?" in told.stdout
    assert told.stdout.endswith("\n2 findings\n")


def test_a_mended_pack_ends_well(copy: Path) -> None:
    (copy / "expectations.yml").rename(copy / "expectations.yaml")

    assert run("check", copy).exit_code == 1
    assert run("check", "--fix", copy).exit_code == 0


def test_a_folder_that_is_not_there_is_a_wrong_argument(tmp_path: Path) -> None:
    assert run("check", tmp_path / "nowhere").exit_code == 2


def test_a_new_pack_is_made_and_sound(tmp_path: Path) -> None:
    told = run("new", "lost_keys", "--zh", "失物", "--en", "Lost keys", "--shelf", tmp_path)

    assert told.exit_code == 0
    assert (tmp_path / "lost_keys" / "pack.yml").exists()
    assert run("check", tmp_path / "lost_keys").exit_code == 0


@pytest.mark.parametrize(("language", "heading"), [("zh", "如何办理"), ("en", "How it is handled")])
def test_a_pack_is_explained_in_sentences(language: str, heading: str) -> None:
    told = run("explain", PACKS / "_demo_works", "--language", language)

    assert told.exit_code == 0
    assert heading in told.stdout


def test_installed_packs_are_listed_with_version_and_findings() -> None:
    told = run("list", PACKS)

    assert told.exit_code == 0
    assert [line.split()[0].split("@")[0] for line in told.stdout.splitlines()[1:]] == sorted(
        path.name for path in PACKS.iterdir() if path.is_dir() and not path.name.startswith("_")
    )


def test_two_packs_are_compared_by_element(copy: Path) -> None:
    assert run("diff", PACKS / "_demo_works", copy).exit_code == 0

    book = copy / "playbook.yml"
    book.write_text(book.read_text("utf-8").replace("bounce_budget: 2", "bounce_budget: 3"), "utf-8")
    told = run("diff", PACKS / "_demo_works", copy)

    assert told.exit_code == 1
    assert told.stdout.split() == ["~", "playbook.bounce_budget", "2", "3"]


def test_the_tier_is_told_rule_by_rule() -> None:
    told = run("score", "--no-stories", PACKS / "_demo_works")

    assert told.exit_code == 0
    assert "none (claims none)" in told.stdout
    assert "story-passes" in told.stdout


def test_locking_writes_one_line_per_new_version(copy: Path) -> None:
    assert "locked demo_works@2026.1" in run("lock", copy).stdout
    assert "Every version stands in its lock already." in run("lock", copy).stdout


def test_the_generated_reference_is_up_to_date() -> None:
    assert run("schema", "--check").exit_code == 0


def test_every_rule_is_listed_with_its_reason() -> None:
    told = run("rules").stdout

    assert [rule.id for rule in RULES if rule.id not in told] == []
