"""The door of the vault: keys for subjects, contents sealed and opened, keys destroyed, a new master key, pseudonyms.

It lies below the ledger, whose words it seals too; what it does itself is told to the ledger by an event.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from hezhi.kit import bus
from hezhi.kit.errors import NotAllowed
from hezhi.spine.reads.api import FixedRead, any_of
from hezhi.spine.vault import rules
from hezhi.spine.vault.contracts import (
    CipherName,
    KeyHolder,
    KeysRotated,
    Place,
    PurposeKeyRenewed,
    Signer,
    SubjectKey,
)
from hezhi.spine.vault.errors import SubjectErased, SubjectKeyMissing
from hezhi.spine.vault.keycommand import CommandKeys
from hezhi.spine.vault.keyfile import FileKeys
from hezhi.spine.vault.models import SubjectKeyRow

CHUNK = 1000  # keys read at once in a rotation
PURPOSE = re.compile(r"[a-z][a-z0-9_.\-]{0,99}")
LOCK = 7601  # first number of this room's advisory locks


@cache
def _holder() -> KeyHolder:
    path, is_made = settings.VAULT_KEY_FILE, settings.VAULT_KEY_FILE_IS_MADE
    if settings.VAULT_KEY_COMMAND:
        return CommandKeys(path, command=settings.VAULT_KEY_COMMAND, is_made=is_made)
    return FileKeys(path, is_made=is_made)


def keys_make(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    """Return the key of each subject, made where there is none; one round trip for all of them.

    Raises:
        SubjectErased: the key of one was destroyed; it never gets another.
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


def key_ready(*, subject: str) -> SubjectKey:
    """Return the key of one subject, made where there is none. Where there is one nothing is written or locked.

    Raises:
        SubjectErased: its key was destroyed.
    """
    return keys_find(subjects=[subject]).get(subject) or keys_make(subjects=[subject])[subject]


