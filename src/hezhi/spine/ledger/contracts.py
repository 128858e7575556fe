"""What the ledger keeps and what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Signer(Protocol):
    """Whoever signs a line, for another where ``on_behalf`` names one; ``permissions.Actor`` is one."""

    @property
    def ref(self) -> str: ...

    @property
    def on_behalf(self) -> str: ...


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
        body: facts of the act (ids, codes, moments) and, while they are not erased, its words.
        hash: SHA-256 over the previous hash and this line's canonical payload.
        is_erased: the words were erased; what is left are the facts.
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
    is_erased: bool = False


@dataclass(frozen=True)
class NewLine:
    """One act to be written by ``api.lines_append``; the fields are those of ``api.line_append``."""

    chain: str
    act: str
    body: dict[str, Any]
    pack: str = ""
    key: str = ""


@dataclass(frozen=True)
class Seal:
    """A signed tree head: the root of the RFC 6962 tree over all lines up to ``last_id``, chained to the seal before.

    Attributes:
        first_id, last_id: bounds of the newly sealed lines (both included); rolled-back acts leave holes
            between ids, so ``line_count`` may be smaller than the distance.
        tree_size: lines under this head, all batches together.
        peaks: hashes of the perfect subtrees the tree consists of, largest first, in hex with spaces; from
            them the tree grows on, and ``root`` follows.
        hash: over everything but the peaks and the signature, and so over the seal before.
        signer: ``algorithm:public key``; part of what is hashed and signed.
        signature: in hex.
    """

    number: int
    first_id: int
    last_id: int
    line_count: int
    tree_size: int
    root: str
    at: datetime
    signer: str
    peaks: str
    prev_hash: str = ""
    hash: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Inclusion:
    """Where one line stands in the tree (``index`` from 0), and the hashes that lead from it to a head's root."""

    line_id: int
    index: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """The last line of one chain, kept apart from the lines so that a cut-off end is seen."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True)
class RawLine:
    """A line exactly as the table or an export holds it; ``payload`` is the canonical JSON that was hashed."""

    id: int
    chain: str
    seq: int
    at: str
    act: str
    actor: str
    key: str
    pack: str
    payload: str
    prev_hash: str
    hash: str


class BreakKind(StrEnum):
    """What is wrong at a place of the ledger."""

    MISSING = "missing"  # lines that were written are gone
    CHANGED = "changed"  # a line is not what was written
    REORDERED = "reordered"  # a line stands at another place than it was written
    DOUBLED = "doubled"  # a number stands twice in a chain
    HEAD = "head"  # a chain and its head disagree
    SEAL = "seal"  # a seal does not fit its lines or its neighbours


@dataclass(frozen=True)
class Finding:
    """One break of the ledger: ``place`` is ``chain#seq``, ``chain#from-to`` or ``seal N``."""

    kind: BreakKind
    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.kind} {self.place}: {self.says}"


@dataclass(frozen=True)
class ExportCounts:
    """How many rows an export holds."""

    lines: int
    heads: int
    seals: int


@dataclass(frozen=True)
class LedgerEnd:
    """Where the whole ledger ends at one moment; two ledgers with the same end hold the same acts.

    Attributes:
        last_id: id of the newest line, 0 for an empty ledger.
        last_hash: that line's hash.
        heads: SHA-256 over the ends of all chains, in the order of their names.
    """

    last_id: int
    last_hash: str
    heads: str
