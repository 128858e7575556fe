"""Runs scans over the lake: feeds it, looks again only where something can have changed, keeps episodes."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from hezhi.flow.detection.candidates import Beside, running
from hezhi.flow.detection.contracts import RunRow
from hezhi.flow.detection.feeding import lake_feed
from hezhi.flow.detection.keeping import episodes_keep
from hezhi.flow.detection.models import Run
from hezhi.flow.detection.rules import definition_of, is_run, records_of, spans_joined
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.packkit.api import DuckEngine, Engine, ExpressionBad
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.scan import Scan
from hezhi.services.lake import api as lake
from hezhi.spine.guard import api as guard

FROM_THE_FIRST = 0


def detect_run(
    *, at: datetime, pack_ids: Collection[str] = (), engine: Engine | None = None, is_whole: bool = False
) -> list[RunRow]:
    """Run every scan of the packs as of now; one that fails says so in its run, and the others go on.

    What was scanned on an earlier snapshot is not scanned again unless the scan itself is another, or ``is_whole``.
    A candidate runs after the scan it is beside, on the same snapshot.

    Args:
        at: the moment of the run; rows that arrived later are not looked at.
        engine: what runs the SELECTs; DuckDB in this process without one.
    """
    lake_feed(at=at)
    own = engine or DuckEngine()
    try:
        return [
            row
            for pack in packkit.shelf().packs()
            if is_run(pack) and (not pack_ids or pack.id in pack_ids)
            for scan in pack.scans
            for row in _with_candidate(pack, scan, own, at, is_whole=is_whole)
        ]
    finally:
        if engine is None:
            own.close()


def _with_candidate(pack: Pack, scan: Scan, engine: Engine, at: datetime, *, is_whole: bool) -> Iterator[RunRow]:
    row = _scan_run(pack, scan, engine, at, lake.snapshot_newest(), FROM_THE_FIRST, is_whole=is_whole)
    yield row
    beside: Beside | None = running(pack.id, scan.id)
    if beside is not None:
        yield _scan_run(pack, beside.scan, engine, at, row.snapshot, beside.since, is_whole=is_whole)


@guard.act
def _scan_run(
    pack: Pack, scan: Scan, engine: Engine, at: datetime, snapshot: int, since: int, *, is_whole: bool
) -> RunRow:
    begun = time.monotonic()
    definition = definition_of(scan)
    spans = _spans(pack, scan, definition, at, since, is_whole=is_whole)
    run = Run(
        pack=pack.stamp, pack_id=pack.id, scan=scan.id, definition=definition, engine=engine.dialect,
        snapshot=snapshot, as_of=at, spans=[list(one) for one in spans],
    )  # fmt: skip
    run.save()
    try:
        with transaction.atomic():  # what a failing scan began is taken back, its run stays
            run.hit_count, run.new_count, run.grown_count = _found(pack, scan, engine, run, spans, at)
    except (HezhiError, ExpressionBad, OSError) as error:
        run.error = str(error)[:500]
    run.milliseconds = int((time.monotonic() - begun) * 1000)
    run.save()
    return run_row(run)


def _found(
    pack: Pack, scan: Scan, engine: Engine, run: Run, spans: Sequence[tuple[int, int]], at: datetime
) -> tuple[int, int, int]:
    if not spans:
        return 0, 0, 0
    records = records_of(pack, scan)
    as_of = packkit.micros(at)
    since = spans[0][0] - packkit.history_of(scan)
    tables = lake.tables_at(pack_id=pack.id, records=records, snapshot=run.snapshot, known_at=as_of, since=since)
    hits = [
        hit
        for first, last in spans
        for hit in packkit.scan_run(engine, scan, records, tables, packkit.Span(first, last), as_of)
    ]
    hits.sort(key=lambda hit: (hit.subject, hit.at, hit.key))
    new, grown = episodes_keep(pack, scan, run, tables, list(packkit.episodes(scan, hits)), at)
    return len(hits), new, grown


def _spans(
    pack: Pack, scan: Scan, definition: str, at: datetime, since: int, *, is_whole: bool
) -> list[tuple[int, int]]:
    """Return the moments (first included, last excluded) at which hits can have come about since the last run."""
    kinds = {stream.reads for stream in scan.streams.values()}
    before = Run.objects.filter(pack_id=pack.id, scan=scan.id, definition=definition, error="").order_by("-id").first()
    now = packkit.micros(at) + 1
    if before is None or is_whole:
        return [(since, now)]
    ahead, behind = packkit.reach_of(scan)
    changed = [
        (one.first_at - ahead, one.last_at + behind + 1)
        for one in lake.changes_since(pack_id=pack.id, records=kinds, snapshot=before.snapshot)
    ]
    ripe = packkit.ripening_of(scan)
    if ripe:  # time itself makes these due
        changed.append((packkit.micros(before.as_of) - ripe, now))
    return spans_joined((max(since, first), min(last, now)) for first, last in changed)


def run_row(run: Run) -> RunRow:
    return RunRow(
        id=run.id, pack=run.pack, pack_id=run.pack_id, scan=run.scan, engine=run.engine, snapshot=run.snapshot,
        as_of=run.as_of, hit_count=run.hit_count, new_count=run.new_count, grown_count=run.grown_count,
        milliseconds=run.milliseconds, error=run.error, is_whole=run.spans[:1] == [[0, packkit.micros(run.as_of) + 1]],
    )  # fmt: skip


def runs_newest(*, pack_id: str = "") -> list[RunRow]:
    """Return the newest run of every scan, by pack and scan."""
    rows = Run.objects.order_by("pack_id", "scan", "-id").distinct("pack_id", "scan")
    return [run_row(one) for one in (rows.filter(pack_id=pack_id) if pack_id else rows)]
