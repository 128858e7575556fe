"""The words of acts: sealed beside the lines, under the key of their chain, and bound to them by a salted hash.

Whoever destroys the key of a chain erases what was said in it; who did what and when stays, and still proves itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from hezhi.kit.canonical import sha256
from hezhi.kit.masks import holds_mask
from hezhi.spine.ledger import models, queries, rules
from hezhi.spine.ledger.contracts import BreakKind, Finding, Line
from hezhi.spine.ledger.errors import LineUnwritable, MaskWritten
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place, SubjectKey
from hezhi.spine.vault.errors import EnvelopeRefused, MasterKeyMissing

TABLE = "ledger_line"


@dataclass(frozen=True)
class Parts:
    """A body taken apart: facts for the payload; words as text (empty where there are none), hashed and sealed."""

    facts: dict[str, Any]
    hash: str = ""
    envelope: str = ""


def parts_of(bodies: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Parts]:
    """Take the bodies of ``(chain, body)`` apart and seal their words; one read for all keys, one write for new ones.

    Raises:
        SubjectErased: what a chain tells of was erased; nothing more is said there.
        LineUnwritable: a body is no mapping, or its words cannot be written down.
        MaskWritten: words hold what stands for a masked value.
    """
    split = [_split(chain, body) for chain, body in bodies]
    chains = {chain for (chain, _), (_, words) in zip(bodies, split, strict=True) if words}
    keys = _keys(chains)
    return [
        _sealed(keys[chain], facts, words) if words else Parts(facts)
        for (chain, _), (facts, words) in zip(bodies, split, strict=True)
    ]


def _split(chain: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(body, dict):
        raise LineUnwritable("The body must be a mapping.", chain=chain)
    return rules.body_split(body)


def _keys(chains: Collection[str]) -> dict[str, SubjectKey]:
    known = vault.keys_find(subjects=chains)
    return known | vault.keys_make(subjects=[one for one in chains if one not in known])


def _sealed(key: SubjectKey, facts: dict[str, Any], words: Mapping[str, Any]) -> Parts:
    try:
        said = rules.said_write(words, os.urandom(rules.SALT_BYTES))
        if holds_mask(said):
            raise MaskWritten(chain=key.subject)
        told = sha256(said)
    except (TypeError, ValueError) as cause:
        raise LineUnwritable(f"{cause}", chain=key.subject) from cause
    return Parts(facts, told, vault.seal(key, _place(key.subject, told), said))


def lines_read(rows: Iterable[models.Line]) -> Iterator[Line]:
    """Turn rows into lines with their words, reading keys once for many; lost words are left out."""
    walk = iter(rows)
    while part := list(islice(walk, queries.CHUNK)):
        chains = {row.chain for row in part if row.words}
        keys = vault.keys_find(subjects=chains)
        erased = vault.erased_among(subjects=chains - keys.keys()) if chains - keys.keys() else frozenset()
        for row in part:
            line = queries.to_line(row)
            if row.words and row.chain in keys:
                line = replace(line, body=line.body | rules.said_read(_said(keys[row.chain], row)))
            elif row.words:
                line = replace(line, is_erased=row.chain in erased)
            yield line


def said_of(line_ids: Sequence[int]) -> dict[int, str]:
    """Return the words of lines with their salt, by id, as far as they are not erased."""
    rows = list(models.Line.objects.filter(id__in=list(line_ids)).exclude(words=""))
    keys = vault.keys_find(subjects={row.chain for row in rows})
    return {row.id: _said(keys[row.chain], row) for row in rows if row.chain in keys}


def breaks(rows: Iterable[models.Line]) -> Iterator[Finding]:
    """Yield every line whose words are not those of its hash, or whose key is gone though nobody erased it."""
    walk = iter(rows)
    while part := list(islice(walk, queries.CHUNK)):
        keys = _sound_keys({row.chain for row in part if row.words})
        for row in part:
            says = _wrong(row, keys.get(row.chain))
            if says:
                yield Finding(BreakKind.CHANGED, f"{row.chain}#{row.seq}", f"{says} (id {row.id})")


def _sound_keys(chains: Collection[str]) -> dict[str, SubjectKey]:
    """Return the keys that open; one that does not must not hide the others."""
    try:
        return vault.keys_find(subjects=chains)
    except (EnvelopeRefused, MasterKeyMissing):
        return {} if len(chains) == 1 else {name: key for one in chains for name, key in _sound_keys({one}).items()}


def _wrong(row: models.Line, key: SubjectKey | None) -> str:
    told = _hash(row)
    if bool(told) != bool(row.words):
        return "its words are gone" if told else "it has words that its hash does not know"
    if not told:
        return ""
    if key is None:
        return "" if vault.erased_among(subjects=[row.chain]) else "the key of its words is gone or was changed"
    try:
        return "" if sha256(_said(key, row)) == told else "its words were changed"
    except EnvelopeRefused:
        return "its words were changed"


def _hash(row: models.Line) -> str:
    try:
        return str(json.loads(row.payload).get("words", ""))
    except (ValueError, AttributeError):
        return ""  # a payload that cannot be read is found as such


def _said(key: SubjectKey, row: models.Line) -> str:
    return str(vault.unseal(key, _place(row.chain, _hash(row)), row.words))


def _place(chain: str, told: str) -> Place:
    return Place(TABLE, chain, told)
