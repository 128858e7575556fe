"""Division codes are read the same way wherever they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.regions import rules
from hezhi.spine.regions.contracts import Level
from hezhi.spine.regions.errors import RegionCodeInvalid


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("330000", Level.PROVINCE),
        ("330100", Level.CITY),
        ("330106", Level.DISTRICT),
        ("429004", Level.DISTRICT),
        ("330106001000", Level.TOWNSHIP),
        ("441900003000", Level.TOWNSHIP),
        ("330106001051", Level.VILLAGE),
        ("330106001051007", Level.GRID),
    ],
)
def test_a_code_says_its_level(code: str, level: Level) -> None:
    assert rules.level_of(code) is level


@pytest.mark.parametrize(
    "code",
    ["", "33", "3301", "33010", "930000", "030000", "330001", "330106001", "330106000000", "330106000051",
     "330106001051000", "330106001000001", "３３０１０６", "33010a", "330106 "],
)  # fmt: skip
def test_what_is_no_code_is_refused_by_name(code: str) -> None:
    with pytest.raises(RegionCodeInvalid) as refusal:
        rules.level_of(code)
    assert refusal.value.facts == {"region": code}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("33", "330000"),
        ("3301", "330100"),
        ("330106", "330106"),
        ("330106001", "330106001000"),
        ("330000000000", "330000"),
        ("330106000000", "330106"),
        ("330106001000", "330106001000"),
        ("330106001051", "330106001051"),
        (" 330106\n", "330106"),
    ],
)
def test_codes_with_and_without_their_zeros_are_one(written: str, read: str) -> None:
    assert rules.code_read(written) == read
    assert rules.code_read(read) == read


@pytest.mark.parametrize(
    ("code", "parents"),
    [
        ("330000", ()),
        ("330100", ("330000",)),
        ("330106", ("330100",)),
        ("429004", ("429000", "420000")),
        ("330106001000", ("330106",)),
        ("441900003000", ("441900",)),
        ("330106001051", ("330106001000",)),
        ("330106001051007", ("330106001051",)),
    ],
)
def test_a_code_names_what_it_lies_in(code: str, parents: tuple[str, ...]) -> None:
    assert rules.parents_of(code) == parents


@given(st.sampled_from([2, 4, 6, 9, 12, 15]), st.lists(st.integers(1, 9), min_size=15, max_size=15))
def test_stem_and_code_give_each_other_back(length: int, digits: list[int]) -> None:
    stem = "3" + "".join(map(str, digits))[: length - 1]

    assert rules.stem_of(rules.code_from_stem(stem)) == stem


def test_land_that_went_on_twice_is_found_where_it_lies_today() -> None:
    # 1 was split into 2 and 3; 3 was moved and is 4 today
    homes = rules.whole_homes([(1, 2), (1, 3), (3, 4)], {2: "33.3399.339901", 4: "33.3399.339903"})

    assert homes == {1: "33.3399", 3: "33.3399.339903"}


def test_land_that_went_nowhere_known_lies_nowhere() -> None:
    assert rules.whole_homes([(1, 2), (1, 3)], {2: "33.3399"}) == {1: ""}


def test_land_in_two_provinces_lies_in_no_region() -> None:
    assert rules.whole_homes([(1, 2), (1, 3)], {2: "33.3399", 3: "34.3401"}) == {1: ""}
