"""A new pack passes the check from the start; mends change what was told and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from hezhi.packkit.api import PackInvalid, findings_fix, pack_new, pack_read, packs_check

TEMPLATE = Path(__file__).parents[4] / "packs" / "_template"


def make(shelf: Path, pack_id: str = "lost_keys") -> tuple[Path, ...]:
    return pack_new(TEMPLATE, shelf, pack_id=pack_id, zh="失物", en="Lost keys", agency="some_office", owner="@someone")


def test_a_new_pack_passes_the_check_under_its_own_name(tmp_path: Path) -> None:
    make(tmp_path)

    pack = pack_read(tmp_path / "lost_keys")

    assert packs_check([tmp_path / "lost_keys"]) == []
    assert (pack.id, pack.identity.title.zh, pack.identity.owners.agency) == ("lost_keys", "失物", "some_office")
    assert pack.identity.owners.people == ("@someone",)
    assert (tmp_path / "lost_keys" / "README.md").read_text("utf-8").startswith("# 失物 · Lost keys")


def test_a_new_pack_never_overwrites_another(tmp_path: Path) -> None:
    make(tmp_path)

    with pytest.raises(FileExistsError):
        make(tmp_path)


@pytest.mark.parametrize("name", ["Lost", "9keys", "k", "lost-keys", "../up"])
def test_a_name_that_is_no_id_is_refused_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackInvalid):
        make(tmp_path, name)

    assert list(tmp_path.iterdir()) == []


def test_mends_leave_a_pack_without_these_findings(copy: Path) -> None:
    grade = copy / "decisions" / "grade.yml"
    grade.write_text(grade.read_text("utf-8").replace("given: {record_count: 1}", "given: {record_count: 007}"))
    (copy / "expectations.yml").rename(copy / "expectations.yaml")

    mended = findings_fix(packs_check([copy]))

    assert {one.rule for one in mended} == {"text/implicit-octal", "text/not-yml"}
    assert 'given: {record_count: "007"}' in grade.read_text("utf-8")
    assert packs_check([copy]) == []
