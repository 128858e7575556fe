"""Takes files and pushes of a source: row by row, each accepted, refused, held or known already.

Rows are written in chunks, each a transaction of its own: a crash in the middle of a large file loses
nothing and doubles nothing, because sending the file again finds the rows that are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from hezhi.flow.intake import sealing
from hezhi.flow.intake.cleaning import writable
from hezhi.flow.intake.codes import key_erased
from hezhi.flow.intake.contracts import BatchReport, BatchState, RecordFinding, RecordState, RowResult
from hezhi.flow.intake.errors import LayoutWrong, SourceInactive, TokenUnknown
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.queries import batch_report, findings_read
from hezhi.flow.intake.reading import problem_of, rows_named, table_read
from hezhi.flow.intake.rules import Checked, Settled, row_check
from hezhi.flow.intake.sources import contract_of, devices_source, service_actor, source_of, token_source
from hezhi.flow.intake.storing import (
    Desk,
    files_note,
    findings_kept,
    held_as_change,
    lock_pack,
    record_fill,
    records_insert,
    settled,
    told,
)
from hezhi.kit.canonical import canonical
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

CHUNK = 500  # rows of one transaction
PUSH_LIMIT = 1000  # rows of one push

Row = Mapping[str, Any]
Looked = tuple[int, Checked]  # place in the delivery from 1, and the checked row


@guard.acting
def batch_take(*, source: str, content: bytes, name: str, format: str, by: Actor, at: datetime) -> BatchReport:
    """Take a file of a source: every row is accepted, refused, held, or known already with the same content.

    The same file again changes nothing; a corrected file brings exactly its corrections: a refused or
    held row is looked at again, and a changed row of an accepted record is held for a person.
    A file whose layout is wrong is held as a whole, with the reason, and no row of it is looked at.

    Args:
        source: code of the source.
        format: ``csv``, ``xlsx`` or ``jsonl``.

    Raises:
        SourceNotFound, SourceInactive.
        NotAllowed: neither the source itself nor someone who manages sources everywhere.
        PackInvalid: the pack's shape cannot be read.
    """
    row = source_of(source)
    if by.ref != service_actor(row).ref:
        permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    desk = _desk(row, by, at)
    batch = _batch(row, name, format, content, by, at)
    try:
        table = table_read(content, format, desk.shape, contract_of(row))
    except LayoutWrong as wrong:
        return _hold(batch, wrong, by, at)
    return _take(batch, desk, table.rows, table.remarks, is_push=False)


@guard.acting
def push_take(*, token: str, rows: Sequence[Row], at: datetime, name: str = "push") -> BatchReport:
    """Take rows that a source pushes over HTTP; ``results`` tells what became of each, in their order.

    A push is one transaction: it is taken whole, or an error says that nothing was.

    Raises:
        TokenUnknown: no source has this token.
        SourceInactive: the source is switched off.
        LayoutWrong: more than 1,000 rows, or none.
    """
    source = token_source(token)
    if source is None:
        raise TokenUnknown()
    if not 0 < len(rows) <= PUSH_LIMIT:
        zh, en = f"一次推送 1 至 {PUSH_LIMIT} 行", f"A push has 1 to {PUSH_LIMIT} rows"
        raise LayoutWrong(RecordFinding("", "size", zh, en), len(rows))
    desk = _desk(source, service_actor(source), at)
    batch = _batch(source, name, "push", canonical([writable(row) for row in rows]).encode(), desk.by, at)
    with transaction.atomic():
        return _take(batch, desk, rows_named(rows, desk.shape, contract_of(source)), (), is_push=True)


@guard.act
def messages_take(
    *, pack_id: str, kind: str, agency_id: int | None, rows: Sequence[Row], at: datetime
) -> tuple[RowResult, ...]:
    """Take rows that the house itself made from messages of devices, and tell what became of each, in their order.

    For the handler of this room only: the caller's transaction decides about them together with the messages.
    """
    source = devices_source(pack_id, kind, at)
    desk = replace(_desk(source, service_actor(source), at), agency_id=agency_id)
    batch = _batch(source, "devices", "push", canonical([writable(row) for row in rows]).encode(), desk.by, at)
    return _take(batch, desk, rows, (), is_push=True).results


def _batch(source: Source, name: str, form: str, content: bytes, by: Actor, at: datetime) -> Batch:
    salt = sealing.salt_new()
    kept = sealing.salted(salt, hashlib.sha256(content).hexdigest())
    return Batch(source=source, name=name[:200], format=form[:8], content=kept, salt=salt, taken_at=at, taken_by=by.ref)


def _desk(source: Source, by: Actor, at: datetime) -> Desk:
    if not source.is_active:
        raise SourceInactive(source=source.code)
    pack = packkit.shelf().get(source.pack_id)
    shape = pack.record(source.kind)
    return Desk(pack=pack, shape=shape, by=by, at=at, source=source, agency_id=source.agency_id)


def _hold(batch: Batch, wrong: LayoutWrong, by: Actor, at: datetime) -> BatchReport:
    batch.state, batch.findings = BatchState.HELD, findings_kept([wrong.finding])
    batch.rows_count = batch.held_count = wrong.rows_count
    with transaction.atomic():
        batch.save()
        _ledger_line(batch, "batch.hold", by, at)
    return batch_report(batch)


def _take(
    batch: Batch, desk: Desk, rows: Sequence[Row], remarks: tuple[RecordFinding, ...], *, is_push: bool
) -> BatchReport:
    batch.state, batch.findings = BatchState.TAKING, findings_kept(remarks)
    batch.save()
    desk = replace(desk, batch=batch)
    ignored = contract_of(desk.source).ignored if desk.source else ()
    checked = ((place, _look(desk, row, ignored)) for place, row in enumerate(rows, start=1))
    results: list[RowResult] = []
    for chunk in _chunks(checked):
        done = _chunk_take(desk, batch, chunk)
        results += done if is_push else []
    with transaction.atomic():
        Batch.objects.filter(id=batch.id).update(state=BatchState.DONE)
        batch.refresh_from_db()
        _ledger_line(batch, "batch.take", desk.by, desk.at)
    return replace(batch_report(batch), results=tuple(results))


def _look(desk: Desk, row: Row, ignored: Sequence[str]) -> Checked:
    problem = problem_of(row)
    if not problem:
        return row_check(desk.pack, desk.shape, row, ignored)
    readable = {name: value for name, value in row.items() if not name.startswith("\x00")}
    checked = row_check(desk.pack, desk.shape, readable, ignored)
    zh, en = f"这一行无法读取（{problem}）", f"This row cannot be read ({problem})"
    return replace(checked, findings=(RecordFinding("", "unreadable", zh, en),))


def _chunks(checked: Iterator[Looked]) -> Iterator[list[Looked]]:
    """Deal rows out into chunks; a key that comes again begins a new chunk, so that it meets the first one stored."""
    chunk: list[Looked] = []
    keys: set[str] = set()
    for place, row in checked:
        if len(chunk) == CHUNK or row.source_key in keys:
            yield chunk
            chunk, keys = [], set()
        chunk.append((place, row))
        keys.add(row.source_key)
    if chunk:
        yield chunk


@guard.act
def _chunk_take(desk: Desk, batch: Batch, chunk: Sequence[Looked]) -> list[RowResult]:
    lock_pack(desk.pack.id, alone=True)
    desk.places.load(row.region_text for _, row in chunk if row.region_text)
    known = _known(desk, [row.source_key for _, row in chunk])
    changes = _changes([before.id for before in known.values()])
    salts = sealing.salts_of([*known.values(), *changes.values()])
    fresh: list[tuple[int, tuple[Checked, Settled]]] = []
    results: dict[int, RowResult] = {}
    for place, row in chunk:
        before = known.get(row.source_key)
        if before is None:
            fresh.append((place, (row, settled(desk, row))))
        else:
            results[place] = _again(desk, before, changes.get(before.id), row, place, salts)
    records = records_insert(desk, [one for _, one in fresh])
    results |= {place: _result(place, record) for (place, _), record in zip(fresh, records, strict=True)}
    _count(batch, results.values())
    return [results[place] for place, _ in chunk]


def _known(desk: Desk, keys: Sequence[str]) -> dict[str, Record]:
    """Return the records these keys stand for, erased ones too: what was erased is not taken in again."""
    named = {key: key for key in keys} | {key_erased(desk.source, desk.shape.id, key): key for key in keys}
    rows = Record.objects.filter(
        source=desk.source, kind=desk.shape.id, source_key__in=list(named), revises__isnull=True
    ).select_for_update()
    return {named[row.source_key]: row for row in rows}


def _changes(record_ids: Sequence[int]) -> dict[int, Record]:
    """Return the changes that wait for a person, by the id of the accepted record."""
    rows = Record.objects.filter(revises__in=record_ids, state=RecordState.HELD) if record_ids else ()
    return {row.revises_id: row for row in rows if row.revises_id is not None}


def _again(
    desk: Desk, before: Record, waiting: Record | None, row: Checked, place: int, salts: Mapping[int, str]
) -> RowResult:
    """A key that came before: nothing new, a corrected row, or a change to what was already accepted."""
    if before.erased_at is not None or _is_same(waiting or before, row, salts):
        return _repeated(place, before)
    verdict = settled(desk, row)
    if before.state != RecordState.ACCEPTED:
        return _look_again(desk, before, row, verdict, place)
    if _is_same(before, row, salts):  # the source took its own change back
        assert waiting is not None
        waiting.state = RecordState.REFUSED
        waiting.save(update_fields=["state"])
        told(replace(desk, act="record.refuse"), [waiting], more={"reason": "taken back by its source"})
        return _repeated(place, before)
    verdict = held_as_change(before, verdict)
    if waiting is not None:
        return _look_again(desk, waiting, row, verdict, place)
    [record] = records_insert(desk, [(row, verdict)], lambda one: setattr(one, "revises", before))
    return _result(place, record)


def _is_same(record: Record, row: Checked, salts: Mapping[int, str]) -> bool:
    return sealing.salted(salts[record.id], row.content) == record.content


def _look_again(desk: Desk, record: Record, row: Checked, verdict: Settled, place: int) -> RowResult:
    record_fill(desk, record, row, verdict, sealing.keys_for([record.id])[record.id])
    record.save()
    files_note(desk.shape, record, row)
    told(replace(desk, act="record.correct"), [record], more={"by_source": True})
    return _result(place, record)


def _repeated(place: int, record: Record) -> RowResult:
    return RowResult(place, record.id, record.number, record.source_key, None, findings_read(record.findings))


def _result(place: int, record: Record) -> RowResult:
    state = RecordState(record.state)
    return RowResult(place, record.id, record.number, record.source_key, state, findings_read(record.findings))


def _count(batch: Batch, results: Any) -> None:
    found = [result.state for result in results]
    Batch.objects.filter(id=batch.id).update(
        rows_count=F("rows_count") + len(found),
        accepted_count=F("accepted_count") + found.count(RecordState.ACCEPTED),
        refused_count=F("refused_count") + found.count(RecordState.REFUSED),
        held_count=F("held_count") + found.count(RecordState.HELD),
        repeated_count=F("repeated_count") + found.count(None),
    )


def _ledger_line(batch: Batch, act: str, by: Actor, at: datetime) -> None:
    body = {
        "source": batch.source.code,
        "content": batch.content,
        "rows": batch.rows_count,
        "accepted": batch.accepted_count,
        "refused": batch.refused_count,
        "held": batch.held_count,
        "repeated": batch.repeated_count,
        "findings": [[one["field"], one["rule"]] for one in batch.findings],
    }
    ledger.line_append(chain=f"batch:{batch.id}", act=act, by=by, at=at, body=body)
