"""Writes rows as records: ids and numbers, ledger lines and events, for one report or for thousands.

Everything of one call stands or falls together, inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection

from hezhi.flow.intake import sealing
from hezhi.flow.intake.cleaning import writable
from hezhi.flow.intake.codes import number_of
from hezhi.flow.intake.contracts import FileOfRecord, RecordAccepted, RecordFinding, RecordState
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.placing import Places
from hezhi.flow.intake.rules import Checked, Settled, changed_finding, settle
from hezhi.flow.intake.suggesting import suggestions_for
from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape import Record as Shape
from hezhi.spine.files import api as files
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.files.errors import FileUnknown
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault.contracts import SubjectKey

LOCK = 7301  # first number of this room's advisory locks


@dataclass(frozen=True)
class Desk:
    """Everything that is the same for all rows of one delivery."""

    pack: Pack
    shape: Shape
    by: Actor
    at: datetime
    source: Source | None = None
    batch: Batch | None = None
    agency_id: int | None = None
    places: Places = field(default_factory=Places)
    act: str = "record.report"


def chain_of(record_id: int) -> str:
    """Return the ledger chain of a record."""
    return f"record:{record_id}"


def lock_pack(pack_id: str, *, alone: bool) -> None:
    """Keep deliveries of one pack from stepping on each other until the transaction ends.

    A batch comes alone; single reports only wait for batches. Every later room locks by subject, and a
    batch touches many subjects in its own order: without this, two of them could wait for each other.
    """
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(%s, hashtext(%s))", [LOCK, pack_id])


def settled(desk: Desk, checked: Checked) -> Settled:
    """Decide about one checked row with what the house knows of its place and the time."""
    region = desk.places.get(checked.region_text) if checked.region_text else None
    is_lost = region is None and bool(checked.region_text)
    around = desk.places.nearest(checked.region_text) if is_lost else None
    scope = region[1] if region else around[1] if around else _agency_path(desk)
    return settle(
        checked,
        desk.shape,
        region=region,
        nearest_region=around[0] if around else "",
        scope_path=scope,
        missing_files=_missing_files(desk.shape, checked),
        at=desk.at,
    )


def _agency_path(desk: Desk) -> str:
    """A row without a known place is shown to those who look after the region of the agency that sent it."""
    return people.agency_get(desk.agency_id).region_path if desk.agency_id is not None else ""


def _missing_files(shape: Shape, checked: Checked) -> tuple[str, ...]:
    """Return the fields that name a file nobody has stored."""
    given = {**checked.values, **checked.secrets}
    named = [name for name, declared in shape.fields.items() if declared.type == "file" and name in given]
    return tuple(name for name in named if not _is_stored(given[name]))


def _is_stored(sha256: str) -> bool:
    try:
        files.file_get(sha256)
    except FileUnknown:
        return False
    return True


def records_insert(
    desk: Desk,
    rows: Sequence[tuple[Checked, Settled]],
    finish: Callable[[Record], None] | None = None,
    ids: Sequence[int] | None = None,
) -> list[Record]:
    """Store new rows in their order, with one ledger line each, and tell of the accepted ones.

    Args:
        finish: changes a record before it is stored (files, code, key of a form).
        ids: ids drawn before; new ones are drawn when left out.
    """
    if not rows:
        return []
    suggestions = _suggested(desk, rows)
    day = day_of(desk.at)
    records = []
    ids = ids or record_ids(len(rows))
    keys = sealing.keys_for([one for one, row in zip(ids, rows, strict=True) if needs_key(*row)])
    for record_id, (checked, verdict), offered in zip(ids, rows, suggestions, strict=True):
        record = Record(id=record_id, number=number_of(record_id, day), received_at=desk.at, received_from=desk.by.ref)
        record.source, record.batch = desk.source, desk.batch
        record.agency_ids = [] if desk.agency_id is None else [desk.agency_id]
        record.suggestions = offered
        record_fill(desk, record, checked, verdict, keys.get(record_id))
        if finish is not None:
            finish(record)
        records.append(record)
    _insert(records)
    for record, (checked, _) in zip(records, rows, strict=True):
        files_note(desk.shape, record, checked)
    told(desk, records)
    return records


def files_note(shape: Shape, record: Record, checked: Checked) -> None:
    """Note the stored files of a record as its own, so that they are kept as long as it and no longer."""
    given = {**checked.values, **checked.secrets}
    named = [given[name] for name, declared in shape.fields.items() if declared.type == "file" and name in given]
    held = {one for one in named if _is_stored(one)} | {one["sha256"] for one in record.files}
    if held:
        files.files_use(sha256s=held, user=chain_of(record.id))


COLUMNS = [one.column for one in Record._meta.concrete_fields]


def _insert(records: Sequence[Record]) -> None:
    """Insert rows in one statement of one text, whatever their number; COPY is not to be had under row policies."""
    rows = [{name: _cell(getattr(record, name)) for name in COLUMNS} for record in records]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO intake_record SELECT * FROM json_populate_recordset(NULL::intake_record, %s::json)",
            [json.dumps(rows, ensure_ascii=False)],
        )
    for record in records:
        record._state.adding, record._state.db = False, connection.alias


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def needs_key(checked: Checked, verdict: Settled) -> bool:
    """Say whether anything of a row will be sealed."""
    return bool(checked.secrets) or verdict.state is not RecordState.ACCEPTED


def record_fill(desk: Desk, record: Record, checked: Checked, verdict: Settled, key: SubjectKey | None) -> None:
    """Put a checked row's values into a record, secret ones sealed. Nothing is stored and nothing told."""
    is_accepted = verdict.state is RecordState.ACCEPTED
    record.pack, record.pack_id, record.kind = desk.pack.stamp, desk.pack.id, desk.shape.id
    record.source_key = checked.source_key
    record.contract_version = desk.source.contract_version if desk.source else 0
    record.state, record.findings = verdict.state, findings_kept(verdict.findings)
    record.values = checked.values
    sealing.content_put(record, checked.content, key)
    sealing.fill(record, checked.secrets, {} if is_accepted else writable(checked.given), key)
    record.text, record.subject, record.matter = checked.text, checked.subject, checked.matter
    record.region_code, record.region_path = verdict.region_code, verdict.region_path
    record.scope_path = "" if is_confidential(desk.pack, checked.matter) else verdict.scope_path
    record.happened_at, record.is_late = checked.happened_at, verdict.is_late


