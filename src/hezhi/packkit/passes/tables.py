"""Pass 4, meaning: decision tables. Conditions that can be read, gates that fit, no gap, no overlap, no idle row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from hezhi.packkit.cells import STATES_AT_MOST, TableTooWide, facts_find
from hezhi.packkit.conditions import condition_read, value_words
from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.gate import INTEGER_LIMIT
from hezhi.packkit.plan import Plan, PlanRow, plan_of
from hezhi.packkit.shape import Decision
from hezhi.packkit.shape.decide import Input


def run(draft: Draft) -> None:
    for where in draft.decisions:
        unsound = [name for name, declared in where.it.inputs.items() if not _gate(draft, where, name, declared)]
        if _conditions(draft, where) and not unsound:
            _cells(draft, where, plan_of(where.it))


def _gate(draft: Draft, where: Placed[Decision], name: str, declared: Input) -> bool:
    """Report a gate that lets nothing through or asks what the type does not have; return whether it is sound."""
    for rule, cause in _unsound(name, declared):
        draft.say(rule, where, "inputs", name, cause=cause)
        return False
    return True


def _unsound(name: str, declared: Input) -> Iterator[tuple[str, str]]:
    bounds = [one for one in (declared.at_least, declared.at_most) if one is not None]
    if bounds and declared.type not in ("integer", "number"):
        yield "meaning/gate-unfit", f"'{name}' is of type {declared.type}, bounds are for numbers."
    if declared.type == "integer" and any(one != int(one) or abs(one) >= INTEGER_LIMIT for one in bounds):
        yield "meaning/gate-unfit", f"'{name}' is a whole number, its bounds are not."
    if declared.choices and declared.type != "text":
        yield "meaning/gate-unfit", f"'{name}' is of type {declared.type}, allowed values are for texts."
    if declared.fresh_days is not None and declared.fresh_hours is not None:
        yield "meaning/gate-unfit", f"'{name}' has both fresh_days and fresh_hours."
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        yield "meaning/bounds-crossed", f"'{name}': at least {bounds[0]:g}, but at most {bounds[1]:g}."


def _conditions(draft: Draft, where: Placed[Decision]) -> bool:
    table, are_readable = where.it, True
    for index, row in enumerate(table.rows):
        for name, text in row.when.items():
            place = ("rows", index, "when", name)
            if name not in table.inputs:
                told = (f"'{name}' is not an input of the table.", name, table.inputs)
            else:
                told = _unreadable(text, table.inputs[name])
            if told[0]:
                are_readable = False
                cause, given, valid = told
                draft.say("meaning/condition-unreadable", where, *place, cause=cause, given=given, valid=valid)
    return are_readable


def _unreadable(text: str, declared: Input) -> tuple[str, str, Any]:
    """Return why a condition cannot hold, the word at fault and the valid ones; an empty cause where it can."""
    try:
        condition = condition_read(text, declared.type)
    except ValueError as error:
        return f"{error}.", "", ()
    for value in condition.values if declared.choices else ():
        if value not in declared.choices:
            return f"'{value}' is not among the allowed values of the input.", str(value), declared.choices
    return "", "", ()


def _cells(draft: Draft, where: Placed[Decision], plan: Plan) -> None:
    try:
        found = [*_gaps(plan), *_overlaps(plan), *_idle(plan)]
    except TableTooWide:
        found = [("meaning/table-too-wide", 0, f"More than {STATES_AT_MOST} possibilities had to be kept in mind.")]
    for rule, index, cause in found:
        draft.say(rule, where, "rows", index, cause=cause)


def _gaps(plan: Plan) -> Iterator[tuple[str, int, str]]:
    facts = facts_find(plan, (), plan.ordered, complete=True)
    if facts is not None:
        yield "meaning/table-gap", len(plan.decision.rows) - 1, f"No row fits {_told(facts)}."


def _overlaps(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """Yield each pair of rows that fit at once; the rest overlaps with nothing."""
    for low, high in combinations(plan.rows, 2) if plan.decision.hit_policy == "unique" else ():
        facts = facts_find(plan, (low, high))
        if facts is not None:
            cause = f"Rows {low.number} and {high.number} both fit {_told(facts)}."
            yield "meaning/table-overlap", high.number - 1, cause


def _idle(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """Yield every row that never counts, with what stands in its way."""
    for row in plan.ordered:
        before: tuple[PlanRow, ...] = plan.rows if row is plan.rest else ()
        if plan.decision.hit_policy == "first":
            before = tuple(one for one in plan.rows if one.number < row.number)
        if facts_find(plan, (row,), before) is not None:
            continue
        facts = facts_find(plan, (row,))
        cause = f"Row {row.number} never counts: no facts that pass the gate fit its conditions."
        if facts is not None:
            other = next(one for one in before if facts_find(plan, (row, one)) is not None)
            facts = facts_find(plan, (row, other)) or {}
            cause = f"Row {row.number} never counts: e.g. {_told(facts)} already fits row {other.number}."
        yield "meaning/row-never-reached", row.number - 1, cause


def _told(example: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value_words(value, 'en')}" for name, value in example.items()) or "any facts"
