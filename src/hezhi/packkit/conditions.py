"""The small language of conditions in decision tables: ``>= 3``, ``in a, b``, ``[0..5)``, ``is missing``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

InputType = Literal["integer", "number", "text", "flag"]
Operator = Literal[
    "=", "!=", ">=", "<=", ">", "<", "in", "not in", "[]", "[)", "(]", "()", "is missing", "any", "there"
]  # fmt: skip
Value = int | float | str | bool

_FORM = re.compile(r"\s*(>=|<=|!=|=|>|<|not in\b|in\b)\s*(.+?)\s*", re.S)
_RANGE = re.compile(r"\s*([\[(]?)\s*([^\s\[\]()]+?)\s*\.\.\s*([^\s\[\]()]+?)\s*([\])]?)\s*")
_NUMERIC = ("integer", "number")
RANGES = ("[]", "[)", "(]", "()")
_WORDS = {
    "=": ("为", "is"),
    "!=": ("不为", "is not"),
    ">=": ("不少于", "is at least"),
    "<=": ("不多于", "is at most"),
    ">": ("多于", "is more than"),
    "<": ("少于", "is less than"),
    "in": ("属于", "is one of"),
    "not in": ("不属于", "is none of"),
    "any": ("不论", "is anything"),
    "is missing": ("缺失", "is missing"),
    "there": ("已有", "is there"),
}


@dataclass(frozen=True)
class Condition:
    """``values`` has one member; several for ``in`` and ``not in``, two for a range, none for the last three.

    The operator of a range is its pair of brackets: ``[)`` holds its lower end and not its upper one. ``there``
    is what a row asks of an input that it does not name: any value, but not a missing one.
    """

    operator: Operator
    values: tuple[Value, ...] = ()

    def holds(self, value: Value | None) -> bool:
        """Whether ``value``, of the input's type or missing, fulfils the condition."""
        if self.operator in ("any", "is missing", "there"):
            return self.operator == "any" or (value is None) == (self.operator == "is missing")
        if value is None:
            return False
        if self.operator in ("in", "not in"):
            return (value in self.values) == (self.operator == "in")
        given: Any = value
        low: Any = self.values[0]
        if self.operator in RANGES:
            high: Any = self.values[1]
            above = given >= low if self.operator[0] == "[" else given > low
            return bool(above and (given <= high if self.operator[1] == "]" else given < high))
        return _compared(self.operator, given, low)

    def words(self, language: Literal["zh", "en"], unit: str = "") -> str:
        """Return the condition as words, e.g. ``不少于 3``."""
        is_zh = language == "zh"
        if self.operator in ("any", "is missing", "there"):
            return _WORDS[self.operator][0 if is_zh else 1]
        told = [with_unit(value_words(value, language), unit) for value in self.values]
        if self.operator in RANGES:
            ends = [bracket in "[]" for bracket in self.operator]
            if is_zh:
                return f"在 {told[0]}（{_held(ends[0])}）到 {told[1]}（{_held(ends[1])}）之间"
            low, high = "from" if ends[0] else "above", "to" if ends[1] else "up to, not including,"
            return f"is {low} {told[0]} {high} {told[1]}"
        return f"{_WORDS[self.operator][0 if is_zh else 1]} {('、' if is_zh else ', ').join(told)}"


def _compared(operator: str, given: Any, other: Any) -> bool:
    match operator:
        case "=":
            return bool(given == other)
        case "!=":
            return bool(given != other)
        case ">=":
            return bool(given >= other)
        case "<=":
            return bool(given <= other)
        case ">":
            return bool(given > other)
        case _:
            return bool(given < other)


def _held(is_included: bool) -> str:
    return "含" if is_included else "不含"


def with_unit(told: str, unit: str) -> str:
    """Return a value as told, followed by its unit where it has one."""
    return f"{told} {unit}" if unit else told


def value_words(value: Value | None, language: Literal["zh", "en"]) -> str:
    """Return one value as people write it."""
    if value is None:
        return "缺失" if language == "zh" else "missing"
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def condition_read(text: str, input_type: InputType) -> Condition:
    """Return the condition written in ``text`` for an input of this type.

    Raises:
        ValueError: the text is no condition, or the type does not have this comparison.

    Example:
        >>> condition_read(">= 3", "integer").holds(3)
        True
        >>> condition_read("in road, yard", "text").values
        ('road', 'yard')
        >>> half_open = condition_read("[0..5)", "number")
        >>> half_open.holds(0.0), half_open.holds(5.0), half_open.holds(None)
        (True, False, False)
    """
    word = text.strip()
    if word == "is missing" or word == "any":
        return Condition("is missing" if word == "is missing" else "any")
    form = _FORM.fullmatch(text)
    if not form and (span := _RANGE.fullmatch(text)):
        return _range(text, span, input_type)
    if not form:
        raise ValueError(f"'{text}' is not a condition such as '>= 3', '= true', 'in a, b', '[0..5)' or 'is missing'")
    operator: Any = form[1]
    if operator in (">=", "<=", ">", "<") and input_type not in _NUMERIC:
        raise ValueError(f"'{operator}' compares numbers, the input is a {input_type}")
    written = [part.strip() for part in form[2].split(",")] if operator in ("in", "not in") else [form[2]]
    return Condition(operator, tuple(_value(part, input_type) for part in written))


def _range(text: str, span: re.Match[str], input_type: InputType) -> Condition:
    if input_type not in _NUMERIC:
        raise ValueError(f"'{text}' is a range of numbers, the input is a {input_type}")
    if bool(span[1]) != bool(span[4]):
        raise ValueError(f"'{text}' has a bracket on one side only")
    operator: Any = (span[1] or "[") + (span[4] or "]")
    low: Any = _value(span[2], input_type)
    high: Any = _value(span[3], input_type)
    if low > high or (low == high and operator != "[]"):
        raise ValueError(f"'{text}' holds no value")
    return Condition(operator, (low, high))


def _value(written: str, input_type: InputType) -> Value:
    try:
        if input_type == "integer":
            return int(written)
        if input_type == "number":
            number = float(written)
            if number - number != 0:  # neither NaN nor infinite
                raise ValueError
            return number
    except ValueError:
        raise ValueError(f"'{written}' is not a{'n' if input_type == 'integer' else ''} {input_type}") from None
    if input_type == "flag":
        if written not in ("true", "false"):
            raise ValueError(f"'{written}' is neither true nor false")
        return written == "true"
    return written
