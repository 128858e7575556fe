"""Reads of the region tree. Every function costs one query.

``on`` picks the state of a day; None means "not ended", the state of now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Concat

from hezhi.spine.regions.contracts import ChangeKind, ChangeRow, Level, RegionRow
from hezhi.spine.regions.errors import RegionNotFound
from hezhi.spine.regions.models import OPEN_Q, Region, RegionChange

NEWEST_FIRST = "-valid_to"  # PostgreSQL sorts what has not ended (null) before every day


def row_of(region: Region) -> RegionRow:
    """Return a version of a region as other rooms see it."""
    return RegionRow(
        region.code, region.name, Level(region.level), region.parent_code, region.path,
        region.valid_from, region.valid_to,
    )  # fmt: skip


def valid_q(on: date | None) -> Q:
    """Return the condition that keeps the versions of the day ``on``."""
    if on is None:
        return OPEN_Q
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=on)) & (OPEN_Q | Q(valid_to__gte=on))


def region_get(code: str, *, on: date | None = None) -> RegionRow:
    """Return the version of a region that was valid on ``on``; without a day the newest, ended or not.

    Raises:
        RegionNotFound: no such code, or not on that day.
    """
    versions = Region.objects.filter(code=code)
    region = versions.filter(valid_q(on)).first() if on else versions.order_by(NEWEST_FIRST).first()
    if region is None:
        raise RegionNotFound(region=code, **({"on": on} if on else {}))
    return row_of(region)


def regions_get(codes: Collection[str], *, on: date | None = None) -> dict[str, RegionRow]:
    """Return ``code -> row`` as ``region_get`` would for each; codes it does not find are missing."""
    versions = Region.objects.filter(code__in=set(codes))
    found = versions.filter(valid_q(on)) if on else versions.order_by("code", NEWEST_FIRST).distinct("code")
    return {region.code: row_of(region) for region in found}


def region_path(code: str) -> str:
    """Return the path of a code; a code has the same one on every day.

    Raises:
        RegionNotFound: no such code.
    """
    return region_get(code).path


def children(code: str, *, on: date | None = None) -> list[RegionRow]:
    """Return the regions directly below ``code`` (empty: the provinces), in the order of their codes."""
    return [row_of(one) for one in Region.objects.filter(valid_q(on), parent_code=code).order_by("code")]


def subtree(code: str, *, on: date | None = None) -> list[RegionRow]:
    """Return a region and everything below it, ordered by path; empty where it did not exist that day."""
    top = Region.objects.filter(valid_q(on), code=code).values("path")[:1]
    # Paths are digits and dots, and "/" is the character after the dot: a plain range of the index.
    below = Q(path__gte=top, path__lt=Concat(top, Value("/")))
    return [row_of(one) for one in Region.objects.filter(below, valid_q(on)).order_by("path")]


_WALK = """
    WITH RECURSIVE walk(id) AS (
        SELECT id FROM regions_region WHERE code = %(code)s AND {start}
        UNION
        SELECT link.{to} FROM regions_regionlink link JOIN walk ON link.{come} = walk.id
    )
    SELECT region.* FROM regions_region region JOIN walk USING (id) WHERE {stop} ORDER BY path
