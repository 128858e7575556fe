"""What must not change a hit: the order of rows, another week, a run cut in two, rows that came in twice.

Rows are drawn once by fixed dice and are rich enough that every kind finds something, or the test says so. Files are
written as they come, not in the order in which the lake keeps them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hezhi.packkit.engines.base import Table
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.engines.files import columns_of, row_of
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import SERIES_BACK, micros, reach_of, ripening_of
from hezhi.packkit.scans.run import ScanHit, scan_run
from hezhi.packkit.scans.tests.town import RECORDS, SCANS, TRANSFER, number, row, scan
from hezhi.packkit.shape.scan import SCANS as KINDS
from hezhi.packkit.shape.scan import PeriodScan, SeriesScan

BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday morning in the city
DAYS = 70
CROWDS = {day: "ABCDEF"[day % 6] * (4 + day % 4) for day in range(11, DAYS, 3)} | {50: "D" * 25}
TYPES = {"number": pa.int64(), "text": pa.string(), "flag": pa.bool_()}
CHANGED: dict[str, dict[str, Any]] = {  # a shift by weeks keeps weeks alike, and no months
    "ratio_to_peers": {"period": "week"},
    "scorecard": {"period": "week"},
    "count_series": {"period": "day", "false_share": number(200, "permille")},
    # As every SELECT of a pack ought to: what lies further apart than its reach is not joined.
    "select": {
        "reach": number(10, "days"), "params": {**SCANS["select"]["params"], "days": number(9, "days")},
        "sql": SCANS["select"]["sql"].replace("WHERE", "WHERE b.moment <= a.moment + :days * 86400000000 AND"),
    },
}  # fmt: skip
SCANNED = {kind: scan(kind, **CHANGED.get(kind, {})) for kind in SCANS}
Found = list[tuple[str, datetime, str, dict[str, Any]]]


@dataclass(frozen=True)
class Town:
    """Rows with the moment of each, and the moment of the run, at which all that they lead to is due."""

    rows: tuple[dict[str, Any], ...]
    as_of: datetime

    def moved(self, by: timedelta) -> Town:
        rows = tuple({**one, "happened_at": one["happened_at"] + by} for one in self.rows)
        return Town(rows, self.as_of + by)


def town() -> Town:
    """Ten weeks of transfers among six accounts: D is paid far more in some weeks, on some days somebody by many."""
    dice, rows = random.Random(1), []
    for day in range(DAYS):
        payees = [dice.choice("ABCDEF") for _ in range(3)] + list(CROWDS.get(day, ""))
        for payee in payees:
            at = BEGIN + timedelta(days=day, hours=dice.randrange(0, 12, 3))
            cents = dice.choice((40, 70, 100, 100, 150)) * (30 if payee == "D" and day // 7 % 3 == 1 else 1)
            more: dict[str, Any] = {"cash": dice.random() < 0.5} if dice.random() < 0.8 else {}
            if dice.random() < 0.5:
                more["weight"] = dice.randrange(1, 9) / 2
            rows.append(
                {**row(f"{len(rows):04d}", "", payee, dice.choice("ABCDEFG"), cents, **more), "happened_at": at}
            )
    return Town(tuple(rows), BEGIN + timedelta(days=DAYS + 14))


def laid(rows: Sequence[Mapping[str, Any]], path: Path, *, version: int = 1, received: timedelta | None = None) -> str:
    """Write rows into a file in the order given; without ``received`` each came in the moment it happened."""
    columns = columns_of(TRANSFER)
    told = [
        row_of(TRANSFER, one, key=one["no"], happened_at=one["happened_at"], version=version,
               received_at=one["happened_at"] + (received or timedelta()))
        for one in rows
    ]  # fmt: skip
    data = {name: pa.array([one[name] for one in told], TYPES[kind]) for name, kind in columns}
    pq.write_table(pa.table(data), path)
    return str(path)


def table(*paths: str, **more: Any) -> dict[str, Table]:
    return {"transfer": Table(columns_of(TRANSFER), paths, **more)}


def found(
    engine: DuckEngine, kind: str, tables: Mapping[str, Table], as_of: datetime, span: Span | None = None
) -> list[ScanHit]:
    whole = Span(micros(BEGIN - timedelta(days=30)), micros(as_of) + 1)
    return list(scan_run(engine, SCANNED[kind], RECORDS, tables, span or whole, micros(as_of)))


def places(hits: Sequence[ScanHit]) -> set[tuple[str, datetime, str]]:
    return {(one.subject, one.at, one.key) for one in hits}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    one = DuckEngine(threads=1)
    yield one
    one.close()


Laid = tuple[Town, dict[str, Table]]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    own = town()
    return own, table(laid(own.rows, tmp_path_factory.mktemp("plain") / "rows.parquet"))


@pytest.fixture(params=SCANNED)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_kind_is_tried() -> None:
    assert set(SCANNED) == set(KINDS)


def test_each_kind_finds_something_to_compare(engine: DuckEngine, kind: str, plain: Laid) -> None:
    own, tables = plain

    assert len(found(engine, kind, tables, own.as_of)) >= 2


def test_rows_in_any_order_and_over_any_files_give_the_same_hits(
    engine: DuckEngine, kind: str, plain: Laid, tmp_path: Path
) -> None:
    own, tables = plain
    rows = list(own.rows)
    random.Random(3).shuffle(rows)
    parts = [laid(rows[part::3], tmp_path / f"{part}.parquet") for part in range(3)]

    assert found(engine, kind, table(*parts), own.as_of) == found(engine, kind, tables, own.as_of)


def test_all_moments_moved_by_whole_weeks_move_the_hits_and_change_nothing_else(
    engine: DuckEngine, kind: str, plain: Laid, tmp_path: Path
) -> None:
    own, tables = plain
    by = timedelta(weeks=5)
    later = own.moved(by)
    scanned = SCANNED[kind]
    periods = {"week": 5, "day": 35}[scanned.period] if isinstance(scanned, (PeriodScan, SeriesScan)) else 0

    moved = [
        replace(
            one, at=one.at + by, key=str(int(one.key) + periods) if periods else one.key,
            evidence={name: value + micros(BEGIN + by) - micros(BEGIN) if name == "began" else value
                      for name, value in one.evidence.items()},
        )
        for one in found(engine, kind, tables, own.as_of)
    ]  # fmt: skip

    assert found(engine, kind, table(laid(later.rows, tmp_path / "rows.parquet")), later.as_of) == moved


@pytest.mark.parametrize("day", [20, 50.3])
def test_a_run_cut_in_two_finds_what_one_run_finds(engine: DuckEngine, kind: str, plain: Laid, day: float) -> None:
    own, tables = plain
    cut, end = micros(BEGIN + timedelta(days=day)), micros(own.as_of) + 1
    spans = (Span(micros(BEGIN - timedelta(days=30)), cut), Span(cut, end))

    parts = [one for span in spans for one in found(engine, kind, tables, own.as_of, span)]

    assert places(parts) == places(found(engine, kind, tables, own.as_of))


@pytest.mark.parametrize("day", [20, 50.3])
def test_a_second_look_where_something_changed_completes_the_first(
    engine: DuckEngine, kind: str, plain: Laid, day: float
) -> None:
    own, tables = plain
    first_at = BEGIN + timedelta(days=day)
    known = {"transfer": replace(tables["transfer"], known_at=micros(first_at))}
    new = [micros(one["happened_at"]) for one in own.rows if one["happened_at"] > first_at]
    ahead, behind = reach_of(SCANNED[kind])
    end = micros(own.as_of) + 1
    looks = [Span(min(new) - ahead, min(max(new) + behind + 1, end))]
    if ripe := ripening_of(SCANNED[kind]):
        looks.append(Span(micros(first_at) - ripe, end))

    before = found(engine, kind, known, first_at)
    after = [one for span in looks for one in found(engine, kind, tables, own.as_of, span)]

    assert places([*before, *after]) == places(found(engine, kind, tables, own.as_of))


def test_rows_that_came_in_twice_count_once(engine: DuckEngine, kind: str, plain: Laid, tmp_path: Path) -> None:
    own, tables = plain
    again = laid(own.rows[::2], tmp_path / "again.parquet", version=2, received=timedelta(hours=6))
    gone = tuple((one["no"], 1) for one in own.rows[::2])

    twice = table(*tables["transfer"].paths, again, gone=gone)

    assert found(engine, kind, twice, own.as_of) == found(engine, kind, tables, own.as_of)
    later = replace(twice["transfer"], known_at=micros(own.as_of))
    assert found(engine, kind, {"transfer": later}, own.as_of) == found(engine, kind, tables, own.as_of)


def test_a_row_that_lay_there_twice_would_be_seen(engine: DuckEngine, plain: Laid, tmp_path: Path) -> None:
    own, tables = plain
    doubled = table(*tables["transfer"].paths, laid(own.rows, tmp_path / "again.parquet"))

    assert found(engine, "window", doubled, own.as_of) != found(engine, "window", tables, own.as_of)


def test_a_count_is_judged_by_as_long_a_past_in_one_long_run_as_in_a_run_a_day(
    engine: DuckEngine, plain: Laid, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, tables = plain
    monkeypatch.setitem(SERIES_BACK, "day", 9)
    whole = found(engine, "count_series", tables, own.as_of)

    daily = [
        one
        for day in range(DAYS)
        for begin in [micros(BEGIN + timedelta(days=day))]
        for one in found(engine, "count_series", tables, own.as_of, Span(begin, begin + 1))
    ]

    assert sorted(daily, key=lambda one: (one.subject, one.at)) == whole
    assert len(whole) >= 2
