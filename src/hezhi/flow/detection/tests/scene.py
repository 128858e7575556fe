"""A sample with one line and a candidate with one shadow hit, for tests of pages: nothing is drawn, nothing is run."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.flow.detection.models import Candidate, Hit, Review, ReviewItem, Run
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack


def pack_scanned() -> Pack:
    """The first pack on the shelf with a detector over history."""
    return next(one for one in packkit.shelf().packs() if one.scans)


def learning_make(*, region_path: str, at: datetime) -> dict[str, int]:
    """Write both and return the ids: ``review``, its ``line``, ``candidate`` and its ``shadow`` hit."""
    pack = pack_scanned()
    scan = pack.scans[0]
    subject = "|".join("x" for _ in next(iter(scan.streams.values())).per)
    begin = at - timedelta(days=30)
    stands = {"pack": pack.stamp, "pack_id": pack.id}
    review = Review.objects.create(
        **stands, detector=scan.id, definition="0" * 64, snapshot=0, known_at=at, first_at=begin, last_at=at, seed=1,
        size=5, hit_ids=[], found_count=0, unfound_count=1, drawn_at=at,
    )  # fmt: skip
    line = ReviewItem.objects.create(review=review, subject=subject, region_path=region_path, record_ids=[])
    candidate = Candidate.objects.create(
        pack_id=pack.id, detector=scan.id, definition=scan.model_dump(mode="json"), changes=["least 3 → 2"],
        since_at=begin, begun_at=begin, begun_by="system:test",
    )  # fmt: skip
    name = f"{scan.id}~{candidate.id}"
    run = Run.objects.create(
        **stands, scan=name, definition="0" * 64, engine="duckdb", snapshot=0, as_of=at, spans=[], hit_count=1,
        new_count=1,
    )  # fmt: skip
    hit = Hit.objects.create(
        **stands, content_hash=pack.content_hash, detector=name, subject=subject, title="只有影子找出的",
        region_code=region_path.rpartition(".")[2], region_path=region_path, grade="yellow", reasons=[], record_ids=[],
        count=1, first_at=begin, last_at=begin, quiet_until=at, is_shadow=True, found_at=at, run=run,
    )  # fmt: skip
    return {"review": review.id, "line": line.id, "candidate": candidate.id, "shadow": hit.id}
