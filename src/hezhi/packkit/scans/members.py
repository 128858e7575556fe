"""Which rows of the lake an episode stands on, so that a person can open them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from hezhi.packkit.engines.base import Table
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Compiled, Scene, Span, read_sql, subject_sql
from hezhi.packkit.scans.plan import micros, period_of, period_start, reach_of
from hezhi.packkit.scans.run import Episode
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import PeriodScan, Scan, SeriesScan

MOST = 200  # rows per episode; the newest count


@dataclass(frozen=True)
class Member:
    record: str
    key: str
    region: str
    at: int


def span_of_episode(scan: Scan, episode: Episode) -> tuple[int, int]:
    """Return the first and last moment (both included) at which a row of the episode may lie, microseconds."""
    first, last = micros(episode.first.at), micros(episode.last.at)
    if isinstance(scan, (PeriodScan, SeriesScan)):
        return first, period_start(scan.period, period_of(scan.period, last) + 1) - 1
    ahead, back = reach_of(scan)
    return first - back, last + ahead


def members_of(
    engine: DuckEngine,
    scan: Scan,
    records: Mapping[str, Record],
    tables: Mapping[str, Table],
    episodes: Sequence[Episode],
) -> list[list[Member]]:
    """Return the rows of each episode, oldest first, in the order of ``episodes``; at most `MOST` each."""
    found: list[list[Member]] = [[] for _ in episodes]
    if not episodes:
        return found
    spans = [span_of_episode(scan, one) for one in episodes]
    wanted = {
        "n": list(range(len(episodes))), "subject": [one.subject for one in episodes],
        "first": [one[0] for one in spans], "last": [one[1] for one in spans],
    }  # fmt: skip
    engine.connection.register("episodes", pa.table(wanted))
    whole = Span(min(one[0] for one in spans), max(one[1] for one in spans) + 1)
    scene = Scene(scan, records, "duckdb", {})
    parts = []
    for name, stream in scan.streams.items():
        rows = read_sql(scene, name, whole, ["_region"])
        parts.append(
            f"SELECT e.n, '{stream.reads}' AS record, i._key, i._region, i._at FROM"
            f" (SELECT {subject_sql(scan)} AS subject, _key, _region, _at FROM ({rows}) s) i"
            " JOIN episodes e ON e.subject = i.subject AND i._at BETWEEN e.first AND e.last"
        )
    sql = f"SELECT DISTINCT n, record, _key, _region, _at FROM ({' UNION ALL '.join(parts)}) m ORDER BY n, _at, _key"
    for n, record, key, region, at in engine.rows(Compiled(sql, ()), tables):
        found[n].append(Member(record, key, region, at))
    return [one[-MOST:] for one in found]


def arrivals(engine: DuckEngine, tables: Mapping[str, Table], after: int, until: int) -> list[tuple[int, int]]:
    """Return the first and last moment of the rows that arrived in (after, until], for each kind that had any."""
    found = []
    for record in tables:
        sql = f"SELECT MIN(_at), MAX(_at) FROM r_{record} WHERE _received > {after} AND _received <= {until}"
        for first, last in engine.rows(Compiled(sql, ()), tables):
            if first is not None:
                found.append((first, last))
    return found
