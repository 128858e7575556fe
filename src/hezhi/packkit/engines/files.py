"""How an accepted record lies in the lake, and how rows get into a file there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hezhi.packkit.scans.compile import _KINDS, in_lake
from hezhi.packkit.scans.plan import FIRST_DAY, day_number, micros, period_number
from hezhi.packkit.shape.records import Field, Record
from hezhi.packkit.values import moment_of

KERNEL = (
    ("_key", "text"), ("_at", "number"), ("_day", "number"), ("_week", "number"), ("_month", "number"),
    ("_received", "number"), ("_version", "number"), ("_region", "text"),
)  # fmt: skip
_ARROW = {"number": pa.int64(), "text": pa.string(), "flag": pa.bool_()}


def columns_of(record: Record) -> tuple[tuple[str, str], ...]:
    """Return name and kind of every column that records of one kind have in the lake."""
    own = ((f"f_{name}", _KINDS[field.type]) for name, field in record.fields.items() if in_lake(field))
    return (*KERNEL, *own)


def row_of(
    record: Record,
    values: Mapping[str, Any],
    *,
    key: str,
    happened_at: datetime,
    received_at: datetime,
    version: int = 1,
) -> dict[str, Any]:
    """Return one record as a row of the lake.

    Args:
        values: checked values by field; identifiers already as pseudonyms where they are not open.
        key: what orders rows of one moment and names the row, e.g. the record's number.
    """
    day = day_number(happened_at)
    row: dict[str, Any] = {
        "_key": key, "_at": micros(happened_at), "_day": day, "_week": period_number("week", day),
        "_month": period_number("month", day), "_received": micros(received_at), "_version": version,
        "_region": str(values.get(record.place) or ""),
    }  # fmt: skip
    for name, field in record.fields.items():
        if in_lake(field):
            row[f"f_{name}"] = _plain(field, values.get(name))
    return row


def _plain(field: Field, value: Any) -> Any:
    if value is None or value == "":
        return None
    if field.type == "number":
        return int((Decimal(str(value)) * 1000).quantize(Decimal(1), ROUND_HALF_EVEN))
    if field.type == "moment":
        return micros(moment_of(value).astimezone(UTC))
    if field.type == "day":
        return ((value if isinstance(value, date) else date.fromisoformat(str(value))) - FIRST_DAY).days
    return value if field.type in ("integer", "flag") else str(value)


def file_write(path: Path, columns: Iterable[tuple[str, str]], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows, ordered by moment and key, into one Parquet file; return how many."""
    kinds = dict(columns)
    ordered = sorted(rows, key=lambda row: (row["_at"], row["_key"], row["_version"]))
    data = {name: pa.array([row.get(name) for row in ordered], _ARROW[kind]) for name, kind in kinds.items()}
    pq.write_table(pa.table(data), path, compression="zstd", row_group_size=1_000_000)
    return len(ordered)
