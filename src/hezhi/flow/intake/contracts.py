"""Rows and messages on their way in: each one accepted, refused or held, with a visible reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RecordState(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # cannot be used as it is; may be corrected and sent again
    HELD = "held"  # a person has to decide


class BatchState(StrEnum):
    TAKEN = "taken"
    HELD = "held"  # the layout itself is wrong; no row was read


class RelationKind(StrEnum):
    """Four relations between records, all reversible."""

    DUPLICATE = "duplicate"  # the same matter reported again: one is shown, both are kept and answered
    SIMILAR = "similar"
    LINKED = "linked"
    JOINT = "joint"


@dataclass(frozen=True)
class Finding:
    """Why a record or a batch cannot be used: place, rule, cause in both languages, nearest valid name."""

    field: str
    rule: str
    zh: str
    en: str
    nearest: str = ""


@dataclass(frozen=True)
class Offer:
    """A machine's suggestion for the kind of matter; a person confirms. ``confidence_share`` is 0–1."""

    matter: str
    confidence_share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class RecordRow:
    """One record as officers see it. Secret values are masked in ``values``; ``secret_fields`` names them."""

    id: int
    number: str
    pack: str
    pack_id: str
    kind: str
    source: str
    source_key: str
    state: RecordState
    findings: tuple[Finding, ...]
    values: dict[str, Any] = field(hash=False)
    secret_fields: tuple[str, ...]
    subject: str
    region_code: str
    region_path: str
    matter: str
    offers: tuple[Offer, ...]
    happened_at: datetime | None
    received_at: datetime
    is_late: bool
    batch_id: int | None


@dataclass(frozen=True)
class RecordFilter:
    """Empty fields do not narrow."""

    states: tuple[RecordState, ...] = ()
    pack_id: str = ""
    source: str = ""
    batch_id: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What a reporter takes away: the number and the code that opens the own report."""

    record_id: int
    number: str
    code: str
    state: RecordState
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class BatchReport:
    """What became of one delivery: ``row_count = accepted + refused + held + unchanged``.

    ``unchanged`` rows were sent before with the same content and changed nothing.
    """

    id: int
    source: str
    name: str
    state: BatchState
    reason: tuple[Finding, ...]
    row_count: int
    accepted_count: int
    refused_count: int
    held_count: int
    unchanged_count: int
    at: datetime


@dataclass(frozen=True)
class SourceRow:
    """Who may deliver what. ``contract`` grows when the agreed columns change."""

    id: int
    code: str
    name: str
    pack_id: str
    kind: str
    contract: int
    is_active: bool


@dataclass(frozen=True)
class Contact:
    """How one reporter is answered; ``phone`` is empty where none was given."""

    number: str
    phone: str


@dataclass(frozen=True)
class RecordAccepted:
    """A record was accepted; ``subject`` joins the pack's subject field and the place."""

    record_id: int
    number: str
    pack: str
    pack_id: str
    kind: str
    subject: str
    region_code: str
    region_path: str
    matter: str
    happened_at: datetime
    at: datetime
    by: str
