"""What of a record is compared: columns made in Python from its values, and the levels of likeness over them. Pure.

Every level asks one of two things only: are two values equal, or which share of two lists is equal. Both mean the
same on keyed signs as on clear values, so tables and engines hold nothing but signs, and no engine's own idea of
likeness, which may count bytes, has a say.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hezhi.packkit.shape.base import Text
from hezhi.services.entities.names import name_read

Value = int | tuple[int, ...] | None
Features = Mapping[str, Value]
"""Signed features by column; a list is sorted and never empty."""
Sign = Callable[[str, str], int]
Read = Callable[[str], dict[str, str | Sequence[str] | None]]


@dataclass(frozen=True)
class Level:
    """Met where ``column`` is equal, or where lists share ``percent`` of their items (twice the common by the sum)."""

    column: str
    label: Text
    percent: int = 0

    def is_met(self, left: Features, right: Features) -> bool:
        one, other = left.get(self.column), right.get(self.column)
        if one is None or other is None:
            return False
        if isinstance(one, int) or isinstance(other, int):
            return one == other
        return 200 * len(set(one) & set(other)) >= self.percent * (len(one) + len(other))

    def sql(self) -> str:
        """Return the same as SQL over ``<column>_l`` and ``<column>_r``."""
        left, right = f'"{self.column}_l"', f'"{self.column}_r"'
        if not self.percent:
            return f"{left} = {right}"
        return f"200 * len(list_intersect({left}, {right})) >= {self.percent} * (len({left}) + len({right}))"


@dataclass(frozen=True)
class Compared:
    """One comparison. Levels stand strongest first; the first one's column decides whether there is a value at all.

    Attributes:
        read: makes the columns ``id`` and ``id_<part>`` of one clear value.
        columns: name of each, and whether it is a list.
        is_weighed: whether a common value says less than a rare one.
    """

    id: str
    label: Text
    read: Read
    columns: Mapping[str, bool]
    levels: tuple[Level, ...]
    is_weighed: bool = False


def features_of(compared: Sequence[Compared], values: Mapping[str, object], sign: Sign) -> dict[str, Value]:
    """Return the signed features of a record.

    Args:
        values: clear values by the id of their comparison; empty ones count as not given.
        sign: makes a 64-bit number of a column and a text; see ``signer``.
    """
    found: dict[str, Value] = {}
    for one in compared:
        raw = values.get(one.id)
        text = "" if raw is None else unicodedata.normalize("NFKC", str(raw)).strip()
        parts = one.read(text) if text else {}
        for column in one.columns:
            part = parts.get(column)
            if not part:
                found[column] = None
            elif isinstance(part, str):
                found[column] = sign(column, part)
            else:
                found[column] = tuple(sorted({sign(column, item) for item in part}))
    return found


def signer(pseudonym: Callable[[str, str], str]) -> Sign:
    """Return a sign from a vault's ``pseudonymiser``; what comes often is remembered."""

    @lru_cache(maxsize=500_000)
    def sign(column: str, text: str) -> int:
        number = int(pseudonym(column, text).rpartition(".")[2][:16], 16)
        return number - 2**64 if number >= 2**63 else number

    return sign


def keys_of(rules: Sequence[Sequence[str]], features: Features) -> tuple[int, ...]:
    """Return the block keys of a record: one for each rule whose columns all have a value, in their order."""
    found = []
    for number, rule in enumerate(rules):
        parts = [features.get(column) for column in rule]
        if all(isinstance(part, int) for part in parts):
            packed = struct.pack(f">{len(parts) + 1}q", number, *parts)
            found.append(int.from_bytes(hashlib.sha256(packed).digest()[:8], "big", signed=True))
    return tuple(dict.fromkeys(found))


def pack(columns: Mapping[str, bool], features: Features) -> bytes:
    """Return features as bytes: for each column its count of signs, then the signs."""
    parts = []
    for column in columns:
        value = features.get(column)
        signs = () if value is None else (value,) if isinstance(value, int) else value
        parts.append(struct.pack(f">H{len(signs)}q", len(signs), *signs))
    return b"".join(parts)


def unpack(columns: Mapping[str, bool], packed: bytes) -> dict[str, Value]:
    """Return what ``pack`` was given."""
    found: dict[str, Value] = {}
    at = 0
    for column, is_list in columns.items():
        (count,) = struct.unpack_from(">H", packed, at)
        signs = struct.unpack_from(f">{count}q", packed, at + 2)
        at += 2 + 8 * count
        found[column] = None if not signs else signs if is_list else signs[0]
    return found


def _grams(text: str, size: int = 2) -> list[str]:
    padded = f"^{text}$"
    return [padded[at : at + size] for at in range(len(padded) - size + 1)]


def _counted(items: Sequence[str]) -> list[str]:
    """Number items that come again, so that a list counts them all."""
    return [f"{item}{items[:at].count(item)}" for at, item in enumerate(items)]


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


EQUAL = _text("完全相同", "equal")


