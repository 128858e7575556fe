"""Fills the names in braces of a title with a record's values, as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.shape import Pack, Record
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import Field

MISSING = {"zh": "（未填）", "en": "(not given)"}


def title_fill(
    pack: Pack, text: Text, record: Record, values: Mapping[str, Any], *, language: Literal["zh", "en"] = "zh"
) -> str:
    """Return the title in one language.

    Choices and matters are told by their label, moments in city time, and a field that is not given as
    such. Fields that are not open are never told, whatever the text asks.
    """

    def told(found: re.Match[str]) -> str:
        name = found[1]
        declared = record.fields.get(name)
        if declared is None or declared.sensitivity != "open" or values.get(name) in (None, ""):
            return MISSING[language]
        return _words(pack, declared, values[name], language)

    return re.sub(r"\{([^{}]*)\}", told, getattr(text, language))


def _words(pack: Pack, declared: Field, value: Any, language: Literal["zh", "en"]) -> str:
    if declared.type == "choice":
        return next((getattr(choice.label, language) for choice in declared.choices if choice.id == value), str(value))
    if declared.type == "matter":
        return next((getattr(matter.label, language) for matter in pack.matters if matter.id == value), str(value))
    if declared.type == "flag":
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)
