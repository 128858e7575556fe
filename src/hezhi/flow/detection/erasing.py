"""What detection forgets with an erased record. Numbers of hits and verdicts stay as they were."""

from __future__ import annotations

from collections.abc import Collection

from hezhi.flow.detection.models import Hit, ReviewItem, Sight
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordErased
from hezhi.kit.erased import ERASED_TITLE
from hezhi.spine.vault import api as vault


def hits_about(*, record_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return ``{hit id: ids of its records}`` of every hit that one of these records caused."""
    return {
        hit_id: tuple(ids)
        for hit_id, ids in Hit.objects.filter(record_ids__overlap=list(record_ids)).values_list("id", "record_ids")
    }


def hits_records(*, hit_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return ``{hit id: ids of its records}``."""
    rows = Hit.objects.filter(id__in=list(hit_ids)).values_list("id", "record_ids")
    return {hit_id: tuple(ids) for hit_id, ids in rows}


def record_forget(event: RecordErased) -> None:
    """Count an erased record no more, and forget what the hits say that it alone has caused."""
    Sight.objects.filter(record_id__in=event.record_ids).update(subject="", is_withheld=True)
    ReviewItem.objects.filter(record_ids__overlap=list(event.record_ids)).update(subject="")
    about = hits_about(record_ids=event.record_ids)
    erased = intake.records_erased(record_ids=[one for ids in about.values() for one in ids])
    gone = sorted(hit_id for hit_id, ids in about.items() if set(ids) <= erased)
    Hit.objects.filter(id__in=gone).update(title=ERASED_TITLE, subject="", reasons=[])
    vault.keys_destroy(subjects=[f"hit:{one}" for one in gone])
