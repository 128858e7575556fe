"""The door of the intake room: sources, deliveries, reports, corrections, and reads of records."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from hezhi.flow.intake import queries
from hezhi.flow.intake.contracts import (
    BatchReport,
    BatchState,
    Contact,
    Receipt,
    RecordState,
    SourceRow,
)
from hezhi.flow.intake.errors import (
    FormatUnknown,
    RecordNotFound,
    RecordSettled,
    RecordUnusable,
    SourceClosed,
    SourceNotFound,
    UnknownKind,
    UnknownMatter,
)
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.openings import field_open, openings_of
from hezhi.flow.intake.queries import (
    batch_report,
    code_of,
    findings_of,
    record_by_number,
    record_get,
    record_page,
    record_values,
    records_get,
    source_row,
)
from hezhi.flow.intake.reading import rows_read
from hezhi.flow.intake.receiving import Incoming, Taken, chain_of, rows_take, tell
from hezhi.flow.intake.relations import (
    duplicates_suggest,
    group_ids,
    record_link,
    record_merge,
    record_split,
    record_unlink,
    related_of,
)
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackUnknown
from hezhi.packkit.shape import Pack
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right, RowPlace
from hezhi.spine.permissions.errors import NotAllowed

__all__ = [
    "batch_page", "batch_take", "code_of", "contacts_of", "duplicates_suggest", "field_open", "group_ids",
    "matter_confirm", "numbers_of_group", "openings_of", "push_take", "record_by_number", "record_correct", "record_get",
    "record_link", "record_merge", "record_page", "record_refuse", "record_report", "record_split", "record_unlink",
    "record_values", "records_get", "related_of", "source_create", "source_page", "source_set_active",
]  # fmt: skip

FORMATS = ("csv", "xlsx", "jsonl")
PUSH_AT_MOST = 1000


def _token_hash(token: str) -> str:
    return hashlib.sha256(f"source:{token}".encode()).hexdigest()


@transaction.atomic
def source_create(*, code: str, name: str, pack_id: str, kind: str, token: str, by: Actor, at: datetime) -> SourceRow:
    """Open a source: who may deliver which kind of record, with which token. Only the token's hash is kept.

    Raises:
        NotAllowed, UnknownKind.
    """
    _manage(by)
    _shape(pack_id, kind)
    source = Source.objects.create(code=code, name=name, pack_id=pack_id, kind=kind, token_hash=_token_hash(token))
    body = {"code": code, "pack": pack_id, "kind": kind}
    ledger.line_append(chain=f"source:{source.id}", act="source.create", by=by, at=at, body=body)
    return source_row(source)


@transaction.atomic
def source_set_active(*, code: str, is_active: bool, by: Actor, at: datetime) -> SourceRow:
    """Close a source, or open it again.

    Raises:
        NotAllowed, SourceNotFound.
    """
    _manage(by)
    source = _source(code)
    source.is_active = is_active
    source.save(update_fields=["is_active"])
    body = {"is_active": is_active}
    ledger.line_append(chain=f"source:{source.id}", act="source.set_active", by=by, at=at, body=body)
    return source_row(source)


def source_page(*, by: Actor) -> list[SourceRow]:
    """Return all sources by code.

    Raises:
        NotAllowed.
    """
    _manage(by)
    return [source_row(one) for one in Source.objects.order_by("code")]


def _manage(by: Actor) -> None:
    if permissions.scopes(by, Right.SOURCE_MANAGE).is_empty:
        raise NotAllowed(right=Right.SOURCE_MANAGE)


def _source(code: str) -> Source:
    source = Source.objects.filter(code=code).first()
    if source is None:
        raise SourceNotFound(source=code)
    if not source.is_active:
        raise SourceClosed(source=code)
    return source


def _shape(pack_id: str, kind: str) -> Pack:
    try:
        pack = packkit.shelf().get(pack_id)
        pack.record(kind)
    except (LookupError, PackUnknown) as missing:
        raise UnknownKind(pack=pack_id, kind=kind) from missing
    return pack


@transaction.atomic
def record_report(
    *, pack_id: str, kind: str, values: Mapping[str, Any], by: Actor, at: datetime, key: str = ""
) -> Receipt:
    """Take one report in: a citizen's form, an officer's patrol. The same key again returns the same receipt.

    Raises:
        RecordUnusable: with every finding at once; nothing was stored.
        NotAllowed: an officer without the right to report there.
        UnknownKind.
    """
    pack = _shape(pack_id, kind)
    shape = pack.record(kind)
    raw = {**values, shape.key: key or str(uuid4())}
    (taken,) = rows_take([Incoming(raw)], pack=pack, kind=kind, source=None, batch=None, by=by, at=at)
    record = taken.record
    if record.state != RecordState.ACCEPTED:
        # A person is present and mends it at once, so nothing is kept of what could not be taken.
        raise RecordUnusable(findings=findings_of(record.findings))
    if by.kind is ActorKind.PERSON:
        place = RowPlace(region_path=record.region_path)
        permissions.require(by, Right.RECORD_REPORT, place, read_right=Right.RECORD_REPORT)
    return _receipt(record)


def _receipt(record: Record) -> Receipt:
    return Receipt(
        record.id, record.number, code_of(record.number), RecordState(record.state), findings_of(record.findings)
    )


@transaction.atomic
def batch_take(*, source: str, content: bytes, name: str, format: str, by: Actor, at: datetime) -> BatchReport:
    """Take a file in. Every row is accepted, refused or held; a wrong layout holds the whole batch.

    The same file again changes nothing and returns the first report; a corrected file is a new batch whose
    unchanged rows count as such.

    Raises:
        NotAllowed, SourceNotFound, SourceClosed, FormatUnknown, and what ``files.file_put`` raises.
    """
    if by.kind is not ActorKind.SERVICE:
        _manage(by)
    if format not in FORMATS:
        raise FormatUnknown(format=format, known=", ".join(FORMATS))
    origin = _source(source)
    pack = _shape(origin.pack_id, origin.kind)
    kept = files.file_put(content=content, name=name, by=by, at=at)
    known = Batch.objects.filter(source=origin, file=kept.sha256).select_related("source").first()
    if known is not None:
        return batch_report(known)
    read = rows_read(content, format, pack.record(origin.kind))
    batch = Batch.objects.create(
        source=origin, name=name[:200], format=format, file=kept.sha256, by=by.ref, at=at, row_count=0,
        state=BatchState.HELD if read.layout else BatchState.TAKEN, reason=[asdict(one) for one in read.layout],
    )  # fmt: skip
    incoming = [Incoming(row.values, row.broken) for row in read.rows]
    taken = rows_take(incoming, pack=pack, kind=origin.kind, source=origin, batch=batch, by=by, at=at)
    _count(batch, taken)
    batch.save()
    report = batch_report(batch)
    body = {
        "source": source, "file": kept.sha256, "state": batch.state, "rows": batch.row_count,
        "accepted": batch.accepted_count, "refused": batch.refused_count, "held": batch.held_count,
        "unchanged": batch.unchanged_count, "rules": [one.rule for one in read.layout],
    }  # fmt: skip
    ledger.line_append(chain=f"source:{origin.id}", act="batch.take", by=by, at=at, body=body, pack=pack.stamp)
    return report


def _count(batch: Batch, taken: Sequence[Taken]) -> None:
    states = [one.record.state for one in taken if one.is_new]
    batch.row_count = len(taken)
    batch.accepted_count = states.count(RecordState.ACCEPTED)
    batch.refused_count = states.count(RecordState.REFUSED)
    batch.held_count = states.count(RecordState.HELD)
    batch.unchanged_count = len(taken) - len(states)


@transaction.atomic
def push_take(
    *, source: str, token: str, rows: Sequence[Mapping[str, Any]], at: datetime
) -> list[tuple[Receipt, bool]]:
    """Take rows pushed over HTTP, in their order; each comes back with its state and whether it is new.

    Raises:
        SourceNotFound: no such source, or a wrong token; SourceClosed; FormatUnknown: too many rows at once.
    """
    origin = Source.objects.filter(code=source).first()
    if origin is None or not hmac.compare_digest(origin.token_hash, _token_hash(token)):
        raise SourceNotFound(source=source)
    if not origin.is_active:
        raise SourceClosed(source=source)
    if len(rows) > PUSH_AT_MOST:
        raise FormatUnknown(f"at most {PUSH_AT_MOST} rows at once", rows=len(rows))
    pack = _shape(origin.pack_id, origin.kind)
    by = Actor(ref=f"source:{origin.code}", name=origin.name, kind=ActorKind.SERVICE)
    taken = rows_take(
        [Incoming(row) for row in rows], pack=pack, kind=origin.kind, source=origin, batch=None, by=by, at=at
    )
    return [(_receipt(one.record), one.is_new) for one in taken]


@transaction.atomic
def record_correct(*, record_id: int, values: Mapping[str, Any], by: Actor, at: datetime) -> Receipt:
    """Correct a refused or held record by hand and take it in.

    Values that are left out stay as they were sent; a held change of an accepted record cannot be taken
    twice under one key, so it is refused (``record_refuse``) or handled in the case.

    Raises:
        RecordNotFound, NotAllowed, RecordSettled; RecordUnusable with what is still wrong, nothing changed.
    """
    record = Record.objects.select_for_update(of=("self",)).select_related("source").filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record_id=record_id)
    permissions.require(by, Right.RECORD_CORRECT, RowPlace(record.region_path), read_right=Right.RECORD_READ)
    if record.state != RecordState.REFUSED:
        raise RecordSettled(number=record.number, state=record.state)
    pack = _shape(record.pack_id, record.kind)
    raw = {**(record.raw or {}), **values}
    raw.pop("_row", None)
    (taken,) = rows_take(
        [Incoming(raw)], pack=pack, kind=record.kind, source=record.source, batch=record.batch, by=by, at=at
    )
    if taken.record.state != RecordState.ACCEPTED:
        raise RecordUnusable(findings=findings_of(taken.record.findings))
    return _receipt(taken.record)


@transaction.atomic
def record_refuse(*, record_id: int, reason: str, by: Actor, at: datetime) -> None:
    """Refuse a held record for a stated reason; what was accepted before stays as it is.

    Raises:
        RecordNotFound, NotAllowed, RecordSettled.
    """
    record = Record.objects.select_for_update(of=("self",)).select_related("source").filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record_id=record_id)
    permissions.require(by, Right.RECORD_CORRECT, RowPlace(record.region_path), read_right=Right.RECORD_READ)
    if record.state != RecordState.HELD:
        raise RecordSettled(number=record.number, state=record.state)
    record.state = RecordState.REFUSED
    record.findings = [*record.findings, {"field": "", "rule": "by_person", "zh": reason, "en": reason, "nearest": ""}]
    record.save(update_fields=["state", "findings"])
    tell(record, "record.refuse", by=by, at=at)


@transaction.atomic
def matter_confirm(*, record_id: int, matter: str, by: Actor, at: datetime) -> None:
    """A person says what kind of matter a record is; saying it again changes nothing.

    Called by triage, which has checked the right.

    Raises:
        UnknownMatter.
    """
    record = Record.objects.select_for_update().get(id=record_id)
    pack = _shape(record.pack_id, record.kind)
    if matter not in {one.id for one in pack.matters}:
        raise UnknownMatter(matter=matter)
    if record.matter == matter:
        return
    body = {"matter": matter, "before": record.matter, "offered": [one["matter"] for one in record.offers]}
    record.matter = matter
    record.save(update_fields=["matter"])
    ledger.line_append(
        chain=chain_of(record_id), act="record.confirm_matter", by=by, at=at, body=body, pack=record.pack
    )


def batch_page(*, by: Actor, source: str = "") -> list[BatchReport]:
    """Return the latest 200 deliveries, newest first.

    Raises:
        NotAllowed.
    """
    _manage(by)
    rows = Batch.objects.select_related("source").order_by("-id")
    return [batch_report(one) for one in (rows.filter(source__code=source) if source else rows)[:200]]


def _with_merged(record_ids: Collection[int]) -> set[int]:
    return {member for one in record_ids for member in group_ids(record_id=one)} | set(record_ids)


def numbers_of_group(*, record_ids: Collection[int]) -> set[str]:
    """Return the numbers of these records and of every record merged with them."""
    return set(Record.objects.filter(id__in=_with_merged(record_ids)).values_list("number", flat=True))


def contacts_of(*, record_ids: Collection[int]) -> list[Contact]:
    """Return how each reporter of these records, and of those merged with them, is answered.

    For the house's notices only; no page shows it.
    """
    return queries.contacts(Record.objects.filter(id__in=_with_merged(record_ids)))
