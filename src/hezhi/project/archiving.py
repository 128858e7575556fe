"""The archive of the write-ahead log: how the server fills it, and how a restore reads it.

A segment is copied compressed under another name, forced to the disk and then linked to its own name, which
fails where that name is taken: nothing in the archive is ever written over. The server asks again until it is
told that the segment is safe; the same segment a second time is safe already.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from hezhi.kit.errors import HezhiError


class ArchiveUnusable(HezhiError):
    """The database server's account may not write into the folder of the archive; give the folder to this account."""

    code = "archive_unusable"


SWITCH_SECONDS = 60  # the most that a lost disk may cost
SUFFIX = ".gz"


def settings(archive: str, uid: int, gid: int) -> dict[str, str]:
    """Return the server's settings for this archive, none for no archive; the folder is made if need be.

    Raises:
        ArchiveUnusable: the server's account cannot write there; it would fail unseen, segment by segment.
    """
    if not archive:
        return {}
    folder = Path(archive)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    if os.geteuid() == 0 and folder.stat().st_uid != uid and not any(folder.iterdir()):
        os.chown(folder, uid, gid)
    if not _is_writable(folder, uid):
        raise ArchiveUnusable(folder=folder, account=uid)
    return {
        "archive_mode": "on",
        "archive_timeout": str(SWITCH_SECONDS),
        "archive_command": _command(folder),
    }


def _is_writable(folder: Path, uid: int) -> bool:
    if os.geteuid() != 0:
        return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)
    told = folder.stat()
    needed = 0o300 if told.st_uid == uid else 0o003
    return told.st_mode & needed == needed


def _command(folder: Path) -> str:
    kept = f"{_quoted(folder)}/%f{SUFFIX}"
    draft = f"{_quoted(folder)}/.%f.part"
    return (
        f"if test -e {kept}; then gzip -dc {kept} | cmp -s - %p;"
        f" else gzip -1nc %p > {draft} && sync {draft} && ln {draft} {kept} && rm {draft} && sync {_quoted(folder)}; fi"
    )


def restore_command(folder: Path) -> str:
    """Return the server's command that fetches one segment; it fails where the archive ends."""
    kept = f"{_quoted(folder)}/%f{SUFFIX}"
    return f"test -e {kept} && gzip -dc {kept} > %p"


def _quoted(folder: Path) -> str:
    return shlex.quote(str(folder)).replace("%", "%%")
