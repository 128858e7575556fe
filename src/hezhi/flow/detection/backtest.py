"""Back-tests: what a pack's scans would have found over a past window, known by known, and what was true of it.

The lake is replayed day by day as it was known on each day, so that a row that came late is found late. Episodes are
compared by whether they overlap, never by key: a looser threshold joins neighbours. The same snapshot gives the same
text, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hezhi.flow.detection import queries
from hezhi.flow.detection.models import Hit
from hezhi.flow.detection.rules import records_of, spans_joined, wilson
from hezhi.kit.moments import day_ends_at
from hezhi.packkit import api as packkit
from hezhi.packkit.api import DuckEngine, Episode, ScanHit, Table
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.scan import Scan
from hezhi.services.lake import api as lake

LEAST_LABELS = 30
STEPS = 4  # other values tried for each parameter, between its own bounds


@dataclass(frozen=True)
class Label:
    """What reality said of an episode that was found once."""

    subject: str
    first_at: datetime
    last_at: datetime
    is_true: bool


@dataclass(frozen=True)
class Tried:
    """What one setting of a scan found, against what is known to be true or not.

    ``missed_count``: episodes known to be true that it did not find.
    """

    episode_count: int
    true_count: int
    false_count: int
    missed_count: int

    @property
    def unlabelled_count(self) -> int:
        return self.episode_count - self.true_count - self.false_count


@dataclass(frozen=True)
class Threshold:
    """What one other value of one parameter would have found; kept and gone episodes against the present value."""

    name: str
    value: int
    unit: str
    tried: Tried
    kept_count: int
    gone_count: int
    new_count: int


@dataclass(frozen=True)
class ScanBacktest:
    """One scan over the window. ``lead_days``: median days from a true episode's first hit to when it was known."""

    scan: str
    tried: Tried
    by_day: tuple[tuple[date, int], ...]
    thresholds: tuple[Threshold, ...]
    episodes: tuple[Episode, ...]


@dataclass(frozen=True)
class Backtest:
    """A whole back-test; ``lines`` print it."""

    pack: str
    first_on: date
    last_on: date
    snapshot: int
    scans: tuple[ScanBacktest, ...]


def backtest_run(*, pack_id: str, first_on: date, last_on: date, snapshot: int | None = None) -> Backtest:
    """Replay the days from ``first_on`` to ``last_on`` (both included) on one snapshot of the lake.

    Raises:
        PackUnknown, SnapshotUnknown.
    """
    pack = packkit.shelf().get(pack_id)
    chosen = lake.snapshot_newest() if snapshot is None else snapshot
    engine = DuckEngine()
    try:
        told = tuple(_scan(pack, scan, engine, first_on, last_on, chosen) for scan in pack.scans)
    finally:
        engine.close()
    return Backtest(pack.stamp, first_on, last_on, chosen, told)


def _scan(pack: Pack, scan: Scan, engine: DuckEngine, first_on: date, last_on: date, snapshot: int) -> ScanBacktest:
    known: dict[tuple[str, datetime, str], tuple[ScanHit, date]] = {}
    records = records_of(pack, scan)
    day, before = first_on, packkit.micros(day_ends_at(first_on - timedelta(days=1)))
    begin = before
    while day <= last_on:
        end = packkit.micros(day_ends_at(day))
        tables = lake.tables_at(pack_id=pack.id, records=records, snapshot=snapshot, known_at=end)
        for first, last in _spans_of_day(scan, engine, tables, before, end, begin):
            for hit in packkit.scan_run(engine, scan, records, tables, packkit.Span(first, last), end):
                known.setdefault((hit.subject, hit.at, hit.key), (hit, day))
        day, before = day + timedelta(days=1), end
    found = _episodes(scan, [hit for hit, _ in known.values()])
    day_of = {id_: on for id_, (_, on) in known.items()}
    by_day: dict[date, int] = {}
    for one in found:
        on = min(day_of[key] for key in day_of if key[0] == one.subject and one.first.at <= key[1] <= one.last.at)
        by_day[on] = by_day.get(on, 0) + 1
    labels = labels_of(pack.id, scan.id, packkit.moment(begin), packkit.moment(before))
    thresholds = _thresholds(pack, scan, engine, snapshot, (begin, before), found, labels)
    return ScanBacktest(scan.id, tried_of(found, labels), tuple(sorted(by_day.items())), thresholds, tuple(found))


def _spans_of_day(
    scan: Scan, engine: DuckEngine, tables: Mapping[str, Table], before: int, end: int, begin: int
) -> list[tuple[int, int]]:
    """Return where rows that arrived in (before, end], or the passing of that time, can have made hits."""
    ahead, behind = packkit.reach_of(scan)
    spans = []
    for first, last in packkit.arrivals(engine, tables, before, end):
        spans.append((first - ahead, last + behind + 1))
    if ripe := packkit.ripening_of(scan):
        spans.append((before - ripe, end))
    return spans_joined((max(first, begin), min(last, end)) for first, last in spans)


def _episodes(scan: Scan, hits: Sequence[ScanHit]) -> list[Episode]:
    return list(packkit.episodes(scan, sorted(hits, key=lambda hit: (hit.subject, hit.at, hit.key))))


def labels_of(pack_id: str, scan_id: str, first_at: datetime, last_at: datetime) -> list[Label]:
    """Return the verdicts of episodes within the window; what could not be verified says nothing."""
    hits = list(
        Hit.objects.filter(pack_id=pack_id, detector=scan_id, last_at__gte=first_at, first_at__lte=last_at).order_by(
            "id"
        )
    )
    verdicts = queries.newest_labels([hit.id for hit in hits])
    return [
        Label(hit.subject, hit.first_at, hit.last_at, verdicts[hit.id].verdict == "true")
        for hit in hits
        if hit.id in verdicts and verdicts[hit.id].verdict in ("true", "false", "harmless")
    ]


