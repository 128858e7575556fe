"""Decision tables in depth: hit policies, the typed gate, and what the check finds by looking at every cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.packkit.api import Finding, decide
from hezhi.packkit.cells import facts_find, values_of
from hezhi.packkit.conditions import condition_read
from hezhi.packkit.plan import Plan, plan_of
from hezhi.packkit.shape import Decision

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
Spoil = Callable[..., list[Finding]]


def text(word: str) -> dict[str, str]:
    return {"zh": f"中{word}", "en": word}


def table(inputs: dict[str, dict[str, Any]], *rows: tuple[dict[str, str], str], **more: Any) -> Decision:
    return Decision.model_validate(
        {
            "id": "grade",
            "says": text("Grades"),
            "expires_days": 7,
            "inputs": {name: {"label": text(name.capitalize()), **one} for name, one in inputs.items()},
            "rows": [{"when": when, "colour": colour, "because": text(f"row {colour}")} for when, colour in rows],
            "tests": [{"name": "none", "given": {}, "colour": "grey"}] * 2,
            **more,
        }
    )


WEIGHED = {"weight": {"type": "number", "unit": "kg", "at_least": 0, "at_most": 100}}


@pytest.mark.parametrize(
    ("written", "held", "not_held"),
    [("0..5", [0, 5], [-1, 6]), ("[0..5)", [0, 4], [-1, 5]), ("(0..5]", [1, 5], [0, 6]), ("(0..5)", [1, 4], [0, 5]),
     ("-5..-1", [-5, -1], [-6, 0]), ("is missing", [None], [0]), ("any", [None, 0], [])],
)  # fmt: skip
def test_ranges_and_missing_hold_as_written(written: str, held: list[Any], not_held: list[Any]) -> None:
    condition = condition_read(written, "integer")

    assert [condition.holds(value) for value in (*held, *not_held)] == [True] * len(held) + [False] * len(not_held)


@pytest.mark.parametrize("written", ["5..0", "[3..3)", "[0..5", "0..5)", "a..b", "0.5..2", "..3"])
def test_a_range_that_holds_nothing_is_an_error(written: str) -> None:
    with pytest.raises(ValueError):
        condition_read(written, "integer")


def test_a_range_of_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="a range of numbers"):
        condition_read("1..3", "text")


def test_collecting_gives_every_reason_and_the_worst_colour() -> None:
    collects = table(
        {"worn": {"type": "flag"}, "trips": {"type": "integer"}},
        ({"trips": ">= 2"}, "yellow"),
        ({"worn": "= true"}, "red"),
        ({"trips": ">= 9"}, "yellow"),
        ({}, "green"),
        hit_policy="collect",
    )

    told = decide(collects, {"worn": True, "trips": 9})

    assert (told.colour, told.row, told.rows) == ("red", 2, (2, 1, 3))
    assert [one.en for one in told.because] == [
        "row red", "Worn is yes", "row yellow", "Trips is at least 2 (now 9)", "row yellow",
        "Trips is at least 9 (now 9)",
    ]  # fmt: skip
    assert decide(collects, {"worn": False, "trips": 0}).rows == (4,)
    assert [(one.input, one.to, one.colour) for one in told.would_change] == [("worn", "no", "yellow")]


def test_rows_of_a_unique_table_that_contradict_each_other_are_grey() -> None:
    unique = table(
        {"trips": {"type": "integer"}}, ({"trips": "0..5"}, "green"), ({"trips": "5..9"}, "red"), hit_policy="unique"
    )

    told = decide(unique, {"trips": 5})

    assert (told.colour, told.code, [one.en for one in told.because]) == (
        "grey", "several_rows", ["Rows 1, 2 fit at once, which the table forbids"],
    )  # fmt: skip
    assert [decide(unique, {"trips": n}).colour for n in (4, 6)] == ["green", "red"]
    assert decide(unique, {"trips": 10}).code == "no_row"


@pytest.mark.parametrize(
    ("value", "code", "why"),
    [(-0.1, "weight:out_of_range", "Weight is outside of what is allowed (0 kg to 100 kg)"),
     (100.1, "weight:out_of_range", "Weight is outside of what is allowed (0 kg to 100 kg)"),
     (None, "weight:missing", "Weight is missing"), ("3", "weight:wrong_type", "Weight is not a number"),
     (float("inf"), "weight:wrong_type", "Weight is not a number")],
)  # fmt: skip
def test_what_does_not_pass_the_gate_is_grey_with_its_reason(value: Any, code: str, why: str) -> None:
    weighed = table(WEIGHED, ({"weight": ">= 50"}, "red"), ({}, "green"))

    told = decide(weighed, {"weight": value})

    assert (told.colour, told.code, [one.en for one in told.because]) == ("grey", code, [why])


def test_a_text_outside_the_allowed_values_is_grey() -> None:
    listed = table({"kind": {"type": "text", "choices": ["van", "truck"]}}, ({"kind": "= van"}, "red"), ({}, "green"))

    assert decide(listed, {"kind": "boat"}).code == "kind:not_allowed"
    assert decide(listed, {"kind": "truck"}).colour == "green"


@pytest.mark.parametrize(
    ("age", "code"),
    [(timedelta(0), ""), (timedelta(hours=6), ""), (timedelta(hours=6, microseconds=1), "trips:stale"),
     (timedelta(microseconds=-1), "trips:future"), (None, "trips:undated")],
)  # fmt: skip
def test_a_fact_that_is_too_old_or_undated_is_grey(age: timedelta | None, code: str) -> None:
    fresh = table({"trips": {"type": "integer", "fresh_hours": 6}}, ({"trips": ">= 3"}, "red"), ({}, "green"))

    told = decide(fresh, {"trips": 1}, at=AT, from_at={} if age is None else {"trips": AT - age})

    assert (told.code, told.colour) == (code, "grey" if code else "green")


def test_a_colour_stands_until_it_expires_or_a_fact_is_no_longer_fresh() -> None:
    fresh = table({"trips": {"type": "integer", "fresh_days": 2}}, ({"trips": ">= 3"}, "red"), ({}, "green"))
    yesterday = AT - timedelta(days=1)

    assert decide(fresh, {"trips": 1}, at=AT, from_at={"trips": yesterday}).until_at == AT + timedelta(days=1)
    assert decide(table(WEIGHED, ({}, "green")), {"weight": 1.0}, at=AT).until_at == AT + timedelta(days=7)
    assert decide(fresh, {}, at=AT).until_at is None


def test_a_missing_fact_is_graded_only_by_rows_that_speak_about_it() -> None:
    spoken = table(
        {"worn": {"type": "flag"}, "trips": {"type": "integer"}},
        ({"worn": "= true", "trips": "any"}, "red"),
        ({"trips": "is missing"}, "yellow"),
        ({}, "green"),
    )

    assert decide(spoken, {"worn": True}).colour == "red"
    assert [one.en for one in decide(spoken, {"worn": False}).because] == ["row yellow", "Trips is missing"]
    assert decide(spoken, {"trips": 1}).code == "worn:missing"
    assert decide(spoken, {"worn": False, "trips": "1"}).code == "trips:wrong_type"
    silent = table({"trips": {"type": "integer"}, "worn": {"type": "flag"}},
                   ({"trips": "is missing", "worn": "= true"}, "yellow"), ({}, "green"))  # fmt: skip
    assert decide(silent, {"worn": False}).code == "no_row"


def test_sentences_name_the_unit() -> None:
    told = decide(table(WEIGHED, ({"weight": "[20..50)"}, "yellow"), ({}, "green")), {"weight": 20.0})

    assert told.because[1].en == "Weight is from 20 kg up to, not including, 50 kg (now 20 kg)"
    assert told.because[1].zh == "中Weight在 20 kg（含）到 50 kg（不含）之间（现为 20 kg）"


TRIPS = "  record_count: {type: integer, label: {zh: 反映条数, en: Reports}}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  - {colour: green, because: {zh: 一般情况, en: Ordinary}}\n", "",
         ("meaning/table-gap", "No row fits is_urgent = no, record_count = 2.")),
        ('"= true"', '"!= false"', None),
        ('">= 3"}, colour: yellow', '"is missing"}, colour: yellow', None),
        ("id: grade\n", "id: grade\nhit_policy: unique\n",
         ("meaning/table-overlap", "Rows 1 and 2 both fit is_urgent = yes, record_count = 3.")),
        (TRIPS, TRIPS.replace("}}", "}, at_most: 2}"),
         ("meaning/row-never-reached", "Row 2 never counts: no facts that pass the gate fit its conditions.")),
        ("  - {when: {record_count", '  - {when: {is_urgent: "= true", record_count',
         ("meaning/row-never-reached",
          "Row 2 never counts: e.g. is_urgent = yes, record_count = 3 already fits row 1.")),
        (TRIPS, TRIPS.replace("}}", "}, at_least: 5, at_most: 2}"),
         ("meaning/bounds-crossed", "'record_count': at least 5, but at most 2.")),
        (TRIPS, TRIPS.replace("}}", "}, at_least: 0.5}"),
         ("meaning/gate-unfit", "'record_count' is a whole number, its bounds are not.")),
        ('">= 3"', '"[3..1)"', ("meaning/condition-unreadable", "'[3..1)' holds no value.")),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong_with_a_table_with_an_example(
    spoil: Spoil, old: str, new: str, expected: tuple[str, str] | None
) -> None:
    told = [
        (one.rule, one.cause, Path(one.path).name) for one in spoil("decisions/grade.yml", old, new)
        if one.rule.startswith("meaning/")
    ]  # fmt: skip

    assert told == ([(*expected, "grade.yml")] if expected else [])


small = st.builds(
    lambda rows, policy: table(
        {"aa": {"type": "integer", "at_least": 0, "at_most": 4}, "bb": {"type": "flag"}},
        *[({k: v for k, v in when.items() if v}, colour) for when, colour in rows],
        hit_policy=policy,
    ),
    st.lists(
        st.tuples(
            st.fixed_dictionaries(
                {"aa": st.sampled_from(["", "0..1", ">= 2", "= 3", "!= 3", "is missing", "any"]),
                 "bb": st.sampled_from(["", "= true", "= false", "any"])}
            ),
            st.sampled_from(["red", "yellow", "green"]),
        ),
        min_size=1, max_size=5,
    ),
    st.sampled_from(["first", "unique", "collect"]),
)  # fmt: skip


def every_fact(plan: Plan) -> list[dict[str, Any]]:
    """All facts that pass the gate of these small tables, not only one of each cell."""
    a, b = [0, 1, 2, 3, 4], [True, False]
    return [
        {"aa": one, "bb": other}
        for one, other in product([*a, *([None] if "aa" in plan.may_miss else [])],
                                  [*b, *([None] if "bb" in plan.may_miss else [])])
    ]  # fmt: skip


@given(small)
@settings(max_examples=200, deadline=None)
def test_what_is_found_by_cells_is_what_is_found_by_trying_everything(tried: Decision) -> None:
    plan = plan_of(tried)
    facts = every_fact(plan)

    def fits(row: Any, given_facts: dict[str, Any]) -> bool:
        return all(condition.holds(given_facts[name]) for name, condition in row.conditions.items())

    for row in plan.ordered:
        for others in ((), plan.rows[:1], tuple(one for one in plan.ordered if one is not row)):
            by_hand = any(fits(row, one) and not any(fits(other, one) for other in others) for one in facts)
            assert (facts_find(plan, (row,), others) is not None) == by_hand
    whole = [one for one in facts if None not in one.values()]
    gap = any(not any(fits(row, one) for row in plan.ordered) for one in whole)
    assert (facts_find(plan, (), plan.ordered, complete=True) is not None) == gap
    assert set(values_of(plan)) == {"aa", "bb"}


def test_a_list_of_twenty_four_independent_conditions_is_looked_through_at_once() -> None:
    names = [f"paper_{number}" for number in range(24)]
    rows = [({name: "= false"}, "yellow") for name in names]
    listed = plan_of(table({name: {"type": "flag"} for name in names}, *rows, ({}, "green"), hit_policy="collect"))

    assert facts_find(listed, (), listed.ordered, complete=True) is None
    assert facts_find(listed, (listed.ordered[-1],), listed.rows) == dict.fromkeys(names, True)
