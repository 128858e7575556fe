"""Numbers by which subjects are known across sources: one writing each, and its check digit where it has one.

Nothing is guessed: a number that fails its check is refused with a reason, never mended. Two writings of one number
give one value, so that equal values mean the same number and can stand behind a keyed pseudonym.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.records import SchemeId

SubjectKind = Literal["person", "organisation", "vehicle", "vessel", "account", "permit"]

# GB/T 2260, first two digits; 83 stands on residence permits of people from Taiwan.
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
RESIDENT_CHECKS = "10X98765432"  # GB 11643-1999, by the remainder of 11
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
PLATE_SIGNS = "A-HJ-NP-Z0-9"  # GA 36-2018: no I and no O in the number
PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATES = tuple(
    re.compile(one, re.ASCII)
    for one in (
        rf"[{PLATE_PROVINCES}][A-HJ-Z][{PLATE_SIGNS}]{{5}}",  # O there is kept for official vehicles
        rf"[{PLATE_PROVINCES}][A-HJ-NP-Z][A-HJK][{PLATE_SIGNS}]\d{{4}}",  # small new-energy vehicle
        rf"[{PLATE_PROVINCES}][A-HJ-NP-Z]\d{{5}}[A-HJK]",  # large new-energy vehicle
        rf"[{PLATE_PROVINCES}][A-HJ-Z][{PLATE_SIGNS}]{{4}}[学警领港澳挂]",
        rf"[{PLATE_PROVINCES}][A-Z][{PLATE_SIGNS}]{{4}}应急",
        r"\d{6}使",
    )
)
_PHONES = tuple(
    re.compile(one, re.ASCII) for one in (r"1[3-9]\d{9}", r"0[1-9]\d{8,10}", r"[48]00\d{7}", r"9[56]\d{3,6}")
)  # mobile, fixed line with its area, freephone, service number
_CARD = re.compile(r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|35\d{14}", re.ASCII)  # cards whose numbers end in a Luhn digit
_GAPS = re.compile(r"[\s\-·•.‐-―_]+")


@dataclass(frozen=True)
class Reading:
    """``value`` is the one writing of a number, empty where ``reason`` says why there is none."""

    value: str
    reason: Text | None = None


@dataclass(frozen=True)
class Scheme:
    """One kind of number. ``is_personal``: it names a natural person, or leads to one without further help."""

    id: SchemeId
    label: Text
    about: SubjectKind
    is_personal: bool
    read: Callable[[str], Reading]


def identifier_read(scheme: str, raw: str) -> Reading:
    """Return the one writing of a number, or why it is none.

    Args:
        scheme: an id of ``SCHEMES``; another one is a KeyError.
        raw: as a source wrote it: full-width signs, gaps and small letters do not matter.

    Example:
        >>> identifier_read("plate", "浙a·d12345").value
        '浙AD12345'
        >>> identifier_read("resident_id", "11010519491231002x").value
        '11010519491231002X'
        >>> identifier_read("resident_id", "110105194912310021").reason.en
        'has a wrong check digit'
    """
    return SCHEMES[scheme].read(unicodedata.normalize("NFKC", raw).strip().upper())


def resident_check(body: str) -> str:
    """Return the check sign of the first 17 digits of a resident's number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return RESIDENT_CHECKS[sum(int(sign) * 2 ** (17 - at) for at, sign in enumerate(body)) % 11]


def credit_check(body: str) -> str:
    """Return the check sign of the first 17 signs of a unified social credit code (GB 32100-2015)."""
    total = sum(CREDIT_SIGNS.index(sign) * pow(3, at, 31) for at, sign in enumerate(body))
    return CREDIT_SIGNS[-total % 31]


def luhn_check(body: str) -> str:
    """Return the digit that follows ``body`` in a card's number (ISO/IEC 7812-1)."""
    doubled = [int(sign) * (2 if at % 2 == 0 else 1) for at, sign in enumerate(reversed(body))]
    return str(-sum(one - 9 if one > 9 else one for one in doubled) % 10)


def _no(zh: str, en: str) -> Reading:
    return Reading("", Text(zh=zh, en=en))


