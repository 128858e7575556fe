"""Agencies, posts and the people on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a post is for; ``people.rules.RIGHTS`` says which rights it carries and over what scope."""

    DUTY_OFFICER = "duty_officer"  # triages alerts of a region
    HANDLER = "handler"  # handles the own agency's cases
    COORDINATOR = "coordinator"  # dispatches, rules disputed owners
    SUPERVISOR = "supervisor"  # urges, supervises, verifies, reads indicators
    GRID_WORKER = "grid_worker"  # reports and checks in the own grid or village
    ANALYST = "analyst"  # packs and indicators
    OPERATOR = "operator"  # accounts, sources, calendar


@dataclass(frozen=True)
class AgencyRow:
    """``kind`` is the word packs use, e.g. ``police``; one agency per kind and region."""

    id: int
    code: str
    name: str
    kind: str
    region_code: str
    region_path: str


@dataclass(frozen=True)
class PersonRow:
    id: int
    name: str
    agency_id: int
    agency_name: str
    role: Role
    post_id: int
