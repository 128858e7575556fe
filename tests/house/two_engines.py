"""What both engines find of a pack's detectors, on a real master and worker: for the test and for the bench."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.house.spark_cluster import cluster

from hezhi.packkit.api import DuckEngine, Engine, Span, Table, scan_run
from hezhi.packkit.engines.spark import SparkEngine
from hezhi.packkit.scans.trial import given_moments, given_tables
from hezhi.packkit.shape import Pack, Record
from hezhi.packkit.shape.scan import Scan, ScanTest
from hezhi.packkit.shelf import Shelf
from hezhi.project.options import ROOT

DAY = 86_400_000_000
SETTINGS = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}
PACKS = [pack for pack in Shelf([ROOT / "packs"]).packs() if pack.scans]
Hits = list[tuple[Any, ...]]


@contextmanager
def both(folder: Path) -> Iterator[tuple[Engine, Engine]]:
    """Give DuckDB and a Spark cluster that lives as long as the block."""
    with cluster(folder) as address:
        duck, spark = DuckEngine(threads=2), SparkEngine(address, **SETTINGS)
        yield duck, spark
        spark.close()
        duck.close()


def found(engine: Engine, scan: Any, records: Any, tables: Any, span: Span) -> Hits:
    return [
        (hit.subject, hit.at, hit.key, tuple(hit.evidence.items()))
        for hit in scan_run(engine, scan, records, tables, span, span.end)
    ]


def found_of(scan: Scan, pack: Pack, engines: tuple[Engine, Engine], folder: Path) -> tuple[Hits, Hits]:
    """Return what each engine finds in the rows of all tests of a detector, evidence too."""
    read, tables, span = given_of(scan, pack, folder)
    duck, spark = (sorted(found(one, scan, read, tables, span), key=repr) for one in engines)
    return duck, spark


def given_of(
    scan: Scan, pack: Pack, folder: Path, *, copies: int = 1
) -> tuple[dict[str, Record], dict[str, Table], Span]:
    """Return what a detector reads: the rows of all its tests in one table, so that rows of two tests meet.

    Args:
        copies: how often; each copy is about others, as far as words and numbers name them.
    """
    records = {one.id: one for one in pack.records}
    read = {stream.reads: records[stream.reads] for stream in scan.streams.values()}
    named = {stream.reads: stream.per for stream in scan.streams.values()}
    given = {
        name: tuple(
            {**row, **_others(record, named[name], row, copy), record.key: f"{copy}-{row[record.key]}"}
            for copy in range(copies)
            for row in _apart(record, name, scan.tests)
        )
        for name, record in read.items()
    }
    moments = sorted(one for test in scan.tests for one in given_moments(test, records)) or [0]
    folder.mkdir()
    return read, given_tables(given, read, folder), Span(max(0, moments[0] - DAY), moments[-1] + 400 * DAY)


def _others(record: Record, named: Sequence[str], row: dict[str, Any], copy: int) -> dict[str, Any]:
    words = [one for one in named if record.fields[one].type in ("text", "identifier") and row.get(one)]
    return {one: f"{row[one]}~{copy}" for one in words} if copy else {}


def _apart(record: Record, name: str, tests: tuple[ScanTest, ...]) -> Iterator[dict[str, Any]]:
    """Give the rows of all tests with keys of their own: which of two equal rows is the newest, nobody can say."""
    for number, test in enumerate(tests):
        for place, row in enumerate(test.given.get(name, ())):
            yield {**row, record.key: f"{number}-{place}-{row.get(record.key, '')}"}
