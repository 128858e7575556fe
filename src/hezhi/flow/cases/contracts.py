"""An agreed matter with one lead agency, a life cycle, clocks and a ledger chain of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hezhi.packkit.shape.base import Limit


class CaseState(StrEnum):
    """``states.MOVES`` says which act leads from where to where."""

    DISPATCHED = "dispatched"  # 待签收: the lead agency has not yet accepted
    RETURNED = "returned"  # 待裁定: nobody holds it but the coordinator
    HANDLING = "handling"  # 办理中
    SUSPENDED = "suspended"  # 中止
    SUBMITTED = "submitted"  # 待核验: the lead claims it is done
    VERIFIED = "verified"  # 已核验
    CLOSED = "closed"  # 已办结


class Part(StrEnum):
    """How an agency takes part in a case."""

    LEAD = "lead"
    CO = "co"
    SUPPORT = "support"


@dataclass(frozen=True)
class CaseRow:
    """One case as lists and other rooms see it. ``owner`` is the agency that must act now."""

    id: int
    number: str
    pack: str
    pack_id: str
    title: str
    matter: str
    subject: str
    region_code: str
    region_path: str
    state: CaseState
    grade: str
    lead_agency_id: int | None
    lead_agency_name: str
    owner_agency_id: int
    owner_agency_name: str
    handler_id: int | None
    agency_ids: frozenset[int]
    opened_at: datetime
    due_at: datetime
    limit: Limit  # frozen at filing
    waiting_until: datetime | None
    closed_at: datetime | None
    ring: int
    bounce_count: int
    is_confidential: bool
    outcome: str
    verdict: str
    alert_id: int | None
    is_contested: bool
    reopened_count: int
    is_audit_drawn: bool
    erased_at: datetime | None = None  # when its words went with the last of its records


@dataclass(frozen=True)
class ParticipantRow:
    """One agency's part in a case: since when, until when, and what it did."""

    agency_id: int
    agency_name: str
    agency_kind: str
    part: Part
    joined_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    result: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Paper:
    """An attached file: its declared name in the pack (or ``other``), content hash and file name."""

    name: str
    sha256: str
    file_name: str


class OrderKind(StrEnum):
    """The two ways to press a lead agency: a reminder, and an order that must be answered."""

    URGE = "urge"  # 催办
    SUPERVISE = "supervise"  # 督办


@dataclass(frozen=True)
class OrderRow:
    """An urging or a supervision: an act with its own deadline and its own answer."""

    id: int
    kind: OrderKind
    agency_id: int
    agency_name: str
    text: str
    given_by: str
    given_at: datetime
    due_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True)
class ReturnRow:
    """One refusal of a case: by whom, for which reason, and who should have it instead."""

    id: int
    agency_name: str
    reason: str
    note: str
    proposed_kind: str
    by: str
    at: datetime


@dataclass(frozen=True)
class PrecedentRow:
    """A ruling on a disputed owner, offered the next time the same matter comes up in the region."""

    id: int
    pack_id: str
    matter: str
    region_path: str
    agency_id: int
    agency_name: str
    reason: str
    case_number: str
    by: str
    at: datetime


@dataclass(frozen=True)
class ResponsibilityLine:
    """A city's own line of the responsibility catalogue; it goes before the pack's line below ``region_code``.

    ``lead_kind`` empty means that the coordinator decides; ``basis`` is the law or local rule.
    """

    pack_id: str
    matter: str
    region_code: str
    lead_kind: str
    co_kinds: tuple[str, ...]
    support_kinds: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class ContestRow:
    """One objection to the outcome of a case, and what was decided about it."""

    id: int
    record_number: str
    text: str
    filed_at: datetime
    due_at: datetime
    decision: str  # "", "upheld" or "rejected"
    reason: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True)
class TaskForceRow:
    """A temporary group of people on one case; it ends by itself on ``ends_on``."""

    id: int
    name: str
    purpose: str
    member_ids: tuple[int, ...]
    formed_at: datetime
    ends_at: datetime
    dissolved_at: datetime | None


@dataclass(frozen=True)
class CaseView:
    """Everything a case page shows about the case itself; tasks and papers come from their rooms."""

    case: CaseRow
    participants: tuple[ParticipantRow, ...]
    orders: tuple[OrderRow, ...]
    returns: tuple[ReturnRow, ...]
    contests: tuple[ContestRow, ...]
    task_forces: tuple[TaskForceRow, ...]
    record_ids: tuple[int, ...]
    acts: tuple[str, ...]  # acts the asking actor may perform now


@dataclass(frozen=True)
class OrderOwed:
    """An unanswered order with its case."""

    case: CaseRow
    order: OrderRow


@dataclass(frozen=True)
class ContestOwed:
    """An objection that waits for its answer, with its case."""

    case: CaseRow
    contest: ContestRow


@dataclass(frozen=True)
class AgencyLoad:
    """What one agency must act on now, and how much of it is late. Agencies are told, persons never."""

    agency_id: int
    agency_name: str
    open_count: int
    overdue_count: int
    ringed_count: int
    unaccepted_count: int
    unanswered_count: int
    returned_count: int


@dataclass(frozen=True)
class CaseFilter:
    """Empty fields do not narrow. ``is_open`` None means open and closed alike."""

    is_open: bool | None = True
    states: tuple[CaseState, ...] = ()
    pack_id: str = ""
    agency_id: int | None = None
    is_mine: bool = False  # my agency must act now
    is_overdue: bool = False
    ring_at_least: int = 0
    text: str = ""


@dataclass(frozen=True)
class CaseActed:
    """One act was done on a case; ``body`` is what the ledger line says.

    The only event of this room: who listens asks for ``act`` (``case.open``, ``case.accept`` …).
    """

    case: CaseRow
    act: str
    body: dict[str, Any]
    by: str
    by_person_id: int | None
    at: datetime
    line_hash: str


@dataclass(frozen=True)
class CaseErased:
    """The last record of a case was erased, and every word of the case with it. Rooms blank what they hold of it."""

    case_id: int
    number: str
    at: datetime


@dataclass(frozen=True)
class CaseRetold:
    """A record of a case was erased while others are kept: papers and messages that told of it are blanked.

    ``before`` is the title the case had, ``title`` the one it has now.
    """

    case_id: int
    number: str
    before: str
    title: str
