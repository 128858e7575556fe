"""Every detector finds the same on DuckDB and on a Spark cluster, row by row, its evidence too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.house.spark_cluster import cluster

from hezhi.packkit.api import DuckEngine, Engine, Span, lake_columns, lake_file_write, micros, scan_run
from hezhi.packkit.engines.base import Table
from hezhi.packkit.engines.files import row_of
from hezhi.packkit.engines.spark import SparkEngine, hindrance
from hezhi.packkit.scans.compile import Compiled
from hezhi.packkit.scans.tests import town
from hezhi.packkit.scans.trial import given_moments, given_tables
from hezhi.packkit.shape import Pack, Record
from hezhi.packkit.shape.scan import ScanTest
from hezhi.packkit.shelf import Shelf
from hezhi.project.options import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(hindrance()), reason=f"Spark cannot run here: {hindrance()}"),
]
FAR = micros(datetime(2026, 5, 1, tzinfo=UTC))
DAY = 86_400_000_000
SETTINGS = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2"}
PACKS = [pack for pack in Shelf([ROOT / "packs"]).packs() if pack.scans]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    with cluster(tmp_path_factory.mktemp("spark")) as address:
        duck, spark = DuckEngine(threads=2), SparkEngine(address, **SETTINGS)
        yield duck, spark
        spark.close()
        duck.close()


def found(engine: Engine, scan: Any, records: Any, tables: Any, span: Span) -> list[tuple[Any, ...]]:
    return [
        (hit.subject, hit.at, hit.key, tuple(hit.evidence.items()))
        for hit in scan_run(engine, scan, records, tables, span, span.end)
    ]


def invented(count: int) -> list[dict[str, Any]]:
    dice = random.Random(2026)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count):
        at = start + timedelta(minutes=dice.randrange(90 * 24 * 12) * 5)
        given: dict[str, Any] = {
            "payee": f"户{dice.randrange(40)}", "payer": f"户{dice.randrange(40)}", "region": "339901001201",
            "cents": dice.choice([None, 0, -50, *range(10, 400, 10)]), "weight": dice.choice([None, 1.5, 2.125, 7]),
            "cash": dice.choice([None, True, False]),
        }  # fmt: skip
        rows.append(row_of(town.TRANSFER, given, key=f"{number:05d}", happened_at=at, received_at=at))
    for number in range(60):  # a rise for the scan of counts
        given = {"payee": "户1", "payer": "户2", "region": "339901001201", "cents": 1}
        at = datetime(2026, 3, 20, 3, tzinfo=UTC)
        rows.append(row_of(town.TRANSFER, given, key=f"rise-{number:02d}", happened_at=at, received_at=at))
    return rows


@pytest.mark.parametrize("kind", sorted(town.SCANS))
def test_each_kind_finds_the_same_on_both_engines(kind: str, engines: tuple[Engine, Engine], tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = lake_columns(town.TRANSFER)
    lake_file_write(path, columns, invented(4_000))
    gone = tuple((f"{number:05d}", 1) for number in range(0, 4_000, 97))
    tables = {"transfer": Table(columns, (str(path),), None, gone)}
    scan = town.scan(kind)
    span = Span(micros(datetime(2025, 12, 1, tzinfo=UTC)), FAR)

    duck, spark = (found(one, scan, town.RECORDS, tables, span) for one in engines)

    assert duck, f"no hit of {kind}: the test proves nothing"
    assert spark == duck


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_each_detector_of_each_pack_finds_the_same_on_both_engines(
    pack: Pack, engines: tuple[Engine, Engine], tmp_path: Path
) -> None:
    """Rows of all tests of a detector lie in one table: one question to the cluster, and more for rows to meet."""
    records = {one.id: one for one in pack.records}
    different, found_any = [], False
    for scan in pack.scans:
        read = {stream.reads: records[stream.reads] for stream in scan.streams.values()}
        given = {name: tuple(rows_apart(read[name], name, scan.tests)) for name in read}
        moments = sorted(one for test in scan.tests for one in given_moments(test, records)) or [0]
        folder = tmp_path / scan.id
        folder.mkdir()
        tables = given_tables(given, read, folder)
        span = Span(max(0, moments[0] - DAY), moments[-1] + 400 * DAY)
        duck, spark = (sorted(found(one, scan, read, tables, span), key=repr) for one in engines)
        found_any |= bool(duck)
        if duck != spark:
            different.append(scan.id)
    assert found_any, "no hit of the whole pack: the test proves nothing"
    assert different == []


def rows_apart(record: Record, name: str, tests: tuple[ScanTest, ...]) -> Iterator[dict[str, Any]]:
    """Give the rows of all tests with keys of their own: which of two equal rows is the newest, nobody can say."""
    for number, test in enumerate(tests):
        for place, row in enumerate(test.given.get(name, ())):
            yield {**row, record.key: f"{number}-{place}-{row.get(record.key, '')}"}


def test_of_a_merged_file_an_older_snapshot_reads_its_own_rows_on_both(
    engines: tuple[Engine, Engine], tmp_path: Path
) -> None:
    columns = lake_columns(town.TRANSFER)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        row_of(town.TRANSFER, town.row(no, "2026-03-01T08:00:00+08:00"), key=no, happened_at=at, received_at=at)
        for no in "0123"
    ]
    plain, merged = tmp_path / "plain.parquet", tmp_path / "merged.parquet"
    lake_file_write(plain, columns, rows[:1])
    lake_file_write(merged, columns, rows[1:])
    whole = pq.read_table(merged).append_column("_snapshot", pa.array([2, 3, 4], pa.int64()))
    pq.write_table(whole, merged)
    ask = Compiled("SELECT _key FROM r_transfer ORDER BY _key", ())

    for engine in engines:
        for snapshot, seen in ((2, ["0", "1"]), (3, ["0", "1", "2"]), (None, ["0", "1", "2", "3"])):
            table = Table(columns, (str(plain), str(merged)), snapshot=snapshot)
            assert [key for (key,) in engine.rows(ask, {"transfer": table})] == seen
