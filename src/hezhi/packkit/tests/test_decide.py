"""A colour says which facts caused it and what would change it; without enough data it is grey."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.packkit.api import decide
from hezhi.packkit.conditions import condition_read
from hezhi.packkit.shape import Decision


def text(word: str) -> dict[str, str]:
    return {"zh": f"中{word}", "en": word}


TABLE = Decision.model_validate(
    {
        "id": "grade",
        "says": text("Grades"),
        "expires_days": 7,
        "inputs": {
            "blocks": {"type": "flag", "label": text("Blocks")},
            "count": {"type": "integer", "label": text("Count")},
            "share": {"type": "number", "label": text("Share")},
            "place": {"type": "text", "label": text("Place")},
        },
        "rows": [
            {"when": {"blocks": "= true", "count": ">= 2"}, "colour": "red", "because": text("both")},
            {"when": {"share": "< 0.5"}, "colour": "yellow", "because": text("little")},
            {"when": {"place": "in road, yard"}, "colour": "yellow", "because": text("there")},
            {"colour": "green", "because": text("rest")},
        ],
        "tests": [
            {"name": "both are red", "given": {}, "colour": "grey"},
            {"name": "none is green", "given": {}, "colour": "grey"},
        ],
    }
)
FACTS: dict[str, Any] = {"blocks": True, "count": 3, "share": 0.9, "place": "hill"}
facts_given = st.fixed_dictionaries(
    {
        "blocks": st.booleans(),
        "count": st.integers(-5, 5),
        "share": st.floats(0, 1),
        "place": st.sampled_from(["road", "yard", "hill"]),
    }
)


def test_the_first_row_that_holds_decides_and_names_its_facts() -> None:
    told = decide(TABLE, FACTS)

    assert (told.colour, told.row, told.expires_days) == ("red", 1, 7)
    assert [one.en for one in told.because] == ["both", "Blocks is yes", "Count is at least 2 (now 3)"]
    assert [one.zh for one in told.because] == ["中both", "中Blocks为 是", "中Count不少于 2（现为 3）"]


def test_what_would_change_names_the_nearest_single_change() -> None:
    told = {(one.input, one.colour): one.to for one in decide(TABLE, FACTS).would_change}

    assert told == {("blocks", "green"): "no", ("count", "green"): "1"}


@pytest.mark.parametrize("name", list(FACTS))
def test_a_missing_input_is_grey_and_named(name: str) -> None:
    told = decide(TABLE, {key: value for key, value in FACTS.items() if key != name})

    assert (told.colour, told.row) == ("grey", 0)
    assert [one.en for one in told.because] == [f"{name.capitalize()} is missing"]
    assert [(one.input, one.colour) for one in told.would_change] == [(name, "")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("blocks", 1), ("blocks", "true"), ("count", "3"), ("count", True), ("count", 2.0), ("share", float("nan")),
     ("share", False), ("place", 5)],
)  # fmt: skip
def test_an_input_of_the_wrong_type_is_grey_never_green(name: str, value: object) -> None:
    told = decide(TABLE, {**FACTS, name: value})

    assert told.colour == "grey"
    assert [fact.problem for fact in told.facts if fact.input == name] == ["wrong_type"]


def test_facts_that_the_table_does_not_declare_are_not_looked_at() -> None:
    assert decide(TABLE, {**FACTS, "religion": "any"}) == decide(TABLE, FACTS)


def test_a_table_without_a_rest_is_grey_where_no_row_fits() -> None:
    table = TABLE.model_copy(update={"rows": TABLE.rows[:1]})

    assert decide(table, {**FACTS, "count": 1}).colour == "grey"


@given(facts_given)
def test_every_named_change_really_leads_to_its_colour(facts: dict[str, Any]) -> None:
    readers = {"blocks": lambda to: to == "yes", "count": int, "share": float, "place": str}

    for change in decide(TABLE, facts).would_change:
        assert decide(TABLE, {**facts, change.input: readers[change.input](change.to)}).colour == change.colour


@given(facts_given, st.sets(st.sampled_from(list(FACTS)), min_size=1))
def test_no_set_of_missing_inputs_ever_gives_a_colour(facts: dict[str, Any], missing: set[str]) -> None:
    told = decide(TABLE, {name: value for name, value in facts.items() if name not in missing})

    assert told.colour == "grey"
    assert {change.input for change in told.would_change} == missing


@pytest.mark.parametrize(
    ("written", "kind"),
    [("3", "integer"), (">= x", "integer"), (">= 3", "text"), ("> true", "flag"), ("= maybe", "flag"), ("in", "text"),
     ("=> 3", "integer"), (">= 1.5", "integer")],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_an_error(written: str, kind: Any) -> None:
    with pytest.raises(ValueError):
        condition_read(written, kind)


@pytest.mark.parametrize(
    ("written", "kind", "value", "holds"),
    [("= a", "text", "a", True), ("!= a", "text", "a", False), ("<= 3", "integer", 3, True),
     ("> 3", "integer", 3, False),
     ("< 0.5", "number", 0.49, True), ("not in a, b", "text", "c", True), ("in 1, 2", "integer", 2, True),
     ("= false", "flag", False, True)],
)  # fmt: skip
def test_conditions_hold_as_written(written: str, kind: Any, value: Any, holds: bool) -> None:
    assert condition_read(written, kind).holds(value) is holds
