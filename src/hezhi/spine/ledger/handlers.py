"""What the ledger writes down of the room below it."""

from __future__ import annotations

from hezhi.spine.ledger.api import line_append
from hezhi.spine.vault.contracts import KeysRotated, PurposeKeyRenewed


def note_rotation(event: KeysRotated) -> None:
    """Write down that a new master key wraps all keys; the key itself stays in its file."""
    body = {"master": event.master, "keys": event.keys}
    line_append(chain="vault", act="keys.rotate", by=event.by, at=event.at, body=body)


def note_renewal(event: PurposeKeyRenewed) -> None:
    """Write down that a purpose has a new key for its pseudonyms."""
    body = {"purpose": event.purpose, "generation": event.generation}
    line_append(chain="vault", act="pseudonyms.renew", by=event.by, at=event.at, body=body)
