"""Reads of the intake room. Secret values leave it through ``openings`` alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from hezhi.flow.intake import sealing
from hezhi.flow.intake.codes import code_fits
from hezhi.flow.intake.contracts import (
    BatchReport,
    BatchState,
    Contact,
    Counts,
    FileOfRecord,
    MatterSuggestion,
    RecordFilter,
    RecordFinding,
    RecordRow,
    RecordState,
    RecordView,
    Standing,
)
from hezhi.flow.intake.errors import BadPage, BatchNotFound, RecordIsErased, RecordNotFound
from hezhi.flow.intake.models import UNCLEARED_Q, Batch, Record, Source
from hezhi.kit.masks import MASK
from hezhi.kit.paging import Page, number_read
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackVersionUnknown
from hezhi.packkit.shape import Record as Shape
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace
from hezhi.spine.reads.api import FixedRead, any_of

FIELDS = Fields(region="scope_path", agencies="agency_ids", kind="record")
EXCERPT = 60  # characters
COUNTED = ("rows", "accepted", "refused", "held", "repeated")


def place_of(record: Record) -> RowPlace:
    """Return where a record stands for rights."""
    return RowPlace(record.scope_path, frozenset(record.agency_ids), ref=f"record:{record.id}")


def readable(by: Actor) -> QuerySet[Record]:
    """Return the records the actor may read: in the own scope, and what waits from sources for who manages them."""
    condition = permissions.scope_q(by, Right.RECORD_READ, FIELDS)
    if permissions.may_everywhere(by, Right.SOURCE_MANAGE):
        condition |= Q(batch__isnull=False) & ~Q(state=RecordState.ACCEPTED)
    return Record.objects.filter(condition)


with_source = Record.objects.select_related("source")
BY_ID = FixedRead(lambda given: with_source.filter(id=given("record_id")))
LISTED = FixedRead(lambda given: with_source.filter(any_of("id", given("ids"))).order_by("id"))
LOCKED_BY_ID = FixedRead(lambda given: with_source.select_for_update(of=("self",)).filter(id=given("record_id")))


def record_of(record_id: int, *, lock: bool = False) -> Record:
    """Return the table's row, whoever asks; for this room only."""
    record = (LOCKED_BY_ID if lock else BY_ID).first(record_id=record_id)
    if record is None:
        raise RecordNotFound(record=record_id)
    return record


def shape_of(record: Record) -> Shape:
    """Return the shape by which a record was checked; the current one where that version is no longer kept."""
    shelf = packkit.shelf()
    try:
        return shelf.at(record.pack).record(record.kind)
    except (LookupError, PackVersionUnknown):
        return shelf.get(record.pack_id).record(record.kind)


def record_row(record: Record) -> RecordRow:
    """Return a record as lists show it."""
    return RecordRow(
        id=record.id,
        number=record.number,
        pack=record.pack,
        pack_id=record.pack_id,
        kind=record.kind,
        source=record.source.code if record.source else "",
        source_key="" if record.erased_at else record.source_key,
        state=RecordState(record.state),
        subject=record.subject,
        region_code=record.region_code,
        region_path=record.region_path,
        matter=record.matter,
        suggestions=tuple(
            MatterSuggestion(one["matter"], one["confidence_share"], tuple(one["words"])) for one in record.suggestions
        ),
        excerpt=record.text[:EXCERPT],
        happened_at=record.happened_at,
        received_at=record.received_at,
        is_late=record.is_late,
        findings=findings_read(record.findings),
        batch_id=record.batch_id,
        revises_id=record.revises_id,
        source_name=record.source.name if record.source else "",
        erased_at=record.erased_at,
        erased_basis=record.erased_basis,
    )


def findings_read(kept: Sequence[dict[str, Any]]) -> tuple[RecordFinding, ...]:
    """Return stored findings."""
    return tuple(RecordFinding(**one) for one in kept)


def record_view(record: Record) -> RecordView:
    """Return a record with its values, secret ones masked."""
    shape = shape_of(record)
    secret = {name for name, declared in shape.fields.items() if declared.sensitivity == "secret"}
    values = {name: record.values[name] for name in shape.fields if name in record.values}
    masked = {name: MASK for name in shape.fields if name in record.secrets}
    raw = sealing.raw_of(record)
    # A column that nobody declared may hold anything, so it is masked like a secret one.
    given = {name: value if name in shape.fields and name not in secret else MASK for name, value in raw.items()}
    return RecordView(
        row=record_row(record),
        values={name: values.get(name, masked.get(name)) for name in shape.fields if name in values or name in masked},
        given=given,
        secret_fields=tuple(masked),
        files=tuple(FileOfRecord(**one) for one in record.files),
    )


