"""The words of erasing: on which basis, what stands against it, and what is told when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hezhi.spine.permissions.contracts import Actor, RowPlace


class ErasureBasis(StrEnum):
    """Why a record is erased: the five grounds of 个人信息保护法 47, and the pack's own rule of keeping."""

    PURPOSE_ENDED = "purpose_ended"  # 47(1)
    SERVICE_ENDED = "service_ended"  # 47(2): the service has stopped
    CONSENT_WITHDRAWN = "consent_withdrawn"  # 47(3)
    UNLAWFUL = "unlawful"  # 47(4)
    OTHER_LAW = "other_law"  # 47(5); the law is named
    RETENTION = "retention"  # 47(2): the time of keeping is over; the rule is named


class HoldKind(StrEnum):
    """What stands against erasing a record."""

    ALERT_WAITS = "alert_waits"
    CASE_OPEN = "case_open"
    CONTEST_OPEN = "contest_open"  # an objection waits for its answer, or may still be made
    ORDER_OPEN = "order_open"
    TASK_OPEN = "task_open"
    KEPT_BY_LAW = "kept_by_law"  # the least time that the pack's rule of keeping states
    EVIDENCE = "evidence"  # somebody stated that it is needed as evidence


@dataclass(frozen=True)
class Hold:
    """One duty to keep a record. ``law`` is what the pack states, empty where the matter itself is under way.

    ``until`` is None where nobody can know the end.
    """

    kind: HoldKind
    law: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class RecordUse:
    """What later rooms make of a record: where it stands for rights, its last act, what keeps it."""

    place: RowPlace | None = None
    last_act_at: datetime | None = None
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True)
class RecordKeeping:
    """Until when a record is kept as things stand, by which law or rule, and what stands against erasing it now."""

    until: datetime
    law: str
    is_verified: bool
    holds: tuple[Hold, ...]


@dataclass(frozen=True)
class RecordErased:
    """A record was erased: every room blanks what it holds about it, inside the same transaction.

    Attributes:
        record_ids: the record, and the changes of its source that waited beside it.
        number: its public number, which stays.
        subject: what it was about, so that rooms find what they filed under these words.
    """

    record_id: int
    record_ids: tuple[int, ...]
    number: str
    pack: str
    pack_id: str
    subject: str
    basis: str
    by: Actor
    at: datetime


@dataclass(frozen=True)
class RetentionRow:
    """What one rule of keeping would erase now.

    Attributes:
        days: how long this kind is kept after the last act that concerns a record.
        law: what the rule stands on.
        is_run: the rule is carried out; not so of a draft pack, or while nobody has checked the law's text.
        count, oldest_at: how many records would go, and the last act on the one that is quiet for longest.
        held: how many are held back, by what keeps them; one record may be held by several.
    """

    pack_id: str
    kind: str
    days: int
    law: str
    is_run: bool
    count: int
    oldest_at: datetime | None
    held: dict[HoldKind, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class EvidenceHoldRow:
    """A hold for evidence; ``ended_at`` is None while it stands or runs out by itself."""

    id: int
    record_id: int
    law: str
    until_at: datetime
    placed_by: str
    ended_at: datetime | None
