"""A decision table made ready for its evaluators: conditions read, rows in the order in which they decide.

The reference (`decide`), the generated function (`generated`) and the SQL (`decision_sql`) start from one plan;
each says by its own means what a condition, the gate and a hit policy mean, and tests hold the three together.
"""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.packkit.conditions import Condition, condition_read
from hezhi.packkit.shape.decide import Decision, Input

COLOURS = ("red", "yellow", "green")
"""Worst first."""

THERE = Condition("there")


@dataclass(frozen=True)
class PlanRow:
    """``number`` counts from 1 as in the file. ``conditions`` holds, beside the row's own, `THERE` for every
    input that may be missing and that the row does not name.
    """

    number: int
    colour: str
    conditions: dict[str, Condition]


@dataclass(frozen=True)
class Plan:
    """``rows`` stand in the file's order, without the rest; ``may_miss`` are inputs that some row speaks about
    as missing.
    """

    decision: Decision
    rows: tuple[PlanRow, ...]
    rest: PlanRow | None
    may_miss: frozenset[str]

    @property
    def inputs(self) -> dict[str, Input]:
        return self.decision.inputs

    @property
    def ordered(self) -> tuple[PlanRow, ...]:
        """The rows in the order in which the first that fits decides the colour; the rest is the last of them."""
        rows = self.rows
        if self.decision.hit_policy == "collect":
            rows = tuple(sorted(rows, key=lambda row: (COLOURS.index(row.colour), row.number)))
        return (*rows, self.rest) if self.rest else rows


_kept: dict[int, Plan] = {}
_KEPT_AT_MOST = 1024


def plan_of(decision: Decision) -> Plan:
    """Return the plan of a table; made once for each table object.

    Raises:
        ValueError: a condition cannot be read, or asks an input that is not declared.
    """
    kept = _kept.get(id(decision))
    if kept is None or kept.decision is not decision:
        if len(_kept) >= _KEPT_AT_MOST:
            _kept.clear()
        kept = _kept[id(decision)] = _plan(decision)  # the plan holds the table, so that its id stays its own
    return kept


def _plan(decision: Decision) -> Plan:
    read = []
    for row in decision.rows:
        for name in row.when:
            if name not in decision.inputs:
                raise ValueError(f"'{name}' is not an input of the table")
        read.append({name: condition_read(text, decision.inputs[name].type) for name, text in row.when.items()})
    may_miss = frozenset(
        name for conditions in read for name, one in conditions.items() if one.operator in ("is missing", "any")
    )
    rows = [
        PlanRow(number, row.colour, conditions | {name: THERE for name in sorted(may_miss) if name not in conditions})
        for number, (row, conditions) in enumerate(zip(decision.rows, read, strict=True), start=1)
    ]
    is_rest = all(one.operator == "any" for one in read[-1].values())
    return Plan(decision, tuple(rows[:-1] if is_rest else rows), rows[-1] if is_rest else None, may_miss)