"""


def _valid_sql(name: str, day: date | None) -> str:
    if day is None:
        return "valid_to IS NULL"
    return (
        f"(valid_from IS NULL OR valid_from <= %({name})s) AND (valid_to IS NULL OR valid_to >= %({name})s)"
    )  # fmt: skip


def _walk(code: str, to: str, come: str, start: str, stop: str, days: Mapping[str, Any]) -> list[RegionRow]:
    sql = _WALK.format(to=to, come=come, start=start, stop=stop)
    return [row_of(one) for one in Region.objects.raw(sql, {"code": code, **days})]


def successors(code: str, *, on: date | None = None, as_of: date | None = None) -> list[RegionRow]:
    """Return the regions of the day ``on`` that hold land of what ``code`` was on the day ``as_of``.

    This is where an old record is reported today: under one successor if the region was renamed,
    moved or merged, under several if it was split. A region that never changed succeeds itself.

    Args:
        as_of: the day of the record; None takes every version the code ever had.

    Returns:
        Ordered by path; empty where the code was unknown that day.
    """
    start = _valid_sql("as_of", as_of) if as_of else "true"
    return _walk(code, "new_id", "old_id", start, _valid_sql("on", on), {"on": on, "as_of": as_of})


def predecessors(code: str, *, on: date, as_of: date | None = None) -> list[RegionRow]:
    """Return the regions of the day ``on`` whose land is part of what ``code`` is on ``as_of`` (None: now)."""
    return _walk(code, "old_id", "new_id", _valid_sql("as_of", as_of), _valid_sql("on", on), {"on": on, "as_of": as_of})


def standing_path(code: str, *, on: date) -> str:
    """Return the path of the smallest region of today that holds all of ``code``.

    That is the region's own path while it exists, and the path of what holds all its land after it
    ended, e.g. of the city for a district that was split.

    Raises:
        RegionNotFound: no such code, not yet on that day, or its land is not known to lie anywhere.
    """
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
    newest = Region.objects.filter(begun, code=code).order_by(NEWEST_FIRST).first()
    path = "" if newest is None else newest.path if _lasts(newest, on) else newest.lies_in
    if not path:
        raise RegionNotFound(region=code, on=on)
    return path


def _lasts(region: Region, on: date) -> bool:
    return region.valid_to is None or region.valid_to >= on


_COVERING = """
    SELECT own.code, own.path, old.path
    FROM regions_region own
    LEFT JOIN regions_region old
        ON old.valid_to IS NOT NULL AND old.valid_to < %(on)s
        AND old.lies_in >= own.path AND old.lies_in < own.path || '/'
        AND NOT (old.path >= own.path AND old.path < own.path || '/')
        AND NOT EXISTS (  -- what the ended parent's path covers anyway
            SELECT FROM regions_region up WHERE up.code = old.parent_code AND up.valid_to < %(on)s
                AND up.lies_in >= own.path AND up.lies_in < own.path || '/')
    WHERE own.code = ANY(%(codes)s) AND (own.valid_from IS NULL OR own.valid_from <= %(on)s)
"""


def paths_covering(codes: Collection[str], *, on: date) -> dict[str, frozenset[str]]:
    """Return ``code -> paths`` under which rows of this region may have been filed, up to the day ``on``.

    These are the region's own path and the paths of regions that ended and lie **wholly** inside it
    today. A region whose land went to several is covered only by what contains all of them, so
    that nobody sees a neighbour's rows; its code, where it lives on, keeps what was filed under it,
    and hands that on to what it becomes.
    A code that has ended keeps its own path alone. Unknown codes are missing.
    """
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COVERING, {"codes": sorted(set(codes)), "on": on})
        for code, own, old in cursor.fetchall():
            found.setdefault(code, {own}).update([old] if old else [])
    return {code: frozenset(paths) for code, paths in found.items()}


def changes_of(code: str) -> list[ChangeRow]:
    """Return every recorded change in which a version of ``code`` began or ended, oldest first."""
    touched = RegionChange.objects.filter(Q(links__old__code=code) | Q(links__new__code=code)).values("id")
    rows = (
        RegionChange.objects.filter(id__in=touched)
        .order_by("on", "id")
        .values_list("id", "kind", "on", "source", "is_verified", "links__old__code", "links__new__code")
    )
    heads: dict[int, tuple[Any, ...]] = {}
    olds: dict[int, set[str]] = {}
    news: dict[int, set[str]] = {}
    for change, *head, old, new in rows:
        heads[change] = tuple(head)
        olds.setdefault(change, set()).add(old)
        news.setdefault(change, set()).add(new)
    return [
        ChangeRow(ChangeKind(kind), on, tuple(sorted(olds[id])), tuple(sorted(news[id])), source, is_verified)
        for id, (kind, on, source, is_verified) in heads.items()
    ]
