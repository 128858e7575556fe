"""A point check feeds its table from form and features, and never says more than ok, remind or refer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hezhi.packkit.api import Finding, Pack, check_decide
from hezhi.packkit.checks import FeatureValue

AT = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # half past midnight of 3 March in China
GIVEN = {"spot": "东门", "holder_no": "P-0001", "weight_kg": 80, "permit_until": date(2026, 6, 30)}
KNOWN = {"reports_30d": FeatureValue(0, AT), "unreturned": FeatureValue(0, AT)}
Spoil = Callable[..., list[Finding]]


def told(pack: Pack, given: dict[str, Any] = GIVEN, features: dict[str, FeatureValue] = KNOWN) -> tuple[str, str, str]:
    check = pack.check("place_planter")
    checked = check_decide(check, pack.decision(check.decided_by), given, features, at=AT)
    return checked.answer, checked.decided.colour, checked.decided.code


def test_what_is_fine_may_go_on(works: Pack) -> None:
    assert told(works) == ("ok", "green", "")


@pytest.mark.parametrize(
    ("until", "expected"),
    [(date(2026, 3, 2), ("refer", "red", "")), (date(2026, 3, 3), ("remind", "yellow", "")),
     (date(2026, 3, 17), ("remind", "yellow", "")), (date(2026, 3, 18), ("ok", "green", "")),
     ("2026-03-03", ("remind", "yellow", "")), ("soon", ("refer", "grey", "permit_days_left:wrong_type"))],
)  # fmt: skip
def test_days_are_counted_in_the_citys_own_days(works: Pack, until: Any, expected: tuple[str, str, str]) -> None:
    assert told(works, {**GIVEN, "permit_until": until}) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [(None, "reports_30d:missing"), ({"from_at": AT - timedelta(hours=49)}, "reports_30d:stale"),
     ({"value": "0"}, "reports_30d:wrong_type"), ({"value": -1}, "reports_30d:out_of_range"),
     ({"from_at": AT + timedelta(seconds=1)}, "reports_30d:future")],
)  # fmt: skip
def test_what_is_not_known_well_goes_to_a_person(works: Pack, change: dict[str, Any] | None, code: str) -> None:
    known = {name: one for name, one in KNOWN.items() if name != "reports_30d"}
    if change is not None:
        known["reports_30d"] = replace(KNOWN["reports_30d"], **change)

    assert told(works, features=known) == ("refer", "grey", code)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("decided_by: planter", "decided_by: plantre", "refs/unknown-decision"),
        ("of: spot}", "of: sport}", "refs/unknown-field"),
        ("days_until: {permit_days_left: permit_until}", "days_until: {permit_days_left: permit_untl}",
         "refs/unknown-field"),
        ("  reports_30d: {kind: place, of: spot}\n", "", "refs/check-input"),
        ("weight_kg: {type: integer", "weight_kg: {type: text", "refs/check-input"),
        ("answer: refer, says: {zh: 请转负责人", "answer: remind, says: {zh: 请转负责人", "meaning/check-must-refer"),
        ("answer: refer, says: {zh: 数据不足", "answer: remind, says: {zh: 数据不足", "meaning/check-must-refer"),
        ("请转负责人查看后决定。", "不予办理。", "meaning/check-refuses"),
        ("You may go on.", "You are rejected.", "meaning/check-refuses"),
        ("  holder_no: {zh: 查询", "  spot: {zh: 查询", "meaning/field-without-need"),
        ("required: true, unit: kg}", "required: true, sensitivity: personal}", "meaning/secret-shown"),
        ("label: {zh: 位置, en: Spot}", "label: {zh: 民族, en: Spot}", "meaning/trait-input"),
        ("  weight_kg: {type: integer", "  colour_of_hat: {type: text, label: {zh: 帽色, en: Hat}}\n"
         "  weight_kg: {type: integer", "meaning/check-asks-too-much"),
        ("{type: day,", "{type: moment,", "refs/wrong-field-type"),
        ("    answer: ok", "    answer: remind", "behaviour/check-test"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_check_is_told(spoil: Spoil, old: str, new: str, rule: str) -> None:
    findings = spoil("checks/place_planter.yml", old, new)

    assert (rule, "place_planter.yml") in {(one.rule, Path(one.path).name) for one in findings}
