"""A reform changes the tree from its day on; what was before stays as it was."""

from __future__ import annotations

from datetime import date

import pytest

from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.spine.permissions.errors import NotAllowed
from hezhi.spine.regions import api
from hezhi.spine.regions.contracts import ChangeKind, Level, RegionSeed, SplitPart
from hezhi.spine.regions.errors import RegionChangeInvalid, RegionChangeTooEarly, RegionNotFound
from hezhi.spine.regions.models import Region, RegionChange, RegionLink
from hezhi.spine.regions.tests.factories import (
    AT,
    BEFORE,
    CITY,
    FAR,
    MAKER,
    NORTH,
    NORTH_A,
    NORTH_A1,
    NORTH_A2,
    NORTH_B,
    NORTH_B1,
    OTHER_CITY,
    PROVINCE,
    REFORM_DAY,
    SOURCE,
    SOUTH,
    SOUTH_A,
    SOUTH_A1,
    TREE,
    codes,
    north_split,
    path,
    tree_load,
)

pytestmark = pytest.mark.django_db
DECREE = {"on": REFORM_DAY, "source": SOURCE, "by": MAKER, "at": AT}
EAST = "339903"


@pytest.fixture(autouse=True)
def tree() -> None:
    tree_load()


def state() -> tuple[object, ...]:
    return (
        list(Region.objects.order_by("id").values_list()),
        RegionChange.objects.count(),
        RegionLink.objects.count(),
        len(ledger.lines_of(chain="regions")),
    )


def test_a_split_district_is_two_from_its_day_on_and_one_before() -> None:
    north_split()

    assert codes(api.children(CITY, on=BEFORE)) == [NORTH, SOUTH]
    assert codes(api.children(CITY, on=REFORM_DAY)) == [NORTH, SOUTH, EAST]
    assert codes(api.subtree(NORTH, on=BEFORE)) == [NORTH, NORTH_A, NORTH_A1, NORTH_A2, NORTH_B, NORTH_B1]
    assert codes(api.subtree(NORTH, on=REFORM_DAY)) == [NORTH, NORTH_A, NORTH_A1, NORTH_A2]
    assert codes(api.subtree(EAST)) == [EAST, "339903002000", "339903002001"]
    assert codes(api.subtree(EAST, on=BEFORE)) == []


def test_what_moved_has_a_new_code_with_its_old_last_digits() -> None:
    north_split()

    village = api.region_get("339903002001")
    assert (village.name, village.level, village.path) == (
        "三村",
        Level.VILLAGE,
        path(EAST, "339903002000", "339903002001"),
    )
    assert village.valid_from == REFORM_DAY
    assert api.region_get(NORTH_B1).valid_to == BEFORE


def test_an_old_record_keeps_its_code_and_path() -> None:
    before = api.region_get(NORTH_B1)
    north_split()

    assert api.region_path(NORTH_B1) == before.path == path(NORTH, NORTH_B, NORTH_B1)
    assert api.region_get(NORTH_B1, on=BEFORE).name == "三村"
    with pytest.raises(RegionNotFound):
        api.region_get(NORTH_B1, on=REFORM_DAY)


def test_an_old_record_is_reported_under_its_successors() -> None:
    north_split()

    assert codes(api.successors(NORTH, on=REFORM_DAY, as_of=BEFORE)) == [NORTH, EAST]
    assert codes(api.successors(NORTH, as_of=REFORM_DAY)) == [NORTH]
    assert codes(api.successors(NORTH_B1)) == ["339903002001"]
    assert codes(api.successors(SOUTH)) == [SOUTH]
    assert codes(api.successors("339999")) == []


def test_a_new_region_knows_what_it_came_from() -> None:
    north_split()

    assert codes(api.predecessors(EAST, on=BEFORE)) == [NORTH]
    assert codes(api.predecessors("339903002000", on=BEFORE)) == [NORTH_B]
    assert codes(api.predecessors(SOUTH, on=BEFORE)) == [SOUTH]


def test_a_region_covers_what_now_lies_wholly_inside_it_and_no_more() -> None:
    north_split()

    found = api.paths_covering([PROVINCE, CITY, NORTH, EAST, "339999"], on=REFORM_DAY)
    assert found == {
        PROVINCE: {PROVINCE},
        CITY: {path()},
        NORTH: {path(NORTH)},
        EAST: {path(EAST), path(NORTH, NORTH_B)},
    }


