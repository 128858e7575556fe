"""Single reports, and what people do about waiting records: correct, refuse, take a change, name the matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from hezhi.flow.intake import sealing
from hezhi.flow.intake.codes import code_hash, code_of, number_of
from hezhi.flow.intake.contracts import Receipt, RecordFinding, RecordRow, RecordState
from hezhi.flow.intake.errors import (
    MatterUnknown,
    NotWaiting,
    ReasonMissing,
    RecordInvalid,
    RecordIsErased,
    RecordNotFound,
)
from hezhi.flow.intake.known import changed as changed_event
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.queries import place_of, readable, record_of, record_row
from hezhi.flow.intake.rules import Checked, row_check
from hezhi.flow.intake.storing import (
    LOCK,
    Desk,
    chain_of,
    files_kept,
    files_note,
    findings_kept,
    is_confidential,
    lock_pack,
    record_fill,
    record_ids,
    records_insert,
    settled,
    told,
)
from hezhi.kit import bus
from hezhi.kit.errors import NotAllowed
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape import Record as Shape
from hezhi.spine.files.contracts import FileRef
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right, RowPlace

CONFIRMING = (Right.RECORD_CORRECT, Right.ALERT_TRIAGE, Right.CASE_COORDINATE)


@guard.act
def record_report(
    *,
    pack_id: str,
    kind: str,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    files: Sequence[FileRef] = (),
    key: str = "",
) -> Receipt:
    """Take one report from a form; the same ``key`` again returns the same record and changes nothing.

    A report whose place nobody knows is held for a person; one whose values cannot be used goes back to
    its author, and nothing is stored.

    Args:
        kind: kind of record of the pack.
        values: by field name; the field that names the record at its source may be left out.
        files: attached files, already stored.
        key: the form's one-time key.

    Raises:
        RecordInvalid: values that cannot be used; ``findings`` names each.
        NotAllowed: an officer without the right to report there.
        PackUnknown, LookupError: no such pack or kind.
    """
    pack = packkit.shelf().get(pack_id)
    shape = pack.record(kind)
    lock_pack(pack.id, alone=False)
    form_key = f"form:{key}" if key else ""
    known = _known_form(pack, shape, form_key)
    if known is not None:
        return Receipt(record_row(known), code_of(known.number, key))
    [record_id] = record_ids(1)
    number = number_of(record_id, day_of(at))
    checked = row_check(pack, shape, {shape.key: number, **_given(values)})
    desk = Desk(pack=pack, shape=shape, by=by, at=at, agency_id=by.agency_id)
    verdict = settled(desk, checked)
    if verdict.state is RecordState.REFUSED:
        raise RecordInvalid(findings=tuple(one for one in verdict.findings if one.stops))
    _may_report(by, verdict.region_path)
    code = code_of(number, key)

    def finish(record: Record) -> None:
        record.source_key = form_key or number
        record.code_hash = code_hash(number, code)
        record.files = files_kept(files)

    [record] = records_insert(desk, [(checked, verdict)], finish, ids=[record_id])
    return Receipt(record_row(record), code)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _known_form(pack: Pack, shape: Shape, form_key: str) -> Record | None:
    if not form_key:
        return None
    with connection.cursor() as cursor:  # an impatient finger sends twice at once
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK + 1, f"{pack.id}:{form_key}"])
    rows = Record.objects.filter(source=None, pack_id=pack.id, kind=shape.id, source_key=form_key)
    return rows.filter(revises__isnull=True).first()


def _may_report(by: Actor, region_path: str) -> None:
    if by.kind is ActorKind.CITIZEN:
        return
    place = RowPlace(region_path, frozenset() if by.agency_id is None else frozenset([by.agency_id]))
    is_anywhere = not region_path and not permissions.scopes(by, Right.RECORD_REPORT).is_empty
    if not is_anywhere and not permissions.may(by, Right.RECORD_REPORT, place):
        raise NotAllowed(right=str(Right.RECORD_REPORT))


def _waiting(record_id: int, by: Actor) -> Record:
    """Lock a refused or held record that the actor may correct."""
    record = record_of(record_id, lock=True)
    if not readable(by).filter(id=record_id).exists():
        raise RecordNotFound(record=record_id)
    place = place_of(record)
    is_keeper = record.batch_id is not None and permissions.may_everywhere(by, Right.SOURCE_MANAGE)
    if not is_keeper and not permissions.may(by, Right.RECORD_CORRECT, place):
        raise NotAllowed(right=str(Right.RECORD_CORRECT))
    if record.erased_at is not None:
        raise RecordIsErased(record=record_id)
    return record


@guard.act
def record_correct(
    *, record_id: int, values: Mapping[str, Any], by: Actor, at: datetime, reason: str = "", key: str = ""
) -> RecordRow:
    """Correct a refused or held record and send it again; without values it is only looked at again.

    Args:
        values: new values by field; None takes a value away. What was given stays for the other fields.

    Raises:
        RecordInvalid: it still cannot be used, or a masked value was sent back; nothing was written.
        NotWaiting: the record is accepted, or holds a change of its source (see ``record_take_change``).
        RecordNotFound, NotAllowed.
    """
    record = _waiting(record_id, by)
    if key and ledger.line_by_key(chain=chain_of(record_id), key=key) is not None:
        return record_row(record)
    if record.state == RecordState.ACCEPTED or record.revises_id is not None:
        raise NotWaiting(state=record.state)
    pack = packkit.shelf().get(record.pack_id)
    shape = pack.record(record.kind)
    lock_pack(pack.id, alone=False)
    desk = Desk(
        pack=pack, shape=shape, by=by, at=at, source=record.source, batch=record.batch, act="record.correct",
        agency_id=record.source.agency_id if record.source else None,
    )  # fmt: skip
    before = sealing.raw_of(record)
    given = {**before, **values}
    checked = row_check(pack, shape, {name: value for name, value in given.items() if value is not None})
    verdict = settled(replace(desk, at=record.received_at), checked)
    findings = [*(one for one in verdict.findings if one.stops), *_key_taken(record, checked)]
    if verdict.state is RecordState.REFUSED or len(findings) > len([one for one in verdict.findings if one.stops]):
        raise RecordInvalid(findings=tuple(findings))
    source_key = record.source_key
    record_fill(desk, record, checked, verdict, sealing.keys_for([record.id])[record.id])
    record.source_key = checked.source_key if record.source_id else source_key
    record.save()
    files_note(shape, record, checked)
    changed = sorted(name for name in given if given.get(name) != before.get(name))
    told(desk, [record], key=key, more={"changed": changed, "reason": reason})
    return record_row(record)


def _key_taken(record: Record, checked: Checked) -> list[RecordFinding]:
    if not record.source_id or checked.source_key == record.source_key:
        return []
    rows = Record.objects.filter(source=record.source, kind=record.kind, source_key=checked.source_key)
    taken = rows.filter(revises__isnull=True).exclude(id=record.id).first()
    if taken is None:
        return []
    zh, en = f"来源编号已属于记录 {taken.number}", f"The source number belongs to the record {taken.number}"
    return [RecordFinding(shape_key(record), "taken", zh, en)]


def shape_key(record: Record) -> str:
    """Return the name of the field that names a record at its source."""
    return packkit.shelf().get(record.pack_id).record(record.kind).key


@guard.act
def record_refuse(*, record_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> RecordRow:
    """A person decides that a held record is not taken, and says why. It stays on file, with the reason.

    Raises:
        ReasonMissing; NotWaiting: the record is not held; RecordNotFound, NotAllowed.
    """
    record = _waiting(record_id, by)
    if key and ledger.line_by_key(chain=chain_of(record_id), key=key) is not None:
        return record_row(record)
    if not reason.strip():
        raise ReasonMissing()
    if record.state != RecordState.HELD:
        raise NotWaiting(state=record.state)
    decided = RecordFinding("", "decided", f"人工决定不受理：{reason}", f"A person decided not to take it: {reason}")
    record.state = RecordState.REFUSED
    record.findings = [*record.findings, *findings_kept([decided])]
    record.save(update_fields=["state", "findings"])
    body = {"number": record.number, "state": record.state, "reason": reason, "revises": record.revises_id}
    ledger.line_append(
        chain=chain_of(record.id), act="record.refuse", by=by, at=at, body=body, pack=record.pack, key=key
    )
    return record_row(record)


@guard.act
def record_take_change(*, record_id: int, by: Actor, at: datetime, reason: str = "", key: str = "") -> RecordRow:
    """Take over what a source changed in an accepted record; returns the accepted record.

    ``record_id`` is the held row with the change. Nothing is told to later rooms: their work goes on with
    the record they know, whose values are now the new ones.

    Raises:
        RecordInvalid: the changed values cannot be used.
        NotWaiting: this row holds no waiting change.
        RecordNotFound, NotAllowed.
    """
    change = _waiting(record_id, by)
    if key and change.revises_id and ledger.line_by_key(chain=chain_of(change.id), key=key) is not None:
        return record_row(record_of(change.revises_id))
    if change.revises_id is None or change.state != RecordState.HELD:
        raise NotWaiting(state=change.state)
    stops = [one for one in record_row(change).findings if one.stops and one.rule != "changed"]
    if stops:
        raise RecordInvalid(findings=tuple(stops))
    original = record_of(change.revises_id, lock=True)
    secrets = sealing.secrets_of([original, change])
    before, after = original.values | secrets[original.id], change.values | secrets[change.id]
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    # A sealed value opens only where it lies, so the change's secrets are sealed anew for the original.
    key_of_original = sealing.keys_for([original.id])[original.id]
    sealing.fill(original, secrets[change.id], {}, key_of_original)
    sealing.content_move(change, original, key_of_original)
    for name in ("pack", "contract_version", "values", "text", "subject", "region_code", "region_path", "happened_at"):
        setattr(original, name, getattr(change, name))
    original.findings = []
    original.matter = original.matter or change.matter
    _scope(original)
    original.save()
    change.state, change.raw, change.findings = RecordState.ACCEPTED, "", []
    change.save(update_fields=["state", "raw", "findings"])
    body = {"changed": changed, "reason": reason, "change": change.number, "content": original.content}
    for record, own_key in ((original, ""), (change, key)):
        ledger.line_append(
            chain=chain_of(record.id), act="record.take_change", by=by, at=at, body=body, pack=record.pack, key=own_key
        )
    bus.publish(changed_event(original, at))
    return record_row(original)


@guard.act
def matter_confirm(*, record_id: int, matter: str, by: Actor, at: datetime) -> None:
    """A person says what a record is about. The same matter again changes nothing.

    Raises:
        MatterUnknown: the pack's catalogue has no such matter.
        RecordIsErased.
        RecordNotFound; NotAllowed: the actor may neither correct, triage nor coordinate there.
    """
    record = record_of(record_id, lock=True)
    if record.matter == matter:
        return
    place = RowPlace(record.region_path, frozenset(record.agency_ids), ref=f"record:{record.id}")
    if not any(permissions.may(by, right, place) for right in CONFIRMING):
        raise (
            NotAllowed(right=str(Right.RECORD_CORRECT))
            if permissions.may(by, Right.RECORD_READ, place)
            else RecordNotFound(record=record_id)
        )
    if record.erased_at is not None:
        raise RecordIsErased(record=record_id)
    pack = packkit.shelf().get(record.pack_id)
    if matter not in {one.id for one in pack.matters}:
        raise MatterUnknown(matter=matter[:48])
    before, record.matter = record.matter, matter
    _scope(record)
    record.save(update_fields=["matter", "scope_path"])
    offered = [one["matter"] for one in record.suggestions]
    body = {"matter": matter, "before": before, "offered": offered}
    ledger.line_append(
        chain=chain_of(record.id), act="record.confirm_matter", by=by, at=at, body=body, pack=record.pack
    )
    if record.state == RecordState.ACCEPTED:
        bus.publish(changed_event(record, at))


def _scope(record: Record) -> None:
    pack = packkit.shelf().get(record.pack_id)
    record.scope_path = "" if is_confidential(pack, record.matter) else record.region_path