def record_get(*, record_id: int, by: Actor) -> RecordView:
    """Return one record the actor may read.

    Raises:
        RecordNotFound: there is none, or the actor may not read it.
    """
    record = readable(by).select_related("source").filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record=record_id)
    return record_view(record)


def records_get(*, record_ids: Collection[int]) -> list[RecordView]:
    """Return records by id, oldest first, for a room that has asked for rights itself (a case's page).

    Ids that do not exist are missing.
    """
    return [record_view(row) for row in LISTED.all(ids=list(record_ids))]


def record_page(*, by: Actor, wanted: RecordFilter | None = None, cursor: str = "", size: int = 50) -> Page[RecordRow]:
    """Return records the actor may read, the newest first.

    Raises:
        BadPage: the cursor is damaged.
    """
    rows = _narrowed(readable(by), wanted or RecordFilter())
    if cursor:
        before = number_read(cursor)
        if before is None:
            raise BadPage()
        rows = rows.filter(id__lt=before)
    found = list(rows.select_related("source").order_by("-id")[: size + 1])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(record_row(record) for record in found[:size]), following)


def record_count(*, by: Actor, wanted: RecordFilter | None = None) -> int:
    """Return how many records the actor may read; costs a scan of all of them."""
    return _narrowed(readable(by), wanted or RecordFilter()).count()


