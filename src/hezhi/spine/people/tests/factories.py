"""Agencies and people of an invented city; kinds are made-up words, for the house knows none."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hezhi.spine.people import api
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

MAKER = Actor.system("test")
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
TODAY = date(2026, 3, 2)
START = date(2026, 1, 5)

PROVINCE, CITY, NORTH, SOUTH = "330000", "339900", "339901", "339902"
NORTH_A, NORTH_B, NORTH_A1 = "339901001000", "339901002000", "339901001001"
PLACES = {
    PROVINCE: "试验省",
    CITY: "甲市",
    NORTH: "北区",
    SOUTH: "南区",
    NORTH_A: "一街道",
    NORTH_B: "二街道",
    NORTH_A1: "一村",
}
AGENCIES = (
    AgencySeed("city-lamp", "甲市灯局", "lamp", CITY),
    AgencySeed("north-lamp", "北区灯局", "lamp", NORTH, "city-lamp"),
    AgencySeed("city-bell", "甲市钟局", "bell", CITY),
    AgencySeed("city-hub", "甲市枢纽", "hub", CITY),
    AgencySeed("one-hub", "一街道枢纽", "hub", NORTH_A),
)
OFFICERS = (
    OfficerSeed("lamp1", "甲一", "north-lamp", Role.HANDLER, email="lamp1@example.org", phone="13800000001"),
    OfficerSeed("lamp2", "甲二", "north-lamp", Role.HANDLER),
    OfficerSeed("hub1", "乙一", "city-hub", Role.COORDINATOR),
    OfficerSeed("hub1", "乙一", "city-bell", Role.HANDLER),
    OfficerSeed("hub2", "乙二", "city-hub", Role.DUTY_OFFICER, region_code=NORTH),
    OfficerSeed("hub3", "乙三", "city-hub", Role.DUTY_OFFICER),
    OfficerSeed("grid1", "丙一", "one-hub", Role.GRID_WORKER, region_code=NORTH_A1),
    OfficerSeed("oper1", "丁一", "city-hub", Role.OPERATOR, password="right-horse-9"),
)


def places_load() -> None:
    regions.regions_load(rows=[RegionSeed(code, name) for code, name in PLACES.items()], by=MAKER, at=AT)


def city_load() -> None:
    """Load regions, agencies and officers; everybody is on the post since ``START``."""
    places_load()
    api.people_load(agencies=AGENCIES, officers=OFFICERS, from_on=START, by=MAKER, at=AT)


def agency_id(code: str) -> int:
    return api.agency_by_code(code).id


def person_id(username: str) -> int:
    found = api.account_find(username)
    assert found is not None and found.person_id is not None
    return found.person_id


def path(*codes: str) -> str:
    """Return the path of the last code in the invented city."""
    return ".".join((PROVINCE, CITY, *codes))
