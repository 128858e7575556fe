"""Clocks made up for tests: by hand in local time, or at random."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import CITY_ZONE
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.calendar.seed import seed_years
from hezhi.spine.clocks import rules
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Party, Unit
from hezhi.spine.clocks.history import fold

LISTED = [day for year in seed_years() if year.year >= 2026 for day in year.days]
REAL = WorkCalendar(
    exceptions={day.on: day.is_working for day in LISTED if day.is_working != (day.on.weekday() < 5)},
    names={day.on: day.name for day in LISTED},
    provisional_years=frozenset({2027}),
)


def local(text: str) -> datetime:
    """Return a moment from ``10-08 09:00`` of 2026 in China, or with a year before it."""
    whole = text if text[4:5] == "-" else f"2026-{text}"
    return datetime.fromisoformat(whole).replace(tzinfo=CITY_ZONE).astimezone(UTC)


def spec(budget: int, unit: Unit) -> ClockSpec:
    return ClockSpec("main", budget, unit, source="demo rule")


def start(text: str, agency_id: int | None = 1) -> Entry:
    return Entry(EntryKind.START, local(text), agency_id=agency_id)


def suspend(text: str, waiting_for: Party = Party.CITIZEN, reason: str = "material") -> Entry:
    return Entry(EntryKind.SUSPEND, local(text), reason, waiting_for)


def resume(text: str) -> Entry:
    return Entry(EntryKind.RESUME, local(text))


def extend(text: str, amount: int) -> Entry:
    return Entry(EntryKind.EXTEND, local(text), "hard case", amount=amount)


def hand_to(text: str, agency_id: int) -> Entry:
    return Entry(EntryKind.PASS, local(text), agency_id=agency_id)


def stop(text: str) -> Entry:
    return Entry(EntryKind.STOP, local(text))


@st.composite
def calendars(draw) -> WorkCalendar:
    """Any listing of days in 2026 and 2027; rests may cluster, Sundays may be worked."""
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    exceptions = draw(st.dictionaries(days, st.booleans(), max_size=80))
    names = dict.fromkeys(exceptions, "节")
    return WorkCalendar(exceptions=exceptions, names=names, provisional_years=frozenset({2027}))


@st.composite
def specs(draw) -> ClockSpec:
    return spec(draw(st.integers(1, 40)), draw(st.sampled_from(Unit)))


MOVES = [EntryKind.SUSPEND, EntryKind.RESUME, EntryKind.EXTEND, EntryKind.PASS, EntryKind.STOP]
GAPS = st.one_of(  # seconds: whole minutes mostly, moments around midnight, and odd fractions
    st.integers(0, 6 * 24 * 60).map(lambda minutes: minutes * 60.0),
    st.sampled_from([0.0, 1.0, 3600.0, 86400.0]),
    st.floats(0, 200_000, allow_nan=False),
)


@st.composite
def stories(draw) -> tuple[list[Entry], ClockSpec, WorkCalendar, datetime]:
    """A calendar, a limit, moves that the rules allow, and a moment of asking not before the last move."""
    calendar, limit = draw(calendars()), draw(specs())
    at = local("01-01 00:00") + timedelta(minutes=draw(st.integers(0, 200 * 24 * 60)))
    entries = [Entry(EntryKind.START, at, agency_id=draw(st.sampled_from([None, 1])))]
    for kind in draw(st.lists(st.sampled_from(MOVES), max_size=9)):
        at += timedelta(seconds=draw(GAPS))
        new = Entry(
            kind,
            at,
            waiting_for=draw(st.sampled_from(Party)) if kind is EntryKind.SUSPEND else None,
            agency_id=draw(st.sampled_from([1, 2, 3])) if kind is EntryKind.PASS else None,
            amount=draw(st.integers(1, 15)) if kind is EntryKind.EXTEND else 0,
        )
        if _is_allowed(entries, new, limit, calendar):
            entries.append(new)
    return entries, limit, calendar, entries[-1].at + timedelta(seconds=draw(GAPS))


def _is_allowed(entries: list[Entry], new: Entry, limit: ClockSpec, calendar: WorkCalendar) -> bool:
    try:
        rules.take(fold(entries, limit), new, limit, calendar)
    except HezhiError:
        return False
    return True
