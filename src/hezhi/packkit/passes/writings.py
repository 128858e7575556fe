"""Pass 4 for what people read: samples that are visibly invented, a README that answers the same five questions."""

from __future__ import annotations

import json
import re

from hezhi.kit.names import nearest_name
from hezhi.packkit.catalogue import README_HEADINGS
from hezhi.packkit.draft import Draft

_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_INVENTED_MOBILE = re.compile(r"1\d\d00000\d{3}")
_PLATE = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]([A-Z])[·\s]?[A-Z0-9]{5,6}")
_INVENTED_PLATE_LETTER = "Z"
_MAIL = re.compile(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}", re.I)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def run(draft: Draft) -> None:
    for name, rows in draft.samples.items():
        for row in rows:
            told = real_looking(json.dumps(row.data, ensure_ascii=False))
            if told:
                draft.report("meaning/sample-real-looking", name, row.line, told)
    if "README.md" in draft.files:
        _readme(draft)


def real_looking(text: str) -> str:
    """Return why ``text`` could name a real person or vehicle, or nothing.

    Invented on sight are: identity numbers with a wrong check digit, mobile numbers with five zeros in
    the middle (``139 00000 123``), plates with the letter Z after the province, mail at example.*.

    Example:
        >>> real_looking("13900000123"), real_looking("浙Z·A1234"), real_looking("hello@example.org")
        ('', '', '')
        >>> real_looking("call 13912345678")
        "'13912345678' is a telephone number that may be in use; write one like 13900000123."
    """
    for found in _ID_NUMBER.findall(text):
        check = "10X98765432"[sum(int(d) * w for d, w in zip(found, _ID_WEIGHTS, strict=False)) % 11]
        if found[-1].upper() == check:
            return "An identity number with a valid check digit may belong to someone; change its last digit."
    for found in _MOBILE.findall(text):
        if not _INVENTED_MOBILE.fullmatch(found):
            return f"'{found}' is a telephone number that may be in use; write one like 13900000123."
    for plate in _PLATE.finditer(text):
        if plate[1] != _INVENTED_PLATE_LETTER:
            return f"'{plate[0]}' may be a real number plate; use the letter Z after the province."
    for mail in _MAIL.finditer(text):
        if "@example." not in mail[0].lower():
            return f"'{mail[0]}' may be a real mail address; use one at example.org."
    return ""


def _readme(draft: Draft) -> None:
    lines = draft.files["README.md"].decode("utf-8", "replace").splitlines()
    headings = {
        line.lstrip("# ").strip(): number for number, line in enumerate(lines, start=1) if line.startswith("## ")
    }
    wanted = [heading for heading in README_HEADINGS if heading not in headings]
    if wanted:
        spare = [heading for heading in headings if heading not in README_HEADINGS]
        near = nearest_name(wanted[0], spare)
        cause = f"These headings are missing: {', '.join(f'## {one}' for one in wanted)}."
        draft.report("meaning/readme-headings", "README.md", headings.get(near, 1), cause, "")
