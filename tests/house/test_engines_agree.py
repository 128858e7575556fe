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
from tests.house.two_engines import PACKS, both, found, found_of

from hezhi.packkit.api import Engine, Span, lake_columns, lake_file_write, micros
from hezhi.packkit.engines.base import Table
from hezhi.packkit.engines.files import row_of
from hezhi.packkit.engines.spark import hindrance
from hezhi.packkit.scans.compile import Compiled
from hezhi.packkit.scans.tests import town
from hezhi.packkit.shape import Pack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(hindrance()), reason=f"Spark cannot run here: {hindrance()}"),
]
FAR = micros(datetime(2026, 5, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    with both(tmp_path_factory.mktemp("spark")) as engines:
        yield engines


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
    told = {scan.id: found_of(scan, pack, engines, tmp_path / scan.id) for scan in pack.scans}

    assert any(duck for duck, _ in told.values()), "no hit of the whole pack: the test proves nothing"
    assert [scan for scan, (duck, spark) in told.items() if duck != spark] == []


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
