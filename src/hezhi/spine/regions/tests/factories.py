"""A small invented province, and an actor who may change it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api
from hezhi.spine.regions.contracts import ChangeRow, RegionSeed, SplitPart

MAKER = Actor.system("test")
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
REFORM_DAY = date(2026, 3, 1)
BEFORE = date(2026, 2, 28)
SOURCE = "决定 2026-1"

PROVINCE, CITY, OTHER_CITY = "330000", "339900", "339800"
NORTH, SOUTH, FAR = "339901", "339902", "339801"
NORTH_A, NORTH_B, SOUTH_A = "339901001000", "339901002000", "339902001000"
NORTH_A1, NORTH_A2, NORTH_B1, SOUTH_A1 = "339901001001", "339901001002", "339901002001", "339902001001"
TREE = {
    PROVINCE: "试验省",
    CITY: "甲市",
    OTHER_CITY: "乙市",
    NORTH: "北区",
    SOUTH: "南区",
    FAR: "远区",
    NORTH_A: "一街道",
    NORTH_B: "二街道",
    SOUTH_A: "三街道",
    NORTH_A1: "一村",
    NORTH_A2: "二村",
    NORTH_B1: "三村",
    SOUTH_A1: "四村",
}


def tree_load() -> None:
    """Load the whole small province."""
    api.regions_load(rows=[RegionSeed(code, name) for code, name in TREE.items()], by=MAKER, at=AT)


def north_split(**other: object) -> ChangeRow:
    """Split the north: township A stays with its code, township B goes to the new east."""
    parts = [SplitPart(NORTH, takes=(NORTH_A,)), SplitPart("339903", "东区", takes=(NORTH_B,))]
    given = {"code": NORTH, "parts": parts, "on": REFORM_DAY, "source": SOURCE, "by": MAKER, "at": AT}
    return api.region_split(**{**given, **other})


def path(*codes: str) -> str:
    """Return the path of the last code in the invented city."""
    return ".".join((PROVINCE, CITY, *codes))


def codes(rows: list) -> list[str]:
    return [row.code for row in rows]
