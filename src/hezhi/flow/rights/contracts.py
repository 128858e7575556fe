"""What people may ask about their own data, how a request stands, and what it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hezhi.flow.intake.contracts import OpeningRow, RecordKeeping
from hezhi.packkit.shape.base import Limit, Source, Text


class RightKind(StrEnum):
    """The rights a person may use; a contest of an outcome is an act on its case and has its own clock."""

    ACCESS = "access"  # 查阅、复制
    CORRECTION = "correction"  # 更正、补充
    EXPLANATION = "explanation"  # 说明颜色和规则
    REVIEW = "review"  # 拒绝仅由机器判断
    WITHDRAWAL = "withdrawal"  # 撤回同意
    ERASURE = "erasure"  # 删除


class Proof(StrEnum):
    """How the house knows that the person asks about themselves."""

    CODE = "code"
    COUNTER = "counter"  # an officer saw a document in person


ANSWERED = "answered"
"""State of a request that the machine answered at once; every other has the state of its case."""


@dataclass(frozen=True)
class Offer:
    """One right as it can be used on one record now.

    ``is_at_once``: the machine answers or acts at once. ``hindrance`` says why it cannot be asked now:
    ``open`` (a request waits), ``nothing`` (nothing rests on consent), ``not_used`` (the record is not accepted),
    ``erased``; empty where it can.
    """

    right: RightKind
    label: Text
    basis: Source
    limit: Limit
    is_at_once: bool
    hindrance: str = ""


@dataclass(frozen=True)
class ContestTold:
    """One objection of the person, to the handling of the record or to the answer to a request."""

    about: str  # number of the record or request
    text: str
    filed_at: datetime
    due_at: datetime
    decision: str
    reason: str
    decided_at: datetime | None


@dataclass(frozen=True)
class RequestRow:
    """One request as its subject reads it. Names no officer.

    Attributes:
        number: the request's own public number, empty where the machine answered at once.
        done: what was carried out: names of blanked or corrected fields, ``*`` for the whole record.
        open_until: how long the copy of the data can be fetched; None where there is none.
    """

    id: int
    right: RightKind
    label: Text
    number: str
    record_number: str
    proof: Proof
    filed_at: datetime
    state: str
    due_at: datetime | None
    is_late: bool
    limit: Limit | None
    outcome: str
    outcome_label: Text | None
    answer: str
    answered_at: datetime | None
    done: tuple[str, ...]
    open_until: datetime | None
    can_contest: bool
    contest_until: datetime | None


@dataclass(frozen=True)
class Explained:
    """Why a colour is what it is: the facts that decided, what would change it, until when it stands.

    ``reasons`` are pairs (zh, en). ``is_decided``: a named person has judged since, so the colour orders nothing more.
    """

    alert_number: str
    pack_title: Text
    grade: str
    reasons: tuple[tuple[str, str], ...]
    until_at: datetime | None
    is_decided: bool


@dataclass(frozen=True)
class RightsOfRecord:
    """Everything the page "your rights" shows about one record."""

    record_number: str
    pack_title: Text
    remedy: Text
    offers: tuple[Offer, ...]
    requests: tuple[RequestRow, ...]
    contests: tuple[ContestTold, ...]
    explained: tuple[Explained, ...]
    correctable: tuple[tuple[str, Text], ...]
    by_consent: tuple[Text, ...]
    field_labels: dict[str, Text] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Filed:
    """What the person gets back. ``code`` opens the request by its own number; empty where it was answered at once."""

    request: RequestRow
    code: str


@dataclass(frozen=True)
class HeldField:
    """One field of a copy: its value, why the house needs it, and what it rests on."""

    name: str
    label: Text
    value: Any
    sensitivity: str
    why: Text | None
    rests_on: str


@dataclass(frozen=True)
class CopyFile:
    """A file kept with the record."""

    name: str
    mime: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Copy:
    """What is held, for its subject: data, grounds, receivers, keeping, colours and requests."""

    made_at: datetime
    open_until: datetime
    record_number: str
    pack: str
    kind: str
    pack_title: Text
    purpose: Text
    bases: tuple[tuple[str, Text, bool], ...]  # article, what it says, whether somebody read the text in force
    received_at: datetime
    keeping: RecordKeeping
    fields: tuple[HeldField, ...]
    files: tuple[CopyFile, ...]
    receivers: tuple[str, ...]
    openings: tuple[OpeningRow, ...]
    explained: tuple[Explained, ...]
    requests: tuple[RequestRow, ...]
    contests: tuple[ContestTold, ...]
    remedy: Text


@dataclass(frozen=True)
class SheetField:
    """One field of the record concerned as the officer who decides sees it: never more than open values."""

    name: str
    label: Text
    sensitivity: str
    rests_on: str
    shown: Any


@dataclass(frozen=True)
class RequestSheet:
    """What an officer reads beside the case of a request, to decide it. Personal and secret values stay masked."""

    request_id: int
    right: RightKind
    record_number: str
    proof: Proof
    checked: str
    filed_by: str
    filed_at: datetime
    pack: str
    kind: str
    pack_title: Text
    received_at: datetime
    keeping: RecordKeeping
    fields: tuple[SheetField, ...]
    explained: tuple[Explained, ...]
    done: tuple[str, ...] = ()
    effects: dict[str, str] = field(default_factory=dict, hash=False)  # outcome → what the house does then


@dataclass(frozen=True)
class RequestDue:
    """One open request in the list of whoever may see its case."""

    case_id: int
    case_number: str
    number: str
    right: RightKind
    record_number: str
    agency: str
    filed_at: datetime
    due_at: datetime
    is_late: bool
    state: str
