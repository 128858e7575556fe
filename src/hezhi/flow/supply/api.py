"""The door of the supply room: judge every source by what it owes, and show how each does."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import partial

from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Counts, SourceRow
from hezhi.flow.supply.contracts import Delivered, EpisodeRow, SourceHealth, SourcesTroubled, Trouble, What
from hezhi.flow.supply.models import Episode
from hezhi.flow.supply.rules import band_of, days_of, period_of, troubles_of
from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackUnknown
from hezhi.packkit.shape import Expectation
from hezhi.packkit.shape.base import Text
from hezhi.spine.calendar import api as calendar
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

__all__ = ["supply_judge", "supply_of"]

HOUSE = Actor.system("supply")
SHOWN = timedelta(days=29)  # with today 30 days
EPISODES_MOST = 5  # shown per source, open ones besides


@guard.act
def supply_judge(*, at: datetime) -> int:
    """Judge every source in use; tell of what is newly wrong and end what is well again. Return how many are new.

    A source that was switched off is in no trouble.
    """
    whole, _ = period_of("month", period_of("month", day_of(at))[0] - timedelta(days=1))
    told, found = _delivered(whole), 0
    days_between = partial(calendar.working_days_between, calendar.calendar_get())
    standing: dict[int, dict[tuple[str, str], Episode]] = defaultdict(dict)
    for one in Episode.objects.select_for_update().filter(ended_at__isnull=True).order_by("id"):
        standing[one.source_id][one.what, one.expectation] = one
    for source in intake.sources_listed():
        delivered = (told.get(source.id) or _awaited(source)) if source.is_active else None
        troubles = troubles_of(delivered, _expected(source), days_between, at) if delivered else ()
        found += _settle(source, troubles, standing[source.id], at)
    return found


def _settle(
    source: SourceRow, troubles: tuple[Trouble, ...], standing: dict[tuple[str, str], Episode], at: datetime
) -> int:
    wrong = {(one.what.value, one.expectation): one for one in troubles}
    for key, episode in standing.items():
        if key not in wrong:
            episode.ended_at = max(at, episode.raised_at)
            episode.save(update_fields=["ended_at"])
            _line(source, "source.well", at, {"what": episode.what, "expectation": episode.expectation})
    new = []
    for key, one in wrong.items():
        if key not in standing:
            says = {"zh": one.says.zh, "en": one.says.en}
            new.append(
                Episode.objects.create(
                    source_id=source.id, what=one.what, expectation=one.expectation, since_at=one.since_at,
                    raised_at=at, says=says,
                )
            )  # fmt: skip
            _line(source, "source.trouble", at, {"what": one.what, "expectation": one.expectation, **says})
    if new:
        rows = tuple(_row(one) for one in new)
        bus.publish(SourcesTroubled(source.id, source.name, source.agency_id, rows, at))
    return len(new)


def supply_of(*, by: Actor, at: datetime) -> list[SourceHealth]:
    """Return how every source does: those in trouble first, then by name. Counts alone, whatever their region.

    Raises:
        NotAllowed: the actor neither keeps sources nor supervises.
    """
    if not (
        permissions.may_everywhere(by, Right.SOURCE_MANAGE) or not permissions.scopes(by, Right.CASE_SUPERVISE).is_empty
    ):
        raise NotAllowed(right=Right.SOURCE_MANAGE)
    first, today = day_of(at) - SHOWN, day_of(at)
    told, doubtful, episodes = _delivered(first), intake.arrivals_doubtful(since=first), _episodes()
    rows = []
    for source in intake.sources_listed():
        delivered, doubts = told.get(source.id), doubtful.get(source.id, {})
        days = days_of(delivered, first, today)
        counts = list(delivered.days.values()) if delivered else [Counts()]
        waits = sorted(((-count, word[6:]) for word, count in doubts.items() if word.startswith("waits:")))
        rows.append(
            SourceHealth(
                source=source,
                newest_at=delivered.newest_at if delivered else None,
                days=days,
                band=band_of(days),
                row_count=sum(one.rows - one.repeated for one in counts),
                stopped_count=sum(one.refused + one.held for one in counts),
                late_count=doubts.get("late", 0),
                changed_count=doubts.get("changed", 0),
                waiting=tuple((rule, -count) for count, rule in waits),
                episodes=tuple(episodes.get(source.id, ())),
            )
        )
    return sorted(rows, key=lambda one: (not one.is_troubled, not one.source.is_active, one.source.name))


def _episodes() -> dict[int, list[EpisodeRow]]:
    found: dict[int, list[EpisodeRow]] = defaultdict(list)
    for one in Episode.objects.order_by("-id")[:1000]:
        if one.ended_at is None or len(found[one.source_id]) < EPISODES_MOST:
            found[one.source_id].append(_row(one))
    return {key: sorted(rows, key=lambda row: row.ended_at is not None) for key, rows in found.items()}


def _delivered(since: date) -> dict[int, Delivered]:
    by_day = intake.arrivals_by_day(since=since)
    return {
        source_id: Delivered(first_at, newest_at, newest, by_day.get(source_id, {}))
        for source_id, (first_at, newest_at, newest) in intake.arrivals_newest().items()
    }


def _awaited(source: SourceRow) -> Delivered | None:
    """Return what is known of a source that never delivered: since when it is waited for."""
    return Delivered(source.created_at, None, None, {}) if source.created_at else None


def _expected(source: SourceRow) -> list[Expectation]:
    try:
        pack = packkit.shelf().get(source.pack_id)
    except PackUnknown:  # a pack that was taken out expects nothing
        return []
    return [one for one in pack.expectations if one.record == source.kind]


def _row(one: Episode) -> EpisodeRow:
    return EpisodeRow(
        one.id, one.source_id, What(one.what), one.expectation, one.since_at, one.raised_at, one.ended_at,
        Text(**one.says),
    )  # fmt: skip


def _line(source: SourceRow, act: str, at: datetime, body: dict[str, object]) -> None:
    ledger.line_append(chain=f"source:{source.id}", act=act, by=HOUSE, at=at, body=body)
