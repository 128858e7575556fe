"""Bytes on the disk, under the hash of their content: ``ab/cd/abcd…``. Knows no table."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from hezhi.spine.files.errors import FileDamaged

HASH_LENGTH = 64  # hex digits


def place(folder: Path, sha256: str) -> Path:
    """Return where the content with this hash lies."""
    return folder / sha256[:2] / sha256[2:4] / sha256


def put(folder: Path, sha256: str, content: bytes) -> None:
    """Store ``content`` once; after return it survives a crash, and a reader sees all of it or nothing."""
    target = place(folder, sha256)
    if _is_whole(target, sha256, len(content)):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    for parent in (target.parent, target.parent.parent, folder):
        _sync(parent)


def _is_whole(target: Path, sha256: str, size: int) -> bool:
    """Say whether the content lies there unharmed; a damaged copy is written again."""
    if not target.is_file() or target.stat().st_size != size:
        return False
    return hashlib.sha256(target.read_bytes()).hexdigest() == sha256


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop(folder: Path, sha256: str) -> None:
    """Take the content with this hash from the disk, where it lies there."""
    place(folder, sha256).unlink(missing_ok=True)


def every(folder: Path, *, until: datetime) -> list[str]:
    """Return the hashes of all contents that lie on the disk since before a moment, whole or not."""
    found = (one for one in folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*") if len(one.name) == HASH_LENGTH)
    return sorted(one.name for one in found if one.stat().st_mtime < until.timestamp())


def read(folder: Path, sha256: str) -> bytes:
    """Return the content, checked against its hash.

    Raises:
        FileDamaged: it is gone or was changed on the disk.
    """
    try:
        content = place(folder, sha256).read_bytes()
    except OSError as cause:
        raise FileDamaged(sha256=sha256) from cause
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileDamaged(sha256=sha256)
    return content