def _narrowed(rows: QuerySet[Record], wanted: RecordFilter) -> QuerySet[Record]:
    exact = {
        "pack_id": wanted.pack_id,
        "kind": wanted.kind,
        "source__code": wanted.source,
        "batch_id": wanted.batch_id,
        "state__in": [str(state) for state in wanted.states],
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.matter is not None:
        rows = rows.filter(matter=wanted.matter)
    if wanted.region_path:
        path = wanted.region_path
        rows = rows.filter(Q(region_path=path) | Q(region_path__startswith=f"{path}."))
    if wanted.text:
        words = wanted.text.strip().replace("\x00", "")
        rows = rows.filter(Q(number=words) | Q(source_key=words) | Q(subject__contains=words) | Q(text__contains=words))
    return rows


@guard.house_read
def record_by_number(*, number: str, code: str) -> RecordRow:
    """Return the record that number and query code open together.

    Raises:
        RecordNotFound: they do not belong together, or there is no such number; nobody learns which.
    """
    clean = number.strip().upper()[:24].replace("\x00", "")
    record = Record.objects.select_related("source").filter(number=clean).first()
    if not code_fits(clean, code, record.code_hash if record else "") or record is None:
        raise RecordNotFound()
    return record_row(record)


def record_values(*, record_id: int) -> dict[str, Any]:
    """Return the values that are not secret in their declared types (moments aware, days as dates).

    For the house's own use (titles, grading); asks for no right.

    Raises:
        RecordNotFound: no such record.
    """
    record = record_of(record_id)
    shape = shape_of(record)
    return {
        name: _typed(shape.fields[name].type, value) for name, value in record.values.items() if name in shape.fields
    }


def _typed(kind: str, value: Any) -> Any:
    if kind == "moment":
        return packkit.moment_of(value)
    return date.fromisoformat(value) if kind == "day" else value


def records_standing(*, record_ids: Collection[int]) -> dict[int, Standing]:
    """Return what is known now of accepted records, by id; for rooms that count them."""
    rows = Record.objects.filter(id__in=record_ids, state=RecordState.ACCEPTED, revises__isnull=True)
    return {row_id: Standing(row_id, matter) for row_id, matter in rows.values_list("id", "matter")}


def records_erased(*, record_ids: Collection[int]) -> frozenset[int]:
    """Return those of the records whose content was erased; for rooms that hold something about them."""
    rows = Record.objects.filter(id__in=record_ids, erased_at__isnull=False)
    return frozenset(rows.values_list("id", flat=True))


def erased_uncleared() -> list[int]:
    """Return erased records whose bytes may still lie in the database's own files."""
    return list(Record.objects.filter(UNCLEARED_Q).order_by("id").values_list("id", flat=True))


def erased_cleared(*, record_ids: Collection[int], at: datetime) -> None:
    """Note that nothing of these erased records lies in the database's own files any more."""
    Record.objects.filter(id__in=list(record_ids)).update(cleared_at=at)


def record_id_of(*, number: str) -> int:
    """Return the id of the record with a public number; for the house's own use.

    Raises:
        RecordNotFound: there is none.
    """
    row = Record.objects.filter(number=number.strip()).first()
    if row is None:
        raise RecordNotFound()
    return row.id


def number_require_kept(*, number: str) -> None:
    """Return only if the record of a number is not erased; an unknown number is not this room's affair here.

    Raises:
        RecordIsErased.
    """
    row = Record.objects.filter(number=number, erased_at__isnull=False).first()
    if row is not None:
        raise RecordIsErased(record=row.id)


def subject_is_kept(*, pack_id: str, subject: str) -> bool:
    """Say whether a record that is not erased is about this subject; for rooms that hold something about it."""
    return Record.objects.filter(pack_id=pack_id, subject=subject).exists()


def contacts(records: Collection[Record]) -> list[Contact]:
    """Return how the reporters of these records are reached, by number; nobody writes about an erased one."""
    found = []
    kept = [one for one in records if one.erased_at is None]
    secrets = sealing.secrets_of(kept)
    for record in sorted(kept, key=lambda one: one.id):
        contact = shape_of(record).contact
        found.append(Contact(record.number, str({**record.values, **secrets[record.id]}.get(contact, ""))))
    return found


def batch_report(batch: Batch) -> BatchReport:
    """Return what became of one delivery so far."""
    return BatchReport(
        id=batch.id,
        source=batch.source.code,
        name=batch.name,
        content=batch.content,
        state=BatchState(batch.state),
        counts=Counts(*(getattr(batch, f"{name}_count") for name in COUNTED)),
        findings=findings_read(batch.findings),
        at=batch.taken_at,
        source_name=batch.source.name,
    )


def batch_get(*, batch_id: int, by: Actor) -> BatchReport:
    """Return one delivery.

    Raises:
        BatchNotFound: no such batch.
        NotAllowed: the actor does not manage sources everywhere.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    batch = Batch.objects.select_related("source").filter(id=batch_id).first()
    if batch is None:
        raise BatchNotFound(batch=batch_id)
    return batch_report(batch)


def batch_page(
    *, by: Actor, source: str = "", waiting: bool = False, cursor: str = "", size: int = 50
) -> Page[BatchReport]:
    """Return deliveries, the newest first; with ``waiting`` those that were held, or had a row refused or held.

    Raises:
        NotAllowed: the actor does not manage sources everywhere.
        BadPage: the cursor is damaged.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    rows = Batch.objects.select_related("source").order_by("-id")
    if source:
        rows = rows.filter(source__code=source)
    if waiting:
        rows = rows.filter(Q(state=BatchState.HELD) | Q(refused_count__gt=0) | Q(held_count__gt=0))
    if cursor:
        before = number_read(cursor)
        if before is None:
            raise BadPage()
        rows = rows.filter(id__lt=before)
    found = list(rows[: size + 1])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(batch_report(batch) for batch in found[:size]), following)


def intake_counts(*, pack_id: str = "", source: str = "") -> Counts:
    """Return everything that ever came in, rows of held files and single reports included.

    ``rows = accepted + refused + held + repeated`` holds for each delivery and so for the sum. The states
    are those on arrival; what a person decided later stands with the records.
    """
    batches = Batch.objects.all()
    singles = Record.objects.filter(batch__isnull=True)
    if pack_id:
        batches, singles = batches.filter(source__pack_id=pack_id), singles.filter(pack_id=pack_id)
    if source:
        kept = Source.objects.filter(code=source)
        batches, singles = batches.filter(source__in=kept), singles.filter(source__in=kept)
    sums = batches.aggregate(**{name: Sum(f"{name}_count", default=0) for name in COUNTED})
    for state, count in singles.values_list("state").annotate(count=Count("id")).order_by("state"):
        sums["rows"] += count
        sums[state] += count
    return Counts(**sums)
