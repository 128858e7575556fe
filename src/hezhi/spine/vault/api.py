"""The door of the vault: keys for subjects, contents sealed and opened, a new master key."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from hezhi.kit.errors import NotAllowed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, ActorKind
from hezhi.spine.vault import rules
from hezhi.spine.vault.contracts import CipherName, KeyHolder, Place, SubjectKey
from hezhi.spine.vault.errors import SubjectErased, SubjectKeyMissing
from hezhi.spine.vault.keyfile import FileKeys
from hezhi.spine.vault.models import SubjectKeyRow

CHUNK = 1000  # keys read at once in a rotation
LOCK = 7601  # first number of this room's advisory locks


@cache
def _holder() -> KeyHolder:
    return FileKeys(settings.VAULT_KEY_FILE, is_made=settings.VAULT_KEY_FILE_IS_MADE)


def keys_make(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    """Return the key of each subject, made where there is none; one round trip for all of them.

    Raises:
        SubjectErased: the key of one of them was destroyed.
    """
    if not subjects:
        return {}
    fresh = {subject: _holder().wrap(subject, os.urandom(rules.KEY_BYTES)) for subject in sorted(subjects)}
    with connection.cursor() as cursor:
        # The update changes nothing; it is there because only touched rows are returned.
        cursor.execute(
            "INSERT INTO vault_key (subject, wrapped) SELECT * FROM unnest(%s::text[], %s::text[])"
            " ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject RETURNING subject, wrapped",
            [list(fresh), list(fresh.values())],
        )
        return {subject: _key(subject, wrapped) for subject, wrapped in cursor.fetchall()}


def keys_get(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    """Return the keys of subjects.

    Raises:
        SubjectKeyMissing: one of them has none.
        SubjectErased: the key of one of them was destroyed.
    """
    if not subjects:
        return {}
    rows = SubjectKeyRow.objects.filter(subject__in=list(subjects)).values_list("subject", "wrapped")
    found = {subject: _key(subject, wrapped) for subject, wrapped in rows}
    missing = sorted(set(subjects) - set(found))
    if missing:
        raise SubjectKeyMissing(subject=missing[0])
    return found


def keys_destroy(*, subjects: Collection[str]) -> int:
    """Destroy the keys of subjects for good, whether or not they have one; return how many had one.

    What was sealed under them opens no more, and nothing can be sealed for these subjects again.
    """
    if not subjects:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault_key WHERE subject = ANY(%s) AND wrapped <> ''", [list(subjects)])
        count = int(cursor.fetchone()[0])
        cursor.execute(
            "INSERT INTO vault_key (subject, wrapped) SELECT one, '' FROM unnest(%s::text[]) AS one"
            " ON CONFLICT (subject) DO UPDATE SET wrapped = ''",
            [sorted(subjects)],
        )
    return count


def keys_destroyed(*, subjects: Collection[str]) -> frozenset[str]:
    """Return those of the subjects whose keys were destroyed."""
    rows = SubjectKeyRow.objects.filter(subject__in=list(subjects), wrapped="")
    return frozenset(rows.values_list("subject", flat=True))


def _key(subject: str, wrapped: str) -> SubjectKey:
    if not wrapped:
        raise SubjectErased(subject=subject)
    return SubjectKey(subject, _holder().unwrap(subject, wrapped))


def seal(key: SubjectKey, place: Place, content: Any) -> str:
    """Return the envelope of anything JSON can hold, by the cipher of the settings."""
    text = json.dumps(content, ensure_ascii=False)
    return rules.sealed(CipherName(settings.VAULT_CIPHER), key.secret, place, text.encode())


def unseal(key: SubjectKey, place: Place, envelope: str) -> Any:
    """Return what was sealed at this place.

    Raises:
        EnvelopeRefused: it was changed, moved, or sealed under another key.
    """
    return json.loads(rules.opened(key.secret, place, envelope))


def keys_rotate(*, by: Actor, at: datetime) -> int:
    """Make a new master key and wrap every subject's key anew; no content is touched. Return how many.

    A rotation that was cut short leaves everything readable; the next one wraps what was left.

    Raises:
        NotAllowed: only the house itself rotates.
    """
    if by.kind is not ActorKind.SYSTEM:
        raise NotAllowed()
    count = 0
    with transaction.atomic():
        _alone()
        master, last = _holder().renew(), ""
        while chunk := _rewrapped(last):
            last, count = chunk[-1], count + len(chunk)
        ledger.line_append(chain="vault", act="keys.rotate", by=by, at=at, body={"master": master, "keys": count})
    with transaction.atomic():  # only after the new wrappings are kept may an old master key go
        _alone()
        _holder().retire()
    return count


def _alone() -> None:
    """Let one rotation at a time write the key file."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK])


def _rewrapped(after: str) -> list[str]:
    """Wrap the next keys in the order of their subjects anew and return these subjects."""
    kept = SubjectKeyRow.objects.select_for_update().filter(subject__gt=after).exclude(wrapped="")
    rows = list(kept.order_by("subject")[:CHUNK])
    for row in rows:
        if not _holder().is_newest(row.wrapped):
            row.wrapped = _holder().wrap(row.subject, _holder().unwrap(row.subject, row.wrapped))
    SubjectKeyRow.objects.bulk_update(rows, ["wrapped"])
    return [row.subject for row in rows]
