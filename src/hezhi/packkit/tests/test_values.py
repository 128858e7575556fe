"""Given values become typed values or named problems; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hezhi.packkit.api import values_check
from hezhi.packkit.shape import Field


def field(kind: str, **more: Any) -> Field:
    return Field.model_validate({"type": kind, "label": {"zh": "项", "en": "Item"}, **more})


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("number", "1.5", 1.5),
        ("number", 2, 2.0),
        ("flag", "是", True),
        ("flag", "FALSE", False),
        ("moment", "2026-03-02 09:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("moment", "2026/03/02 09:00:30", datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)),
        ("moment", "2026-03-02T09:00:00+00:00", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        ("day", "2026-03-02", date(2026, 3, 2)),
        ("region", 330106, "330106"),
        ("phone", "13900000001", "13900000001"),
        ("phone", "0570-8000000", "0570-8000000"),
        ("file", "a" * 64, "a" * 64),
        ("text", " 东门 ", "东门"),
    ],
)
def test_a_value_that_fits_is_typed(kind: str, raw: Any, value: Any) -> None:
    checked = values_check({"item": field(kind)}, {"item": raw})

    assert (dict(checked.values), checked.problems) == ({"item": value}, ())


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("integer", "12a"),
        ("integer", "1.5"),
        ("integer", True),
        ("number", float("nan")),
        ("number", "1e3"),
        ("flag", "maybe"),
        ("moment", "2026-03-02"),
        ("moment", "yesterday at nine"),
        ("day", "2026-02-30"),
        ("region", "12345"),
        ("phone", "999"),
        ("file", "photo.png"),
        ("text", ["a"]),
    ],
)
def test_a_value_that_does_not_fit_is_a_problem_and_gives_no_value(kind: str, raw: Any) -> None:
    checked = values_check({"item": field(kind)}, {"item": raw})

    assert (dict(checked.values), [one.rule for one in checked.problems]) == ({}, ["type"])


def test_missing_unknown_and_misspelt_values_are_all_told_at_once() -> None:
    fields = {"place": field("text", required=True), "note": field("text")}

    checked = values_check(fields, {"plase": "x", "seat": 1, "note": None}, ignored=["seat"])

    assert [(one.field, one.rule, one.nearest) for one in checked.problems] == [
        ("place", "missing", ""),
        ("plase", "unknown", "place"),
    ]


def test_choices_and_matters_name_the_nearest() -> None:
    choices = [{"id": "moved", "label": {"zh": "移", "en": "Moved"}}]
    fields = {"state": field("choice", choices=choices), "matter": field("matter")}

    checked = values_check(fields, {"state": "movd", "matter": "road"}, matters=["roads", "yard"])

    assert [(one.rule, one.nearest) for one in checked.problems] == [("choice", "moved"), ("choice", "roads")]


@pytest.mark.parametrize(
    ("declared", "raw", "rule"),
    [
        (field("integer", at_least=1), 0, "range"),
        (field("number", at_most=1), 1.01, "range"),
        (field("text", at_least=2), "a", "range"),
        (field("text", at_most=3), "abcd", "range"),
        (field("text", pattern="[0-9a-f]{4}"), "xyz1", "pattern"),
    ],
)
def test_bounds_and_patterns_hold(declared: Field, raw: Any, rule: str) -> None:
    assert [one.rule for one in values_check({"item": declared}, {"item": raw}).problems] == [rule]
