"""The one place that answers "may this actor do this here?", for a row and for a list.

Whoever shows or changes rows asks here; nobody looks into ``Actor.grants``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from django.db.models import Q

from hezhi.spine.permissions import rules
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace, ScopeSet
from hezhi.spine.permissions.errors import NotAllowed, NotFound
from hezhi.spine.permissions.rules import path_covers, paths_shortest

__all__ = [
    "may",
    "may_everywhere",
    "only",
    "path_covers",
    "paths_shortest",
    "require",
    "require_everywhere",
    "scope_q",
    "scopes",
]

ALL_ROWS = ~Q(pk__in=[])  # unlike Q(), stays "everything" when it is joined to another Q by OR
NO_ROWS = Q(pk__in=[])


def scopes(actor: Actor, right: Right) -> ScopeSet:
    """Return everything ``actor`` may do ``right`` to; empty for a right nobody gave."""
    return rules.scope_set(actor.grants, right)


def may(actor: Actor, right: Right, place: RowPlace) -> bool:
    """Say whether ``actor`` may do ``right`` to a row at ``place``; never to what it is barred from."""
    return not rules.is_barred(actor.barred, place) and rules.covers(scopes(actor, right), place)


def may_everywhere(actor: Actor, right: Right) -> bool:
    """Say whether ``actor`` holds ``right`` without bounds, as functions of the house ask for."""
    return scopes(actor, right).everywhere


def only(actor: Actor, rights: Collection[str]) -> Actor:
    """Return ``actor`` with no other than these rights, where and as far as it had them."""
    return replace(actor, grants=frozenset(one for one in actor.grants if one.right in rights))


def require(
    actor: Actor, right: Right, place: RowPlace, *, read_right: Right | None = None, hidden: NotFound | None = None
) -> None:
    """Return only if ``actor`` may do ``right`` to a row at ``place``.

    Args:
        read_right: the right without which the row's very existence stays hidden; by default
            the one ``rules.READ_RIGHTS`` names for ``right``.
        hidden: what the room says of a row that is not there; who may not know of this one is told the same.

    Raises:
        NotFound: the actor may not know that there is such a row.
        NotAllowed: the actor sees the row, but may not do this.
    """
    if may(actor, right, place):
        return
    seen_by = read_right or rules.read_right_of(right)
    if seen_by is not None and not may(actor, seen_by, place):
        raise hidden or NotFound()
    raise NotAllowed(right=str(right))


def require_everywhere(actor: Actor, right: Right) -> None:
    """Return only if ``actor`` holds ``right`` without bounds.

    Raises:
        NotAllowed: the actor lacks the right, or has it for some places only.
    """
    if not may_everywhere(actor, right):
        raise NotAllowed(right=str(right))


def scope_q(actor: Actor, right: Right, fields: Fields) -> Q:
    """Return the condition that keeps exactly the rows ``actor`` may do ``right`` to.

    A scope for which the table has no column keeps nothing, and so does an actor without scopes.
    Region columns are compared by equality and by prefix, which an index with
    ``text_pattern_ops`` answers; ``agencies`` by array overlap, which a GIN index answers.

    Args:
        fields: the table's columns; lookups through relations (``case__region_path``) work too.
    """
    condition = _within(scopes(actor, right), fields)
    for kind, column in (("case", fields.case), (fields.kind, "id")):
        ids = rules.barred_ids(actor.barred, kind) if kind and column else frozenset()
        if ids:
            condition &= ~Q(**{f"{column}__in": sorted(ids)})
    return condition


def _within(found: ScopeSet, fields: Fields) -> Q:
    if found.everywhere:
        return ALL_ROWS
    condition = NO_ROWS
    if fields.region:
        for path in sorted(found.region_paths):
            condition |= Q(**{fields.region: path}) | Q(**{f"{fields.region}__startswith": f"{path}."})
    if fields.agencies and found.agency_ids:
        condition |= Q(**{f"{fields.agencies}__overlap": sorted(found.agency_ids)})
    if fields.case and found.case_ids:
        condition |= Q(**{f"{fields.case}__in": sorted(found.case_ids)})
    return condition
