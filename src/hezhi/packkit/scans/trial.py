"""Runs the tests that stand in a scan's own file, on any engine. Rows travel as Parquet, as they do in the lake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hezhi.packkit.engines.base import Engine, Table
from hezhi.packkit.engines.files import columns_of, file_write, row_of
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import DAY, micros
from hezhi.packkit.scans.run import episodes, scan_run
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import Scan, ScanTest
from hezhi.packkit.values import moment_of

FAR = 400 * DAY


@dataclass(frozen=True)
class Tried:
    """What one test gave: the subjects of its episodes, in order."""

    subjects: tuple[str, ...]


def given_tables(
    given_rows: Mapping[str, tuple[Mapping[str, object], ...]], records: Mapping[str, Record], folder: Path
) -> dict[str, Table]:
    """Write the given rows of every record kind into files; kinds without rows are empty tables."""
    tables = {}
    for name, record in records.items():
        rows = []
        for number, given in enumerate(given_rows.get(name, ())):
            at = moment_of(given.get(record.happened)).astimezone(UTC)
            key = str(given.get(record.key) or f"{number:04d}")
            rows.append(row_of(record, given, key=key, happened_at=at, received_at=at))
        path = folder / f"{name}.parquet"
        if rows:
            file_write(path, columns_of(record), rows)
        tables[name] = Table(columns_of(record), (str(path),) if rows else ())
    return tables


def given_moments(test: ScanTest, records: Mapping[str, Record]) -> list[int]:
    """Return the moments of all given rows."""
    return [
        micros(moment_of(row.get(records[name].happened)).astimezone(UTC))
        for name, rows in test.given.items()
        for row in rows
    ]


def scan_try(engine: Engine, scan: Scan, test: ScanTest, records: Mapping[str, Record], folder: Path) -> Tried:
    """Run one test of a scan.

    Raises:
        ExpressionBad, ValueError: the scan cannot be compiled, or a given moment cannot be read.
    """
    tables = given_tables(test.given, records, folder)
    moments = given_moments(test, records) or [0]
    span = Span(max(0, min(moments) - DAY), max(moments) + FAR)
    as_of = micros(_moment(test.as_of)) if test.as_of else max(moments) + FAR
    return Tried(tuple(one.subject for one in episodes(scan, scan_run(engine, scan, records, tables, span, as_of))))


def _moment(text: str) -> datetime:
    return moment_of(text).astimezone(UTC)
