"""Checks given values against declared fields: records at intake, samples in packs, results of tasks.

Nothing is guessed: a value of another type is a problem, never quietly turned into something else.
Text that stands for a number is taken (``"3"`` in a CSV), text that merely begins with one is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

from hezhi.kit.masks import holds_mask, holds_stars
from hezhi.kit.moments import CITY_ZONE
from hezhi.kit.names import nearest_name
from hezhi.packkit.contracts import CheckedValues, Problem
from hezhi.packkit.identifiers import identifier_read
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Field

TRUE_WORDS = ("true", "1", "是")
NUMBER_LIMIT = 10**18
FALSE_WORDS = ("false", "0", "否")
FORMS = {
    "region": (re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}|\d{15}"), "不是区划代码", "is not a region code"),
    "phone": (re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|1\d{2,4}"), "不是电话号码", "is not a telephone number"),
    "file": (re.compile(r"[0-9a-f]{64}"), "不是已存文件的摘要", "is not the hash of a stored file"),
}


class _Bad(Exception):
    """A value that cannot be used; carries rule, cause in both languages and the nearest valid value."""

    def __init__(self, rule: str, zh: str, en: str, nearest: str = "") -> None:
        self.rule, self.zh, self.en, self.nearest = rule, zh, en, nearest
        super().__init__(en)


def values_check(
    fields: Mapping[str, Field],
    given: Mapping[str, Any],
    *,
    matters: Collection[str] = (),
    ignored: Collection[str] = (),
) -> CheckedValues:
    """Return the values in their declared types beside every problem, in the order of ``fields``.

    Args:
        fields: declared fields by name.
        given: raw values; None and empty text count as not given.
        matters: valid matter ids for fields of type ``matter``.
        ignored: names that may be given and are left out.

    Example:
        >>> from hezhi.packkit.shape.records import Field
        >>> count = Field(type="integer", label={"zh": "数", "en": "Count"}, required=True, at_least=1)
        >>> dict(values_check({"count": count}, {"count": "3"}).values)
        {'count': 3}
        >>> [p.rule for p in values_check({"count": count}, {"cuont": "3"}).problems]
        ['missing', 'unknown']
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, declared in fields.items():
        raw = given.get(name)
        if raw is None or raw == "":
            if declared.required:
                problems.append(
                    Problem(
                        name, "missing", Text(zh=f"缺少“{declared.label.zh}”", en=f"'{declared.label.en}' is missing")
                    )
                )
            continue
        try:
            value = _typed(declared, raw, matters)
            _bounds(declared, value)
            values[name] = value
        except _Bad as bad:
            cause = Text(zh=f"“{declared.label.zh}”{bad.zh}", en=f"'{declared.label.en}' {bad.en}")
            problems.append(Problem(name, bad.rule, cause, bad.nearest))
    for name in given:
        if name not in fields and name not in ignored:
            cause = Text(zh=f"没有声明过“{name}”这一项", en=f"'{name}' is not declared")
            problems.append(Problem(name, "unknown", cause, nearest_name(str(name), fields)))
    return CheckedValues(values, tuple(problems))


def moment_of(raw: Any) -> datetime:
    """Return an aware moment; text without offset is city time.

    Raises:
        ValueError: no moment can be read.

    Example:
        >>> moment_of("2026-03-02 09:00").isoformat()
        '2026-03-02T09:00:00+08:00'
    """
    if isinstance(raw, str) and len(raw) >= 16:
        raw = datetime.fromisoformat(raw.strip().replace("/", "-"))
    moment = raw if isinstance(raw, datetime) else None
    if moment is None:
        raise ValueError(f"no day with time of day: {raw!r}")
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


