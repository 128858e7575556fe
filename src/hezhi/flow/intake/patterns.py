"""What stands out among openings, for supervisors. Pure: the thresholds are here and nowhere else.

None of them says that something is wrong: a person looks. Innocent reasons are many: night duty, a big case, a call
that was not needed in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from hezhi.kit.moments import CITY_ZONE
from hezhi.spine.calendar.contracts import WorkCalendar

MUCH_FROM, MUCH_TIMES = 10, 3  # tickets; times the median of colleagues with the same role
PEERS_FROM = 3  # colleagues with the same role, fewer say nothing about what is usual
SOME = 3  # tickets; fewer are no pattern
ODD_SHARE, UNREAD_SHARE, IDLE_SHARE = 0.3, 0.5, 0.5
OPENS, CLOSES = time(8), time(18)  # of a working day; everything else is odd, nights and days of rest
IDLE_AFTER = timedelta(days=3)  # an act may come later than the look

THRESHOLDS: Mapping[str, object] = {
    "much_from": MUCH_FROM,
    "much_times": MUCH_TIMES,
    "peers_from": PEERS_FROM,
    "some": SOME,
    "odd_share": ODD_SHARE,
    "unread_share": UNREAD_SHARE,
    "idle_share": IDLE_SHARE,
    "idle_after_days": IDLE_AFTER.days,
    "opens": f"{OPENS:%H:%M}",
    "closes": f"{CLOSES:%H:%M}",
}
"""The same, for pages that tell the rules."""


@dataclass(frozen=True)
class Look:
    """One ticket as the rules of patterns see it. ``acted_at``: the officer's last act in the ticket's case."""

    officer: str
    agency_id: int
    role: str
    opened_at: datetime
    ended_at: datetime
    read_count: int
    near: str
    acted_at: datetime | None


@dataclass(frozen=True)
class PatternRow:
    """What one officer opened in one role during a period. It asks a person to look, and decides nothing.

    Attributes:
        peer_median: tickets of the colleagues with that role in sight, None where they are too few to compare.
        odd_count: opened outside working hours; ``odd_share`` of all.
        unread_count: nobody read under them.
        idle_count: ended some days ago, and no act of the officer in the case followed.
        near_count: a number in the record is the officer's own or a declared relative's.
        findings: which rules speak: ``much``, ``odd_hours``, ``unread``, ``idle``, ``near``.
    """

    officer: str
    person: str
    agency_id: int
    agency: str
    role: str
    opened_count: int
    read_count: int
    peer_count: int
    peer_median: float | None
    odd_count: int
    odd_share: float
    unread_count: int
    idle_count: int
    near_count: int
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """Openings of a period by officer, most findings first, then by name; ``source`` says what was counted."""

    from_on: date
    to_on: date
    at: datetime
    source: str
    rows: tuple[PatternRow, ...]


def is_odd(calendar: WorkCalendar, at: datetime) -> bool:
    """Say whether a moment lies outside working hours: at night, early or late, or on a day of rest.

    Example:
        >>> from datetime import UTC
        >>> monday = datetime(2026, 3, 2, tzinfo=UTC)  # eight in the morning in China
        >>> [is_odd(WorkCalendar(), monday + timedelta(hours=hours)) for hours in (-1, 0, 9, 10, 5 * 24)]
        [True, False, False, True, True]
    """
    local = at.astimezone(CITY_ZONE)
    return not OPENS <= local.time() < CLOSES or not calendar.is_working(local.date())


def is_idle(look: Look, at: datetime) -> bool:
    """Say whether a ticket ended days ago, and its holder has done nothing in the case since it was opened."""
    return at - look.ended_at >= IDLE_AFTER and (look.acted_at is None or look.acted_at < look.opened_at)


def is_much(count: int, others: Sequence[int]) -> bool:
    """Say whether an officer opened far more than the colleagues with the same role.

    Example:
        >>> is_much(10, [1, 2, 3]), is_much(9, [1, 2, 3]), is_much(10, [3, 4, 5]), is_much(99, [1, 2])
        (True, False, False, False)
    """
    return count >= MUCH_FROM and len(others) >= PEERS_FROM and count > MUCH_TIMES * median(others)


def pattern_rows(looks: Iterable[Look], calendar: WorkCalendar, at: datetime) -> list[PatternRow]:
    """Return one row per officer and role, without names."""
    by_officer: dict[tuple[str, str], list[Look]] = {}
    for look in looks:
        by_officer.setdefault((look.officer, look.role), []).append(look)
    return [
        _row(own, [len(one) for key, one in by_officer.items() if key[1] == role and key[0] != officer], calendar, at)
        for (officer, role), own in by_officer.items()
    ]


def _row(own: Sequence[Look], others: Sequence[int], calendar: WorkCalendar, at: datetime) -> PatternRow:
    count, last = len(own), max(own, key=lambda one: one.opened_at)
    odd = sum(is_odd(calendar, one.opened_at) for one in own)
    unread = sum(one.read_count == 0 and one.ended_at <= at for one in own)
    idle = sum(is_idle(one, at) for one in own)
    near = sum(bool(one.near) for one in own)
    spoken = {
        "much": is_much(count, others),
        "odd_hours": odd >= SOME and odd / count > ODD_SHARE,
        "unread": unread >= SOME and unread / count > UNREAD_SHARE,
        "idle": idle >= SOME and idle / count > IDLE_SHARE,
        "near": near > 0,
    }
    return PatternRow(
        officer=last.officer,
        person="",
        agency_id=last.agency_id,
        agency="",
        role=last.role,
        opened_count=count,
        read_count=sum(one.read_count for one in own),
        peer_count=len(others),
        peer_median=float(median(others)) if len(others) >= PEERS_FROM else None,
        odd_count=odd,
        odd_share=round(odd / count, 4),
        unread_count=unread,
        idle_count=idle,
        near_count=near,
        findings=tuple(name for name, speaks in spoken.items() if speaks),
    )
