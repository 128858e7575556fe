"""What comes in: records with their state and reasons, batches, sources, relations between records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hezhi.flow.intake.erasure import (  # noqa: F401
    ErasureBasis,
    EvidenceHoldRow,
    Hold,
    HoldKind,
    RecordErased,
    RecordKeeping,
    RecordUse,
    RetentionRow,
)
from hezhi.flow.intake.history import KnownRecord, RecordChanged  # noqa: F401


class RecordState(StrEnum):
    """``ACCEPTED``: used. ``REFUSED``: its own values break the contract. ``HELD``: a person must decide."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    HELD = "held"


class BatchState(StrEnum):
    """How far the taking of one file or message has come."""

    TAKING = "taking"  # rows are coming in, or the process ended half-way: sending again goes on
    DONE = "done"
    HELD = "held"  # the layout itself is wrong: no row was looked at


class RelationKind(StrEnum):
    """Four relations, all reversible; ``DISTINCT`` keeps a rejected suggestion from coming back."""

    DUPLICATE = "duplicate"  # the same matter, reported again: merged as a view
    SIMILAR = "similar"
    LINKED = "linked"
    JOINT = "joint"  # to be handled together
    DISTINCT = "distinct"  # a person looked: not the same


@dataclass(frozen=True)
class RecordFinding:
    """Why a value, a row or a column is not as it should be.

    Attributes:
        field: field or column name; empty for the row as a whole.
        rule: stable word: missing, unknown, type, range, choice, pattern, masked, region, future,
            changed, cells, unreadable, and so on.
        zh, en: the cause, without any given value of a secret field.
        nearest: the valid name most like the one given, empty where none is.
        stops: False for a mere remark on a record that is used all the same.
    """

    field: str
    rule: str
    zh: str
    en: str
    nearest: str = ""
    stops: bool = True

    def __str__(self) -> str:
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.field or 'row'} [{self.rule}] {self.en}.{hint}"


@dataclass(frozen=True)
class MatterSuggestion:
    """A matter that the classifier offers; a person confirms. ``words`` of the text decided."""

    matter: str
    confidence_share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class RecordRow:
    """One record as lists show it.

    Attributes:
        number: public number, unique for ever.
        subject: words of the subject field, ``@`` and the code of the place.
        pack: ``pack@version`` by which it was checked.
        source, source_name: code of the source and what people call it, empty for the web form.
        source_key: name of the record at its source.
        matter: empty until known.
        excerpt: first characters of the free text, empty where the shape has none.
        revises_id: the accepted record that its source changed; this row holds the change.
        erased_at, erased_basis: when and on which law or rule its content was erased; None and empty while it is kept.
    """

    id: int
    number: str
    pack: str
    pack_id: str
    kind: str
    source: str
    source_key: str
    state: RecordState
    subject: str
    region_code: str
    region_path: str
    matter: str
    suggestions: tuple[MatterSuggestion, ...]
    excerpt: str
    happened_at: datetime | None
    received_at: datetime
    is_late: bool
    findings: tuple[RecordFinding, ...]
    batch_id: int | None
    revises_id: int | None
    source_name: str = ""
    erased_at: datetime | None = None
    erased_basis: str = ""


@dataclass(frozen=True)
class FileOfRecord:
    """A file attached to a record."""

    sha256: str
    name: str
    mime: str
    size: int


@dataclass(frozen=True)
class RecordView:
    """One record with everything a reader may see.

    Attributes:
        values: cleaned values by field, moments as ISO text; secret ones are shown as ``MASK``.
        given: what came in, as long as the record is not accepted; masked the same way.
        secret_fields: names of the masked fields that hold something, to be opened for a purpose.
    """

    row: RecordRow
    values: Mapping[str, Any] = field(hash=False)
    given: Mapping[str, Any] = field(hash=False)
    secret_fields: tuple[str, ...]
    files: tuple[FileOfRecord, ...]


@dataclass(frozen=True)
class Receipt:
    """What a reporter gets back.

    ``code`` opens the record's answers to whoever knows it; it is told once and kept only as a hash.
    Sending the same form again (same key) gives the same number and code.
    """

    record: RecordRow
    code: str


