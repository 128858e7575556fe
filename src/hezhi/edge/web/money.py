"""Sums of money: rooms and the lake count whole cents, people write and read yuan."""

from __future__ import annotations

from django.utils.translation import gettext

from hezhi.packkit import api as packkit


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
