"""What a later room carries out in a record after somebody's request about their own data was decided.

For the house's own use: nothing here asks for a right. Who asked, who decided and why stands in the case of
the request; each change writes its own line into the record's chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hezhi.flow.intake import sealing
from hezhi.flow.intake.contracts import RecordRow, RecordState
from hezhi.flow.intake.errors import NotAccepted, RecordInvalid
from hezhi.flow.intake.known import changed
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.queries import record_of, record_row, shape_of
from hezhi.flow.intake.reports import record_take_change
from hezhi.flow.intake.rules import Checked, Settled, row_check
from hezhi.flow.intake.storing import Desk, chain_of, held_as_change, lock_pack, records_insert, settled
from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.packkit.errors import PackVersionUnknown
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor


def record_whole(*, record_id: int) -> dict[str, Any]:
    """Return every value of a record, secret ones in clear. Whoever calls this writes down for whom and why.

    Raises:
        RecordNotFound: no such record.
    """
    record = record_of(record_id)
    return {**record.values, **sealing.secrets_of([record])[record.id]}


def record_change_check(*, record_id: int, values: Mapping[str, Any], at: datetime) -> None:
    """Say whether an accepted record could hold these values; writes nothing.

    Raises:
        RecordInvalid: they cannot be used; ``findings`` names each.
        NotAccepted: the record is not used, so that there is nothing to correct.
    """
    record = record_of(record_id)
    _looked_at(record, values, Actor.system("intake"), at)


def _looked_at(record: Record, values: Mapping[str, Any], by: Actor, at: datetime) -> tuple[Desk, Checked, Settled]:
    if record.state != RecordState.ACCEPTED:
        raise NotAccepted(state=record.state)
    pack = packkit.shelf().get(record.pack_id)
    desk = Desk(
        pack=pack, shape=pack.record(record.kind), by=by, at=at, source=record.source, act="record.offer_change"
    )
    checked = row_check(pack, desk.shape, record_whole(record_id=record.id) | dict(values))
    verdict = settled(desk, checked)
    stops = tuple(one for one in verdict.findings if one.stops)
    if stops:
        raise RecordInvalid(findings=stops)
    return desk, checked, verdict


@guard.act
def record_change(*, record_id: int, values: Mapping[str, Any], reason: str, by: Actor, at: datetime) -> RecordRow:
    """Correct values of an accepted record by the way that a source's own change takes; the same again changes nothing.

    Raises:
        RecordInvalid, NotAccepted, RecordNotFound.
    """
    record = record_of(record_id, lock=True)
    lock_pack(record.pack_id, alone=False)
    desk, checked, verdict = _looked_at(record, values, by, at)
    if record_whole(record_id=record_id) == {**checked.values, **checked.secrets}:
        return record_row(record)

    def finish(change: Record) -> None:
        change.revises = record
        change.source_key = record.source_key

    [change] = records_insert(desk, [(checked, held_as_change(record, verdict))], finish)
    return record_take_change(record_id=change.id, by=by, at=at, reason=reason)


def consent_fields(*, record_id: int) -> tuple[str, ...]:
    """Return the fields of a record that hold something and rest on consent, by the pack it was filed under."""
    return _consented(record_of(record_id))


def _consented(record: Record) -> tuple[str, ...]:
    shelf = packkit.shelf()
    try:
        pack = shelf.at(record.pack)
    except (LookupError, PackVersionUnknown):
        pack = shelf.get(record.pack_id)
    given = {need.field for need in pack.identity.data_minimum if need.rests_on == "consent"}
    held = {*record.values, *record.secrets, *sealing.raw_of(record)}
    return tuple(name for name in shape_of(record).fields if f"{record.kind}.{name}" in given and name in held)


@guard.act
def consent_withdraw(*, record_id: int, by: Actor, at: datetime) -> tuple[str, ...]:
    """Blank what rests on consent in a record and in its waiting changes; return the names of the fields.

    Nobody is reached through a blanked contact any more. Running twice is harmless: the second finds nothing.

    Raises:
        RecordNotFound: no such record.
    """
    blanked: list[str] = []
    record = record_of(record_id, lock=True)
    for one in (record, *Record.objects.select_for_update().filter(revises=record).order_by("id")):
        fields = _consented(one)
        if not fields:
            continue
        raw = sealing.raw_of(one)
        one.values = {name: value for name, value in one.values.items() if name not in fields}
        secrets = {name: value for name, value in sealing.secrets_of([one])[one.id].items() if name not in fields}
        left = {name: value for name, value in raw.items() if name not in fields}
        sealing.fill(one, secrets, left, sealing.keys_for([one.id])[one.id] if secrets or left else None)
        one.save(update_fields=["values", "secrets", "raw"])
        body = {"fields": list(fields)}
        ledger.line_append(
            chain=chain_of(one.id), act="record.withdraw_consent", by=by, at=at, body=body, pack=one.pack
        )
        blanked += fields
    if blanked and record.state == RecordState.ACCEPTED:
        bus.publish(changed(record, at, is_withdrawn=True))
    return tuple(dict.fromkeys(blanked))
