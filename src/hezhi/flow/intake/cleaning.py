"""Makes given values readable without guessing: writings of dates, labels for ids, damaged characters.

Only what has one meaning is rewritten; everything else stays as it came, and the check says why it
cannot be used. Pure: no table, no clock.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hezhi.packkit.shape import Field, Pack, Record

TEXT_LIMIT = 20_000  # characters of one value; longer ones are cut files, not reports
NUMBER_LIMIT = 40  # characters of a written number
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?"
    r"(Z|[+-]\d\d:?\d\d)?",
)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*00?:00(?::00)?)?")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def header_key(text: str) -> str:
    """Return how a header is compared: width folded, without spaces and marks of "required", small letters.

    Example:
        >>> header_key(" ＊来源 编号 ")
        '来源编号'
    """
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", text)).lower()


def writable(value: Any) -> Any:
    """Return ``value`` as a database can hold it as JSON: damaged characters replaced, odd numbers as text."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**NUMBER_LIMIT else f"{value:.3e}" if abs(value) < 10**300 else "(number)"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(writable(str(key))): writable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [writable(item) for item in value]
    return writable(str(value))


def holds_damage(value: Any) -> bool:
    """Say whether a text holds characters that no report has: control characters, halves of characters."""
    return isinstance(value, str) and bool(_UNWRITABLE.search(value))


def plain(pack: Pack, declared: Field, raw: Any) -> Any:
    """Return one given value in the writing that the check understands.

    Example:
        >>> from hezhi.packkit.shape import Field, Text
        >>> seen = Field(type="moment", label=Text(zh="时间", en="Time"))
        >>> plain(None, seen, "2026/3/2 9:05")
        '2026-03-02 09:05:00'
    """
    raw = _sheet_number(raw.strip() if isinstance(raw, str) else raw)
    if declared.type == "moment":
        return _moment(raw)
    if declared.type == "day":
        return _day(raw)
    if isinstance(raw, (datetime, date)):
        return raw.isoformat(sep=" ") if isinstance(raw, datetime) else raw.isoformat()
    return _text(pack, declared, raw) if isinstance(raw, str) else raw


def _sheet_number(raw: Any) -> Any:
    """Return 13800000000 or 330106 for what a spreadsheet makes of them; what is no number at all as text."""
    if isinstance(raw, (float, Decimal)):
        number = float(raw)
        if not math.isfinite(number):
            return str(raw)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return raw


def _text(pack: Pack, declared: Field, raw: str) -> str:
    if declared.type in ("integer", "number"):
        return unicodedata.normalize("NFKC", raw) if len(raw) <= NUMBER_LIMIT else "(number)"
    if declared.type in ("choice", "matter"):
        return _id_of_label(pack, declared, raw)
    if declared.type == "phone":
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw))
    return raw


def _moment(raw: Any) -> Any:
    if isinstance(raw, str):
        found = _MOMENT.fullmatch(unicodedata.normalize("NFKC", raw))
        if found:
            year, month, day, hour, minute, second, zone = found.groups()
            return f"{year}-{month:>02}-{day:>02} {hour:>02}:{minute:>02}:{second or '0':>02}{zone or ''}"
    return raw


def _day(raw: Any) -> Any:
    if isinstance(raw, datetime) and (raw.hour, raw.minute, raw.second) == (0, 0, 0):
        return raw.date()  # a spreadsheet's cell with a day is a moment at midnight
    if isinstance(raw, str):
        found = _DAY.fullmatch(unicodedata.normalize("NFKC", raw))
        if found:
            year, month, day = found.groups()
            return f"{year}-{month:>02}-{day:>02}"
    return raw


def _id_of_label(pack: Pack, declared: Field, raw: str) -> str:
    """Return the id whose label, in either language, is exactly ``raw``; otherwise ``raw``."""
    things = declared.choices if declared.type == "choice" else pack.matters
    found = {thing.id for thing in things if raw in (thing.id, thing.label.zh, thing.label.en)}
    return found.pop() if len(found) == 1 else raw


def columns_of(shape: Record) -> dict[str, str]:
    """Return every header under which a field may come: its name and its labels → field name.

    A label that two fields share names neither.
    """
    found: dict[str, set[str]] = {}
    for name, declared in shape.fields.items():
        for header in (name, declared.label.zh, declared.label.en):
            found.setdefault(header_key(header), set()).add(name)
    return {header: names.pop() for header, names in found.items() if len(names) == 1}
