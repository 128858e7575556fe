"""The score of every account: detectors look over the lake, what they find lies there too, and a scorecard adds up.

Detectors that read findings run after those that read transfers alone. Nothing here knows a label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from hezhi.packkit.api import Engine, ScanHit, Span, Table, lake_columns, lake_file_write, lake_row, micros, scan_run
from hezhi.packkit.shape import Record
from hezhi.packkit.shape.scan import Scan, ScoreScan

TRANSFER, FINDING = "transfer", "finding"
ALWAYS = Span(0, micros(datetime(2100, 1, 1, tzinfo=UTC)))


@dataclass(frozen=True)
class Detecting:
    """The record kinds, the detectors in the order in which they run, and the scorecard."""

    records: Mapping[str, Record]
    first: tuple[Scan, ...]
    then: tuple[Scan, ...]
    card: ScoreScan

    @property
    def scans(self) -> tuple[Scan, ...]:
        return (*self.first, *self.then, self.card)


@dataclass(frozen=True)
class Scored:
    """Scores by account; who has none has nothing against it. ``findings``: how many of each detector."""

    scores: Mapping[str, int]
    findings: Mapping[str, int]


def detecting_read(folder: Path) -> Detecting:
    """Return what ``records.yml``, ``detectors/*.yml`` and ``card.yml`` of a folder say.

    Raises:
        pydantic.ValidationError: one of them does not have its shape.
    """
    listed = yaml.safe_load((folder / "records.yml").read_text("utf-8"))
    records = {one.id: one for one in TypeAdapter(tuple[Record, ...]).validate_python(listed)}
    paths = sorted((folder / "detectors").glob("*.yml"))
    scans = [TypeAdapter(Scan).validate_python(yaml.safe_load(path.read_text("utf-8"))) for path in paths]
    after = {one.id for one in scans if FINDING in {stream.reads for stream in one.streams.values()}}
    return Detecting(
        records,
        tuple(one for one in scans if one.id not in after),
        tuple(one for one in scans if one.id in after),
        ScoreScan.model_validate(yaml.safe_load((folder / "card.yml").read_text("utf-8"))),
    )


def table_write(record: Record, rows: Iterable[Mapping[str, Any]], path: Path) -> Table:
    """Put rows into one file of the lake."""
    told = [
        lake_row(record, row, key=row[record.key], happened_at=row[record.happened], received_at=row[record.happened])
        for row in rows
    ]
    lake_file_write(path, lake_columns(record), told)
    return Table(lake_columns(record), (str(path),))


def accounts_score(
    engine: Engine, detecting: Detecting, transfers: Table, folder: Path, *, without: Collection[str] = ()
) -> Scored:
    """Return the sum of what the scorecard gives each account in each period.

    Args:
        folder: where the findings are laid down as a table of the lake.
        without: detectors that are left out, to see what the others are worth.
    """
    found: list[dict[str, Any]] = []
    for step in (detecting.first, detecting.then):
        tables = {TRANSFER: transfers, FINDING: _findings(detecting, found, folder)}
        for scan in (one for one in step if one.id not in without):
            found += _told(scan, _hits(engine, detecting, scan, tables))
    tables = {TRANSFER: transfers, FINDING: _findings(detecting, found, folder)}
    scores: dict[str, int] = defaultdict(int)
    for hit in _hits(engine, detecting, detecting.card, tables):
        scores[hit.subject] += int(hit.evidence["score"] or 0)
    counts: dict[str, int] = defaultdict(int)
    for row in found:
        counts[row["detector"]] += row["place"] == 1
    return Scored(dict(scores), dict(counts))


def _hits(engine: Engine, detecting: Detecting, scan: Scan, tables: Mapping[str, Table]) -> Iterator[ScanHit]:
    records = {stream.reads: detecting.records[stream.reads] for stream in scan.streams.values()}
    return scan_run(engine, scan, records, {name: tables[name] for name in records}, ALWAYS, ALWAYS.end)


def _findings(detecting: Detecting, found: Sequence[Mapping[str, Any]], folder: Path) -> Table:
    record = detecting.records[FINDING]
    return table_write(record, found, folder / f"findings-{len(found)}.parquet") if found else Table(
        lake_columns(record), ()
    )  # fmt: skip


def _told(scan: Scan, hits: Iterable[ScanHit]) -> Iterator[dict[str, Any]]:
    """Give one finding per account of a hit: those its subject is made of, then those that its evidence names."""
    for hit in hits:
        named = [value for value in hit.evidence.values() if isinstance(value, str)]
        for place, account in enumerate([*hit.subject.split("|"), *named], 1):
            yield {
                "finding_no": f"{scan.id}-{hit.subject}-{hit.key}-{place}", "found_at": hit.at, "account": account,
                "detector": scan.id, "place": place,
            }  # fmt: skip
