"""Decision tables: grade facts into a colour that explains itself. Pure: no clock, no database.

A typed gate stands before the table (`hezhi.packkit.gate`): when an input is missing, of another type, out of its
range or too old, the colour is grey ("not enough data"), never green. Then the rows decide by the table's hit
policy. A colour refuses, blocks or punishes nothing; a named person does.

This is the readable evaluator, which every other one is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from hezhi.packkit.cells import turns_of, values_of
from hezhi.packkit.conditions import value_words, with_unit
from hezhi.packkit.contracts import Change, Decided, Fact
from hezhi.packkit.gate import fact_read, problem_says, value_fits
from hezhi.packkit.plan import COLOURS, Plan, PlanRow, plan_of
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.decide import Decision

NEAR = 0.01
"""How far beyond a turn the nearest number is looked for, beside the middle of the next cell."""


def decide(
    decision: Decision,
    facts: Mapping[str, Any],
    *,
    at: datetime | None = None,
    from_at: Mapping[str, datetime] | None = None,
) -> Decided:
    """Return the colour of ``facts`` with its reasons and what would change it.

    Facts that the table does not declare are not looked at.

    Args:
        at: the moment of the question; a table that asks how fresh a value is needs it.
        from_at: the moment each value is from, by input.

    Example:
        >>> table = Decision.model_validate({
        ...     "id": "grade", "says": {"zh": "分级", "en": "Grades"}, "expires_days": 7,
        ...     "inputs": {"reports": {"type": "integer", "label": {"zh": "报告数", "en": "Reports"}}},
        ...     "rows": [
        ...         {"when": {"reports": ">= 3"}, "colour": "red", "because": {"zh": "多人", "en": "Several people"}},
        ...         {"colour": "yellow", "because": {"zh": "一般", "en": "Ordinary"}}],
        ...     "tests": [{"name": "many are red", "given": {"reports": 3}, "colour": "red"},
        ...               {"name": "one is yellow", "given": {"reports": 1}, "colour": "yellow"}]})
        >>> told = decide(table, {"reports": 4})
        >>> told.colour, [text.en for text in told.because], [(c.to, c.colour) for c in told.would_change]
        ('red', ['Several people', 'Reports is at least 3 (now 4)'], [('2', 'yellow')])
        >>> decide(table, {"reports": "4"}).colour
        'grey'
    """
    plan = plan_of(decision)
    read = tuple(
        fact_read(name, declared, facts, at=at, from_at=from_at, may_miss=name in plan.may_miss)
        for name, declared in decision.inputs.items()
    )
    if any(fact.problem for fact in read):
        return _grey(decision, read)
    values = {fact.input: fact.value for fact in read}
    fitting = _fitting(plan, values)
    if not fitting or (decision.hit_policy == "unique" and len(fitting) > 1):
        return _undecided(decision, read, fitting)
    row = fitting[0]
    told = tuple(_with_condition(decision, fact, fitting) for fact in read)
    return Decided(
        row.colour,  # type: ignore[arg-type]  # a row of the table has one of the colours
        tuple(_reasons(decision, read, fitting)),
        told,
        _changes(plan, values, row.colour),
        row.number,
        decision.expires_days,
        rows=tuple(one.number for one in fitting),
        until_at=_until(decision, read, at),
    )


def _fitting(plan: Plan, values: Mapping[str, Any]) -> tuple[PlanRow, ...]:
    """Return the rows that count, the deciding one first; more than one under ``unique`` is a contradiction."""
    fits = [row for row in plan.rows if _holds(row, values)]
    if plan.decision.hit_policy == "first":
        fits = fits[:1]
    elif plan.decision.hit_policy == "collect":
        fits.sort(key=lambda row: COLOURS.index(row.colour))
    if not fits and plan.rest and _holds(plan.rest, values):
        fits = [plan.rest]
    return tuple(fits)


def _holds(row: PlanRow, values: Mapping[str, Any]) -> bool:
    return all(condition.holds(values[name]) for name, condition in row.conditions.items())


def _grey(decision: Decision, read: tuple[Fact, ...]) -> Decided:
    wrong = [fact for fact in read if fact.problem]
    because = tuple(problem_says(fact, decision.inputs[fact.input]) for fact in wrong)
    changes = tuple(Change(fact.input, fact.label, decision.inputs[fact.input].type, "") for fact in wrong)
    code = f"{wrong[0].input}:{wrong[0].problem}"
    return Decided("grey", because, read, changes, 0, decision.expires_days, code=code)


def _undecided(decision: Decision, read: tuple[Fact, ...], fitting: tuple[PlanRow, ...]) -> Decided:
    if fitting:
        rows = [str(row.number) for row in fitting]
        because = Text(
            zh=f"表中第 {'、'.join(rows)} 行同时适用，互相矛盾",
            en=f"Rows {', '.join(rows)} fit at once, which the table forbids",
        )
        return Decided("grey", (because,), read, (), 0, decision.expires_days, code="several_rows")
    missing = Text(zh="没有一行适用", en="No row of the table fits")
    return Decided("grey", (missing,), read, (), 0, decision.expires_days, code="no_row")


def _with_condition(decision: Decision, fact: Fact, fitting: tuple[PlanRow, ...]) -> Fact:
    asked = [decision.rows[row.number - 1].when.get(fact.input, "") for row in fitting]
    condition = next((text for text in asked if text and text.strip() != "any"), "")
    return Fact(fact.input, fact.label, fact.value, condition, "", fact.unit, fact.from_at)


def _reasons(decision: Decision, read: tuple[Fact, ...], fitting: tuple[PlanRow, ...]) -> Iterator[Text]:
    """Yield each row's reason, followed by one sentence per fact that it asked."""
    for row in fitting:
        yield decision.rows[row.number - 1].because
        for fact in read:
            condition = row.conditions.get(fact.input)
            if condition is None or condition.operator in ("any", "there"):
                continue
            words = {language: condition.words(language, fact.unit) for language in ("zh", "en")}  # type: ignore[arg-type]
            zh, en = f"{fact.label.zh}{words['zh']}", f"{fact.label.en} {words['en']}"
            if condition.operator not in ("=", "is missing"):
                zh += f"（现为 {with_unit(value_words(fact.value, 'zh'), fact.unit)}）"
                en += f" (now {with_unit(value_words(fact.value, 'en'), fact.unit)})"
            yield Text(zh=zh, en=en)


