"""Looks where nothing was found: draws a small random sample, takes answers, tells how many true ones were missed.

Verdicts on alerts say how often a detector is right; only looking at what raised no alert says what it misses. A
sample is drawn once for a time, from what was known on a snapshot, and the same seed draws the same one again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from hezhi.flow.detection import queries
from hezhi.flow.detection.contracts import Answer, Recall, ReviewItemRow
from hezhi.flow.detection.errors import (
    AnswerUnknown,
    NothingJudgedYet,
    ReasonMissing,
    ReviewDrawn,
    ReviewItemNotFound,
    ReviewNotFound,
    ScanNotFound,
    SizeBad,
)
from hezhi.flow.detection.models import Hit, Review, ReviewItem, Run
from hezhi.flow.detection.recall import Part, recall_of
from hezhi.flow.detection.rules import (
    REASON_AT_LEAST,
    definition_of,
    path_in_common,
    records_of,
    subject_kept,
    subject_parts,
)
from hezhi.flow.intake import api as intake
from hezhi.kit.moments import day_ends_at, day_starts_at
from hezhi.packkit import api as packkit
from hezhi.packkit.api import DuckEngine, Episode, Member, ScanHit, Span, Table
from hezhi.packkit.shape import Pack, Record
from hezhi.packkit.shape.scan import Scan
from hezhi.services.lake import api as lake
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right
from hezhi.spine.regions import api as regions

SIZE = 60  # enough for an interval, an afternoon of work
SIZES = range(5, 201)
RECORDS_SHOWN = 20
FIELDS = Fields(region="region_path")


@guard.act
def review_draw(
    *, pack_id: str, detector: str, first_on: date, last_on: date, seed: int, by: Actor, at: datetime, size: int = SIZE
) -> Recall:
    """Draw a sample of the subjects that a scan looked at from ``first_on`` to ``last_on`` and did not find.

    What was found, and what there was, is told by the newest run of the scan as it is now; a time that the scan has
    not judged yet is left out.

    Args:
        seed: decides the sample; the same one draws the same subjects from the same snapshot.

    Raises:
        PackUnknown, ScanNotFound, SizeBad, NotAllowed.
        NothingJudgedYet: no run has had the last word on any of these days.
        ReviewDrawn: a sample of this scan and time is there.
    """
    permissions.require_everywhere(by, Right.INDICATOR_READ)
    if size not in SIZES:
        raise SizeBad(size=size)
    pack, scan = _scan(pack_id, detector)
    definition = definition_of(scan)
    run = Run.objects.filter(pack_id=pack.id, scan=scan.id, definition=definition, error="").order_by("-id").first()
    asked = Span(packkit.micros(day_starts_at(first_on)), packkit.micros(day_ends_at(last_on)))
    span = packkit.span_judged(scan, asked, packkit.micros(run.as_of)) if run else Span(0, 0)
    if run is None or span.end <= span.start:
        raise NothingJudgedYet(detector=detector)
    first_at, last_at = packkit.moment(span.start), packkit.moment(span.end)
    stands = {"pack_id": pack.id, "detector": scan.id, "definition": definition, "first_at": first_at}
    if Review.objects.filter(**stands, last_at=last_at).exists():
        raise ReviewDrawn(detector=detector)
    hits = Hit.objects.filter(
        pack_id=pack.id, detector=scan.id, run__definition=definition, first_at__lt=last_at, last_at__gte=first_at
    )
    review = Review(
        pack=pack.stamp, **stands, last_at=last_at, snapshot=run.snapshot, known_at=run.as_of, seed=seed, size=size,
        hit_ids=sorted(hits.values_list("id", flat=True)), drawn_at=at,
    )  # fmt: skip
    subjects, review.found_count, review.unfound_count = _drawn(scan, review)
    review.save()
    ReviewItem.objects.bulk_create(_items(pack, scan, review, subjects))
    body = {"detector": scan.id, "snapshot": run.snapshot, "seed": seed, "first_at": first_at, "last_at": last_at,
            "found": review.found_count, "unfound": review.unfound_count, "drawn": len(subjects)}  # fmt: skip
    ledger.line_append(chain=f"review:{review.id}", act="review.draw", by=by, at=at, body=body, pack=pack.stamp)
    return _recalls([review])[0]


def review_again(*, review_id: int) -> list[str]:
    """Draw a sample again by its seed, on its snapshot, and return the subjects: the same, unless some were erased.

    Raises:
        ReviewNotFound, ScanNotFound: the scan is another by now.
    """
    review = Review.objects.filter(id=review_id).first()
    if review is None:
        raise ReviewNotFound(review=review_id)
    _, scan = _scan(review.pack_id, review.detector)
    if definition_of(scan) != review.definition:
        raise ScanNotFound(detector=review.detector)
    return [subject_kept(one) for one in _drawn(scan, review)[0]]


def _scan(pack_id: str, detector: str) -> tuple[Pack, Scan]:
    pack = packkit.shelf().get(pack_id)
    scan = next((one for one in pack.scans if one.id == detector), None)
    if scan is None:
        raise ScanNotFound(detector=detector)
    return pack, scan


def _tables(scan: Scan, review: Review) -> tuple[dict[str, Record], dict[str, Table]]:
    records = records_of(packkit.shelf().get(review.pack_id), scan)
    known = packkit.micros(review.known_at)
    return records, lake.tables_at(pack_id=review.pack_id, records=records, snapshot=review.snapshot, known_at=known)


def _drawn(scan: Scan, review: Review) -> tuple[list[str], int, int]:
    """Return the sample, and how many subjects were found and were not."""
    found = set(Hit.objects.filter(id__in=review.hit_ids).values_list("subject", flat=True))
    records, tables = _tables(scan, review)
    span = Span(packkit.micros(review.first_at), packkit.micros(review.last_at))
    drawn: list[str] = []
    unfound = 0
    engine = DuckEngine(threads=1)
    try:
        for subject in packkit.subjects_of(engine, scan, records, tables, span, review.seed):
            if subject_kept(subject) not in found:
                unfound += 1
                if len(drawn) < review.size:
                    drawn.append(subject)
    finally:
        engine.close()
    return drawn, len(found), unfound


def _items(pack: Pack, scan: Scan, review: Review, subjects: Sequence[str]) -> Iterator[ReviewItem]:
    last = review.last_at - timedelta(microseconds=1)
    spans = [
        Episode(one, ScanHit(one, review.first_at, "", {}), ScanHit(one, last, "", {}), 0) for one in subjects
    ]  # a subject's whole time, as the rows of an episode are looked up
    records, tables = _tables(scan, review)
    engine = DuckEngine(threads=1)
    try:
        rows = packkit.members_of(engine, scan, records, tables, spans)
    finally:
        engine.close()
    shown: list[Sequence[Member]] = [members[-RECORDS_SHOWN:] for members in rows]
    ids = intake.record_ids_of(numbers={one.key for members in shown for one in members})
    paths = {
        code: one.path
        for code, one in regions.regions_get(
            sorted({one.region for members in rows for one in members if one.region})
        ).items()
    }
    for subject, members, every in zip(subjects, shown, rows, strict=True):
        yield ReviewItem(
            review=review, subject=subject_kept(subject),
            region_path=path_in_common(sorted({paths[one.region] for one in every if one.region in paths})),
            record_ids=[ids[one.key] for one in members if one.key in ids],
        )  # fmt: skip


def visible_items(by: Actor) -> QuerySet[ReviewItem]:
    """Return the lines the actor may see and answer: who triages or supervises there, and has no interest."""
    may = permissions.scope_q(by, Right.ALERT_TRIAGE, FIELDS) | permissions.scope_q(by, Right.CASE_SUPERVISE, FIELDS)
    barred = [int(ref.partition(":")[2]) for ref in by.barred if ref.startswith("record:")]
    rows = ReviewItem.objects.filter(may)
    return rows.exclude(record_ids__overlap=barred) if barred else rows


def review_items(*, review_id: int, by: Actor) -> list[ReviewItemRow]:
    """Return the lines of a sample that the actor may answer, in the order they were drawn.

    Raises:
        ReviewNotFound.
    """
    review = Review.objects.filter(id=review_id).first()
    if review is None:
        raise ReviewNotFound(review=review_id)
    _, scan = _scan(review.pack_id, review.detector)
    records = records_of(packkit.shelf().get(review.pack_id), scan)
    items = list(visible_items(by).filter(review=review).order_by("id"))
    named = regions.regions_get(sorted({one.region_path.rpartition(".")[2] for one in items} - {""}))
    return [
        ReviewItemRow(
            one.id, subject_parts(scan, records, one.subject, _region_names(scan, records, items)),
            named[code].name if (code := one.region_path.rpartition(".")[2]) in named else "",
            tuple(one.record_ids), Answer(one.answer) if one.answer else None, one.answered_by, one.answered_at,
        )
        for one in items
    ]  # fmt: skip


def _region_names(scan: Scan, records: dict[str, Record], items: Sequence[ReviewItem]) -> dict[str, str]:
    """Return the names of the regions that subjects name themselves by."""
    stream = next(iter(scan.streams.values()))
    places = [n for n, name in enumerate(stream.per) if records[stream.reads].fields[name].type == "region"]
    codes = {
        parts[n] for one in items for n in places if n < len(parts := one.subject.split("|")) and parts[n].isdigit()
    }
    return {code: one.name for code, one in regions.regions_get(sorted(codes)).items()}


@guard.act
def review_answer(*, item_id: int, answer: str, reason: str, by: Actor, at: datetime) -> int:
    """Say of one subject whether it should have been found; the newest answer counts. Returns the sample's id.

    It raises no alert: what needs a hand is reported as any other matter, by whoever saw it.

    Raises:
        ReviewItemNotFound: there is none, or the actor may not see it.
        AnswerUnknown, ReasonMissing.
    """
    item = visible_items(by).filter(id=item_id).select_for_update().first()
    if item is None:
        raise ReviewItemNotFound(item=item_id)
    if answer not in set(Answer):
        raise AnswerUnknown(answer=str(answer)[:20])
    told = " ".join(reason.split())
    if len(told) < REASON_AT_LEAST:
        raise ReasonMissing()
    item.answer, item.answered_by, item.answered_at = answer, by.ref, at
    item.save(update_fields=["answer", "answered_by", "answered_at"])
    body = {"item": item.id, "answer": answer, "reason": told}
    ledger.line_append(chain=f"review:{item.review_id}", act="review.answer", by=by, at=at, body=body)
    return item.review_id


@guard.house_read
def recalls_of(*, pack_id: str = "", review_id: int = 0) -> list[Recall]:
    """Return what every sample tells, the newest first: numbers over all regions, no subject among them."""
    wanted = Q(pack_id=pack_id) if pack_id else Q()
    if review_id:
        wanted &= Q(id=review_id)
    return _recalls(list(Review.objects.filter(wanted).order_by("-id")))


def _recalls(reviews: Sequence[Review]) -> list[Recall]:
    answers: dict[int, list[str]] = {one.id: [] for one in reviews}
    for review_id, answer in ReviewItem.objects.filter(review__in=answers).values_list("review_id", "answer"):
        answers[review_id].append(answer)
    hits = {hit_id for one in reviews for hit_id in one.hit_ids}
    subjects = dict(Hit.objects.filter(id__in=hits).values_list("id", "subject"))
    labels = queries.newest_labels(sorted(hits))
    told = []
    for one in reviews:
        verdicts: dict[str, set[str]] = {}
        for hit_id in one.hit_ids:
            if hit_id in labels and labels[hit_id].verdict != "cannot_verify":
                verdicts.setdefault(subjects[hit_id] or f"#{hit_id}", set()).add(labels[hit_id].verdict)
        found = Part(one.found_count, len(verdicts), sum("true" in given for given in verdicts.values()))
        given = answers[one.id]
        missed = given.count(Answer.MISSED)
        unfound = Part(one.unfound_count, missed + given.count(Answer.NOTHING), missed)
        share, low, high = recall_of(found, unfound) or (None, None, None)
        told.append(
            Recall(
                one.id, one.pack, one.pack_id, one.detector, one.first_at, one.last_at, one.seed, one.snapshot,
                found.whole, found.seen, found.true, unfound.whole, unfound.seen, unfound.true,
                given.count(Answer.CANNOT_TELL), given.count(""), share, low, high,
            )
        )  # fmt: skip
    return told
