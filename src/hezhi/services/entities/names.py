"""How a Chinese name is written and read: family name, given name, sounds without tones. Pure.

Sounds are looked up in Python, character by character. A family name has sounds of its own (单 is *shan*, 仇 is *qiu*),
which a dictionary of words does not know.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from pypinyin import lazy_pinyin

COMPOUND = frozenset(
    (
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊",
        "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文",
        "司徒", "鲜于", "司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正",
        "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "梁丘",
        "左丘", "东门", "西门", "第五",
    )
)  # fmt: skip
FAMILY_SOUNDS = {
    "单": "shan", "仇": "qiu", "解": "xie", "区": "ou", "曾": "zeng", "朴": "piao", "查": "zha", "盖": "ge",
    "缪": "miao", "乐": "yue", "员": "yun", "翟": "zhai", "冼": "xian", "洗": "xian", "覃": "qin", "秘": "bi",
    "逄": "pang", "任": "ren", "华": "hua", "纪": "ji", "葛": "ge", "燕": "yan", "宁": "ning", "柏": "bai",
    "折": "she", "黑": "he", "重": "chong", "召": "shao", "种": "chong", "祭": "zhai", "繁": "po", "隗": "wei",
    "郗": "xi", "晁": "chao", "佴": "nai", "哈": "ha", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun",
    "澹台": "tan tai", "亓官": "qi guan", "令狐": "ling hu", "乐正": "yue zheng", "鲜于": "xian yu",
}  # fmt: skip
_HAN = re.compile(r"[㐀-鿿]+")


@dataclass(frozen=True)
class NameZh:
    """``sounds``: one of each character, without tones, as typed (``lv`` for 吕)."""

    family: str
    given: str
    sounds: tuple[str, ...]


def name_read(text: str) -> NameZh | None:
    """Return the parts of a name of two to six Han characters, None for anything else.

    Example:
        >>> name_read("单小明").sounds, name_read("欧阳 明").family, name_read("Smith")
        (('shan', 'xiao', 'ming'), '欧阳', None)
    """
    plain = re.sub(r"[\s·•.]+", "", unicodedata.normalize("NFKC", text))
    if not _HAN.fullmatch(plain) or not 2 <= len(plain) <= 6:
        return None
    size = 2 if len(plain) > 2 and plain[:2] in COMPOUND else 1
    family, given = plain[:size], plain[size:]
    known = FAMILY_SOUNDS.get(family)
    sounds = known.split() if known else [_sound(sign) for sign in family]
    return NameZh(family, given, (*sounds, *(_sound(sign) for sign in given)))


@cache
def _sound(sign: str) -> str:
    """Return the usual sound of one character; there are some thousands of them."""
    return lazy_pinyin(sign)[0]