@dataclass(frozen=True)
class RecordFilter:
    """Empty fields do not narrow. ``region_path`` takes the whole subtree."""

    pack_id: str = ""
    kind: str = ""
    states: tuple[RecordState, ...] = ()
    region_path: str = ""
    matter: str | None = None  # "" asks for records whose matter nobody has confirmed
    source: str = ""
    batch_id: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Counts:
    """``rows = accepted + refused + held + repeated``, always.

    ``repeated`` rows brought nothing new: same key and same content as before.
    """

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    held: int = 0
    repeated: int = 0

    @property
    def unaccounted(self) -> int:
        return self.rows - self.accepted - self.refused - self.held - self.repeated


@dataclass(frozen=True)
class RowResult:
    """What became of one row. ``line`` counts data rows from 1; ``state`` is None for repeated rows.

    ``findings`` say why it was not accepted, or what was remarked on it.
    """

    line: int
    record_id: int
    number: str
    source_key: str
    state: RecordState | None
    findings: tuple[RecordFinding, ...] = ()


@dataclass(frozen=True)
class BatchReport:
    """What became of one file or push.

    ``content`` is a salted hash of everything delivered; nothing confirms it once a row of it was erased.
    ``findings`` concern the layout; those of a row stand with its record (``record_page(batch_id=…)``).
    ``results`` is only filled for pushes.
    """

    id: int
    source: str
    name: str
    content: str
    state: BatchState
    counts: Counts
    findings: tuple[RecordFinding, ...]
    at: datetime
    results: tuple[RowResult, ...] = ()
    source_name: str = ""


@dataclass(frozen=True)
class SourceContract:
    """What one source has agreed to send.

    Attributes:
        columns: column of the source → field of the record, where the names differ.
        defaults: field → value for rows that give none, e.g. the source's own region.
        ignored: columns that are knowingly left out, besides those the pack ignores.
    """

    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    defaults: Mapping[str, str] = field(default_factory=dict, hash=False)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceRow:
    """One source; ``contract_version`` grows with every change of its contract."""

    id: int
    code: str
    name: str
    pack_id: str
    kind: str
    agency_id: int | None
    contract: SourceContract
    contract_version: int
    is_active: bool
    last_batch_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class DuplicateOffer:
    """A record that may be about the same matter, offered to a person.

    Attributes:
        rule: id of the pack's rule that found it.
        share: likeness of the texts where the rule compares texts, else 1.0.
        hours_apart: between the two happenings.
        zh, en: why it is offered, in one sentence.
    """

    record: RecordRow
    rule: str
    share: float
    hours_apart: float
    zh: str
    en: str


@dataclass(frozen=True)
class RelationRow:
    """One relation between two records; ended ones stay on file."""

    id: int
    kind: RelationKind
    record_id: int
    other_id: int
    reason: str
    by: str
    at: datetime
    ended_by: str
    ended_at: datetime | None


@dataclass(frozen=True)
class TicketRow:
    """A ticket as its holder sees it; it runs from ``opened_at`` until ``ends_at``, the later moment excluded."""

    id: int
    record_id: int
    record_number: str
    fields: tuple[str, ...]
    basis: str
    case_id: int
    task_id: int | None
    opened_at: datetime
    ends_at: datetime
    read_count: int


@dataclass(frozen=True)
class Opened:
    """What a running ticket shows its holder: its fields in clear."""

    ticket: TicketRow
    values: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class OpeningRow:
    """Who opened which masked fields of a record, on which basis, what for, and whether they were read.

    The reporter can read this. ``agency`` and ``role`` say who; ``person`` is empty but for supervisors.
    ``ends_at`` is when the fields were masked again. Labels join those of several fields. ``purpose`` is empty once
    it was erased.
    """

    record_number: str
    fields: tuple[str, ...]
    label_zh: str
    label_en: str
    basis: str
    purpose: str
    case_id: int
    agency: str
    role: str
    at: datetime
    ends_at: datetime
    read_count: int
    first_read_at: datetime | None
    last_read_at: datetime | None
    person: str = ""


@dataclass(frozen=True)
class Contact:
    """How one reporter is answered; ``phone`` is empty where none was given."""

    number: str
    phone: str


@dataclass(frozen=True)
class Standing:
    """Where an accepted record stands now, for rooms that count records."""

    id: int
    matter: str


@dataclass(frozen=True)
class ClassifierRow:
    """A trained classifier of a pack's matters. ``macro_f1`` on the held-out part; None when that was too small."""

    pack_id: str
    sha256: str
    sample_count: int
    macro_f1: float | None
    at: datetime


@dataclass(frozen=True)
class RecordAccepted:
    """A record was accepted. ``pack`` is ``pack@version``, ``matter`` empty when nobody knows it yet.

    ``subject`` joins the words of the pack's subject field and the place.
    """

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