def tried_of(found: Sequence[Episode], labels: Sequence[Label]) -> Tried:
    """Compare episodes with labels by overlap; one that meets a true label is true, whatever else it meets."""
    true = false = 0
    met: set[int] = set()
    for episode in found:
        near = [number for number, label in enumerate(labels) if _overlap(episode, label)]
        met.update(near)
        if any(labels[number].is_true for number in near):
            true += 1
        elif near:
            false += 1
    missed = sum(label.is_true and number not in met for number, label in enumerate(labels))
    return Tried(len(found), true, false, missed)


def _overlap(episode: Episode, label: Label) -> bool:
    same = episode.subject == label.subject
    return same and episode.first.at <= label.last_at and label.first_at <= episode.last.at


def _thresholds(
    pack: Pack, scan: Scan, engine: DuckEngine, snapshot: int, span: tuple[int, int], found: Sequence[Episode],
    labels: Sequence[Label],
) -> tuple[Threshold, ...]:  # fmt: skip
    """Try other values of each parameter that has bounds, on everything that was known at the end."""
    records = records_of(pack, scan)
    tables = lake.tables_at(pack_id=pack.id, records=records, snapshot=snapshot, known_at=span[1])
    told = []
    for name, param in scan.params.items():
        if param.at_least is None or param.at_most is None:
            continue
        for value in values_between(param.at_least, param.at_most, param.value):
            hits = packkit.scan_run(engine, scan, records, tables, packkit.Span(*span), span[1], {name: value})
            other = _episodes(scan, list(hits))
            kept = sum(any(_meets(one, two) for two in other) for one in found)
            new = sum(not any(_meets(one, two) for two in found) for one in other)
            told.append(Threshold(name, value, param.unit, tried_of(other, labels), kept, len(found) - kept, new))
    return tuple(told)


def _meets(one: Episode, other: Episode) -> bool:
    same = one.subject == other.subject
    return same and one.first.at <= other.last.at and other.first.at <= one.last.at


def values_between(least: int, most: int, present: int) -> list[int]:
    """Return other values to try: even steps between the bounds, the present one left out.

    Example:
        >>> values_between(2, 10, 4)
        [2, 6, 8, 10]
    """
    steps = {least + (most - least) * number // STEPS for number in range(STEPS + 1)}
    return sorted(steps - {present})


def backtest_lines(told: Backtest, *, officers: int = 1, earlier: Backtest | None = None) -> list[str]:
    """Return the back-test as lines of text; with an earlier one on another snapshot, also what changed since."""
    days = (told.last_on - told.first_on).days + 1
    lines = [f"{told.pack}  {told.first_on} to {told.last_on}  ({days} days, snapshot {told.snapshot})"]
    before = {one.scan: one for one in earlier.scans} if earlier else {}
    for one in told.scans:
        lines += ["", one.scan, *_table(one.tried), _load(one, days, officers)]
        for threshold in one.thresholds:
            lines.append(_threshold_line(threshold))
        if earlier is not None and one.scan in before:
            lines.append(_since(before[one.scan].episodes, one.episodes, earlier.snapshot))
    return lines


def _table(tried: Tried) -> list[str]:
    return [
        "                 found   not found",
        f"  known true    {tried.true_count:6d}      {tried.missed_count:6d}",
        f"  known false   {tried.false_count:6d}           -",
        f"  not labelled  {tried.unlabelled_count:6d}           -",
        f"  precision {share(tried.true_count, tried.true_count + tried.false_count)}"
        f"   of the known true found {share(tried.true_count, tried.true_count + tried.missed_count)}",
    ]


def share(part: int, whole: int) -> str:
    """Return a share with its 95 % interval, or that it is not measured: fewer than 30 labels say nothing.

    Example:
        >>> share(20, 40), share(9, 10)
        ('0.500 (0.352 to 0.648, n = 40)', 'unmeasured (n = 10)')
    """
    if whole < LEAST_LABELS:
        return f"unmeasured (n = {whole})"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} ({low:.3f} to {high:.3f}, n = {whole})"


def _load(one: ScanBacktest, days: int, officers: int) -> str:
    most = max((count for _, count in one.by_day), default=0)
    mean = one.tried.episode_count / days / officers
    return (
        f"  alerts {one.tried.episode_count}, {mean:.2f} per officer-day ({officers} officers), most on one day {most}"
    )


def _threshold_line(one: Threshold) -> str:
    tried = one.tried
    return (
        f"  {one.name} = {one.value} {one.unit}: alerts {tried.episode_count}, known true {tried.true_count},"
        f" known false {tried.false_count}; of the present ones kept {one.kept_count}, gone {one.gone_count},"
        f" new {one.new_count}"
    )


def _since(before: Sequence[Episode], now: Sequence[Episode], snapshot: int) -> str:
    gone = [one for one in before if not any(_meets(one, two) for two in now)]
    new = [one for one in now if not any(_meets(one, two) for two in before)]
    other = sum(
        (one.first.at, one.last.at, dict(one.last.evidence)) != (two.first.at, two.last.at, dict(two.last.evidence))
        for one in now
        for two in before
        if _meets(one, two)
    )
    return f"  since snapshot {snapshot}: {len(new)} new, {len(gone)} gone, {other} with other facts"
