"""Decisions about cases as pure functions: no table, no clock of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hezhi.flow.cases.contracts import CaseState
from hezhi.kit.moments import day_ends_at, day_of
from hezhi.packkit.shape.base import Limit
from hezhi.packkit.shape.matters import Matter
from hezhi.packkit.shape.playbook import Playbook
from hezhi.spine.clocks.contracts import ClockSpec, Unit

CLOCKS = ("case", "task", "wait", "order", "contest")
"""What clocks of a case are called after, each with the id of the case."""


def clock_names(case_id: int) -> list[str]:
    """Return the names of everything of a case that clocks run on.

    Example:
        >>> clock_names(7)[:2]
        ['case:7', 'task:7']
    """
    return [f"{of}:{case_id}" for of in CLOCKS]


class HasPrecedent(Protocol):
    region_path: str
    agency_id: int


@dataclass(frozen=True)
class AfterReturn:
    """Where a returned case goes: to the proposed agency, or, None, to the coordinator for a ruling."""

    agency_id: int | None
    must_rule: bool


def after_return(*, bounces: int, budget: int, proposed_id: int | None, held_before: Iterable[int]) -> AfterReturn:
    """Say where a case goes when an agency returns it.

    ``bounces`` counts this return. Within the budget the proposed agency gets it, unless it held the
    case before: two agencies that point at each other need a ruling, not another round.

    Example:
        >>> after_return(bounces=1, budget=2, proposed_id=7, held_before=[3])
        AfterReturn(agency_id=7, must_rule=False)
        >>> after_return(bounces=3, budget=2, proposed_id=7, held_before=[3]).must_rule
        True
    """
    if bounces > budget or proposed_id is None or proposed_id in set(held_before):
        return AfterReturn(None, must_rule=True)
    return AfterReturn(proposed_id, must_rule=False)


def ruling_hours(at: datetime) -> int:
    """Return the full hours, at least 1, left of the day in China on which a ruling is owed."""
    return max(1, int((day_ends_at(day_of(at)) - at).total_seconds() // 3600))


def main_limit(playbook: Playbook, matter: Matter, facts: Mapping[str, object]) -> Limit:
    """Return the limit a case is opened under: the matter's own, the one its record asks for, or the pack's.

    ``facts`` are the open values of the case's first record.
    """
    if matter.limit is not None:
        return matter.limit
    by = playbook.limit_by
    asked = by.limits.get(str(facts.get(by.field, ""))) if by else None
    return asked or playbook.main_limit


def clock_spec(kind: str, limit: Limit) -> ClockSpec:
    """Return the clock a pack's limit starts."""
    return ClockSpec(
        kind=kind,
        budget=limit.budget,
        unit=Unit(limit.unit),
        source=limit.source.cite,
        is_verified=limit.source.is_verified,
    )


def clock_should_run(state: CaseState, waiting_until: datetime | None, at: datetime) -> bool:
    """Say whether a case's main clock runs: someone has it and no waiting time is on."""
    running = state not in (CaseState.SUSPENDED, CaseState.CLOSED)
    return running and (waiting_until is None or waiting_until <= at)


def nearest_precedent(precedents: Iterable[HasPrecedent], region_path: str) -> HasPrecedent | None:
    """Return the ruling whose region contains ``region_path`` most closely; the newest wins a tie.

    ``precedents`` come newest first.
    """
    fitting = [p for p in precedents if region_path == p.region_path or region_path.startswith(p.region_path + ".")]
    return max(fitting, key=lambda p: len(p.region_path), default=None)


def is_drawn(number: str, share: float) -> bool:
    """Say whether the closed case ``number`` falls into the random audit sample.

    The draw hangs on the case number alone, so nobody can try again until it fits, and
    a replay draws the same sample.
    """
    first = int.from_bytes(hashlib.sha256(f"audit:{number}".encode()).digest()[:8], "big")
    return first < share * 2**64