def _resident_id(text: str) -> Reading:
    text = _GAPS.sub("", text)
    if re.fullmatch(r"[0-9]{15}", text):
        return _no("是已停用的15位号码，没有校验码", "has the old 15 digits, without a check digit")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return _no("不是18位公民身份号码", "is not a resident's number of 18 signs")
    if text[:2] not in PROVINCES:
        return _no("的前两位不是省级代码", "does not begin with the code of a province")
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return _no("中的出生日期不存在", "names a day of birth that does not exist")
    if text[6:8] not in ("18", "19", "20"):
        return _no("中的出生年份不可能", "names an impossible year of birth")
    if text[-1] != resident_check(text[:-1]):
        return _no("校验码不符", "has a wrong check digit")
    return Reading(text)


def _credit_code(text: str) -> Reading:
    text = _GAPS.sub("", text)
    if not re.fullmatch(rf"[{CREDIT_SIGNS}]{{2}}[0-9]{{6}}[{CREDIT_SIGNS}]{{10}}", text):
        return _no("不是18位统一社会信用代码", "is not a unified social credit code of 18 signs")
    if text[-1] != credit_check(text[:-1]):
        return _no("校验码不符", "has a wrong check digit")
    return Reading(text)


def _plate(text: str) -> Reading:
    text = _GAPS.sub("", text)
    if any(form.fullmatch(text) for form in _PLATES):
        return Reading(text)
    return _no("不是民用号牌号码", "is not the number of a civil plate")


def _phone(text: str) -> Reading:
    text = re.sub(r"^(\+86|0086|86(?=1[3-9][0-9]{9}$))", "", re.sub(r"[\s\-()]+", "", text))
    if any(form.fullmatch(text) for form in _PHONES):
        return Reading(text)
    return _no("不是电话号码", "is not a telephone number")


def _bank_account(text: str) -> Reading:
    text = _GAPS.sub("", text)
    if not re.fullmatch(r"[0-9]{8,32}", text):
        return _no("不是8至32位账号", "is not an account of 8 to 32 digits")
    if _CARD.fullmatch(text) and text[-1] != luhn_check(text[:-1]):
        return _no("卡号校验码不符", "is a card's number with a wrong check digit")
    return Reading(text)


def _permit(text: str) -> Reading:
    """Permits have no common form: brackets, gaps and the words around the number are all that can be made alike."""
    text = re.sub(r"[\s第号]+", "", text).translate(str.maketrans("[]〔〕【】〈〉‐‑–—", "()()()()----"))
    if len(text) < 4 or len(text) > 40 or not re.search(r"[0-9]", text):
        return _no("不是4至40字、带数字的许可编号", "is not a permit's number of 4 to 40 signs with a digit")
    if not re.fullmatch(r"[\u4e00-\u9fffA-Z0-9()/.\-]+", text):
        return _no("含有许可编号中没有的符号", "holds a sign that no permit's number has")
    return Reading(text)


def _mmsi(text: str) -> Reading:
    """Ship stations only: the first digit is 2 to 7 (ITU-R M.585)."""
    text = _GAPS.sub("", text)
    if not re.fullmatch(r"[2-7][0-9]{8}", text):
        return _no("不是船舶的9位MMSI", "is not a ship's MMSI of 9 digits")
    return Reading(text)


def _schemes() -> tuple[Scheme, ...]:
    def one(
        id: SchemeId, zh: str, en: str, about: SubjectKind, is_personal: bool, read: Callable[[str], Reading]
    ) -> Scheme:
        return Scheme(id, Text(zh=zh, en=en), about, is_personal, read)

    return (
        one("resident_id", "公民身份号码", "Resident's number", "person", True, _resident_id),
        one("credit_code", "统一社会信用代码", "Unified social credit code", "organisation", False, _credit_code),
        one("plate", "号牌号码", "Plate", "vehicle", False, _plate),
        one("phone", "电话号码", "Telephone number", "person", True, _phone),
        one("bank_account", "银行账号", "Bank account", "account", True, _bank_account),
        one("permit", "许可编号", "Permit number", "permit", False, _permit),
        one("mmsi", "船舶MMSI", "Ship's MMSI", "vessel", False, _mmsi),
    )


SCHEMES: dict[str, Scheme] = {scheme.id: scheme for scheme in _schemes()}
"""Every scheme by its id."""
