"""What counts as a word and as a piece of text, for every part of this service."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import rjieba

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"\w")
_NOT_TEXT = re.compile(r"[\W_]+")

EMPTY_WORDS = frozenset(
    """
    的 了 是 在 我 我们 你 你们 您 他 她 它 他们 和 与 及 或 就 都 也 还 又 很 不 没
    没有 有 这 那 这个 那个 这些 那些 一个 一些 一直 一下 什么 怎么 如何 为何 为什么 吗 呢
    吧 啊 被 把 让 给 对 对于 从 到 向 请 请问 希望 谢谢 感谢 你好 您好 尊敬 领导 书记
    市长 部门 有关 相关 政府 问题 反映 投诉 情况 可以 能 能否 是否 会 要 应该 但 但是 而
    而且 因为 所以 如果 现在 目前 已经 以及 等 之 于 以 为 上 下 中 里 个 年 月 日 时
    多 个月 进行 由于 这样 这种 自己 大家 居民 群众 市民 老百姓 百姓 处理 解决 附近 关于
    建议 咨询 求助 严重 多次 每天 天天
    """.split()  # noqa: SIM905 - a word a line would hide the list
)
"""Words that say nothing about what a message concerns; used for keywords and clusters, not for learning."""


def normal(text: str) -> str:
    """Return ``text`` with full-width forms folded, in small letters.

    Example:
        >>> normal("Ａ３区　KTV")
        'a3区 ktv'
    """
    return unicodedata.normalize("NFKC", text).lower()


def bare(text: str) -> str:
    """Return ``normal(text)`` without spaces, punctuation and symbols.

    Example:
        >>> bare("占道， 经营！")
        '占道经营'
    """
    return _NOT_TEXT.sub("", normal(text))


def words_of(text: str) -> list[str]:
    """Return the words of ``text`` in their order, long ones after the shorter words inside them.

    Already segmented text keeps its borders.

    WHY dictionary words only: the guesser of unknown words glues the same characters together in one sentence
    and not in the next (``没人修`` beside ``没人``), which gained nothing in cross-validation.

    Example:
        >>> words_of("路灯 坏了，没人修")
        ['路灯', '坏', '了', '没', '人', '修']
        >>> words_of("漆黑一片")
        ['漆黑', '一片', '漆黑一片']
    """
    return [word for word in rjieba.cut_for_search(normal(text), False) if _WORD.search(word)]


def telling_words(text: str) -> list[str]:
    """Return the words that can say what a message concerns, empty words left out.

    Single characters in a row are mostly a name the dictionary does not know (a housing estate, a company):
    each two neighbours of such a row count as a word.

    Example:
        >>> telling_words("望江苑的搅拌站有噪音")
        ['望江', '搅拌站', '噪音']
        >>> telling_words("车贷")
        ['车贷']
    """
    found, before = [], ""
    for word in rjieba.cut(normal(text), False):
        single = word if len(word) == 1 and _HAN.match(word) and word not in EMPTY_WORDS else ""
        if before and single:
            found.append(before + single)
        if len(word) > 1 and _WORD.search(word) and word not in EMPTY_WORDS and not word.isdigit():
            found.append(word)
        before = single
    return found


def persons_named(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of ``texts`` that the dictionary's part-of-speech model takes for names of persons."""
    return frozenset(word for text in texts for word, kind in rjieba.tag(normal(text)) if kind == "nr")


def pieces_of(text: str) -> Counter[str]:
    """Return how often each two-character piece stands in the bare text; a single character is its own piece.

    Example:
        >>> sorted(pieces_of("路灯坏").items())
        [('灯坏', 1), ('路灯', 1)]
    """
    plain = bare(text)
    if len(plain) == 1:
        return Counter([plain])
    return Counter(plain[at : at + 2] for at in range(len(plain) - 1))
