"""Holds for evidence: what a court, an auditor or an inquiry needs is not erased until it needs it no more."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.intake.contracts import EvidenceHoldRow
from hezhi.flow.intake.errors import HoldInvalid, HoldNotFound, RecordIsErased, RecordNotFound
from hezhi.flow.intake.models import EvidenceHold
from hezhi.flow.intake.queries import place_of, record_of
from hezhi.flow.intake.storing import chain_of
from hezhi.kit.errors import NotFound
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

LAW_FROM, LAW_TO = 4, 100  # characters


@guard.act
def record_keep(*, record_id: int, law: str, until: datetime, by: Actor, at: datetime) -> EvidenceHoldRow:
    """Keep a record from being erased until a moment; a further hold may last longer.

    Args:
        law: the article, order or request that asks for it, 4 to 100 characters; no word about anybody.

    Raises:
        HoldInvalid: no law, or a moment that is over.
        RecordIsErased: too late.
        RecordNotFound, NotAllowed: whoever may erase there may hold.
    """
    told = " ".join(law.split())
    if not LAW_FROM <= len(told) <= LAW_TO or until <= at:
        raise HoldInvalid(least=LAW_FROM, most=LAW_TO)
    record = record_of(record_id, lock=True)
    _require(record_id, by)
    if record.erased_at is not None:
        raise RecordIsErased(record=record_id)
    hold = EvidenceHold.objects.create(record=record, law=told, until_at=until, placed_by=by.ref, placed_at=at)
    body = {"hold": hold.id, "law": told, "until": until}
    ledger.line_append(chain=chain_of(record_id), act="record.keep", by=by, at=at, body=body, pack=record.pack)
    return _row(hold)


@guard.act
def record_let_go(*, hold_id: int, by: Actor, at: datetime) -> EvidenceHoldRow:
    """End a hold before its time; ending it again changes nothing.

    Raises:
        HoldNotFound: there is none, or the actor may not read its record.
        NotAllowed: no right to erase there.
    """
    hold = EvidenceHold.objects.select_for_update().filter(id=hold_id).first()
    if hold is None:
        raise HoldNotFound(hold=hold_id)
    try:
        _require(hold.record_id, by)
    except RecordNotFound:
        raise HoldNotFound(hold=hold_id) from None
    if hold.ended_at is None:
        hold.ended_by, hold.ended_at = by.ref, at
        hold.save(update_fields=["ended_by", "ended_at"])
        chain, pack = chain_of(hold.record_id), record_of(hold.record_id).pack
        ledger.line_append(chain=chain, act="record.let_go", by=by, at=at, body={"hold": hold.id}, pack=pack)
    return _row(hold)


def _require(record_id: int, by: Actor) -> None:
    try:
        permissions.require(by, Right.RECORD_ERASE, place_of(record_of(record_id)))
    except NotFound:
        raise RecordNotFound(record=record_id) from None


def _row(hold: EvidenceHold) -> EvidenceHoldRow:
    return EvidenceHoldRow(hold.id, hold.record_id, hold.law, hold.until_at, hold.placed_by, hold.ended_at)