def test_nothing_is_covered_before_the_reform() -> None:
    north_split()

    assert api.paths_covering([EAST, NORTH], on=BEFORE) == {NORTH: {path(NORTH)}}


def test_a_part_may_go_to_a_neighbour_and_to_a_new_district_at_once() -> None:
    parts = [SplitPart(SOUTH, takes=(NORTH_A,)), SplitPart(EAST, "东区", takes=(NORTH_B,))]
    change = api.region_split(code=NORTH, parts=parts, codes={NORTH_A: "339902005000"}, **DECREE)

    assert change.old_codes == (NORTH, NORTH_A, NORTH_A1, NORTH_A2, NORTH_B, NORTH_B1, SOUTH)
    assert codes(api.subtree(SOUTH)) == [
        SOUTH, SOUTH_A, SOUTH_A1, "339902005000", "339902005001", "339902005002",
    ]  # fmt: skip
    assert api.region_get(NORTH).valid_to == BEFORE
    assert codes(api.successors(NORTH)) == [SOUTH, EAST]
    assert codes(api.predecessors(SOUTH, on=BEFORE)) == [NORTH, SOUTH]
    assert api.paths_covering([SOUTH], on=REFORM_DAY)[SOUTH] == {path(SOUTH), path(NORTH, NORTH_A)}
    assert api.standing_path(NORTH, on=BEFORE) == path(NORTH)
    assert api.standing_path(NORTH, on=REFORM_DAY) == path()
    assert api.standing_path(NORTH_A1, on=REFORM_DAY) == path(SOUTH, "339902005000", "339902005001")


def test_merged_districts_are_one_and_cover_what_both_were() -> None:
    api.region_merge(codes=[NORTH, SOUTH], into=SOUTH, name="新区", child_codes={NORTH_A: "339902003000"}, **DECREE)

    merged = api.region_get(SOUTH)
    assert (merged.name, merged.valid_from) == ("新区", REFORM_DAY)
    assert api.region_get(SOUTH, on=BEFORE).name == "南区"
    assert codes(api.children(SOUTH)) == [SOUTH_A, "339902002000", "339902003000"]
    assert api.paths_covering([SOUTH], on=REFORM_DAY)[SOUTH] == {path(SOUTH), path(NORTH)}
    assert codes(api.predecessors(SOUTH, on=BEFORE)) == [NORTH, SOUTH]


def test_districts_merge_into_a_new_one() -> None:
    api.region_merge(codes=[NORTH, SOUTH], into="339904", name="新区", child_codes={NORTH_A: "339904003000"}, **DECREE)

    assert codes(api.children(CITY)) == ["339904"]
    assert api.paths_covering(["339904"], on=REFORM_DAY)["339904"] == {path("339904"), path(NORTH), path(SOUTH)}


def test_a_merge_names_each_code_that_is_taken() -> None:
    before = state()

    with pytest.raises(RegionChangeInvalid) as refusal:
        api.region_merge(codes=[NORTH], into=SOUTH, **DECREE)

    assert refusal.value.findings == (
        "339902001000: exists already as 三街道",
        "339902001001: exists already as 四村",
    )
    assert state() == before


def test_a_renamed_region_had_its_old_name_before() -> None:
    change = api.region_rename(code=CITY, name="丙市", **DECREE)

    assert (change.kind, change.old_codes, change.new_codes) == (ChangeKind.RENAME, (CITY,), (CITY,))
    assert [api.region_get(CITY, on=day).name for day in (BEFORE, REFORM_DAY)] == ["甲市", "丙市"]
    assert api.region_get(NORTH).valid_from is None
    assert api.paths_covering([CITY], on=REFORM_DAY)[CITY] == {path()}


def test_a_county_that_becomes_a_district_takes_its_townships_along() -> None:
    api.region_rename(code=NORTH, name="大北区", new_code="339911", **DECREE)

    assert codes(api.subtree("339911"))[-1] == "339911002001"
    assert codes(api.successors(NORTH_A1)) == ["339911001001"]
    assert api.paths_covering(["339911"], on=REFORM_DAY)["339911"] == {path("339911"), path(NORTH)}


