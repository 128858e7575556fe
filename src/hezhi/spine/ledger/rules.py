"""How lines and seals are hashed. Pure; the database function ``ledger_line_hash`` does the same for lines.

The stand-alone ``scripts/verify_ledger.py`` repeats these rules on purpose, without importing them:
a verifier that trusts the house's own code would prove little.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from hezhi.kit.canonical import canonical, sha256
from hezhi.spine.ledger.contracts import Seal
from hezhi.spine.ledger.errors import LineUnwritable

CHAIN_SHAPE = re.compile(r"[a-z][a-z0-9_.]*(:[^\s]{1,150})?")
ACT_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SEAL_TITLE = "hezhi tree head 1"  # so that no signature of another kind of text fits
NAME_LIMIT = 200  # characters of a chain, key, pack or actor reference


def line_hash(prev_hash: str, line_id: int, chain: str, seq: int, payload: str) -> str:
    """Return the hash of one line: SHA-256 over its place and payload, chained to the line before it.

    Args:
        prev_hash: hash of the line before, empty for the first of a chain.
        line_id, seq: place in the table and in the chain; part of the hash, so that moving a line shows.
        payload: canonical JSON of the act (see `payload_of`).

    Returns:
        64 lower-case hex digits.

    Example:
        >>> line_hash("", 1, "case:1", 1, "{}")[:12]
        'a24e2bcd6fc4'
    """
    return sha256(f"{prev_hash}\n{line_id}\n{chain}\n{seq}\n{payload}")


def payload_of(*, chain: str, at: datetime, act: str, actor: str, key: str, pack: str, body: dict[str, Any]) -> str:
    """Return everything that one act says, as canonical JSON.

    Raises:
        LineUnwritable: a name has the wrong shape, or the body holds something that JSON cannot.
    """
    _check_names(chain=chain, act=act, actor=actor, key=key, pack=pack)
    if not isinstance(body, dict):
        raise LineUnwritable("The body must be a mapping.", chain=chain, act=act)
    told = {"act": act, "actor": actor, "at": at, "body": body, "chain": chain, "key": key, "pack": pack}
    try:
        payload = canonical(told)
        payload.encode()  # a lone surrogate would only fail at the database
    except (TypeError, ValueError) as cause:
        raise LineUnwritable(f"{cause}", chain=chain, act=act) from cause
    return payload


def _check_names(*, chain: str, act: str, actor: str, key: str, pack: str) -> None:
    if not CHAIN_SHAPE.fullmatch(chain):
        raise LineUnwritable("A chain is a small word, a colon and an id, e.g. case:12.", chain=chain)
    if not ACT_SHAPE.fullmatch(act):
        raise LineUnwritable("An act is dotted small words, e.g. case.accept.", act=act)
    if not actor:
        raise LineUnwritable("Somebody must sign.", act=act)
    for name, value in (("chain", chain), ("actor", actor), ("key", key), ("pack", pack)):
        if len(value) > NAME_LIMIT or not value.isprintable():
            raise LineUnwritable(f"The {name} is too long or holds control characters.", act=act)


def seal_text(seal: Seal) -> str:
    """Return what a seal says, as it is hashed, signed and stamped: all its fields and the hash of the seal before."""
    told = (seal.prev_hash, seal.number, seal.first_id, seal.last_id, seal.line_count, seal.tree_size, seal.root)
    return "\n".join(str(one) for one in (SEAL_TITLE, *told, moment(seal.at), seal.signer))


def seal_hash(seal: Seal) -> str:
    """Return the hash of a seal."""
    return sha256(seal_text(seal))


def peaks_read(text: str) -> list[bytes]:
    """Return the perfect subtrees that a seal keeps.

    Raises:
        ValueError: this is no list of hashes.
    """
    return [bytes.fromhex(one) for one in text.split()]


def moment(at: datetime) -> str:
    """Write a moment as every payload and export does, e.g. ``2026-03-01T08:00:00.000000Z``."""
    return str(canonical(at)).strip('"')
