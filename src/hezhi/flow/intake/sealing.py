"""The one place where secret values of records are sealed and opened.

The subject of a key is one record: everything sealed of it opens, and is erased, together. Secret fields
are sealed one by one, so that a page knows which there are without opening any; what came in is sealed
as a whole, because a column that nobody declared may hold anything.

Of everything that was given a hash is kept, and told in the ledger for ever. It is salted, so that nobody who
guesses a phone can confirm the guess by it: the salt is sealed where something else is, and goes with the record.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from hezhi.flow.intake.errors import TicketEnded, TicketNotFound
from hezhi.flow.intake.models import Record, Ticket
from hezhi.flow.intake.rules import is_running
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place, SubjectKey

TABLE = "intake_record"
SALT_BYTES = 16


def keys_for(record_ids: Collection[int]) -> dict[int, SubjectKey]:
    """Return the keys of records, new or known, in one round trip."""
    keys = vault.keys_make(subjects=[_subject(one) for one in record_ids])
    return {one: keys[_subject(one)] for one in record_ids}


def salted(salt: str, content: str) -> str:
    """Return what is kept of the hash of a content."""
    return hmac.new(bytes.fromhex(salt), content.encode(), hashlib.sha256).hexdigest()


def salt_new() -> str:
    """Return a fresh salt."""
    return os.urandom(SALT_BYTES).hex()


def content_put(record: Record, content: str, key: SubjectKey | None) -> None:
    """Keep the hash of everything that was given, salted anew; the salt is sealed where there is a key."""
    salt = salt_new()
    record.content, record.salt = salted(salt, content), salt if key is None else vault.seal(key, _salt(record), salt)


def content_move(from_record: Record, to_record: Record, key: SubjectKey) -> None:
    """Let one record hold the content of another; ``key`` is that of the record that gets it."""
    salt = salts_of([from_record])[from_record.id]
    to_record.content, to_record.salt = from_record.content, vault.seal(key, _salt(to_record), salt)


def salts_of(records: Collection[Record]) -> dict[int, str]:
    """Return the salts of records by id; erased ones have none and are missing."""
    sealed = [one for one in records if _is_sealed(one.salt)]
    keys = vault.keys_get(subjects=[_subject(one.id) for one in sealed])
    opened = {one.id: vault.unseal(keys[_subject(one.id)], _salt(one), one.salt) for one in sealed}
    return {one.id: one.salt for one in records if one.salt} | opened


def _is_sealed(salt: str) -> bool:
    return len(salt) > 2 * SALT_BYTES


def fill(record: Record, secrets: Mapping[str, Any], raw: Mapping[str, Any], key: SubjectKey | None) -> None:
    """Put secret values and what came in into a record, sealed; ``key`` may be None where both are empty."""
    record.secrets = {name: vault.seal(_known(key), _secret(record, name), one) for name, one in secrets.items()}
    record.raw = vault.seal(_known(key), _raw(record), dict(raw)) if raw else ""


def secrets_under(ticket: Ticket, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return in clear what a running ticket opens, to its holder; the only way to a screen.

    Raises:
        TicketNotFound: somebody else holds it, or holds it in another agency.
        TicketEnded: it has run out, or was closed.
    """
    if (ticket.opened_by, ticket.agency_id) != (by.ref, by.agency_id):
        raise TicketNotFound(ticket=ticket.id)
    if not is_running(ticket.opened_at, ticket.until_at, ticket.closed_at, at):
        raise TicketEnded(ticket=ticket.id)
    secrets = secrets_of([ticket.record])[ticket.record_id]
    return {name: secrets[name] for name in ticket.fields if name in secrets}


def secrets_of(records: Collection[Record]) -> dict[int, dict[str, Any]]:
    """Return the secret values of records in clear, by id: for the house's own use, never for a screen.

    Every use is listed in ``tests/house/test_masked_fields.py`` with its reason.
    """
    keys = vault.keys_get(subjects=[_subject(one.id) for one in records if one.secrets])
    return {one.id: _opened(one, keys) for one in records}


def _opened(record: Record, keys: Mapping[str, SubjectKey]) -> dict[str, Any]:
    return {
        name: vault.unseal(keys[_subject(record.id)], _secret(record, name), one)
        for name, one in record.secrets.items()
    }


def raw_of(record: Record) -> dict[str, Any]:
    """Return what came in of a refused or held record, in clear; empty for an accepted one. As ``secrets_of``."""
    if not record.raw:
        return {}
    subject = _subject(record.id)
    found: dict[str, Any] = vault.unseal(vault.keys_get(subjects=[subject])[subject], _raw(record), record.raw)
    return found


def _known(key: SubjectKey | None) -> SubjectKey:
    if key is None:
        raise LookupError("a record with something to seal needs a key")
    return key


def _subject(record_id: int) -> str:
    return f"record:{record_id}"


def _secret(record: Record, name: str) -> Place:
    return Place(TABLE, str(record.id), f"secrets.{name}")


def _salt(record: Record) -> Place:
    return Place(TABLE, str(record.id), "salt")


def _raw(record: Record) -> Place:
    return Place(TABLE, str(record.id), "raw")
