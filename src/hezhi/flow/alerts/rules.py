"""Decisions about alerts as pure functions."""

from __future__ import annotations

from typing import Literal

from hezhi.packkit.shape import Pack

SEVERITY = {"grey": 0, "green": 1, "yellow": 2, "red": 3}
DISMISSALS = ("false", "harmless", "cannot_verify")


def worse(one: str, other: str) -> str:
    """Return the more severe colour; grey (not enough data) never outweighs a colour.

    Example:
        >>> worse("yellow", "red"), worse("green", "grey")
        ('red', 'green')
    """
    return max(one, other, key=lambda colour: SEVERITY[colour])


def way_in(pack: Pack, kind: str, matter: str) -> Literal["alert", "case", ""]:
    """Return where a record of ``kind`` goes: to triage, straight to a case, or nowhere.

    Nobody is dispatched on a guess: while nobody has said which of several matters it is, a person triages it.
    """
    entrance = next((one for one in pack.playbook.entrances if one.record == kind), None)
    if entrance is None:
        return ""
    return entrance.to if matter or len(pack.matters) == 1 else "alert"
