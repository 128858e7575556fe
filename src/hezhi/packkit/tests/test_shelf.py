"""The shelf finds packs by id and by stamp; a broken pack hides no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hezhi.packkit.api import PackInvalid, PackUnknown, PackVersionUnknown, Shelf, pack_read


def test_packs_are_found_by_id_and_by_stamp(copy: Path) -> None:
    shelf = Shelf([copy.parent])

    assert shelf.ids() == ("demo_works",)
    assert shelf.get("demo_works") is shelf.at("demo_works@2026.1")


def test_folders_with_an_underscore_and_missing_roots_are_passed_over(copy: Path) -> None:
    shutil.copytree(copy, copy.parent / "_draft")

    assert Shelf([copy.parent, copy.parent / "nowhere"]).ids() == ("demo_works",)


def test_a_broken_pack_hides_no_other_and_tells_why_when_asked(copy: Path) -> None:
    broken = copy.parent / "broken"
    broken.mkdir()
    (broken / "pack.yml").write_text("id: broken\n", "utf-8")

    shelf = Shelf([copy.parent])

    assert shelf.ids() == ("demo_works",)
    assert "shape/missing-file" in {one.rule for one in shelf.problems["broken"]}
    with pytest.raises(PackInvalid):
        shelf.get("broken")


def test_an_unknown_pack_and_an_unknown_version_are_errors(copy: Path) -> None:
    shelf = Shelf([copy.parent])

    with pytest.raises(PackUnknown):
        shelf.get("nothing")
    with pytest.raises(PackVersionUnknown):
        shelf.at("demo_works@2025.1")


def test_older_versions_come_from_the_versions_folder_or_from_who_keeps_them(copy: Path) -> None:
    kept = copy.parent / "_versions" / "demo_works@2025.9"
    shutil.copytree(copy, kept)
    text = (kept / "pack.yml").read_text("utf-8")
    (kept / "pack.yml").write_text(text.replace("2026.1", "2025.9"), "utf-8")
    foreign = pack_read(copy)

    shelf = Shelf([copy.parent], older=lambda stamp: foreign if stamp == "demo_works@2024.1" else None)

    assert shelf.at("demo_works@2025.9").stamp == "demo_works@2025.9"
    assert shelf.at("demo_works@2024.1") is foreign


def test_the_same_id_on_two_shelves_is_a_problem(copy: Path) -> None:
    other = copy.parent.parent / "other" / "demo_works"
    shutil.copytree(copy, other)

    shelf = Shelf([copy.parent, other.parent])

    assert [one.rule for one in shelf.problems["demo_works"]] == ["refs/duplicate-id"]
    assert shelf.get("demo_works").folder == copy
