"""A decision table as SQL expressions, for batches: plain ``CASE`` that DuckDB and Spark read alike.

What differs between engines is left out: numbers are written with an exponent (DOUBLE in both), quotes and
backslashes as ``chr``, ages are compared as whole microseconds, and no name is quoted: columns are asked through
the alias of their table.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hezhi.packkit.conditions import RANGES, Condition, Value
from hezhi.packkit.plan import PlanRow, plan_of
from hezhi.packkit.shape.decide import Decision, Input

LARGEST = "1.7976931348623157E308"
SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "text": "VARCHAR", "flag": "BOOLEAN"}
"""The type a column must have that feeds an input (VARCHAR is STRING to Spark)."""


@dataclass(frozen=True)
class DecisionSql:
    """Three expressions with the meaning of ``Decided.colour``, ``.row`` and ``.code``."""

    colour: str
    row: str
    code: str

    @property
    def select_list(self) -> str:
        return f"{self.colour} AS colour,\n{self.row} AS row_number_of_table,\n{self.code} AS code"


def decision_sql(
    decision: Decision, *, alias: str, as_of_us: int | None = None, odd: Collection[str] = ()
) -> DecisionSql:
    """Return the table as expressions over a relation known as ``alias``.

    The relation has a column for each input, of the type in `SQL_TYPES`; for an input that asks how fresh it is
    also ``<input>_from_us`` (BIGINT, microseconds of UTC).

    Args:
        as_of_us: the moment of the question, microseconds of UTC; without it nothing is fresh.
        odd: inputs with a column ``<input>_odd`` (BOOLEAN, never null): true where a value was there that could
            not be read as the input's type. Columns whose values had their type from the start need none.

    Example:
        >>> text = {"zh": "数", "en": "Count"}
        >>> table = Decision.model_validate({"id": "grade", "says": text, "expires_days": 7,
        ...     "inputs": {"count": {"type": "integer", "label": text}},
        ...     "rows": [{"when": {"count": ">= 3"}, "colour": "red", "because": text},
        ...              {"colour": "green", "because": text}],
        ...     "tests": [{"name": "none", "given": {"count": 0}, "colour": "green"}] * 2})
        >>> print(decision_sql(table, alias="f").colour)
        CASE
        WHEN f.count IS NULL THEN 'grey'
        WHEN f.count >= 3 THEN 'red'
        WHEN true THEN 'green'
        ELSE 'grey' END
    """
    plan = plan_of(decision)
    problems = [
        (condition, f"{name}:{problem}")
        for name, declared in decision.inputs.items()
        for condition, problem in _gate(f"{alias}.{name}", declared, name in plan.may_miss, name in odd, as_of_us)
    ]
    if decision.hit_policy == "unique" and len(plan.rows) > 1:
        counted = " + ".join(f"CASE WHEN {_all_of(row, alias)} THEN 1 ELSE 0 END" for row in plan.rows)
        problems.append((f"({counted}) > 1", "several_rows"))
    rows = [(_all_of(row, alias), row) for row in plan.ordered]
    wrong = [condition for condition, _ in problems]
    fits = [condition for condition, _ in rows]
    return DecisionSql(
        _case([*((one, "'grey'") for one in wrong), *((one, f"'{row.colour}'") for one, row in rows)], "'grey'"),
        _case([*((one, "0") for one in wrong), *((one, str(row.number)) for one, row in rows)], "0"),
        _case([*((one, f"'{code}'") for one, code in problems), *((one, "''") for one in fits)], "'no_row'"),
    )


def _case(branches: list[tuple[str, str]], otherwise: str) -> str:
    told = "".join(f"WHEN {condition} THEN {value}\n" for condition, value in branches)
    return f"CASE\n{told}ELSE {otherwise} END"


def _gate(
    column: str, declared: Input, may_miss: bool, may_be_odd: bool, as_of_us: int | None
) -> Iterator[tuple[str, str]]:
    """Yield every problem of one input as condition and word, in the order of `hezhi.packkit.gate.PROBLEMS`."""
    if may_be_odd:
        yield f"{column}_odd", "wrong_type"
    if not may_miss:
        yield f"{column} IS NULL", "missing"
    if declared.type == "number":  # neither infinite nor NaN, which both engines put above every number
        yield f"{column} > {LARGEST} OR {column} < -{LARGEST}", "wrong_type"
    if declared.choices:
        yield f"{column} NOT IN ({', '.join(_literal(one) for one in declared.choices)})", "not_allowed"
    if declared.at_least is not None:
        yield f"{column} < {_bound(declared, declared.at_least)}", "out_of_range"
    if declared.at_most is not None:
        yield f"{column} > {_bound(declared, declared.at_most)}", "out_of_range"
    if declared.fresh is None:
        return
    dated, is_there = f"{column}_from_us", f"{column} IS NOT NULL AND " if may_miss else ""
    if as_of_us is None:
        yield f"{column} IS NOT NULL", "undated"
        return
    yield f"{is_there}{dated} IS NULL", "undated"
    yield f"{is_there}{dated} > {as_of_us}", "future"
    yield f"{is_there}{dated} < {as_of_us - int(declared.fresh.total_seconds()) * 1_000_000}", "stale"


def _bound(declared: Input, bound: float) -> str:
    """Return a bound of the gate; that of whole numbers is whole, as pack check holds."""
    return str(math.floor(bound)) if declared.type == "integer" else _literal(float(bound))


def _all_of(row: PlanRow, alias: str) -> str:
    held = [_holds(f"{alias}.{name}", one) for name, one in row.conditions.items() if one.operator != "any"]
    return " AND ".join(held) or "true"


def _holds(column: str, condition: Condition) -> str:
    operator, values = condition.operator, [_literal(one) for one in condition.values]
    if operator in ("is missing", "there"):
        return f"{column} IS {'NOT ' if operator == 'there' else ''}NULL"
    if operator in RANGES:
        low, high = (">=" if operator[0] == "[" else ">"), ("<=" if operator[1] == "]" else "<")
        return f"{column} {low} {values[0]} AND {column} {high} {values[1]}"
    if operator in ("in", "not in"):
        return f"{column} {operator.upper()} ({', '.join(values)})"
    return f"{column} {'<>' if operator == '!=' else operator} {values[0]}"


def _literal(value: Value) -> str:
    """Return a value as every engine reads it.

    Example:
        >>> _literal(0.5), _literal(3), _literal(True), _literal("it's")
        ('0.5E0', '3', 'true', "concat('it', chr(39), 's')")
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        told = repr(value)
        return told.upper() if "e" in told else f"{told}E0"
    parts: list[str] = []
    plain = ""
    for sign in value:
        if sign in "'\\" or ord(sign) < 32:
            parts += ([f"'{plain}'"] if plain else []) + [f"chr({ord(sign)})"]
            plain = ""
        else:
            plain += sign
    parts += [f"'{plain}'"] if plain or not parts else []
    return parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"
