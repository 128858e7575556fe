"""What the lake tells other rooms."""

from __future__ import annotations

from dataclasses import dataclass

PURPOSE = "lake"
"""Under the vault's key of this purpose identifiers that are not open lie in the lake as pseudonyms."""


@dataclass(frozen=True)
class Put:
    """What became of the rows of one batch.

    ``snapshot`` is the lake's newest after it; ``first_at`` and ``last_at`` (microseconds) hold the moments of all rows
    that were added or whose earlier version ended, None where nothing changed.
    """

    snapshot: int
    added_count: int
    corrected_count: int
    repeated_count: int
    first_at: int | None = None
    last_at: int | None = None


@dataclass(frozen=True)
class Merge:
    """Small files of one record kind and month that become, or would become, one: how many, with how many rows."""

    pack_id: str
    record: str
    month: str
    file_count: int
    row_count: int


@dataclass(frozen=True)
class Change:
    """One batch of one record kind since a snapshot, with the moments it touched (microseconds)."""

    snapshot: int
    record: str
    first_at: int
    last_at: int
