"""Runs one scan on one engine, and folds its hits into episodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from hezhi.packkit.engines.base import Engine, Table
from hezhi.packkit.scans.compile import Span, microseconds
from hezhi.packkit.scans.counted import FIELDS, series_hits
from hezhi.packkit.scans.plan import moment, period_start, periods_judged, scan_sql
from hezhi.packkit.sentences import sentence_fill
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import Scan, ScoreScan, SeriesScan

Value = int | str | bool | None


@dataclass(frozen=True)
class ScanHit:
    """One finding at one moment.

    ``moment`` is the moment of the row, or the beginning of the period; ``key`` the row's key or the period's number.
    """

    subject: str
    at: datetime
    key: str
    evidence: Mapping[str, Value]


@dataclass(frozen=True)
class Episode:
    """Hits on one subject with no more than the quiet time between them. The first names it, the newest explains it."""

    subject: str
    first: ScanHit
    last: ScanHit
    hit_count: int


def scan_run(
    engine: Engine,
    scan: Scan,
    records: Mapping[str, Record],
    tables: Mapping[str, Table],
    span: Span,
    as_of: int,
    params: Mapping[str, int] | None = None,
) -> Iterator[ScanHit]:
    """Give every hit whose moment lies in ``span``, ordered by subject, moment and key. See `scan_sql`."""
    if isinstance(scan, SeriesScan):
        yield from _series_run(engine, scan, records, tables, span, as_of, params)
        return
    compiled = scan_sql(scan, records, span, as_of, dialect=engine.dialect, params=params)  # type: ignore[arg-type]
    for subject, at, key, *evidence in engine.rows(compiled, tables):
        us = period_start(compiled.period, at) if compiled.period else at
        yield ScanHit(subject, moment(us), str(key), dict(zip(compiled.evidence, evidence, strict=True)))


def _series_run(
    engine: Engine,
    scan: SeriesScan,
    records: Mapping[str, Record],
    tables: Mapping[str, Table],
    span: Span,
    as_of: int,
    params: Mapping[str, int] | None,
) -> Iterator[ScanHit]:
    compiled = scan_sql(scan, records, span, as_of, dialect=engine.dialect, params=params)  # type: ignore[arg-type]
    rows = engine.rows(compiled, tables)
    for subject, number, key, *told in series_hits(scan, rows, periods_judged(scan, span, as_of)):
        yield ScanHit(subject, moment(period_start(scan.period, number)), key, dict(zip(FIELDS, told, strict=True)))


def episodes(scan: Scan, hits: Iterable[ScanHit]) -> Iterator[Episode]:
    """Fold hits, ordered by subject and moment, into episodes: what lies within the quiet time of the last goes on.

    The same hits give the same episodes however they were cut into runs, as long as a run begins where a subject was
    quiet.
    """
    quiet = microseconds(scan.quiet)
    for subject, group in groupby(hits, key=lambda hit: hit.subject):
        first, *others = group
        last, count = first, 1
        for hit in others:
            if (hit.at - last.at).total_seconds() * 1e6 > quiet:
                yield Episode(subject, first, last, count)
                first, count = hit, 0
            last, count = hit, count + 1
        yield Episode(subject, first, last, count)


def explanation(scan: Scan, evidence: Mapping[str, Value]) -> tuple[Text, ...]:
    """Return what was found with its numbers, the bands that held, then what innocent things may be behind it.

    A name in braces in the scan's sentence is filled with the feature or the parameter of that name (`sentence_fill`).
    """
    known = {**{name: one.value for name, one in scan.params.items()}, **evidence}
    told = [sentence_fill(scan.says, known)]
    if isinstance(scan, ScoreScan):
        mask = int(evidence.get("bands") or 0)
        told += [sentence_fill(band.says, known) for number, band in enumerate(scan.bands) if mask >> number & 1]
    innocent = [Text(zh=f"也可能是：{one.zh}", en=f"It may also be: {one.en}") for one in scan.innocent_reasons]
    return (*told, *innocent)
