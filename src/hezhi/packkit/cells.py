"""The cells of a decision table: its conditions and gate cut every input into stretches, and within a cell the
table cannot say two things. Looking at one value of each is therefore looking at all facts there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from hezhi.packkit.gate import INTEGER_LIMIT, value_fits
from hezhi.packkit.plan import Plan, PlanRow
from hezhi.packkit.shape.decide import Input

STATES_AT_MOST = 2000
"""A search that has to keep more possibilities in mind than this is given up; a table like that is no table."""


class TableTooWide(Exception):
    """The table cannot be looked through within `STATES_AT_MOST`."""


_kept: dict[int, tuple[Plan, dict[str, tuple[Any, ...]]]] = {}
_KEPT_AT_MOST = 1024


def values_of(plan: Plan) -> dict[str, tuple[Any, ...]]:
    """Return one value of every cell of every input, None for a missing value that some row speaks about.

    Example:
        >>> from hezhi.packkit.plan import plan_of
        >>> from hezhi.packkit.shape import Decision
        >>> text = {"zh": "数", "en": "Count"}
        >>> table = Decision.model_validate({"id": "grade", "says": text, "expires_days": 7,
        ...     "inputs": {"count": {"type": "integer", "label": text, "at_least": 0}},
        ...     "rows": [{"when": {"count": "[1..4)"}, "colour": "red", "because": text},
        ...              {"colour": "green", "because": text}],
        ...     "tests": [{"name": "none", "given": {"count": 0}, "colour": "green"}] * 2})
        >>> values_of(plan_of(table))
        {'count': (0, 1, 2, 3, 4, 5)}
    """
    kept = _kept.get(id(plan))
    if kept is None or kept[0] is not plan:
        if len(_kept) >= _KEPT_AT_MOST:
            _kept.clear()
        kept = _kept[id(plan)] = (plan, {name: _values(plan, name, one) for name, one in plan.inputs.items()})
    return kept[1]


def facts_find(
    plan: Plan, fitting: Iterable[PlanRow], but_not: Sequence[PlanRow] = (), *, complete: bool = False
) -> dict[str, Any] | None:
    """Return whole facts that pass the gate, fit all of some rows and none of others; None where there are none.

    Inputs are taken one after another. What matters of the cells chosen so far is which of the others are still
    possible, and of two choices the one that leaves fewer of them is never worse.

    Args:
        complete: no value is missing.

    Raises:
        TableTooWide: more possibilities than `STATES_AT_MOST`.
    """
    wanted = list(fitting)
    found: dict[int, dict[str, Any]] = {(1 << len(but_not)) - 1: {}}
    for name, values in values_of(plan).items():
        masks: dict[int, Any] = {}
        for value in values:
            is_fit = all(_holds(row, name, value) for row in wanted) and not (complete and value is None)
            if is_fit:
                mask = sum(1 << place for place, row in enumerate(but_not) if _holds(row, name, value))
                masks.setdefault(mask, value)
        after: dict[int, dict[str, Any]] = {}
        for before, example in found.items():
            for mask, value in masks.items():
                after.setdefault(before & mask, {**example, name: value})
        found = _fewest(after)
    return found.get(0)


def _fewest(found: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Drop every possibility that leaves all that another one leaves, and more."""
    kept: dict[int, dict[str, Any]] = {}
    for mask in sorted(found, key=int.bit_count):
        if not any(other & mask == other for other in kept):
            kept[mask] = found[mask]
            if len(kept) > STATES_AT_MOST:
                raise TableTooWide
    return kept


def turns_of(plan: Plan, name: str) -> set[Any]:
    """Return the values of an input that the rows name, at which an answer may turn."""
    return {value for row in plan.rows if name in row.conditions for value in row.conditions[name].values}


def _holds(row: PlanRow, name: str, value: Any) -> bool:
    return name not in row.conditions or row.conditions[name].holds(value)


def _values(plan: Plan, name: str, declared: Input) -> tuple[Any, ...]:
    turns = turns_of(plan, name)
    if declared.type == "flag":
        found: list[Any] = [False, True]
    elif declared.type == "text":
        found = [*sorted(turns), *declared.choices] if declared.choices else [*sorted(turns), _other(turns)]
    else:
        found = sorted(_numbers(declared, turns))
    fitting = [one for one in dict.fromkeys(found) if value_fits(declared, one)]
    return (*fitting, None) if name in plan.may_miss else tuple(fitting)


def _numbers(declared: Input, turns: set[Any]) -> set[Any]:
    bounds = [one for one in (declared.at_least, declared.at_most) if one is not None]
    if declared.type == "integer":
        whole = {int(one) for one in (*turns, *bounds)} or {0}
        near = {one + step for one in whole for step in (-1, 0, 1)}
        return {one for one in near if -INTEGER_LIMIT <= one < INTEGER_LIMIT}
    ends = sorted({float(one) for one in (*turns, *bounds)}) or [0.0]
    beyond = (ends[0] - max(1.0, abs(ends[0])), ends[-1] + max(1.0, abs(ends[-1])))
    return {*ends, *beyond, *((low + high) / 2 for low, high in pairwise(ends))}


def _other(turns: set[Any]) -> str:
    """Return a text that no row names."""
    return next(
        word for word in ("other", *(f"other{number}" for number in range(len(turns) + 1))) if word not in turns
    )
