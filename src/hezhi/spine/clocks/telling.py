"""A clock explained as dated steps that add up. Pure; the counting itself stands in `rules`."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from hezhi.kit.moments import day_of
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.clocks.contracts import ClockSpec, Entry, EntryKind, Explanation, NamedDay, Party, Step, Unit
from hezhi.spine.clocks.history import HOUR, ONE_DAY, State, Stretch, cut, fold, stretches
from hezhi.spine.clocks.rules import Limit, is_within, limit_of, used_count

ROLL_RULE = "民法典 203 · 民事诉讼法 85"
SECOND = timedelta(seconds=1)


def project(entries: Sequence[Entry], spec: ClockSpec, calendar: WorkCalendar, asked_at: datetime) -> Explanation:
    """Explain a clock as it stands at ``asked_at``; later entries are not looked at.

    The steps follow each other without a gap from the start to the due moment, or to ``asked_at`` or the
    stop where that is later, or to the stop when it came before the due moment.

    Args:
        entries: the clock's moves, oldest first.
        asked_at: the moment of asking; a suspended clock is projected from it.

    Raises:
        ClockNotStarted: ``asked_at`` lies before the start.
        CalendarEnds: the limit reaches beyond the calendar.
    """
    known = [entry for entry in entries if entry.at <= asked_at]
    state = fold(known, spec)
    at = state.stopped_at or asked_at
    limit = limit_of(state, spec, calendar, at)
    used = used_count(state, spec, limit, calendar, at)
    parts = stretches(known, at)
    return Explanation(
        due_at=limit.due_at,
        budget_count=limit.budget,
        used_count=used,
        left_count=limit.budget - used,
        is_provisional=limit.is_provisional,
        steps=tuple(_Teller(known, parts, state, spec.unit, limit, calendar, at).steps()),
        waits=waits(parts),
    )


def waits(parts: Sequence[Stretch]) -> tuple[tuple[Party, int | None, int], ...]:
    """Return whole seconds per account, in order of first appearance; they sum to the whole time.

    Running time goes on the account of the agency that has the clock. Fractions of a second are carried
    over from stretch to stretch, so that nothing is lost by rounding.
    """
    began = parts[0].from_at
    seconds: dict[tuple[Party, int | None], int] = {}
    for one in parts:
        account = (one.waiting_for or Party.AGENCY, one.agency_id)
        length = (one.to_at - began) // SECOND - (one.from_at - began) // SECOND
        seconds[account] = seconds.get(account, 0) + length
    return tuple((party, agency_id, length) for (party, agency_id), length in seconds.items())


@dataclass
class _Teller:
    entries: Sequence[Entry]
    parts: list[Stretch]
    state: State
    unit: Unit
    limit: Limit
    calendar: WorkCalendar
    at: datetime
    ran: timedelta = timedelta()  # how much an hour clock has used so far

    def steps(self) -> Iterator[Step]:
        """Yield moments and stretches in the order of time."""
        moments = deque(sorted(self._moments(), key=lambda step: step.from_at))
        began_at = self.state.started_at
        yield Step(began_at, began_at, "started", agency_id=self.parts[0].agency_id)
        marks = [*(step.from_at for step in moments), self.limit.used_up_at]
        for stretch in cut(self._timeline(), marks):
            while moments and moments[0].from_at <= stretch.from_at:
                yield moments.popleft()
            yield self._stretch_step(stretch)
        yield from moments

    def _moments(self) -> Iterator[Step]:
        for one in self.entries:
            if one.kind is EntryKind.EXTEND:
                yield Step(one.at, one.at, "extended", note=one.reason, amount=one.amount)
        stopped_at, due_at = self.state.stopped_at, self.limit.due_at
        if stopped_at is None or stopped_at >= due_at:
            yield Step(due_at, due_at, "due")
        if stopped_at is not None:
            yield Step(stopped_at, stopped_at, "stopped")

    def _timeline(self) -> list[Stretch]:
        """Return what was, and for a clock that still has time, what will be up to the due moment."""
        last = self.parts[-1]
        if self.state.stopped_at is not None or self.limit.due_at <= self.at:
            return self.parts
        if last.waiting_for is not None:
            return [*self.parts, Stretch(self.at, self.limit.due_at, None, self.state.agency_id)]
        return [*self.parts[:-1], replace(last, to_at=self.limit.due_at)]

    def _stretch_step(self, one: Stretch) -> Step:
        if one.waiting_for is not None:
            return Step(one.from_at, one.to_at, "waited", 0, one.waiting_for, one.agency_id, one.note)
        plain = Step(one.from_at, one.to_at, "late", agency_id=one.agency_id)
        if one.to_at <= self.limit.used_up_at:
            named = self._named_days(one) if self.unit is Unit.WORKING_DAY else ()
            counted = self._counted(one)
            return replace(plain, says="ran", counted=counted, note=holiday_note(named), named_days=named)
        if one.to_at <= self.limit.due_at:
            named = self._named_days(one)
            note = f"{ROLL_RULE}（{holiday_note(named)}）" if named else ROLL_RULE
            return replace(plain, says="rolled", note=note, named_days=named)
        return plain

    def _counted(self, one: Stretch) -> int:
        if self.unit is Unit.HOUR:
            before, self.ran = self.ran, self.ran + (one.to_at - one.from_at)
            return self.ran // HOUR - before // HOUR
        # A day belongs to the stretch in which it ends.
        return bisect_left(self.limit.counted, day_of(one.to_at)) - bisect_left(self.limit.counted, day_of(one.from_at))

    def _named_days(self, one: Stretch) -> tuple[NamedDay, ...]:
        """Return the listed days that end within a stretch and are no waiting days."""
        spans = self.state.waits_until(self.at)
        first = max(day_of(one.from_at), day_of(self.state.started_at) + ONE_DAY)
        if one.from_at == self.limit.used_up_at:
            first -= ONE_DAY  # the last counted day is the reason for rolling
        days = (first + timedelta(days=n) for n in range((day_of(one.to_at) - first).days))
        names = self.calendar.names
        listed = [day for day in days if day in names and not is_within(day, spans)]
        return tuple(NamedDay(day, names[day], self.calendar.is_working(day)) for day in listed)


def holiday_note(named: Sequence[NamedDay]) -> str:
    """Return the holidays among listed days as text, e.g. ``国庆节 10-01–10-07``; make-up workdays are left out.

    Example:
        >>> holiday_note([NamedDay(date(2026, 4, day), "清明节", False) for day in (4, 5, 6)])
        '清明节 04-04–04-06'
    """
    rests = [day for day in named if not day.is_working]
    runs = groupby(enumerate(rests), key=lambda pair: (pair[1].name, pair[1].on - pair[0] * ONE_DAY))
    return "、".join(_run_note(name, [day.on for _, day in run]) for (name, _), run in runs)


def _run_note(name: str, days: list[date]) -> str:
    first, last = f"{days[0]:%m-%d}", f"{days[-1]:%m-%d}"
    return f"{name} {first}" if first == last else f"{name} {first}–{last}"
