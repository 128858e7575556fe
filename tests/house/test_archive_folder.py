"""The archive of the log lies where the server can write, or the server does not start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hezhi.project import archiving

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_an_empty_folder_is_given_to_the_server_and_a_used_one_of_others_is_refused(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    empty.mkdir()
    used.mkdir()
    (used / "letter").write_text("theirs")

    assert archiving.settings(str(empty), NOBODY, NOBODY)["archive_mode"] == "on"
    with pytest.raises(archiving.ArchiveUnusable):
        archiving.settings(str(used), NOBODY, NOBODY)

    assert empty.stat().st_uid == NOBODY
    assert used.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)

    with pytest.raises(archiving.ArchiveUnusable):
        archiving.settings(str(closed), os.geteuid(), os.getegid())
