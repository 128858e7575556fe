"""A decision table as one Python function, for callers that ask thousands of times a second.

The function says colour, row and code and nothing else; whoever needs reasons asks `hezhi.packkit.decide`. Tests
hold it equal to that one on every boundary of every table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hezhi.packkit.conditions import RANGES, Condition
from hezhi.packkit.gate import INTEGER_LIMIT
from hezhi.packkit.plan import Plan, plan_of
from hezhi.packkit.shape.decide import Decision, Input

Graded = tuple[str, int, str]
"""Colour, number of the deciding row (0 for grey), and why it is grey (as ``Decided.code``)."""
Grader = Callable[[Mapping[str, Any], int, Mapping[str, int]], Graded]
"""Takes facts, the moment of the question, and the moment each fact is from; moments in microseconds of UTC."""


def grader_make(decision: Decision) -> Grader:
    """Return the table as a function; making it costs about a millisecond, so keep it.

    Example:
        >>> text = {"zh": "数", "en": "Count"}
        >>> table = Decision.model_validate({"id": "grade", "says": text, "expires_days": 7,
        ...     "inputs": {"count": {"type": "integer", "label": text, "at_least": 0}},
        ...     "rows": [{"when": {"count": ">= 3"}, "colour": "red", "because": text},
        ...              {"colour": "green", "because": text}],
        ...     "tests": [{"name": "none", "given": {"count": 0}, "colour": "green"}] * 2})
        >>> grade = grader_make(table)
        >>> grade({"count": 3}, 0, {}), grade({"count": 2}, 0, {}), grade({"count": -1}, 0, {})
        (('red', 1, ''), ('green', 2, ''), ('grey', 0, 'count:out_of_range'))
    """
    names: dict[str, Any] = {"isfinite": math.isfinite}
    # The text holds nothing but names that the format allows, and values by their repr.
    exec(compile(grader_source(decision), f"<table {decision.id}>", "exec"), names)  # noqa: S102
    made: Grader = names["graded"]
    return made


def grader_source(decision: Decision) -> str:
    """Return the text of the function."""
    plan = plan_of(decision)
    lines = ["def graded(facts, at, from_at):"]
    for place, (name, declared) in enumerate(decision.inputs.items()):
        lines += (f"    {line}" for line in _gate(f"v{place}", name, declared, name in plan.may_miss))
    lines += (f"    {line}" for line in _rows(plan))
    return "\n".join(lines) + "\n"


def _gate(v: str, name: str, declared: Input, may_miss: bool) -> Iterator[str]:
    yield f"{v} = facts.get({name!r})"
    yield f"if {v} is None:"
    yield f"    {'pass' if may_miss else _grey(name, 'missing')}"
    yield "else:"
    yield f"    if {_of_another_type(v, declared)}: {_grey(name, 'wrong_type')}"
    if declared.type == "number":
        yield f"    {v} = float({v})"
    if declared.choices:
        yield f"    if {v} not in {declared.choices!r}: {_grey(name, 'not_allowed')}"
    for bound, beyond in ((declared.at_least, "<"), (declared.at_most, ">")):
        if bound is not None:
            yield f"    if {v} {beyond} {bound!r}: {_grey(name, 'out_of_range')}"
    if declared.fresh is not None:
        yield f"    t = from_at.get({name!r})"
        yield f"    if t is None: {_grey(name, 'undated')}"
        yield f"    if t > at: {_grey(name, 'future')}"
        yield f"    if at - t > {int(declared.fresh.total_seconds()) * 1_000_000}: {_grey(name, 'stale')}"


def _grey(name: str, problem: str) -> str:
    return f"return ('grey', 0, {f'{name}:{problem}'!r})"


def _of_another_type(v: str, declared: Input) -> str:
    if declared.type in ("text", "flag"):
        return f"not isinstance({v}, {'str' if declared.type == 'text' else 'bool'})"
    if declared.type == "integer":
        return (
            f"not isinstance({v}, int) or isinstance({v}, bool) or not {-INTEGER_LIMIT} <= {v} < {INTEGER_LIMIT}"
        )  # fmt: skip
    return (
        f"not isinstance({v}, (int, float)) or isinstance({v}, bool)"
        f" or (isinstance({v}, int) and abs({v}) >= {INTEGER_LIMIT}) or not isfinite({v})"
    )


def _rows(plan: Plan) -> Iterator[str]:
    names = {name: f"v{place}" for place, name in enumerate(plan.inputs)}
    rows = list(plan.ordered)
    if plan.decision.hit_policy == "unique":
        for row in plan.rows:
            yield f"h{row.number} = {_all_of(row.conditions, names)}"
        fits = " + ".join(f"h{row.number}" for row in plan.rows) or "0"
        yield f"if {fits} > 1: return ('grey', 0, 'several_rows')"
        for row in plan.rows:
            yield f"if h{row.number}: return ({row.colour!r}, {row.number}, '')"
        rows = [plan.rest] if plan.rest else []
    for row in rows:
        yield f"if {_all_of(row.conditions, names)}: return ({row.colour!r}, {row.number}, '')"
    yield "return ('grey', 0, 'no_row')"


def _all_of(conditions: Mapping[str, Condition], names: Mapping[str, str]) -> str:
    return " and ".join(f"({_holds(names[name], one)})" for name, one in conditions.items()) or "True"


def _holds(v: str, condition: Condition) -> str:
    operator, values = condition.operator, condition.values
    if operator in ("any", "is missing", "there"):
        return {"any": "True", "is missing": f"{v} is None", "there": f"{v} is not None"}[operator]
    if operator in RANGES:
        low, high = ("<=" if bracket in "[]" else "<" for bracket in operator)
        held = f"{values[0]!r} {low} {v} {high} {values[1]!r}"
    elif operator in ("in", "not in"):
        held = f"{v} {operator} {values!r}"
    else:
        held = f"{v} {'==' if operator == '=' else operator} {values[0]!r}"
    return f"{v} is not None and {held}"
