"""Erases a record for good: its key, its content, and what every room holds about it, in one transaction.

What stays is what counts and what proves: number, place, kind, matter, moments, and the ledger, whose lines hold
no content. The ledger tells that it was erased, when, by whom and on which basis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from hezhi.flow.intake import codes
from hezhi.flow.intake.contracts import ErasureBasis, Hold, HoldKind, RecordErased, RecordKeeping, RecordRow, RecordUse
from hezhi.flow.intake.errors import BasisMissing, RecordKept, RecordNotFound
from hezhi.flow.intake.models import Batch, EvidenceHold, Record, Relation, Ticket
from hezhi.flow.intake.queries import place_of, record_of, record_row
from hezhi.flow.intake.storing import chain_of
from hezhi.kit import bus
from hezhi.kit.errors import NotFound
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.identity import Keeping
from hezhi.spine.files import api as files
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.vault import api as vault

UseAsk = Callable[[Collection[int], bool], Mapping[int, RecordUse]]
"""``(record_ids, lock)`` → what later rooms make of each record, their rows locked until the transaction ends."""
_uses: list[UseAsk] = []

LAWS: Mapping[ErasureBasis, str] = {
    ErasureBasis.PURPOSE_ENDED: "个人信息保护法 47(1)",
    ErasureBasis.SERVICE_ENDED: "个人信息保护法 47(2)",
    ErasureBasis.CONSENT_WITHDRAWN: "个人信息保护法 47(3)",
    ErasureBasis.UNLAWFUL: "个人信息保护法 47(4)",
}
"""The article of a ground that names its own; the others are told with the law or rule they stand on."""
LAW_FROM, LAW_TO = 4, 100  # characters
REQUEST = re.compile(r"[A-Za-z0-9:-]{0,40}")


def record_uses_ask(ask: UseAsk) -> None:
    """Tell this room how to ask what later rooms make of a record; the wiring does so."""
    _uses[:] = [ask]


@guard.act
def record_erase(
    *,
    record_id: int,
    basis: ErasureBasis | str,
    by: Actor,
    at: datetime,
    law: str = "",
    request: str = "",
    key: str = "",
) -> RecordRow:
    """Erase a record for good, with what every room holds about it; erasing it again changes nothing.

    A case goes with the last of its records. What others reported stays theirs, whatever was merged.

    Args:
        record_id: a record, or a change of its source that waits: both go together.
        basis: one of `ErasureBasis`.
        law: the law or rule it stands on, where the basis does not name its own article. No word about anybody.
        request: number of the request that asked for it; it stands in the ledger.

    Raises:
        BasisMissing: no such basis, or one that needs a law and has none.
        RecordKept: a duty to keep it stands against it; ``holds`` says which. Nothing was written.
        RecordNotFound: there is none, or the actor may not read it.
        NotAllowed: no right to erase there.
    """
    cite = basis_read(basis, law)
    if not REQUEST.fullmatch(request):
        raise BasisMissing(request="letters, digits and dashes")
    record = record_of(record_id)
    record = record_of(record.revises_id) if record.revises_id is not None else record
    # Rooms lock what they have before the record, in the order in which acts go: alert, case, record.
    use = uses_of([record.id], lock=True)[record.id]
    record = record_of(record.id, lock=True)
    _require(record, use, by)
    if record.erased_at is not None:
        return record_row(record)
    holds = holds_of(record, use, at)
    if holds:
        raise RecordKept(record=record.id, holds=holds)
    return _erase(record, str(ErasureBasis(basis)), cite, request, by, at, key)


def basis_read(basis: ErasureBasis | str, law: str) -> str:
    """Return the law or rule that a basis stands on, as it is shown.

    Raises:
        BasisMissing: no such basis, or one that needs a law and has none.
    """
    if basis not in set(ErasureBasis):
        raise BasisMissing(basis=str(basis)[:40], known=", ".join(ErasureBasis))
    told = " ".join(law.split())
    cite = LAWS.get(ErasureBasis(basis), told)
    if not LAW_FROM <= len(cite) <= LAW_TO:
        raise BasisMissing(basis=basis, law=f"{LAW_FROM} to {LAW_TO} characters")
    return cite


def uses_of(record_ids: Collection[int], *, lock: bool = False) -> dict[int, RecordUse]:
    """Return what later rooms make of records, with the holds for evidence on them, by id."""
    found = _uses[-1](record_ids, lock) if _uses else {}
    uses = {one: found.get(one, RecordUse()) for one in record_ids}
    for kept in EvidenceHold.objects.filter(record__in=record_ids, ended_at__isnull=True).order_by("id"):
        use, hold = uses[kept.record_id], Hold(HoldKind.EVIDENCE, kept.law, kept.until_at)
        uses[kept.record_id] = replace(use, holds=(*use.holds, hold))
    return uses


def keeping_of(record: Record) -> Keeping:
    """Return the rule by which a record is kept, of the pack as it is now."""
    return packkit.shelf().get(record.pack_id).identity.keeping(record.kind)


def last_act_at(record: Record, use: RecordUse) -> datetime:
    """Return when something last happened to a record; time of keeping counts from then."""
    return max(record.received_at, use.last_act_at or record.received_at)


def holds_of(record: Record, use: RecordUse, at: datetime) -> tuple[Hold, ...]:
    """Return every duty to keep a record at a moment."""
    rule = keeping_of(record)
    until = last_act_at(record, use) + timedelta(days=rule.at_least_days)
    by_law = (Hold(HoldKind.KEPT_BY_LAW, rule.basis.cite, until),) if at < until else ()
    return (*(one for one in use.holds if one.until is None or at < one.until), *by_law)


def record_keeping(*, record_id: int, at: datetime) -> RecordKeeping:
    """Return until when a record is kept as things stand, and what stands against erasing it; for the house's own use.

    Raises:
        RecordNotFound: no such record.
    """
    record = record_of(record_id)
    use, rule = uses_of([record_id])[record_id], keeping_of(record)
    until = last_act_at(record, use) + timedelta(days=rule.days)
    return RecordKeeping(until, rule.basis.cite, rule.basis.is_verified, holds_of(record, use, at))


def _require(record: Record, use: RecordUse, by: Actor) -> None:
    """A confidential matter shows no region; who may erase is asked where its case stands."""
    if use.place is not None and permissions.may(by, Right.RECORD_ERASE, use.place):
        return
    try:
        permissions.require(by, Right.RECORD_ERASE, place_of(record))
    except NotFound:
        raise RecordNotFound(record=record.id) from None


def _erase(record: Record, basis: str, cite: str, request: str, by: Actor, at: datetime, key: str) -> RecordRow:
    changes = list(Record.objects.select_for_update().filter(revises=record).order_by("id"))
    every = [record, *changes]
    ids = tuple(one.id for one in every)
    event = RecordErased(record.id, ids, record.number, record.pack, record.pack_id, record.subject, cite, by, at)
    body = {"basis": basis, "law": cite, "changes": list(ids[1:])} | ({"request": request} if request else {})
    ledger.line_append(
        chain=chain_of(record.id), act="record.erase", by=by, at=at, body=body, pack=record.pack, key=key
    )
    for one in every:
        _blank(one, cite, at)
        one.save()
    tickets = Ticket.objects.filter(record__in=ids)  # what they were for stood in the ledger, and goes with the key
    tickets.filter(closed_at__isnull=True).update(closed_at=at)
    tickets.update(near="")
    Relation.objects.filter(Q(low__in=ids) | Q(high__in=ids)).update(reason="")
    Batch.objects.filter(id__in={one.batch_id for one in every if one.batch_id}).update(salt="")
    vault.keys_destroy(subjects=[chain_of(one) for one in ids])
    files.files_release(users=[chain_of(one) for one in ids])
    bus.publish(event)
    return record_row(record)


def _blank(record: Record, cite: str, at: datetime) -> None:
    """Leave of a record what counts and what proves. A key of its source is kept unreadable, to know it again."""
    if record.source_id is not None:
        record.source_key = codes.key_erased(record.source, record.kind, record.source_key)
    record.values, record.secrets, record.raw, record.salt = {}, {}, "", ""
    record.text, record.subject, record.findings, record.suggestions, record.files = "", "", [], [], []
    record.erased_at, record.erased_basis = at, cite
