"""How lines and seals are hashed, and which parts of an act are words.

Pure; the database function ``ledger_line_hash`` hashes lines in the same way.
The stand-alone ``scripts/verify_ledger.py`` repeats these rules on purpose, without importing them:
a verifier that trusts the house's own code would prove little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hezhi.kit.canonical import canonical, sha256
from hezhi.spine.ledger.contracts import Seal
from hezhi.spine.ledger.errors import LineUnwritable

CHAIN_SHAPE = re.compile(r"[a-z][a-z0-9_.]*(:[^\s]{1,150})?")
ACT_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SEAL_TITLE = "hezhi tree head 1"  # so that no signature of another kind of text fits
WORDS = frozenset(
    {
        "answer",
        "comment",
        "file_names",
        "key",
        "note",
        "purpose",
        "reason",
        "reasons",
        "result",
        "subject",
        "summary",
        "text",
        "title",
    }
)
"""Parts of a body that hold what people said or what points at them; everything else are ids, codes and moments."""
SALT_BYTES = 16
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


def body_split(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts of a body, which stand in the line for ever, and its words, which can be erased.

    Example:
        >>> body_split({"agency": 3, "reason": "两车相撞", "note": ""})
        ({'agency': 3, 'note': ''}, {'reason': '两车相撞'})
    """
    words = {name: value for name, value in body.items() if name in WORDS and value not in ("", None, [], {})}
    return {name: value for name, value in body.items() if name not in words}, words


def said_write(words: Mapping[str, Any], salt: bytes) -> str:
    """Return words with their salt, as one text; the line holds its hash.

    WHY salted: without, whoever guesses erased words could find out by their hash that the guess is right.
    """
    return f"{salt.hex()}\n{canonical(dict(words))}"


def said_read(said: str) -> dict[str, Any]:
    """Return the words of such a text."""
    words: dict[str, Any] = json.loads(said.partition("\n")[2])
    return words


def payload_of(
    *, chain: str, at: datetime, act: str, actor: str, key: str, pack: str, body: Mapping[str, Any], words: str = ""
) -> str:
    """Return everything that one act says, as canonical JSON.

    Args:
        words: hash of the act's words (see `said_write`), empty where it has none.

    Raises:
        LineUnwritable: a name has the wrong shape, or the body holds something that JSON cannot.
    """
    _check_names(chain=chain, act=act, actor=actor, key=key, pack=pack)
    told = {"act": act, "actor": actor, "at": at, "body": body, "chain": chain, "key": key, "pack": pack}
    if words:
        told["words"] = words
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
