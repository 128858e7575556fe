"""A detector's sentences: ``{n}`` is told as it is, ``{sum:yuan}`` tells cents as yuan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hezhi.packkit.shape.base import Text

PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(:yuan)?\}")


def sentence_fill(text: Text, known: Mapping[str, int | str | bool | None]) -> Text:
    """Fill every name that is known; a missing value is told as a dash, an unknown name stays as it is.

    Example:
        >>> text = Text(zh="{n} 笔共 {sum:yuan} 元", en="{n} sums, {sum:yuan} yuan")
        >>> sentence_fill(text, {"n": 3, "sum": 1234560}).zh
        '3 笔共 12,345.60 元'
    """

    def told(found: re.Match[str]) -> str:
        return number_told(known[found[1]], found[2]) if found[1] in known else found[0]

    return sentence_with(text, told, told)


def sentence_with(text: Text, zh: Callable[[re.Match[str]], str], en: Callable[[re.Match[str]], str]) -> Text:
    """Return the sentence with something else in each place of a name."""
    return Text(zh=PLACE.sub(zh, text.zh), en=PLACE.sub(en, text.en))


def number_told(value: int | str | bool | None, form: str | None) -> str:
    """Return a value as a sentence tells it.

    Example:
        >>> number_told(-50, ":yuan"), number_told(200_000_000, ":yuan"), number_told(None, None)
        ('-0.50', '2,000,000', '—')
    """
    if value is None:
        return "—"
    if not form or isinstance(value, (str, bool)):
        return str(value)
    yuan, cents = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{yuan:,}" + (f".{cents:02}" if cents else "")
