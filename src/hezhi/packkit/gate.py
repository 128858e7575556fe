"""The typed gate before a decision table: what does not pass it is never graded, so that nothing fails open.

Pure: the moment of the question and the moments that values are from enter as arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hezhi.packkit.conditions import InputType, value_words, with_unit
from hezhi.packkit.contracts import Fact
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.decide import Input

INTEGER_LIMIT = 2**63
"""Whole numbers have 64 bits, as in every database."""

PROBLEMS = ("missing", "wrong_type", "out_of_range", "not_allowed", "undated", "future", "stale")
"""Why a value does not pass, in the order in which it is asked; the first one found is told."""

_TYPE_WORDS = {
    "integer": ("整数", "a whole number"),
    "number": ("数字", "a number"),
    "text": ("文字", "text"),
    "flag": ("是或否", "yes or no"),
}


def fact_read(
    name: str,
    declared: Input,
    facts: Mapping[str, Any],
    *,
    at: datetime | None = None,
    from_at: Mapping[str, datetime] | None = None,
    may_miss: bool = False,
) -> Fact:
    """Return one input as it comes through the gate: with its value, or with the problem that keeps it out.

    A missing value that some row speaks about (``may_miss``) comes through as None without a problem.
    """
    given, dated = facts.get(name), (from_at or {}).get(name)
    if given is None:
        return Fact(name, declared.label, None, problem="" if may_miss else "missing", unit=declared.unit or "")
    value = _typed(declared.type, given)
    problem = "wrong_type" if value is None else _unfit(declared, value) or _age(declared, at, dated)
    return Fact(name, declared.label, None if problem else value, "", problem, declared.unit or "", dated)


def value_fits(declared: Input, value: Any) -> bool:
    """Say whether a value of the input's type lies within its bounds and allowed values."""
    return not _unfit(declared, value)


def problem_says(fact: Fact, declared: Input) -> Text:
    """Say in one sentence why a fact did not pass."""
    zh, en = fact.label.zh, fact.label.en
    type_zh, type_en = _TYPE_WORDS[declared.type]
    low, high = (_bound(declared, one) for one in (declared.at_least, declared.at_most))
    fresh = declared.fresh_hours or (declared.fresh_days or 0)
    span_zh, span_en = ("小时", "hours") if declared.fresh_hours else ("天", "days")
    told = {
        "missing": (f"缺少“{zh}”", f"{en} is missing"),
        "wrong_type": (f"“{zh}”不是{type_zh}", f"{en} is not {type_en}"),
        "out_of_range": (f"“{zh}”不在 {low} 至 {high} 之内", f"{en} is outside of what is allowed ({low} to {high})"),
        "not_allowed": (f"“{zh}”不是允许的取值", f"{en} is none of the allowed values"),
        "undated": (f"不知“{zh}”是何时的数据", f"nobody knows from when {en} is"),
        "future": (f"“{zh}”的时间晚于现在", f"{en} is dated later than now"),
        "stale": (f"“{zh}”已超过 {fresh} {span_zh}未更新", f"{en} is older than {fresh} {span_en}"),
    }  # fmt: skip
    return Text(zh=told[fact.problem][0], en=told[fact.problem][1])


def _bound(declared: Input, bound: float | None) -> str:
    return "…" if bound is None else with_unit(value_words(bound, "en"), declared.unit or "")


def _typed(kind: InputType, given: Any) -> Any:
    """Return the value in the input's type, None where it has another one. Nothing is turned into something else."""
    if kind in ("text", "flag"):
        return given if isinstance(given, str if kind == "text" else bool) else None
    if isinstance(given, bool) or not isinstance(given, int if kind == "integer" else (int, float)):
        return None
    if kind == "integer":
        return given if -INTEGER_LIMIT <= given < INTEGER_LIMIT else None
    if isinstance(given, int) and abs(given) >= INTEGER_LIMIT:
        return None
    return float(given) if math.isfinite(given) else None


def _unfit(declared: Input, value: Any) -> str:
    if declared.choices and value not in declared.choices:
        return "not_allowed"
    if declared.at_least is not None and value < declared.at_least:
        return "out_of_range"
    return "out_of_range" if declared.at_most is not None and value > declared.at_most else ""


def _age(declared: Input, at: datetime | None, dated: datetime | None) -> str:
    if declared.fresh is None:
        return ""
    if dated is None or at is None:
        return "undated"
    if dated > at:
        return "future"
    return "stale" if at - dated > declared.fresh else ""
