"""The file store's door: content in, content out, known by the SHA-256 of its bytes.

Who may see a file is decided by the room that attached it to a record, a case or a task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from hezhi.spine.files import models, rules, scanning, storage
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.files.errors import FileDamaged, FileEmpty, FileTooLarge, FileUnknown
from hezhi.spine.permissions.contracts import Actor

MEGABYTE = 1_000_000  # bytes
SWEPT_AFTER = timedelta(hours=1)  # what is being stored at this moment is left alone
LOCK = 7701  # first number of this room's advisory locks


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
    with transaction.atomic():
        _lock(sha256, alone=False)
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


def files_use(*, sha256s: Collection[str], user: str) -> None:
    """Note whose files these are; noting it again changes nothing.

    Args:
        user: what they are attached to, e.g. ``case:12``.
    """
    rows = [models.FileUse(file_id=one, user=user) for one in sorted(set(sha256s))]
    models.FileUse.objects.bulk_create(rows, ignore_conflicts=True)


def files_release(*, users: Collection[str]) -> list[str]:
    """Let go of everything these have; return the hashes that nobody has any more.

    Those are unknown from now on, and their bytes go from the disk once the transaction is committed; what a
    crash leaves there, ``files_sweep`` finds.
    """
    mine = models.FileUse.objects.filter(user__in=list(users))
    held = sorted(set(mine.values_list("file_id", flat=True)))
    for one in held:
        _lock(one, alone=True)
    mine.delete()
    used = set(models.FileUse.objects.filter(file__in=held).values_list("file_id", flat=True))
    gone = [one for one in held if one not in used]
    models.StoredFile.objects.filter(sha256__in=gone).delete()
    transaction.on_commit(lambda: [_drop(one) for one in gone])
    return gone


def _drop(sha256: str) -> bool:
    """Take bytes from the disk unless somebody has stored the same content anew."""
    with transaction.atomic():
        _lock(sha256, alone=True)
        if models.StoredFile.objects.filter(sha256=sha256).exists():
            return False
        storage.drop(_folder(), sha256)
        return True


def files_sweep(*, at: datetime) -> int:
    """Take bytes from the disk that no table knows since an hour; return how many. Twice or late is harmless."""
    lying = storage.every(_folder(), until=at - SWEPT_AFTER)
    known = set(models.StoredFile.objects.filter(sha256__in=lying).values_list("sha256", flat=True))
    return sum(_drop(one) for one in lying if one not in known)


def _lock(sha256: str, *, alone: bool) -> None:
    """Keep storing a content and dropping it apart until the transaction ends; storing it twice is no quarrel."""
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(%s, hashtext(%s))", [LOCK, sha256])


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
