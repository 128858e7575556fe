"""Numbers with numerator, denominator, unit and caveat, recomputable from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
