"""What intake tells rooms that keep history: a record as it is known, and that it is no longer as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RecordChanged:
    """Values or the matter of an accepted record are other than they were; ``is_withdrawn`` where consent was taken
    back, so that what was known before may be kept nowhere.
    """

    record_id: int
    number: str
    pack_id: str
    kind: str
    is_withdrawn: bool
    at: datetime


@dataclass(frozen=True)
class KnownRecord:
    """One accepted record. ``values`` in the types of the pack's shape, as far as history may keep them."""

    record_id: int
    number: str
    pack_id: str
    kind: str
    matter: str
    region_code: str
    happened_at: datetime
    values: dict[str, Any]
