"""Decision tables: grade facts into a colour that explains itself. Pure: no clock, no database.

A typed gate stands before the table: when any declared input is missing or has another type, the
colour is grey ("not enough data"), never green. The first row whose every condition holds decides.
A colour refuses, blocks or punishes nothing; a named person does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hezhi.packkit.conditions import Condition, condition_read, value_words
from hezhi.packkit.contracts import Change, Decided, Fact
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.detect import Decision, Input

_TYPE_WORDS = {
    "integer": ("整数", "a whole number"),
    "number": ("数字", "a number"),
    "text": ("文字", "text"),
    "flag": ("是或否", "yes or no"),
}


def decide(decision: Decision, facts: Mapping[str, Any]) -> Decided:
    """Return the colour of ``facts`` with its reasons and what would change it.

    Facts that the table does not declare are not looked at.

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
    read = tuple(_fact(name, declared, facts) for name, declared in decision.inputs.items())
    if any(fact.problem for fact in read):
        return _grey(decision, read)
    values = {fact.input: fact.value for fact in read}
    number = _row_for(decision, values)
    if number == 0:
        missing = Text(zh="没有一行适用", en="No row of the table fits")
        return Decided("grey", (missing,), read, (), 0, decision.expires_days)
    row = decision.rows[number - 1]
    told = tuple(Fact(fact.input, fact.label, fact.value, condition=row.when.get(fact.input, "")) for fact in read)
    because = (row.because, *(_sentence(decision, fact) for fact in told if fact.condition))
    return Decided(row.colour, because, told, _changes(decision, values, row.colour), number, decision.expires_days)


def conditions_of(decision: Decision) -> list[dict[str, Condition]]:
    """Return every row's conditions, read.

    Raises:
        ValueError: a condition cannot be read, or asks an input that is not declared.
    """
    rows = []
    for row in decision.rows:
        for name in row.when:
            if name not in decision.inputs:
                raise ValueError(f"'{name}' is not an input of the table")
        rows.append({name: condition_read(text, decision.inputs[name].type) for name, text in row.when.items()})
    return rows


def _fact(name: str, declared: Input, facts: Mapping[str, Any]) -> Fact:
    value = facts.get(name)
    if value is None:
        return Fact(name, declared.label, None, problem="missing")
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool) and value == value,  # not NaN
        "text": isinstance(value, str),
        "flag": isinstance(value, bool),
    }[declared.type]
    return Fact(name, declared.label, value) if fits else Fact(name, declared.label, None, problem="wrong_type")


def _grey(decision: Decision, read: tuple[Fact, ...]) -> Decided:
    because, changes = [], []
    for fact in read:
        zh, en = _TYPE_WORDS[decision.inputs[fact.input].type]
        if fact.problem == "missing":
            because.append(Text(zh=f"缺少“{fact.label.zh}”", en=f"{fact.label.en} is missing"))
        elif fact.problem:
            because.append(Text(zh=f"“{fact.label.zh}”不是{zh}", en=f"{fact.label.en} is not {en}"))
        if fact.problem:
            changes.append(Change(fact.input, fact.label, decision.inputs[fact.input].type, ""))
    return Decided("grey", tuple(because), read, tuple(changes), 0, decision.expires_days)


def _row_for(decision: Decision, values: Mapping[str, Any]) -> int:
    for number, conditions in enumerate(conditions_of(decision), start=1):
        if all(condition.holds(values[name]) for name, condition in conditions.items()):
            return number
    return 0


def _sentence(decision: Decision, fact: Fact) -> Text:
    condition = condition_read(fact.condition, decision.inputs[fact.input].type)
    if condition.operator == "=":
        return Text(zh=f"{fact.label.zh}{condition.words('zh')}", en=f"{fact.label.en} {condition.words('en')}")
    return Text(
        zh=f"{fact.label.zh}{condition.words('zh')}（现为 {value_words(fact.value, 'zh')}）",
        en=f"{fact.label.en} {condition.words('en')} (now {value_words(fact.value, 'en')})",
    )


def _changes(decision: Decision, values: Mapping[str, Any], colour: str) -> tuple[Change, ...]:
    """For each input and each other colour, the value nearest to the present one that leads there."""
    found: dict[tuple[str, str], tuple[float, Change]] = {}
    for name, candidate in _candidates(decision, values):
        number = _row_for(decision, {**values, name: candidate})
        other = decision.rows[number - 1].colour if number else "grey"
        if other == colour:
            continue
        numeric = isinstance(candidate, (int, float)) and not isinstance(candidate, bool)
        far = abs(candidate - values[name]) if numeric else 1.0
        change = Change(name, decision.inputs[name].label, value_words(candidate, "en"), other)
        if (name, other) not in found or far < found[name, other][0]:
            found[name, other] = (far, change)
    return tuple(change for _, change in found.values())


def _candidates(decision: Decision, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield, per input, the values at which a condition of the table turns."""
    for conditions in conditions_of(decision):
        for name, condition in conditions.items():
            kind = decision.inputs[name].type
            if kind == "flag":
                yield name, not values[name]
                continue
            for turn in condition.values:
                yield name, turn
                if kind == "integer":
                    assert isinstance(turn, int)
                    yield name, turn - 1
                    yield name, turn + 1
                elif kind == "number":
                    assert isinstance(turn, float)
                    yield name, turn - 0.01
                    yield name, turn + 0.01
