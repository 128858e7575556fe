"""The small language of conditions in decision tables: ``>= 3``, ``= true``, ``in a, b``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

InputType = Literal["integer", "number", "text", "flag"]
Operator = Literal["=", "!=", ">=", "<=", ">", "<", "in", "not in"]
Value = int | float | str | bool

_FORM = re.compile(r"\s*(>=|<=|!=|=|>|<|not in\b|in\b)\s*(.+?)\s*", re.S)
_WORDS = {
    "=": ("为", "is"),
    "!=": ("不为", "is not"),
    ">=": ("不少于", "is at least"),
    "<=": ("不多于", "is at most"),
    ">": ("多于", "is more than"),
    "<": ("少于", "is less than"),
    "in": ("属于", "is one of"),
    "not in": ("不属于", "is none of"),
}


@dataclass(frozen=True)
class Condition:
    """``values`` has one member, except for ``in`` and ``not in``."""

    operator: Operator
    values: tuple[Value, ...]

    def holds(self, value: Value) -> bool:
        """Whether ``value``, already of the input's type, fulfils the condition."""
        first: Any = self.values[0]
        given: Any = value
        match self.operator:
            case "=":
                return bool(given == first)
            case "!=":
                return bool(given != first)
            case ">=":
                return bool(given >= first)
            case "<=":
                return bool(given <= first)
            case ">":
                return bool(given > first)
            case "<":
                return bool(given < first)
            case "in":
                return bool(given in self.values)
            case _:
                return bool(given not in self.values)

    def words(self, language: Literal["zh", "en"]) -> str:
        """Return the condition as words, e.g. ``不少于 3``."""
        told = ("、" if language == "zh" else ", ").join(value_words(value, language) for value in self.values)
        return f"{_WORDS[self.operator][0 if language == 'zh' else 1]} {told}"


def value_words(value: Value | None, language: Literal["zh", "en"]) -> str:
    """Return one value as people write it."""
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    return f"{value:g}" if isinstance(value, float) else str(value)


def condition_read(text: str, input_type: InputType) -> Condition:
    """Return the condition written in ``text`` for an input of this type.

    Raises:
        ValueError: the text is no condition, or the type does not have this comparison.

    Example:
        >>> condition_read(">= 3", "integer").holds(3)
        True
        >>> condition_read("in road, yard", "text").values
        ('road', 'yard')
    """
    form = _FORM.fullmatch(text)
    if not form:
        raise ValueError(f"'{text}' is not a condition such as '>= 3', '= true' or 'in a, b'")
    operator: Any = form[1]
    if operator in (">=", "<=", ">", "<") and input_type in ("text", "flag"):
        raise ValueError(f"'{operator}' compares numbers, the input is a {input_type}")
    written = [part.strip() for part in form[2].split(",")] if operator in ("in", "not in") else [form[2]]
    return Condition(operator, tuple(_value(part, input_type) for part in written))


def _value(written: str, input_type: InputType) -> Value:
    try:
        if input_type == "integer":
            return int(written)
        if input_type == "number":
            return float(written)
    except ValueError:
        raise ValueError(f"'{written}' is not a{'n' if input_type == 'integer' else ''} {input_type}") from None
    if input_type == "flag":
        if written not in ("true", "false"):
            raise ValueError(f"'{written}' is neither true nor false")
        return written == "true"
    return written