def told(desk: Desk, records: Sequence[Record], *, key: str = "", more: dict[str, Any] | None = None) -> None:
    """Write one ledger line per record, then tell of the accepted ones in their order."""
    lines = [
        NewLine(chain_of(record.id), desk.act, {**_body(record), **(more or {})}, record.pack, key)
        for record in records
    ]
    ledger.lines_append(lines=lines, by=desk.by, at=desk.at)
    for record in records:
        if record.state == RecordState.ACCEPTED and record.revises_id is None:
            bus.publish(accepted(record, desk.by, desk.at))


def accepted(record: Record, by: Actor, at: datetime) -> RecordAccepted:
    """Return the event of an accepted record."""
    assert record.happened_at is not None
    return RecordAccepted(
        record_id=record.id,
        number=record.number,
        pack=record.pack,
        pack_id=record.pack_id,
        kind=record.kind,
        subject=record.subject,
        region_code=record.region_code,
        region_path=record.region_path,
        matter=record.matter,
        happened_at=record.happened_at,
        at=at,
        by=by.ref,
    )


def held_as_change(original: Record, verdict: Settled) -> Settled:
    """Return the verdict on a row that says something else than the accepted record of the same key."""
    findings = (changed_finding(original.number), *verdict.findings)
    return replace(verdict, state=RecordState.HELD, findings=findings)


def is_confidential(pack: Pack, matter: str) -> bool:
    """Say whether a matter's records are hidden from everybody's region rights."""
    return any(one.id == matter and one.confidential for one in pack.matters)


def findings_kept(findings: Iterable[RecordFinding]) -> list[dict[str, Any]]:
    """Return findings as they are stored."""
    return [asdict(finding) for finding in findings]


def files_kept(refs: Iterable[FileRef]) -> list[dict[str, Any]]:
    """Return file references as they are stored."""
    return [asdict(FileOfRecord(one.sha256, one.name, one.mime, one.size)) for one in refs]


def _body(record: Record) -> dict[str, Any]:
    """What the ledger keeps of a record: ids, codes and reasons, none of its words."""
    body: dict[str, Any] = {
        "number": record.number,
        "kind": record.kind,
        "state": record.state,
        "key": record.source_key if record.source_id else "",
        "content": record.content,
        "region": record.region_code,
        "matter": record.matter,
        "happened_at": record.happened_at,
        "late": record.is_late,
    }
    if record.source_id:
        body["source"] = record.source_id
    if record.batch_id:
        body["batch"] = record.batch_id
    if record.revises_id:
        body["revises"] = record.revises_id
    if record.findings:
        body["findings"] = [[one["field"], one["rule"]] for one in record.findings]
    return body


def record_ids(count: int) -> list[int]:
    """Draw ids for new records; numbers are made from them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('intake_record', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def _suggested(desk: Desk, rows: Sequence[tuple[Checked, Settled]]) -> list[list[dict[str, Any]]]:
    """Offer matters for the texts of rows whose matter nobody knows."""
    wanted = [place for place, (checked, _) in enumerate(rows) if checked.text and not checked.matter]
    offered = suggestions_for(desk.pack, [rows[place][0].text for place in wanted])
    result: list[list[dict[str, Any]]] = [[] for _ in rows]
    for place, offers in zip(wanted, offered, strict=True):
        result[place] = [asdict(offer) for offer in offers]
    return result
