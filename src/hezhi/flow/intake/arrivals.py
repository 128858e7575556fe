"""How much came from each source and when, for rooms that watch over sources. Counts alone, no row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncDate

from hezhi.flow.intake.contracts import BatchReport, Counts, SourceRow
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.queries import COUNTED, batch_report
from hezhi.flow.intake.sources import source_row
from hezhi.kit.moments import CITY_ZONE, day_starts_at
from hezhi.spine.guard import api as guard


@guard.house_read
def sources_listed() -> list[SourceRow]:
    """Return every source, ordered by code, for the house's own use."""
    return [source_row(one) for one in Source.objects.order_by("code")]


@guard.house_read
def arrivals_by_day(*, since: date) -> dict[int, dict[date, Counts]]:
    """Return what each source delivered per day of the city, by its id; days without a delivery are left out.

    For the house's own use.
    """
    rows = (
        Batch.objects.filter(taken_at__gte=day_starts_at(since))
        .values("source_id", on=TruncDate("taken_at", tzinfo=CITY_ZONE))
        .annotate(**{f"sum_{name}": Sum(f"{name}_count") for name in COUNTED})
        .order_by("source_id", "on")
    )
    found: dict[int, dict[date, Counts]] = defaultdict(dict)
    for row in rows:
        found[row["source_id"]][row["on"]] = Counts(**{name: row[f"sum_{name}"] for name in COUNTED})
    return dict(found)


@guard.house_read
def arrivals_newest() -> dict[int, tuple[datetime, datetime | None, BatchReport]]:
    """Return of each source the first delivery's moment, that of the newest accepted row, and the newest delivery.

    By the source's id; sources that never delivered are left out. For the house's own use.
    """
    first = dict(Batch.objects.values_list("source_id").annotate(at=Min("taken_at")))
    accepted = dict(Batch.objects.filter(accepted_count__gt=0).values_list("source_id").annotate(at=Max("taken_at")))
    newest = Batch.objects.select_related("source").order_by("source_id", "-id").distinct("source_id")
    return {one.source_id: (first[one.source_id], accepted.get(one.source_id), batch_report(one)) for one in newest}


@guard.house_read
def record_files(*, record_ids: Collection[int]) -> tuple[list[tuple[str, int, str, str, datetime, int]], int]:
    """Return with which files records came, the newest first, and how many came with none, as from a form.

    A file is told as source, id, name, kept hash, when it was taken in, and how many of the records are of it. For the
    house's own use.
    """
    rows = Record.objects.filter(id__in=list(record_ids))
    told = rows.filter(batch__isnull=False).values_list(
        "batch__source__name", "batch_id", "batch__name", "batch__content", "batch__taken_at"
    )
    files = [tuple(one) for one in told.annotate(count=Count("id")).order_by("-batch_id")]
    return files, rows.filter(batch__isnull=True).count()


@guard.house_read
def arrivals_doubtful(*, since: date) -> dict[int, dict[str, int]]:
    """Return what was doubtful among the records of each source's deliveries since a day, by its id and a word.

    The words: ``late`` and ``changed`` (records that came late, changes of records that were there), and
    ``waits:<rule>``, how many records wait now by the first rule that stopped them. For the house's own use.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.source_id,
                CASE WHEN r.state = 'accepted' THEN '' ELSE coalesce(
                    jsonb_path_query_first(r.findings, '$[*] ? (@.stops == true).rule') #>> '{}', 'unsaid'
                ) END AS waits,
                count(*), count(*) FILTER (WHERE r.is_late), count(*) FILTER (WHERE r.revises_id IS NOT NULL)
            FROM intake_batch b JOIN intake_record r ON r.batch_id = b.id
            WHERE b.taken_at >= %s AND r.erased_at IS NULL GROUP BY 1, 2
            """,
            [day_starts_at(since)],
        )
        rows = cursor.fetchall()
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for source_id, waits, count, late, changed in rows:
        found[source_id]["late"] += late
        found[source_id]["changed"] += changed
        if waits:
            found[source_id][f"waits:{waits}"] += count
    return {source_id: dict(words) for source_id, words in found.items()}
