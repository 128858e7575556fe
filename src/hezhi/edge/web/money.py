"""Sums of money: rooms and the lake count whole cents, people write and read yuan."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from hezhi.packkit import api as packkit

UNIT = "cents"
_YUAN = re.compile(r"([-+]?)(\d{1,16})(?:\.(\d{1,2}))?")


def cents_read(text: str) -> str:
    """Return the cents of a sum in yuan as rooms take them; what is no such sum stays as it is, for them to refuse.

    Example:
        >>> cents_read("1234.5"), cents_read(" 3 "), cents_read("-0.07"), cents_read("1.234"), cents_read("三元")
        ('123450', '300', '-7', '1.234', '三元')
    """
    found = _YUAN.fullmatch(text.strip())
    return str(int(f"{found[1]}{found[2]}{(found[3] or ''):0<2}")) if found else text


def yuan_written(cents: object) -> object:
    """Return a stored sum as one would type it; anything but whole cents stays as it is.

    Example:
        >>> yuan_written(123450), yuan_written("-7"), yuan_written(300), yuan_written("?")
        ('1234.50', '-0.07', '3', '?')
    """
    try:
        number = int(str(cents))
    except ValueError:
        return cents
    return str(packkit.number_told(number, ":yuan")).replace(",", "")


def money_said(cents: int) -> str:
    """Return a sum with its unit, as pages tell it."""
    return gettext("%(sum)s yuan") % {"sum": packkit.number_told(cents, ":yuan")}
