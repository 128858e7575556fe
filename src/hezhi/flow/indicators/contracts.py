"""Numbers with numerator, denominator, unit and caveat, recomputable from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FileUse:
    """A delivered file, and how many of the records in question came with it.

    ``name`` and ``content`` (the salted hash kept of it) are empty for who does not keep sources.
    """

    source: str
    batch_id: int
    name: str
    content: str
    received_at: datetime
    record_count: int


@dataclass(frozen=True)
class Lineage:
    """What one number rests on, as far as the reader may know.

    Attributes:
        case_count: cases it rests on, ``counted_count`` of them in its numerator.
        cases: id and number of those that the reader may read.
        record_count: records that these cases are about or that their hits were found in, ``form_count`` of them from
            forms and not from a file.
        hits: hits that led to one of the cases, as ``pack@version/detector`` and count.
        snapshots: snapshots of the lake on which scans found them, rising; detectors at arrival need none.
        files: the files the other records came with, the newest first.
    """

    value: IndicatorValue
    case_count: int
    counted_count: int
    cases: tuple[tuple[int, str], ...]
    record_count: int
    form_count: int
    hits: tuple[tuple[str, int], ...]
    snapshots: tuple[int, ...]
    files: tuple[FileUse, ...]


@dataclass(frozen=True)
class IndicatorValue:
    """One number of one month.

    Attributes:
        period: the month as ``2026-03``.
        by: dimension, one of ``""`` (all), ``region``, ``agency``, ``matter``.
        group: the dimension's value, e.g. an agency id as text.
        numerator, denominator: counts of cases; for medians the numerator is the number of cases measured.
        value: count, share 0–1 or days; None when there is nothing to measure.
        is_hidden: the denominator is below the pack's ``hide_below``: pages show "too few", and a page of
            values carries 0, 0 and None instead of the numbers.
        region_path: the smallest region that holds every case counted; empty when none does.
        is_part: not the whole, but the regions together that the reader may see.
    """

    pack_id: str
    indicator: str
    period: str
    by: str
    group: str
    numerator: int
    denominator: int
    value: float | None
    is_hidden: bool
    computed_at: datetime | None = None
    region_path: str = ""
    is_part: bool = False