def test_a_district_moves_to_another_city_with_all_below_it() -> None:
    api.region_move(code=NORTH, to_parent=OTHER_CITY, new_code="339802", **DECREE)

    assert codes(api.children(OTHER_CITY)) == [FAR, "339802"]
    assert codes(api.children(CITY)) == [SOUTH]
    assert api.region_get("339802001002").path == f"{PROVINCE}.{OTHER_CITY}.339802.339802001000.339802001002"
    other = f"{PROVINCE}.{OTHER_CITY}"
    assert api.paths_covering([OTHER_CITY, CITY], on=REFORM_DAY) == {OTHER_CITY: {other, path(NORTH)}, CITY: {path()}}


def test_a_later_reform_carries_earlier_ones_on() -> None:
    north_split()
    later = {**DECREE, "on": date(2026, 3, 2), "source": "决定 2026-2"}
    api.region_move(code=EAST, to_parent=OTHER_CITY, new_code="339803", **later)

    assert codes(api.successors(NORTH, as_of=BEFORE)) == ["339803", NORTH]
    assert codes(api.successors(NORTH, as_of=BEFORE, on=REFORM_DAY)) == [NORTH, EAST]
    assert api.standing_path(NORTH_B1, on=later["on"]).endswith("339803.339803002000.339803002001")
    other = f"{PROVINCE}.{OTHER_CITY}"
    assert api.paths_covering([OTHER_CITY], on=later["on"])[OTHER_CITY] == {other, path(NORTH, NORTH_B), path(EAST)}


def test_every_reform_is_recorded_with_its_source() -> None:
    north_split(is_verified=False)
    api.region_rename(code=SOUTH, name="大南区", **DECREE)

    (split,) = api.changes_of(NORTH)
    assert (split.kind, split.on, split.source, split.is_verified) == (ChangeKind.SPLIT, REFORM_DAY, SOURCE, False)
    assert split.new_codes == (NORTH, EAST, "339903002000", "339903002001")
    lines = ledger.lines_of(chain="regions")
    assert [line.act for line in lines] == ["region.load", "region.split", "region.rename"]
    assert lines[1].body["new"] == [NORTH, EAST]
    assert [NORTH_B, "339903002000"] in lines[1].body["links"]


def test_a_created_region_stands_below_what_its_code_names() -> None:
    grid = api.region_create(code=NORTH_A1 + "001", name="一格", valid_from=REFORM_DAY, by=MAKER, at=AT)

    assert (grid.level, grid.parent_code) == (Level.GRID, NORTH_A1)
    assert grid.path == path(NORTH, NORTH_A, NORTH_A1, NORTH_A1 + "001")
    assert len(grid.path) <= 80
    assert codes(api.children(NORTH_A1)) == [grid.code]


@pytest.mark.parametrize(
    ("code", "given", "finding"),
    [
        pytest.param(NORTH, {"name": "又北区"}, "339901: exists already as 北区", id="a code that is taken"),
        pytest.param("339905", {"name": " "}, "339905: needs a name of 1 to 60 characters", id="no name"),
        pytest.param(
            "339905", {"name": "西区", "parent_code": OTHER_CITY},
            "339905: does not belong below 339800, but below 339900", id="a strange parent",
        ),
    ],
)  # fmt: skip
def test_a_region_that_does_not_fit_is_refused(code: str, given: dict[str, str], finding: str) -> None:
    before = state()

    with pytest.raises(RegionChangeInvalid) as refusal:
        api.region_create(code=code, by=MAKER, at=AT, **given)

    assert refusal.value.findings == (finding,)
    assert state() == before


