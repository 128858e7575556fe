"""Which subjects a scan has looked at over a time: what it could have found, whether it did or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hezhi.packkit.engines.base import Table
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Compiled, Scene, Span, read_sql, subject_sql
from hezhi.packkit.scans.plan import period_start, periods_judged, ripening_of
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import PeriodScan, Scan, SeriesScan


def span_judged(scan: Scan, span: Span, as_of: int) -> Span:
    """Return the part of ``span`` over which the scan has the last word at ``as_of``; empty where it has none yet.

    A scan by calendar periods judges whole ones: those that touch the span and are complete.
    """
    if isinstance(scan, (PeriodScan, SeriesScan)):
        first, last = periods_judged(scan, span, as_of)
        return Span(period_start(scan.period, first), period_start(scan.period, last))
    return Span(span.start, max(span.start, min(span.end, as_of + 1 - ripening_of(scan))))


def subjects_of(
    engine: DuckEngine, scan: Scan, records: Mapping[str, Record], tables: Mapping[str, Table], span: Span, seed: int
) -> Iterator[str]:
    """Give every subject with a row in ``span`` once, in an order that ``seed`` alone decides: its first n are a
    random sample, and the same seed gives the same one.
    """
    scene = Scene(scan, records, "duckdb", {})
    rows = "\nUNION ALL\n".join(
        f"SELECT {subject_sql(scan)} AS subject FROM ({read_sql(scene, name, span, [])}) s" for name in scan.streams
    )
    sql = (
        f"SELECT subject FROM (SELECT DISTINCT subject FROM ({rows}) a) d ORDER BY md5('{seed:d}|' || subject), subject"
    )
    for (subject,) in engine.rows(Compiled(sql, ()), tables):
        yield subject
