"""What the ledger keeps and what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Line:
    """One act, as it stands in the append-only ledger.

    Attributes:
        chain: the hash chain it belongs to, e.g. ``case:12``, ``record:99``, ``calendar``.
        seq: place in the chain, 1 for the first.
        act: dotted name of the act, e.g. ``case.accept``.
        actor: ``Actor.ref`` of who did it.
        at: when it was done (UTC).
        pack: ``pack@version`` in force, empty where no pack is concerned.
        key: idempotency key, empty where none was given; unique within its chain.
        body: facts of the act: ids, codes, reasons; never contact data.
        hash: SHA-256 over the previous hash and this line's canonical payload.
    """

    chain: str
    seq: int
    act: str
    actor: str
    at: datetime
    pack: str
    key: str
    body: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class Seal:
    """One Merkle root over a batch of lines (RFC 6962 tree), chained to the seal before it."""

    number: int
    first_id: int
    last_id: int
    line_count: int
    root: str
    at: datetime
