"""How much two texts are alike."""

from __future__ import annotations

from hezhi.services.text.tokens import pieces_of


def similarity(a: str, b: str) -> float:
    """Return the share of two-character pieces that two texts have in common.

    Twice the common pieces over all pieces of both (Sørensen–Dice over multisets), after folding
    width and case and leaving out spaces and punctuation. Word order matters only inside a piece.

    Returns:
        0.0 (nothing in common, or one text is blank) to 1.0 (same bare text); symmetric.

    Example:
        >>> similarity("小区门口路灯坏了", "小区门口的路灯坏了！")
        0.8
        >>> similarity("", "")
        0.0
    """
    mine, theirs = pieces_of(a), pieces_of(b)
    total = mine.total() + theirs.total()
    if not mine or not theirs:
        return 0.0
    return 2 * (mine & theirs).total() / total
