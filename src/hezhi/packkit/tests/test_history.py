"""The same version always means the same content; versions grow; a retired id never returns."""

from __future__ import annotations

from pathlib import Path

import pytest

from hezhi.packkit.api import PackInvalid, lock_read, packs_check, packs_lock
from hezhi.packkit.lock import Locked, lock_write


def lock_of(copy: Path) -> Path:
    return copy.parent / "registry.lock"


def change(copy: Path, old: str, new: str) -> None:
    path = copy / "pack.yml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def test_a_locked_pack_stays_sound_and_locking_again_adds_nothing(copy: Path) -> None:
    added = packs_lock([copy])

    assert [line.stamp for line in added] == ["demo_works@2026.1"]
    assert packs_lock([copy]) == ()
    assert lock_read(lock_of(copy)) == added
    assert packs_check([copy]) == []


def test_changed_content_needs_a_new_version(copy: Path) -> None:
    packs_lock([copy])
    change(copy, "retention_days: 730", "retention_days: 731")

    assert [one.rule for one in packs_check([copy])] == ["history/changed-without-version"]
    with pytest.raises(PackInvalid):
        packs_lock([copy])

    change(copy, 'version: "2026.1"', 'version: "2026.10"')
    assert packs_check([copy]) == []
    assert [line.stamp for line in packs_lock([copy])] == ["demo_works@2026.10"]
    assert len(lock_read(lock_of(copy))) == 2


def test_the_changelog_may_change_without_a_new_version(copy: Path) -> None:
    packs_lock([copy])
    (copy / "CHANGELOG.md").write_text("# Changelog\n\nA better word.\n", "utf-8")

    assert packs_check([copy]) == []


def test_versions_only_grow(copy: Path) -> None:
    lock_write(lock_of(copy), [Locked("demo_works", "2026.10", "0" * 64)])

    assert [one.rule for one in packs_check([copy])] == ["history/version-goes-back"]


def test_a_retired_id_never_returns(copy: Path) -> None:
    lock_write(lock_of(copy), [Locked("demo_works", "2025.3", "0" * 64, is_retired=True)])

    assert [one.rule for one in packs_check([copy])] == ["history/retired-returns"]
    change(copy, "status: draft", "status: retired")
    assert packs_check([copy]) == []


def test_a_broken_lock_is_an_error(copy: Path) -> None:
    lock_of(copy).write_text("demo_works 2026.1\n", "utf-8")

    with pytest.raises(ValueError, match=r"registry.lock:1 is not"):
        packs_check([copy])