@pytest.mark.parametrize(
    ("parts", "findings"),
    [
        pytest.param(
            [SplitPart(NORTH, takes=(NORTH_A,)), SplitPart(EAST, "东区")],
            ("339901002000: lies in 339901, but no part takes it",), id="a child is left over",
        ),
        pytest.param(
            [SplitPart(NORTH, takes=(NORTH_A, NORTH_B)), SplitPart(EAST, "东区", takes=(NORTH_B, SOUTH_A))],
            ("339901002000: two parts take it", "339902001000: does not lie directly in 339901"),
            id="a child goes twice, another is a stranger",
        ),
        pytest.param(
            [SplitPart(NORTH, takes=(NORTH_A, NORTH_B))],
            ("339901: a split needs at least two parts, each with a code of its own",), id="one part",
        ),
        pytest.param(
            [SplitPart(NORTH, takes=(NORTH_A,)), SplitPart(EAST, takes=(NORTH_B,))],
            ("339903: needs a name of 1 to 60 characters",), id="a new part without a name",
        ),
        pytest.param(
            [SplitPart(NORTH, takes=(NORTH_A,)), SplitPart("339803", "东区", takes=(NORTH_B,))],
            ("339803: does not belong below 339900, but below 339800",), id="a part of another city's code",
        ),
    ],
)  # fmt: skip
def test_a_split_that_does_not_add_up_is_refused(parts: list[SplitPart], findings: tuple[str, ...]) -> None:
    before = state()

    with pytest.raises(RegionChangeInvalid) as refusal:
        north_split(parts=parts)

    assert refusal.value.findings == findings
    assert state() == before


def test_a_new_code_for_a_region_that_keeps_its_own_is_refused() -> None:
    with pytest.raises(RegionChangeInvalid, match="339901001000: does not get a new code in this change"):
        north_split(codes={NORTH_A: "339901009000"})


def test_a_code_never_comes_back_at_another_place() -> None:
    api.regions_load(rows=[RegionSeed("339000", "直管"), RegionSeed("339004", "丁市")], by=MAKER, at=AT)
    api.region_rename(code="339004", name="丁市", new_code="339005", **DECREE)

    with pytest.raises(RegionChangeInvalid, match=r"339004: this code belongs to 330000\.339000\.339004 and never"):
        api.region_create(code="339004", name="丁市", parent_code=PROVINCE, valid_from=REFORM_DAY, by=MAKER, at=AT)
    # at its old place it may come back
    back = api.region_create(code="339004", name="丁市", valid_from=REFORM_DAY, by=MAKER, at=AT)
    assert api.region_get("339004", on=BEFORE).path == back.path


def test_a_reform_needs_a_source() -> None:
    with pytest.raises(RegionChangeInvalid, match="source: name the decision"):
        north_split(source=" ")


def test_a_reform_is_not_recorded_ahead_of_its_day() -> None:
    before = state()

    with pytest.raises(RegionChangeTooEarly):
        north_split(on=date(2026, 3, 3))
    assert state() == before


def test_a_reform_is_not_recorded_before_the_last_one() -> None:
    north_split()
    before = state()

    with pytest.raises(RegionChangeTooEarly):
        api.region_rename(code=NORTH, name="小北区", **{**DECREE, "on": BEFORE})
    with pytest.raises(RegionChangeTooEarly):
        api.region_rename(code=NORTH, name="小北区", **DECREE)
    assert state() == before


def test_only_who_may_edit_regions_everywhere_changes_them() -> None:
    before = state()
    grant = Grant(Right.REGION_EDIT, Scope(ScopeKind.REGION, path()))
    stranger = Actor("person:1", "甲", grants=frozenset({grant}))

    with pytest.raises(NotAllowed):
        north_split(by=stranger)
    with pytest.raises(NotAllowed):
        api.region_create(code="339905", name="西区", by=stranger, at=AT)
    with pytest.raises(NotAllowed):
        api.regions_load(rows=[RegionSeed("339905", "西区")], by=stranger, at=AT)
    assert state() == before


def test_reads_cost_one_query(django_assert_num_queries) -> None:
    north_split()
    reads = (
        lambda: api.region_get(NORTH),
        lambda: api.region_path(NORTH),
        lambda: api.regions_get(list(TREE)),
        lambda: api.regions_get(list(TREE), on=BEFORE),
        lambda: api.children(CITY),
        lambda: api.subtree(CITY, on=BEFORE),
        lambda: api.successors(NORTH, as_of=BEFORE),
        lambda: api.predecessors(EAST, on=BEFORE),
        lambda: api.standing_path(NORTH_B, on=REFORM_DAY),
        lambda: api.paths_covering([CITY, NORTH, EAST], on=REFORM_DAY),
        lambda: api.changes_of(NORTH),
    )
    for read in reads:
        with django_assert_num_queries(1):
            read()
