"""One value at a time: writings with one meaning are read, everything else is told, nothing raises."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.flow.intake.cleaning import header_key, plain, writable
from hezhi.flow.intake.rules import region_candidates, row_check
from hezhi.flow.intake.tests.factories import VILLAGE, pack_base, row
from hezhi.kit.canonical import canonical
from hezhi.kit.masks import MASK


def check(**more: Any):
    pack = pack_base()
    return row_check(pack, pack.records[0], row(**more))


def rules_of(checked) -> list[tuple[str, str]]:
    return [(finding.field, finding.rule) for finding in checked.findings]


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01 09:05",
        "2026/3/1 9:05",
        "2026/3/1 9:05:00",
        "2026年3月1日 9时05分",
        "２０２６-０３-０１　０９：０５",
        "2026-03-01T01:05:00Z",
        "2026-03-01T09:05:00+08:00",
        datetime(2026, 3, 1, 9, 5),
    ],
)
def test_a_moment_has_many_writings_and_one_meaning(written):
    checked = check(happened_at=written)

    assert checked.values["happened_at"] == "2026-03-01T01:05:00Z"
    assert checked.is_sound


@pytest.mark.parametrize(
    "written", ["2026-03-01", "yesterday", "03/01/2026 09:00", "2026-13-01 09:00", 46082.375, "0001-01-01 00:00", True]
)
def test_what_is_no_moment_is_refused(written):
    assert [name for name, _rule in rules_of(check(happened_at=written))] == ["happened_at"]


@pytest.mark.parametrize("written", ["2026-03-01", "2026/3/1", "2026年3月1日", "2026/3/1 0:00:00", date(2026, 3, 1)])
def test_a_day_is_read_in_its_writings(written):
    assert check(seen_on=written).values["seen_on"] == "2026-03-01"


@pytest.mark.parametrize(("written", "kept"), [("patrol", "patrol"), ("巡查", "patrol"), ("Citizen", "citizen")])
def test_a_choice_may_come_under_its_label(written, kept):
    assert check(found_by=written).values["found_by"] == kept


def test_a_mistyped_choice_is_refused_with_the_nearest_one():
    [finding] = check(found_by="patrl").findings

    assert (finding.rule, finding.nearest, finding.stops) == ("choice", "patrol", True)


def test_a_matter_may_come_under_its_label():
    assert check(kind="损坏").matter == "damage"


@pytest.mark.parametrize("written", [13900000101, 13900000101.0, "139 0000 0101", "１３９０００００１０１"])
def test_a_spreadsheets_phone_number_is_a_phone_number(written):
    assert check(contact_phone=written).secrets == {"contact_phone": "13900000101"}


@pytest.mark.parametrize("written", [math.inf, math.nan, "9" * 5000, 10**400, "1e5", "一"])
def test_odd_numbers_are_refused_and_stop_nothing_else(written):
    assert rules_of(check(weight=written)) == [("weight", "type")]


@pytest.mark.parametrize("written", ["a\x00b", "\ud800", "a\x1bb"])
def test_broken_characters_are_refused(written):
    assert rules_of(check(details=written)) == [("details", "type")]


@pytest.mark.parametrize(
    "written", [MASK, "139••••0101", "138****1234", "138＊＊＊＊1234", "138××××1234", "13900**0101"]
)
def test_a_mask_is_never_taken_for_a_value(written):
    assert rules_of(check(contact_phone=written)) == [("contact_phone", "masked")]


def test_stars_in_what_is_not_secret_are_taken_as_written():
    assert check(details="标语写着***，看不清").values["details"] == "标语写着***，看不清"


def test_an_unknown_column_is_remarked_on_and_stops_nothing():
    checked = check(detials="x")

    [finding] = checked.findings
    assert (finding.field, finding.rule, finding.nearest, finding.stops) == ("detials", "unknown", "details", False)
    assert checked.is_sound


def test_ignored_columns_are_passed_over():
    assert check(operator_no="17").findings == ()


def test_key_subject_place_and_moment_are_needed_whatever_the_pack_says():
    pack = pack_base()
    shape = pack.records[0]
    lax = {name: declared.model_copy(update={"required": False}) for name, declared in shape.fields.items()}

    checked = row_check(pack, shape.model_copy(update={"fields": lax}), {"details": "x"})

    assert {(f.field, f.rule) for f in checked.findings} == {
        (name, "missing") for name in ("report_no", "region", "spot", "happened_at")
    }


def test_secret_values_stand_apart_and_in_no_finding():
    checked = check(contact_phone="call me: 13900000101")

    assert "contact_phone" not in checked.values
    assert "13900000101" not in str(checked.findings)


def test_the_same_content_is_the_same_however_it_is_written():
    one = check(happened_at="2026/3/1 9:00", found_by="巡查", weight="3", seen_on="2026/3/1")
    other = check(happened_at="2026-03-01T01:00:00Z", found_by="patrol", weight=3.0, seen_on=date(2026, 3, 1))

    assert one.content == other.content
    assert one.content != check(happened_at="2026/3/1 9:01", found_by="巡查", weight="3", seen_on="2026/3/1").content


def test_blank_and_left_out_are_the_same():
    assert check(details="  ").content == check(details=None).content


def test_two_spots_of_one_name_in_two_villages_are_two_subjects():
    assert check(spot="东门").subject == f"东门@{VILLAGE}"


def test_the_regions_around_an_unknown_code_are_told_from_small_to_large():
    assert region_candidates("339901001999") == ("339901001000", "339901", "339900", "330000")
    assert region_candidates("abc") == ()


def test_headers_are_compared_without_width_spaces_and_stars():
    assert header_key("＊ 来源　编号 ") == header_key("来源编号")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted(pack_base().records[0].fields)) | st.text(max_size=10)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_whatever_comes_a_row_is_checked_and_can_be_stored(given_row):
    pack = pack_base()

    checked = row_check(pack, pack.records[0], given_row)

    kept = json.dumps([writable(checked.given), checked.values, checked.secrets], ensure_ascii=False, allow_nan=False)
    assert "\x00" not in kept
    kept.encode()
    canonical([checked.values, checked.secrets])
    assert checked.is_sound == all(name in checked.values for name in ("report_no", "region", "spot", "happened_at"))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(pack_base().records[0].fields)), JSON)
def test_rewriting_a_value_twice_is_rewriting_it_once(name, raw):
    pack = pack_base()
    declared = pack.records[0].fields[name]

    once = plain(pack, declared, raw)

    assert repr(plain(pack, declared, once)) == repr(once)
