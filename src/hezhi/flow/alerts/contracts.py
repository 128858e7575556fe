"""What a person triages: records and hits about one subject, graded with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlertState(StrEnum):
    """Whether an alert still waits for a person, and what the person made of it."""

    OPEN = "open"
    SNOOZED = "snoozed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class Verdict(StrEnum):
    """What reality said of an alert; it goes back to the detector."""

    TRUE = "true"
    FALSE = "false"
    HARMLESS = "harmless"
    CANNOT_VERIFY = "cannot_verify"


@dataclass(frozen=True)
class AlertRow:
    """One alert as the inbox shows it.

    ``grade`` is red, yellow, green or grey and expires at ``grade_until_at``; ``reasons`` are pairs
    (zh, en); ``record_ids`` oldest first. ``due_at`` is when triage is owed.
    """

    id: int
    number: str
    pack: str
    pack_id: str
    title: str
    subject: str
    matter: str
    region_code: str
    region_path: str
    grade: str
    reasons: tuple[tuple[str, str], ...]
    grade_until_at: datetime | None
    state: AlertState
    record_ids: tuple[int, ...]
    hit_ids: tuple[int, ...]
    raised_at: datetime
    due_at: datetime
    snoozed_until: datetime | None
    verdict: str
    decision_reason: str
    decided_by: str
    case_id: int | None


@dataclass(frozen=True)
class AlertFilter:
    """Empty fields do not narrow."""

    states: tuple[AlertState, ...] = (AlertState.OPEN,)
    pack_id: str = ""
    grade: str = ""
    text: str = ""


@dataclass(frozen=True)
class TrustRow:
    """Until ``until_at`` this subject raises no alerts; its records are kept and counted."""

    id: int
    pack_id: str
    subject: str
    region_path: str
    reason: str
    by: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True)
class AlertConfirmed:
    """A named person found the alert worth a case."""

    alert: AlertRow
    by: str
    at: datetime
    key: str


@dataclass(frozen=True)
class AlertRaised:
    """A new alert waits for triage."""

    alert: AlertRow
    at: datetime


@dataclass(frozen=True)
class AlertErased:
    """Every record that spoke for an alert was erased, and what it said went with them."""

    alert_id: int
    number: str