def _until(decision: Decision, read: tuple[Fact, ...], at: datetime | None) -> datetime | None:
    if at is None:
        return None
    ends = [at + timedelta(days=decision.expires_days)]
    for fact in read:
        fresh = decision.inputs[fact.input].fresh
        if fresh is not None and fact.from_at is not None and fact.value is not None:
            ends.append(fact.from_at + fresh)
    return min(ends)


def _changes(plan: Plan, values: Mapping[str, Any], colour: str) -> tuple[Change, ...]:
    """For each input and each other colour, the value nearest to the present one that leads there."""
    found: dict[tuple[str, str], tuple[float, Change]] = {}
    for name, candidate in _candidates(plan, values):
        fitting = _fitting(plan, {**values, name: candidate})
        is_clear = len(fitting) == 1 or (fitting and plan.decision.hit_policy == "collect")
        other = fitting[0].colour if is_clear else "grey"
        if other == colour:
            continue
        is_number = isinstance(candidate, (int, float)) and not isinstance(candidate, bool)
        far = abs(candidate - values[name]) if is_number and values[name] is not None else 1.0
        declared = plan.inputs[name]
        change = Change(name, declared.label, with_unit(value_words(candidate, "en"), declared.unit or ""), other)
        if (name, other) not in found or far < found[name, other][0]:
            found[name, other] = (far, change)
    return tuple(change for _, change in found.values())


def _candidates(plan: Plan, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield, per input, one value of each cell of the table, and numbers just beyond each turn."""
    for name, declared in plan.inputs.items():
        named = turns_of(plan, name) if declared.type == "text" and not declared.choices else None
        for value in values_of(plan)[name]:
            if value is None or value == values[name] or (named is not None and value not in named):
                continue
            yield name, value
            if declared.type == "number":
                near = (round(value - NEAR, 9), round(value + NEAR, 9))
                yield from ((name, one) for one in near if value_fits(declared, one))
