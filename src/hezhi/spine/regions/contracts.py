"""Places the state is divided into, from province to grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """How far down the tree a region stands; the shape of its code says it."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


@dataclass(frozen=True)
class RegionRow:
    """One version of a region: one extent, one name, one place in the tree.

    Attributes:
        code: GB/T 2260 six digits down to district, twelve digits for township and village,
            fifteen for a grid (village code + 3 digits).
        path: codes from the province down joined by dots, e.g. ``330000.339900.339901``; a subtree
            is a path prefix. A code has one path for ever.
        valid_from, valid_to: days on which the region exists; ``valid_to`` is the last day, None for now.
    """

    code: str
    name: str
    level: Level
    parent_code: str
    path: str
    valid_from: date | None
    valid_to: date | None


class ChangeKind(StrEnum):
    """What a reform does to regions."""

    SPLIT = "split"  # land of one region goes to several; one of them may keep the code
    MERGE = "merge"  # several regions become one
    RENAME = "rename"  # same land under another name, and perhaps another code
    MOVE = "move"  # same land under another parent, with another code


@dataclass(frozen=True)
class SplitPart:
    """Where a part of a split region goes.

    Attributes:
        code: the split region's own code (what stays), the code of another region that takes this
            part in, or a new code.
        name: needed for a new code; empty keeps the name there is.
        takes: codes of those direct children of the split region that lie in this part.
    """

    code: str
    name: str = ""
    takes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionSeed:
    """One region to load. ``parent_code`` empty: the one the code itself names."""

    code: str
    name: str
    parent_code: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """One reform as it was recorded.

    Attributes:
        on: first day on which the new state holds.
        old_codes, new_codes: the regions of the same level as the change itself and those below
            them that got a new version, in the order of their codes.
        source: the decision that ordered it; ``is_verified`` says whether somebody read it.
    """

    kind: ChangeKind
    on: date
    old_codes: tuple[str, ...]
    new_codes: tuple[str, ...]
    source: str
    is_verified: bool


@dataclass(frozen=True)
class LoadCount:
    """What a bulk load found: ``given = added + known``."""

    given: int
    added: int
    known: int
