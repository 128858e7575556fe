"""Counts and reads of the detection room, in SQL terms. Only this room uses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Q, QuerySet

from hezhi.flow.detection.contracts import HitRow, LabelRow
from hezhi.flow.detection.models import Hit, Label, Sight
from hezhi.packkit.shape.base import Text
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right

LOCK = 7401  # first number of this room's advisory locks
FIELDS = Fields(region="region_path", kind="hit")


@dataclass(frozen=True)
class Series:
    """The sights of one subject under one detector, and how they are counted."""

    pack_id: str
    detector: str
    subject: str
    within: timedelta
    at_least: int

    @property
    def names(self) -> list[str]:
        return [self.pack_id, self.detector, self.subject]


# A window holds what happened from `within` before a sight up to it; sights of one moment stand in the order of
# their keys. Counting stops at the number that is needed.
_RAISING = """
    SELECT s.happened_at, s.key FROM detection_sight s
    WHERE s.pack_id = %s AND s.detector = %s AND s.subject = %s AND NOT s.is_withheld
        AND (s.happened_at, s.key) {from} (%s, %s) AND s.happened_at <= %s
        AND s.happened_at >= coalesce(
            (SELECT max(h.quiet_until) FROM detection_hit h
             WHERE h.pack_id = s.pack_id AND h.detector = s.detector AND h.subject = s.subject), '-infinity')
        AND %s <= (SELECT count(*) FROM (
            SELECT FROM detection_sight w
            WHERE w.pack_id = s.pack_id AND w.detector = s.detector AND w.subject = s.subject AND NOT w.is_withheld
                AND w.happened_at >= s.happened_at - %s AND (w.happened_at, w.key) <= (s.happened_at, s.key)
            LIMIT %s) counted)
    ORDER BY s.happened_at, s.key LIMIT 1
"""


def series_lock(series: Series) -> None:
    """Let records of one subject that arrive at once be counted one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, "|".join(series.names)])


def sight_add(sight: Sight) -> bool:
    """Write one sight unless its record is counted already, also by somebody at this moment; say whether it is new.

    WHY one statement: under a corrected subject the same record is counted under another lock, so a look before
    the insert would see nothing.
    """
    names = ("pack_id", "detector", "subject", "happened_at", "region_path", "key", "record_id", "is_withheld")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO detection_sight ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608
            " ON CONFLICT (record_id, detector) DO NOTHING",
            [getattr(sight, name) for name in names],
        )
        return bool(cursor.rowcount)


def raising(
    series: Series, start: tuple[datetime, str], to_at: datetime, *, is_after: bool = False
) -> tuple[datetime, str] | None:
    """Return moment and key of the first sight at which a hit is due, None without one.

    Args:
        start: moment and key of the sight to begin with, or after which to begin (``is_after``).
        to_at: last moment to look at.
    """
    given: list[Any] = [*series.names, *start, to_at, series.at_least, series.within, series.at_least]
    with connection.cursor() as cursor:
        cursor.execute(_RAISING.replace("{from}", ">" if is_after else ">="), given)
        return cursor.fetchone()


def window(series: Series, at: datetime, key: str) -> list[Sight]:
    """Return the sights in the window that ends with one sight, oldest first."""
    upto = Q(happened_at__lt=at) | Q(happened_at=at, key__lte=key)
    rows = _sights(series).filter(upto, happened_at__gte=at - series.within)
    return list(rows.order_by("happened_at", "key"))


def withhold(sights: Sequence[Sight]) -> None:
    """Count these sights no more."""
    Sight.objects.filter(id__in=[sight.id for sight in sights]).update(is_withheld=True)


def _sights(series: Series) -> QuerySet[Sight]:
    return Sight.objects.filter(
        pack_id=series.pack_id, detector=series.detector, subject=series.subject, is_withheld=False
    )


def visible(by: Actor) -> QuerySet[Hit]:
    """Return the hits the actor may see: whoever triages there, and whoever reads numbers there."""
    condition = permissions.scope_q(by, Right.ALERT_TRIAGE, FIELDS)
    return Hit.objects.filter(condition | permissions.scope_q(by, Right.INDICATOR_READ, FIELDS))


def newest_labels(hit_ids: Sequence[int]) -> dict[int, LabelRow]:
    """Return the verdict that counts, by hit."""
    newest = Label.objects.filter(hit_id__in=hit_ids).values("hit_id").annotate(last=Max("id")).values("last")
    rows = Label.objects.filter(id__in=newest)
    return {row.hit_id: LabelRow(row.verdict, row.given_by, row.given_at) for row in rows}


def hit_row(hit: Hit, label: LabelRow | None) -> HitRow:
    """Return a hit as other rooms see it."""
    return HitRow(
        id=hit.id,
        pack=hit.pack,
        pack_id=hit.pack_id,
        content_hash=hit.content_hash,
        detector=hit.detector,
        subject=hit.subject,
        title=hit.title,
        matter=hit.matter,
        region_code=hit.region_code,
        region_path=hit.region_path,
        grade=hit.grade,
        reasons=tuple(Text(**one) for one in hit.reasons),
        record_ids=tuple(hit.record_ids),
        count=hit.count,
        first_at=hit.first_at,
        last_at=hit.last_at,
        quiet_until=hit.quiet_until,
        is_shadow=hit.is_shadow,
        found_at=hit.found_at,
        label=label,
    )


@guard.house_read
def hits_basis(*, hit_ids: Collection[int]) -> tuple[list[tuple[str, int]], list[int], list[int]]:
    """Return what hits rest on, for rooms only: how many each ``pack@version/detector`` found, the most first; the
    snapshots of the lake on which scans did; the ids of their records."""
    rows = list(Hit.objects.filter(id__in=list(hit_ids)).values_list("pack", "detector", "run__snapshot", "record_ids"))
    counted = Counter(f"{pack}/{detector}" for pack, detector, _, _ in rows)
    snapshots = {snapshot for _, _, snapshot, _ in rows if snapshot is not None}
    return counted.most_common(), sorted(snapshots), sorted({one for *_, ids in rows for one in ids})
