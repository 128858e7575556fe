"""Reads of the intake room."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from hezhi.flow.intake.contracts import (
    BatchReport,
    BatchState,
    Contact,
    Finding,
    Offer,
    RecordFilter,
    RecordRow,
    RecordState,
    SourceRow,
)
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.rules import MASK
from hezhi.kit.errors import Invalid
from hezhi.kit.paging import Page
from hezhi.packkit import api as packkit
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right

FIELDS = Fields(region="region_path")


class BadRecordPage(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_record_page"


def code_of(number: str) -> str:
    """Return the code that opens a report: made from its number and this installation's key, never stored."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"report:{number}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:8]


def next_ids(count: int) -> list[int]:
    """Draw ids beforehand: numbers and ledger chains are named after them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('intake_record', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(one) for (one,) in cursor.fetchall()]


def visible(by: Actor) -> QuerySet[Record]:
    return Record.objects.filter(permissions.scope_q(by, Right.RECORD_READ, FIELDS))


def findings_of(stored: list[dict[str, str]]) -> tuple[Finding, ...]:
    return tuple(Finding(**one) for one in stored)


def record_row(record: Record) -> RecordRow:
    """Return a record as officers see it: secret values masked, whatever its state."""
    shape = packkit.shelf().get(record.pack_id).record(record.kind)
    secret = tuple(name for name, one in shape.fields.items() if one.sensitivity == "secret")
    shown = dict(record.values if record.state == RecordState.ACCEPTED else record.raw or {})
    hidden = record.secrets if record.state == RecordState.ACCEPTED else shown
    shown.update({name: MASK for name in secret if hidden.get(name) not in (None, "")})
    return RecordRow(
        id=record.id,
        number=record.number,
        pack=record.pack,
        pack_id=record.pack_id,
        kind=record.kind,
        source=record.source.code if record.source else "",
        source_key=record.source_key,
        state=RecordState(record.state),
        findings=findings_of(record.findings),
        values=shown,
        secret_fields=secret,
        subject=record.subject,
        region_code=record.region_code,
        region_path=record.region_path,
        matter=record.matter,
        offers=tuple(Offer(one["matter"], one["confidence_share"], tuple(one["words"])) for one in record.offers),
        happened_at=record.happened_at,
        received_at=record.received_at,
        is_late=record.is_late,
        batch_id=record.batch_id,
    )


def record_page(*, by: Actor, wanted: RecordFilter, cursor: str = "", size: int = 50) -> Page[RecordRow]:
    """Return records the actor may read, newest first. Rows whose place is unknown are for everywhere-readers.

    Raises:
        BadRecordPage: the cursor is damaged.
    """
    rows = visible(by).select_related("source")
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.pack_id:
        rows = rows.filter(pack_id=wanted.pack_id)
    if wanted.source:
        rows = rows.filter(source__code=wanted.source)
    if wanted.batch_id is not None:
        rows = rows.filter(batch_id=wanted.batch_id)
    if cursor and not cursor.isdecimal():
        raise BadRecordPage(cursor=cursor)
    if cursor:
        rows = rows.filter(id__lt=int(cursor))
    found = list(rows.order_by("-id")[: size + 1])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(record_row(one) for one in found[:size]), following)


def record_get(*, record_id: int, by: Actor) -> RecordRow:
    """Return one record.

    Raises:
        RecordNotFound: no such record, or the actor may not see it.
    """
    record = visible(by).select_related("source").filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record_id=record_id)
    return record_row(record)


def records_get(*, record_ids: list[int], by: Actor) -> list[RecordRow]:
    """Return those of the records that the actor may see, in the order asked for."""
    found = {one.id: one for one in visible(by).select_related("source").filter(id__in=record_ids)}
    return [record_row(found[one]) for one in record_ids if one in found]


def record_by_number(*, number: str, code: str) -> RecordRow:
    """Return the report whose reporter shows its number and code.

    Raises:
        RecordNotFound: they do not belong together; a wrong code reads like a wrong number.
    """
    number = number.strip().upper()
    fits = hmac.compare_digest(code_of(number), code.strip().upper().encode("ascii", "replace").decode())
    record = Record.objects.select_related("source").filter(number=number).first()
    if record is None or not fits:
        raise RecordNotFound()
    return record_row(record)


def record_values(*, record_id: int) -> dict[str, Any]:
    """Return the open values of an accepted record in their declared types, for the house's own use."""
    record = Record.objects.get(id=record_id)
    shape = packkit.shelf().get(record.pack_id).record(record.kind)
    return dict(
        packkit.values_check(shape.fields, record.values, matters=[record.values.get(shape.matter or "")]).values
    )


def contacts(records: QuerySet[Record]) -> list[Contact]:
    found = []
    for record in records.order_by("id"):
        shape = packkit.shelf().get(record.pack_id).record(record.kind)
        phone = record.secrets.get(shape.contact) or record.values.get(shape.contact) if shape.contact else ""
        found.append(Contact(record.number, str(phone or "")))
    return found


def batch_report(batch: Batch) -> BatchReport:
    return BatchReport(
        id=batch.id,
        source=batch.source.code,
        name=batch.name,
        state=BatchState(batch.state),
        reason=findings_of(batch.reason),
        row_count=batch.row_count,
        accepted_count=batch.accepted_count,
        refused_count=batch.refused_count,
        held_count=batch.held_count,
        unchanged_count=batch.unchanged_count,
        at=batch.at,
    )


def source_row(source: Source) -> SourceRow:
    return SourceRow(
        source.id, source.code, source.name, source.pack_id, source.kind, source.contract, source.is_active
    )
