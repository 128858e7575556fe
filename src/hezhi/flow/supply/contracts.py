"""Whether sources deliver what they owe: troubles, how long they last, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hezhi.flow.intake.contracts import BatchReport, Counts, SourceRow
from hezhi.packkit.shape.base import Text


class What(StrEnum):
    """Kinds of trouble with a source."""

    STALE = "stale"
    FEW = "few"
    MANY = "many"
    LAYOUT = "layout"


@dataclass(frozen=True)
class Delivered:
    """What is known of one source's deliveries.

    Attributes:
        first_at: moment of its first delivery, before that the one it was set up at; ``newest_at``: of the newest one
            with an accepted row, None without any.
        newest: the newest delivery, None before the first.
        days: what it delivered, by day of the city; days without a delivery are left out.
    """

    first_at: datetime
    newest_at: datetime | None
    newest: BatchReport | None
    days: Mapping[date, Counts]


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong with a source. ``expectation`` is the pack's id of it, empty for a layout."""

    what: What
    expectation: str
    since_at: datetime
    says: Text


@dataclass(frozen=True)
class EpisodeRow:
    """A trouble from when it was told until the source was well again (``ended_at``, None while it lasts)."""

    id: int
    source_id: int
    what: What
    expectation: str
    since_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    says: Text


@dataclass(frozen=True)
class Day:
    """One day of one source: rows accepted, and of all rows those that were not. None: before its first delivery."""

    on: date
    accepted: int | None
    stopped: int


@dataclass(frozen=True)
class Band:
    """How many rows a day usually has, by the source's own past; ``because`` says how that was reckoned, or why not."""

    low: float | None
    high: float | None
    because: Text


@dataclass(frozen=True)
class SourceHealth:
    """One source over the last 30 days.

    Attributes:
        newest_at: moment of the newest accepted row, None where there never was one.
        row_count: rows that came and were not mere repetitions; of these ``stopped_count`` were refused or held on
            arrival, ``late_count`` came late, and ``changed_count`` changed a record that was there.
        waiting: records that wait now, by the rule that stopped them, the most frequent first.
        episodes: open ones first, then the newest.
    """

    source: SourceRow
    newest_at: datetime | None
    days: tuple[Day, ...]
    band: Band
    row_count: int
    stopped_count: int
    late_count: int
    changed_count: int
    waiting: tuple[tuple[str, int], ...]
    episodes: tuple[EpisodeRow, ...]

    @property
    def is_troubled(self) -> bool:
        return any(one.ended_at is None for one in self.episodes)


@dataclass(frozen=True)
class SourcesTroubled:
    """A source got into trouble; each trouble is told of once, until the source was well in between."""

    source_id: int
    source_name: str
    agency_id: int | None
    episodes: tuple[EpisodeRow, ...]
    at: datetime