def keys_find(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    """Return the keys of those subjects that have one: not of those without, destroyed or hidden from the reader."""
    if not subjects:
        return {}
    rows = _rows.all(subjects=sorted(set(subjects)))
    return {row.subject: _key(row.subject, row.wrapped) for row in rows if row.wrapped}


def keys_get(*, subjects: Collection[str]) -> dict[str, SubjectKey]:
    """Return the keys of subjects.

    Raises:
        SubjectErased: the key of one was destroyed.
        SubjectKeyMissing: one of them has none.
    """
    if not subjects:
        return {}
    found = {row.subject: _key(row.subject, row.wrapped) for row in _rows.all(subjects=sorted(set(subjects)))}
    missing = sorted(set(subjects) - set(found))
    if missing:
        raise SubjectKeyMissing(subject=missing[0])
    return found


def keys_destroy(*, subjects: Collection[str]) -> None:
    """Destroy the keys of subjects for good: what was sealed under them opens no more, and nothing new is sealed.

    The empty row stays, so that no later key takes its place. Whoever calls this tells the ledger why.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_key (subject, wrapped) SELECT one, '' FROM unnest(%s::text[]) one"
            " ON CONFLICT (subject) DO UPDATE SET wrapped = ''",
            [sorted(set(subjects))],
        )


def erased_among(*, subjects: Collection[str]) -> frozenset[str]:
    """Return those subjects whose keys were destroyed."""
    return frozenset(row.subject for row in _rows.all(subjects=sorted(set(subjects))) if not row.wrapped)


_rows = FixedRead(lambda given: SubjectKeyRow.objects.filter(any_of("subject", given("subjects"))).order_by("subject"))


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


def keys_rotate(*, by: Signer, at: datetime) -> int:
    """Make a new master key and wrap every subject's key anew; no content is touched. Return how many.

    A rotation that was cut short leaves everything readable; the next one wraps what was left.

    Raises:
        NotAllowed: only the house itself rotates.
    """
    if not by.ref.startswith("system:"):
        raise NotAllowed()
    count = 0
    with transaction.atomic():
        _alone()
        master, last = _holder().renew(), ""
        while chunk := _rewrapped(last):
            last, count = chunk[-1], count + len(chunk)
        bus.publish(KeysRotated(master, count, by, at))
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


def pseudonym(*, purpose: str, scheme: str, value: str) -> str:
    """Return what stands for an identifier in one purpose, e.g. ``1.9f86d081884c7d659a2feaa0c55ad015``.

    Args:
        purpose: what the matching is for, e.g. ``lake``; small letters, digits, ``_``, ``.`` and ``-``.
        scheme: kind of the identifier; equal values of two kinds get two pseudonyms.
        value: in the one writing that ``packkit.identifier_read`` gives.

    Raises:
        SubjectErased: the purpose's key was destroyed; no pseudonym can be made or compared any more.
    """
    return pseudonymiser(purpose=purpose)(scheme, value)


def pseudonymiser(*, purpose: str) -> Callable[[str, str], str]:
    """Return ``pseudonym`` of one purpose as a function of scheme and value; the key is read once, made if missing."""
    return pseudonymisers(purposes=[purpose])[purpose]


def pseudonymisers(*, purposes: Collection[str]) -> dict[str, Callable[[str, str], str]]:
    """Return the ``pseudonymiser`` of several purposes by name. One query where their keys are made already."""
    known = _generations(purposes)
    return {purpose: _pseudonymiser(purpose, known[purpose]) for purpose in purposes}


def _pseudonymiser(purpose: str, wrapped: dict[int, str]) -> Callable[[str, str], str]:
    generation = max(wrapped, default=1)
    subject = _purpose_subject(purpose, generation)
    key = (_key(subject, wrapped[generation]) if wrapped else key_ready(subject=subject)).secret
    return lambda scheme, value: f"{generation}.{rules.pseudonym_sign(key, scheme, value)}"


def purpose_key_renew(*, purpose: str, by: Signer, at: datetime) -> int:
    """Give a purpose a new key and return its generation; what lies under the old one matches nothing new.

    Whoever keeps pseudonyms of the purpose makes them anew from the values, then has the old key destroyed
    (``purpose_key_destroy``).

    Raises:
        NotAllowed: only the house itself renews.
    """
    if not by.ref.startswith("system:"):
        raise NotAllowed()
    with transaction.atomic():
        _alone()
        generation = _newest_generation(purpose) + 1
        keys_make(subjects=[_purpose_subject(purpose, generation)])
        bus.publish(PurposeKeyRenewed(purpose, generation, by, at))
    return generation


def purpose_key_destroy(*, purpose: str, generation: int) -> None:
    """Destroy the key of one generation: nobody can find the value of such a pseudonym by trying any more.

    Whoever calls this tells the ledger why.
    """
    keys_destroy(subjects=[_purpose_subject(purpose, generation)])


def _purpose_subject(purpose: str, generation: int) -> str:
    if not PURPOSE.fullmatch(purpose):
        raise ValueError(f"no name of a purpose: {purpose!r}")
    return f"pseudonym:{purpose}:{generation}"


def _newest_generation(purpose: str) -> int:
    """Return the newest generation, 0 where the purpose has no key yet."""
    return max(_generations([purpose])[purpose], default=0)


_GENERATIONS = """
SELECT one.purpose, split_part(key.subject, ':', 3)::integer, key.wrapped
FROM unnest(%s::text[], %s::text[]) AS one (purpose, first)
JOIN vault_key key ON key.subject >= one.first AND key.subject < one.first || ':'
"""  # among digits alone, ':' is the sign after the last


def _generations(purposes: Collection[str]) -> dict[str, dict[int, str]]:
    """Return for each purpose the wrapped key of every generation; an empty one was destroyed. One query."""
    found: dict[str, dict[int, str]] = {purpose: {} for purpose in purposes}
    with connection.cursor() as cursor:
        cursor.execute(_GENERATIONS, [list(found), [_purpose_subject(one, 0)[:-1] for one in found]])
        for purpose, generation, wrapped in cursor.fetchall():
            found[purpose][generation] = wrapped
    return found
