"""The archive of the log lies where the server can write, or the server does not start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_a_folder_that_its_owner_may_not_write_is_refused_by_root_too(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    tmp_path.chmod(0o500)

    with pytest.raises(archiving.ArchiveUnusable):
        archiving.settings(str(tmp_path), NOBODY, NOBODY)

    tmp_path.chmod(0o700)
    assert archiving.settings(str(tmp_path), NOBODY, NOBODY)["archive_mode"] == "on"


@pytest.fixture
def no_root() -> Iterator[None]:
    """Let the test run as somebody who may not write everywhere."""
    was = os.geteuid()
    os.seteuid(was or NOBODY)
    yield
    os.seteuid(was)


def test_a_folder_that_may_not_be_written_is_refused(no_root: None) -> None:
    with tempfile.TemporaryDirectory() as open_to_all:  # pytest's own folder is closed to all but its owner
        closed = Path(open_to_all) / "closed"
        closed.mkdir(mode=0o500)

        with pytest.raises(archiving.ArchiveUnusable, match="may not write into the folder"):
            archiving.settings(str(closed), os.geteuid(), os.getegid())

        closed.chmod(0o700)
        assert archiving.settings(str(closed), os.geteuid(), os.getegid())["archive_mode"] == "on"