def _typed(declared: Field, raw: Any, matters: Collection[str]) -> Any:
    reader = _cents if declared.is_money else READERS.get(declared.type)
    if reader:
        return reader(raw)
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise _Bad("type", "不是文字", "is not text")
    text = str(raw).strip()
    if holds_mask(text) or (declared.sensitivity == "secret" and holds_stars(text)):
        raise _Bad("masked", "是遮盖符号，不能写回", "is a mask, which is never written back")
    if declared.type == "choice":
        _one_of(text, [choice.id for choice in declared.choices], "不在可选项内", "is not one of the choices")
    elif declared.type == "matter":
        _one_of(text, matters, "不在事项目录内", "is not in the catalogue of matters")
    elif declared.scheme is not None:
        text = _identified(declared.scheme, text)
    elif declared.type in FORMS:
        form, zh, en = FORMS[declared.type]
        if not form.fullmatch(text):
            raise _Bad("type", zh, en)
    if declared.pattern and not re.fullmatch(declared.pattern, text):
        raise _Bad("pattern", f"格式不符：{declared.pattern}", f"does not match {declared.pattern}")
    return text


def _one_of(text: str, valid: Collection[str], zh: str, en: str) -> None:
    if text not in valid:
        raise _Bad("choice", f"{zh}：{text}", f"{en}: {text}", nearest_name(text, valid))


def _identified(scheme: str, text: str) -> str:
    reading = identifier_read(scheme, text)
    if reading.reason is not None:
        raise _Bad("identifier", reading.reason.zh, reading.reason.en)
    return reading.value


def _moment(raw: Any) -> datetime:
    try:
        return moment_of(raw).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: no such moment in UTC, in the year 1
        raise _Bad("type", "不是时间，应如 2026-03-02 09:00", "is not a moment such as 2026-03-02 09:00") from None


def _integer(raw: Any) -> int:
    number = _number(raw)
    fraction = raw.partition(".")[2].strip() if isinstance(raw, str) else ""  # a float forgets a small one
    if number is None or number != int(number) or fraction.strip("0"):
        raise _Bad("type", "不是整数", "is not a whole number")
    return int(number)


def _cents(raw: Any) -> int:
    try:
        return _integer(raw)
    except _Bad:
        raise _Bad("type", "不是整分的金额", "is no sum in whole cents") from None


def _decimal(raw: Any) -> float:
    number = _number(raw)
    if number is None:
        raise _Bad("type", "不是数字", "is not a number")
    return float(number)


def _number(raw: Any) -> int | float | None:
    """Return the number that ``raw`` is, or stands for as text; None where it is none, or counts nothing real."""
    if isinstance(raw, str) and re.fullmatch(r"[-+]?\d{1,18}(\.\d{1,18})?", raw.strip()):
        return float(raw) if "." in raw else int(raw)
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool) and abs(raw) < NUMBER_LIMIT
    return raw if is_number else None


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise _Bad("type", "应为“是”或“否”", "is neither true nor false")


def _day(raw: Any) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    try:
        return date.fromisoformat(str(raw).strip().replace("/", "-"))
    except ValueError:
        raise _Bad("type", "不是日期，应如 2026-03-02", "is not a day such as 2026-03-02") from None


READERS = {"integer": _integer, "number": _decimal, "flag": _flag, "moment": _moment, "day": _day}


def _bounds(declared: Field, value: Any) -> None:
    """Numbers are bounded by value, texts by length in characters."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return
    # Who types yuan and who sends cents both have to see which of them is meant.
    cents_zh, cents_en = (" 分", " cents") if declared.is_money else ("", "")
    size, zh, en = (len(value), "字数", "length") if isinstance(value, str) else (value, "数值", "value")
    least, most = declared.at_least, declared.at_most
    if least is not None and size < least:
        raise _Bad("range", f"{zh}低于 {least:g}{cents_zh}", f"has a {en} below {least:g}{cents_en}")
    if most is not None and size > most:
        raise _Bad("range", f"{zh}超过 {most:g}{cents_zh}", f"has a {en} above {most:g}{cents_en}")