def name_zh(id: str, zh: str, en: str) -> Compared:
    """A Chinese name: by its characters, its sounds, and how many characters are common."""

    def read(text: str) -> dict[str, str | Sequence[str] | None]:
        name = name_read(text)
        if name is None:
            return {id: "".join(text.split())}
        return {
            id: name.family + name.given,
            f"{id}_sound": " ".join(name.sounds),
            f"{id}_signs": _counted(name.family + name.given),
            f"{id}_turned": "".join(sorted(name.family + name.given)),
            f"{id}_family": name.sounds[0],
            f"{id}_first": "".join(sound[0] for sound in name.sounds),
        }

    levels = (
        Level(id, EQUAL),
        Level(f"{id}_turned", _text("用字相同，次序不同", "the same characters in another order")),
        Level(f"{id}_sound", _text("读音相同，用字不同", "the same sound in other characters")),
        Level(f"{id}_signs", _text("多数用字相同", "most characters equal"), 66),
        Level(f"{id}_first", _text("拼音首字母相同", "the same initials")),
    )
    columns = {id: False, f"{id}_sound": False, f"{id}_signs": True, f"{id}_turned": False}
    columns |= {f"{id}_family": False, f"{id}_first": False}
    return Compared(id, _text(zh, en), read, columns, levels, is_weighed=True)


def word(id: str, zh: str, en: str, *, is_weighed: bool = True) -> Compared:
    """A word or name in Latin letters: by its letters and by pairs of neighbouring ones."""

    def read(text: str) -> dict[str, str | Sequence[str] | None]:
        plain = re.sub(r"[\W_]+", "", text.lower())
        skeleton = plain[:1] + re.sub(r"[aeiouyhw]", "", plain[1:])
        return {
            id: plain,
            f"{id}_pairs": _counted(_grams(plain)),
            f"{id}_head": plain[:3],
            f"{id}_bone": re.sub(r"(.)\1+", r"\1", skeleton),
        }

    levels = (
        Level(id, EQUAL),
        Level(f"{id}_pairs", _text("几乎相同", "nearly equal"), 75),
        Level(f"{id}_pairs", _text("相近", "alike"), 50),
    )
    columns = {id: False, f"{id}_pairs": True, f"{id}_head": False, f"{id}_bone": False}
    return Compared(id, _text(zh, en), read, columns, levels, is_weighed)


def day(id: str, zh: str, en: str) -> Compared:
    """A day as ``2026-03-02`` or ``20260302``: by its digits and their places."""

    def read(text: str) -> dict[str, str | Sequence[str] | None]:
        digits = re.sub(r"[^0-9]", "", text)
        if len(digits) != 8:
            return {}
        turned = digits[:4] + "".join(sorted((digits[4:6], digits[6:])))
        return {id: digits, f"{id}_digits": _placed(digits), f"{id}_turned": turned, f"{id}_year": digits[:4]}

    levels = (
        Level(id, EQUAL),
        Level(f"{id}_turned", _text("月日对调", "month and day changed about")),
        Level(f"{id}_digits", _text("只差一位数字", "one digit differs"), 87),
        Level(f"{id}_digits", _text("只差两位数字", "two digits differ"), 75),
    )
    columns = {id: False, f"{id}_digits": True, f"{id}_turned": False, f"{id}_year": False}
    return Compared(id, _text(zh, en), read, columns, levels)


def code(id: str, zh: str, en: str, *, is_weighed: bool = False) -> Compared:
    """A number of any kind: by its signs and their places."""

    def read(text: str) -> dict[str, str | Sequence[str] | None]:
        plain = re.sub(r"[\W_]+", "", text.upper())
        return {id: plain, f"{id}_digits": _placed(plain)}

    levels = (Level(id, EQUAL), Level(f"{id}_digits", _text("只差一两位", "one or two signs differ"), 70))
    return Compared(id, _text(zh, en), read, {id: False, f"{id}_digits": True}, levels, is_weighed)


def same(id: str, zh: str, en: str) -> Compared:
    """A number whose check digit was checked: equal or not."""
    return Compared(id, _text(zh, en), lambda text: {id: text}, {id: False}, (Level(id, EQUAL),))


def wording(id: str, zh: str, en: str) -> Compared:
    """A longer text, an address or a title: by its words; Chinese by pairs of neighbouring characters."""

    def read(text: str) -> dict[str, str | Sequence[str] | None]:
        words = re.findall(r"[a-z0-9]+|[㐀-鿿]+", text.lower())
        items = [gram for one in words for gram in (_pairs(one) if one[0] > "z" else [one])]
        return {id: " ".join(words), f"{id}_words": _counted(items), f"{id}_head": (items or [""])[0]}

    levels = (
        Level(id, EQUAL),
        Level(f"{id}_words", _text("绝大部分相同", "nearly all words equal"), 80),
        Level(f"{id}_words", _text("大部分相同", "most words equal"), 60),
        Level(f"{id}_words", _text("部分相同", "some words equal"), 35),
    )
    columns = {id: False, f"{id}_words": True, f"{id}_head": False}
    return Compared(id, _text(zh, en), read, columns, levels)


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(max(1, len(text) - 1))]


def _placed(text: str) -> list[str]:
    return [f"{at}{sign}" for at, sign in enumerate(text)]
