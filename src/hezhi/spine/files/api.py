"""The file store's door: content in, content out, known by the SHA-256 of its bytes.

Who may see a file is decided by the room that attached it to a record, a case or a task.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings

from hezhi.spine.files import models, rules, scanning, storage
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.files.errors import FileDamaged, FileEmpty, FileTooLarge, FileUnknown
from hezhi.spine.permissions.contracts import Actor

MEGABYTE = 1_000_000  # bytes


def file_put(*, content: bytes, name: str, by: Actor, at: datetime) -> FileRef:
    """Store a file and return how it is known from now on.

    The same content twice is stored once. The bytes are safe on the disk before this returns; when the
    caller's transaction is rolled back they stay there unused, which harms nobody.

    Args:
        name: as handed in; the returned one is cleaned and has an ending that fits the content.

    Raises:
        FileEmpty: there are no bytes.
        FileTooLarge: above the setting HEZHI_FILE_LIMIT_MB.
        FileTypeRefused: the content is not one of the allowed types; the message lists them.
        FileNotClean: the setting HEZHI_SCAN_COMMAND names a program that did not call it clean.
    """
    limit = settings.HEZHI.file_limit_mb * MEGABYTE
    if not content:
        raise FileEmpty(name=name)
    if len(content) > limit:
        raise FileTooLarge(name=name, size=len(content), limit=limit)
    mime = rules.mime_of(content, name)
    scanning.scan(content, command=settings.HEZHI.scan_command)
    sha256 = hashlib.sha256(content).hexdigest()
    storage.put(_folder(), sha256, content)
    row, _ = models.StoredFile.objects.get_or_create(
        sha256=sha256,
        defaults={"mime": mime, "size": len(content), "created_at": at, "created_by": by.ref},
    )
    return FileRef(sha256=row.sha256, name=rules.safe_name(name, row.mime), mime=row.mime, size=row.size)


def file_type(content: bytes) -> str:
    """Return the type of ``content`` as its bytes tell it, without storing or unpacking anything.

    Raises:
        FileTypeRefused: not an allowed type, or a document that is encrypted, carries macros or unpacks to too much.
    """
    return rules.mime_of(content)


def file_get(sha256: str) -> FileRef:
    """Return what is known of a stored file; its name is made from the hash, as names belong to the rooms.

    Raises:
        FileUnknown: no file with this hash was stored.
    """
    row = models.StoredFile.objects.filter(sha256=sha256).first()
    if row is None:
        raise FileUnknown(sha256=sha256[:64])
    return FileRef(row.sha256, row.sha256[:12] + rules.ENDINGS[row.mime][0], row.mime, row.size)


def file_read(sha256: str) -> bytes:
    """Return the content of a stored file, checked against its hash.

    Raises:
        FileUnknown: no file with this hash was stored.
        FileDamaged: the bytes are gone or were changed on the disk.
    """
    return storage.read(_folder(), file_get(sha256).sha256)


def files_damaged() -> list[str]:
    """Read every stored content; return the hashes of those that are gone or changed on the disk."""
    damaged = []
    for sha256 in models.StoredFile.objects.order_by("sha256").values_list("sha256", flat=True).iterator():
        try:
            storage.read(_folder(), sha256)
        except FileDamaged:
            damaged.append(sha256)
    return damaged


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT)
