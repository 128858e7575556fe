"""What was found and done, what reality said of the alert, and what the reporters think of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class OutcomeRow:
    """``verdict`` is true, false, harmless or cannot_verify; ``is_wrongful`` marks a harm that was undone."""

    case_id: int
    outcome: str
    verdict: str
    is_wrongful: bool
    summary: str
    at: datetime


@dataclass(frozen=True)
class RatingRow:
    """One reporter's own rating, 1 (worst) to 5."""

    record_id: int
    case_id: int
    stars: int
    comment: str
    at: datetime


@dataclass(frozen=True)
class AnswerRow:
    """What one reporter reads about the own report. Never names another reporter.

    ``erased_at`` and ``erased_basis``: when and on which law or rule the report's content was erased.
    """

    record_number: str
    state: str
    case_number: str
    title: str
    outcome: str
    summary: str
    closed_at: datetime | None
    stars: int | None
    can_rate: bool
    can_contest: bool
    contest_until: datetime | None
    erased_at: datetime | None = None
    erased_basis: str = ""
