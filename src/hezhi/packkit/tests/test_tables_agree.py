"""One table, three evaluators: reference, generated function and SQL say the same on every boundary."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.packkit.api import Shelf
from hezhi.packkit.cells import values_of
from hezhi.packkit.decide import decide
from hezhi.packkit.decision_sql import decision_sql
from hezhi.packkit.generated import grader_make
from hezhi.packkit.plan import plan_of
from hezhi.packkit.shape import Decision
from hezhi.packkit.shape.decide import Input

PACKS = Path(__file__).parents[4] / "packs"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AT_US = int(AT.timestamp()) * 1_000_000
ROWS_AT_MOST = 3000
WRONG: dict[str, tuple[Any, ...]] = {
    "integer": ("3", 2.0, True, 2**63),
    "number": ("0.5", False, float("nan"), float("inf"), 10**400),
    "text": (5, True, 0.5),
    "flag": (1, 0, "true"),
}
ARROW = {
    "integer": pyarrow.int64(),
    "number": pyarrow.float64(),
    "text": pyarrow.string(),
    "flag": pyarrow.bool_(),
}
Case = tuple[dict[str, Any], dict[str, datetime]]


def pack_tables() -> list[Any]:
    """Every table of every sound pack; unsound ones are told by the check of all packs."""
    packs = Shelf([PACKS, PACKS / "_demo_works"]).packs()
    return [pytest.param(table, id=f"{pack.id}.{table.id}") for pack in packs for table in pack.decisions]


def cases(table: Decision, seed: int = 0) -> list[Case]:
    """Every cell of the table, every boundary and one to either side of it, missing and wrong values, every age."""
    tried = {name: _values(table, name, declared) for name, declared in table.inputs.items()}
    middle = {name: values[0] for name, values in tried.items()}
    found = [{**middle, name: value} for name, values in tried.items() for value in values]
    whole = list(itertools.islice(itertools.product(*values_of(plan_of(table)).values()), ROWS_AT_MOST))
    found += [dict(zip(tried, values, strict=True)) for values in whole]
    dice = random.Random(seed)
    found += [{name: dice.choice(values) for name, values in tried.items()} for _ in range(300)]
    return [(facts, _ages(table, facts, dice)) for facts in found]


def _values(table: Decision, name: str, declared: Input) -> list[Any]:
    cells = values_of(plan_of(table))[name]
    bounds = [one for one in (declared.at_least, declared.at_most) if one is not None]
    if declared.type == "integer":
        near = [int(one) + step for one in (*cells, *bounds) if one is not None for step in (-1, 0, 1)]
    elif declared.type == "number":
        near = [one + step for one in (*cells, *bounds) if one is not None for step in (-1.0, -1e-9, 0.0, 1e-9, 1.0)]
    else:
        near = [*cells, *(["it's", "\\", "", "其他"] if declared.type == "text" else [])]
    return [*dict.fromkeys(cells), *near, None, *WRONG[declared.type]]


def _ages(table: Decision, facts: dict[str, Any], dice: random.Random) -> dict[str, datetime]:
    told = {}
    for name, declared in table.inputs.items():
        fresh = declared.fresh or timedelta(days=1)
        tick = timedelta(microseconds=1)
        age = dice.choice([None, -tick, timedelta(0), fresh - tick, fresh, fresh + tick])
        if age is not None:
            told[name] = AT - age
    return told


def told_by_reference(table: Decision, tried: Iterable[Case]) -> list[tuple[str, int, str]]:
    return [
        (told.colour, told.row, told.code)
        for facts, from_at in tried
        for told in [decide(table, facts, at=AT, from_at=from_at)]
    ]


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def told_by_function(table: Decision, tried: Iterable[Case]) -> list[tuple[str, int, str]]:
    grade = grader_make(table)
    return [grade(facts, AT_US, {name: micros(moment) for name, moment in from_at.items()}) for facts, from_at in tried]


def told_by_sql(table: Decision, tried: list[Case]) -> list[tuple[str, int, str]]:
    columns: dict[str, Any] = {"n": pyarrow.array(range(len(tried)))}
    for name, declared in table.inputs.items():
        values = [facts[name] for facts, _ in tried]
        odd = [value is not None and not _is_typed(declared, value) for value in values]
        typed = [None if is_odd else value for value, is_odd in zip(values, odd, strict=True)]
        dated = [micros(from_at[name]) if name in from_at else None for _, from_at in tried]
        columns[name] = pyarrow.array(typed, ARROW[declared.type])
        columns[f"{name}_odd"] = pyarrow.array(odd, pyarrow.bool_())
        columns[f"{name}_from_us"] = pyarrow.array(dated, pyarrow.int64())
    sql = decision_sql(table, alias="f", as_of_us=AT_US, odd=table.inputs)
    with duckdb.connect() as base:
        base.register("facts", pyarrow.table(columns))
        return base.execute(f"SELECT {sql.select_list} FROM facts f ORDER BY f.n").fetchall()


def _is_typed(declared: Input, value: Any) -> bool:
    """Whether a reader of raw values could put the value into the column as it stands."""
    if declared.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    if declared.type == "number":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and (not isinstance(value, int) or abs(value) < 2**63)
    return isinstance(value, str if declared.type == "text" else bool)


def all_agree(table: Decision, seed: int = 0) -> None:
    tried = cases(table, seed)
    reference = told_by_reference(table, tried)
    for by, told in (("function", told_by_function(table, tried)), ("sql", told_by_sql(table, tried))):
        differing = [(tried[n], reference[n], told[n]) for n in range(len(tried)) if reference[n] != told[n]]
        assert differing == [], by
    assert len({colour for colour, _, _ in reference}) > 1


@pytest.mark.parametrize("table", pack_tables())
def test_every_table_of_every_pack_says_the_same_by_all_evaluators(table: Decision) -> None:
    all_agree(table)


TEXT = {"zh": "一", "en": "one"}
CONDITIONS = {
    "integer": st.sampled_from([">= 3", "< 0", "= 2", "!= 2", "[0..5)", "(0..5]", "2..2", "in 1, 2", "not in 4, 5",
                                "is missing", "any"]),
    "number": st.sampled_from([">= 0.5", "< 0.1", "= 0.25", "(0.1..0.5)", "0.1..0.5", "> 1e6", "in 0.1, 0.2",
                               "is missing", "any"]),
    "text": st.sampled_from(["= a", "!= it's", "in a, b\\c", "not in a, 其他", "is missing", "any"]),
    "flag": st.sampled_from(["= true", "= false", "!= true", "is missing", "any"]),
}  # fmt: skip
GATES: dict[str, list[dict[str, Any]]] = {
    "integer": [{}, {"at_least": 0, "at_most": 9}, {"fresh_days": 2}],
    "number": [{}, {"at_least": 0}, {"at_most": 1e6, "fresh_hours": 6}],
    "text": [{}, {"choices": ["a", "it's", "b\\c"]}, {"fresh_days": 1}],
    "flag": [{}, {"fresh_hours": 1}],
}


@st.composite
def tables(draw: st.DrawFn) -> Decision:
    kinds = draw(st.lists(st.sampled_from(list(CONDITIONS)), min_size=1, max_size=4))
    inputs = {
        f"in_{place}": {"type": kind, "label": TEXT, **draw(st.sampled_from(GATES[kind]))}
        for place, kind in enumerate(kinds)
    }
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        asked = draw(st.sets(st.sampled_from(list(inputs)), max_size=3))
        when = {name: draw(CONDITIONS[inputs[name]["type"]]) for name in sorted(asked)}
        rows.append({"when": when, "colour": draw(st.sampled_from(["red", "yellow", "green"])), "because": TEXT})
    return Decision.model_validate(
        {
            "id": "random_table", "says": TEXT, "expires_days": 7, "inputs": inputs, "rows": rows,
            "hit_policy": draw(st.sampled_from(["first", "unique", "collect"])),
            "tests": [{"name": "none", "given": {}, "colour": "grey"}] * 2,
        }
    )  # fmt: skip


@given(tables(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_table_says_the_same_by_all_evaluators(table: Decision, seed: int) -> None:
    tried = cases(table, seed)
    reference = told_by_reference(table, tried)

    assert told_by_function(table, tried) == reference
    assert told_by_sql(table, tried) == reference


@given(tables())
@settings(max_examples=60, deadline=None)
def test_what_does_not_pass_the_gate_is_grey_whatever_the_table(table: Decision) -> None:
    for name, declared in table.inputs.items():
        for wrong in WRONG[declared.type]:
            facts = {**dict.fromkeys(table.inputs), name: wrong}
            assert decide(table, facts, at=AT).colour == "grey"
            assert grader_make(table)(facts, AT_US, {})[0] == "grey"
