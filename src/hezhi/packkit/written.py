"""What people write, read as the house keeps it."""

from __future__ import annotations

import re

from hezhi.packkit.shape.records import Field

_YUAN = re.compile(r"([-+]?)(\d{1,18})(?:\.(\d{1,2})0*)?")


def written_read(declared: Field, text: str) -> str:
    """Return a value as `values_check` takes it; what is neither a sum nor a label stays as it was written.

    Example:
        >>> label = {"zh": "电话", "en": "Phone"}
        >>> told = Field(type="choice", label=label, choices=[{"id": "call", "label": label}])
        >>> written_read(told, "电话 "), written_read(told, "信"), written_read(told, "call")
        ('call', '信', 'call')
    """
    text = text.strip()
    if declared.is_money:
        return cents_read(text)
    return next((one.id for one in declared.choices if text in (one.label.zh, one.label.en)), text)


def cents_read(text: str) -> str:
    """Return the cents of a sum in yuan; what is no such sum stays as it is, for rooms to refuse.

    Example:
        >>> cents_read("1234.5"), cents_read(" 3 "), cents_read("-0.07"), cents_read("1.234"), cents_read("三元")
        ('123450', '300', '-7', '1.234', '三元')
    """
    found = _YUAN.fullmatch(text.strip())
    return str(int(f"{found[1]}{found[2]}{(found[3] or ''):0<2}")) if found else text
