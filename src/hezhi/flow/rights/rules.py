"""Decisions about requests as pure functions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from hezhi.flow.rights.contracts import RightKind
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Text

COPY_OPEN = timedelta(days=30)
"""How long a copy can be fetched after access was granted. House rule: no law names it."""
CHECKED_FROM, CHECKED_TO = 2, 60  # characters that name the kind of a document


def chain_of(request_id: int) -> str:
    """Return the ledger chain of a request."""
    return f"rights:{request_id}"


def serving(packs: Collection[Pack]) -> Pack | None:
    """Return the pack in use that serves the rights of people, None where none does."""
    return next(
        (one for one in packs if one.identity.serves == "rights_of_people" and one.identity.status == "active"), None
    )


def effect(right: RightKind, outcome: str) -> str:
    """Return what the house carries out when a request ends: open, correct, erase, blank, or nothing.

    What rests on consent is blanked when the request is filed, since nobody's leave is needed for that. A
    request granted in part lets the copy out and blanks what rests on consent; the rest is what the officer refused.

    Example:
        >>> effect(RightKind.ERASURE, "partly"), effect(RightKind.ERASURE, "refused")
        ('blank', '')
    """
    table = {
        (RightKind.ACCESS, "granted"): "open",
        (RightKind.ACCESS, "partly"): "open",
        (RightKind.CORRECTION, "granted"): "correct",
        (RightKind.ERASURE, "granted"): "erase",
        (RightKind.ERASURE, "partly"): "blank",
    }
    return table.get((right, outcome), "")


def hindrance(right: RightKind, *, waits: bool, is_erased: bool, is_used: bool, has_consent: bool) -> str:
    """Return why a right cannot be used on a record now, empty where it can.

    Example:
        >>> hindrance(RightKind.WITHDRAWAL, waits=False, is_erased=False, is_used=True, has_consent=False)
        'nothing'
    """
    if is_erased:
        return "erased"
    if waits:
        return "open"
    if right is RightKind.WITHDRAWAL and not has_consent:
        return "nothing"
    return "not_used" if right is RightKind.CORRECTION and not is_used else ""


def correctable(pack: Pack, kind: str) -> tuple[tuple[str, Text], ...]:
    """Return the fields that a person may ask to correct: all but names, moments of filing, places and files.

    A wrong place or matter is the house's own dispatch; whoever objects to it contests.
    """
    shape = pack.record(kind)
    fixed = {shape.key, shape.subject, shape.place, shape.happened, shape.matter}
    return tuple(
        (name, one.label)
        for name, one in shape.fields.items()
        if name not in fixed and one.type not in ("file", "matter")
    )


def checked_words(text: str) -> str:
    """Return how the seen document is called, without anything that looks like its number; empty if unusable.

    Example:
        >>> checked_words("居民身份证"), checked_words("身份证330102199001011234"), checked_words("x")
        ('居民身份证', '', '')
    """
    told = " ".join(text.split())
    is_named = CHECKED_FROM <= len(told) <= CHECKED_TO
    return told if is_named and sum(sign.isdigit() for sign in told) < 4 else ""
