"""Places the state is divided into, from province to grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


@dataclass(frozen=True)
class RegionRow:
    """One region.

    Attributes:
        code: GB/T 2260 six digits down to district, twelve digits for township and village,
            fifteen for a grid (village code + 3 digits).
        path: codes from the province down joined by dots; a subtree is a path prefix.
        valid_from, valid_to: days on which the region exists; ``valid_to`` is the last day, None for now.
    """

    code: str
    name: str
    level: Level
    parent_code: str
    path: str
    valid_from: date | None
    valid_to: date | None
