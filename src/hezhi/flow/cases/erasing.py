"""What cases forget with an erased record, and what keeps a record from being erased.

A case whose records are all erased is its number, its place, who had it when, and its outcome: what counts and what
proves. One that others reported too goes on; its title is told anew from the oldest of their reports.
"""

from __future__ import annotations

from collections.abc import Collection

from hezhi.flow.cases.acts.base import chain_of, in_turn, limit_ends_at
from hezhi.flow.cases.contracts import CaseErased, CaseRetold, CaseState
from hezhi.flow.cases.models import Case, CaseRecord, Contest, Order, Participant, Precedent, Return, TaskForce
from hezhi.flow.cases.queries import place_of
from hezhi.flow.cases.rules import clock_names
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Hold, HoldKind, RecordErased, RecordUse
from hezhi.kit import bus
from hezhi.kit.erased import ERASED_TITLE
from hezhi.packkit import api as packkit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files import api as files
from hezhi.spine.ledger import api as ledger
from hezhi.spine.vault import api as vault


def record_uses(record_ids: Collection[int], *, lock: bool = False) -> dict[int, RecordUse]:
    """Return what cases make of records, by id: an open case, objection or order keeps them."""
    links = dict(CaseRecord.objects.filter(record_id__in=record_ids).values_list("record_id", "case_id"))
    rows = Case.objects.filter(id__in=set(links.values())).order_by("id")
    found = {one.id: one for one in (rows.select_for_update() if lock else rows)}
    uses = {case_id: _use(case) for case_id, case in found.items()}
    return {record_id: uses[case_id] for record_id, case_id in links.items()}


def _use(case: Case) -> RecordUse:
    holds = []
    if case.state != CaseState.CLOSED:
        holds.append(Hold(HoldKind.CASE_OPEN))
    if Contest.objects.filter(case=case, decided_at__isnull=True).exists():
        holds.append(Hold(HoldKind.CONTEST_OPEN))
    elif case.closed_at is not None:
        limit = packkit.shelf().of(case.pack).playbook.contest_within
        holds.append(Hold(HoldKind.CONTEST_OPEN, limit.source.cite, limit_ends_at(case.closed_at, limit)))
    if Order.objects.filter(case=case, answered_at__isnull=True).exists():
        holds.append(Hold(HoldKind.ORDER_OPEN))
    return RecordUse(place_of(case), case.last_act_at, tuple(holds))


def record_forget(event: RecordErased) -> None:
    """Forget what an erased record has said in its case, and the whole case with the last of its records."""
    Contest.objects.filter(record_number=event.number).update(text="", reason="")
    link = CaseRecord.objects.filter(record_id=event.record_id).first()
    if link is None:
        return
    case = Case.objects.select_for_update().get(id=link.case_id)
    records = list(
        CaseRecord.objects.filter(case=case).order_by("attached_at", "id").values_list("record_id", flat=True)
    )
    erased = intake.records_erased(record_ids=records)
    living = [one for one in records if one not in erased]
    if living:
        _tell_anew(case, living[0])
    elif case.erased_at is None:
        _forget(case, event)


def _tell_anew(case: Case, record_id: int) -> None:
    [view] = intake.records_get(record_ids=[record_id])
    pack = packkit.shelf().of(case.pack)
    shape, values = pack.record(view.row.kind), intake.record_values(record_id=record_id)
    wanted = pack.playbook.title if case.alert_id is None else pack.playbook.alert.title
    before, case.title = case.title, packkit.title_fill(pack, wanted, shape, values)[:200]
    case.save(update_fields=["title"])
    bus.publish(CaseRetold(case.id, case.number, before, case.title))


def _forget(case: Case, event: RecordErased) -> None:
    case.title, case.subject, case.summary, case.erased_at = ERASED_TITLE, "", "", event.at
    at = in_turn(case, event.at)
    case.save()
    Participant.objects.filter(case=case).update(result={})
    Order.objects.filter(case=case).update(text="", answer="")
    Return.objects.filter(case=case).update(note="")
    Contest.objects.filter(case=case).update(text="", reason="")
    TaskForce.objects.filter(case=case).update(name=ERASED_TITLE, purpose="")
    Precedent.objects.filter(case=case).update(reason="")
    clocks.reasons_erase(subjects=clock_names(case.id))
    ledger.line_append(
        chain=chain_of(case.id), act="case.erase", by=event.by, at=at, body={"basis": event.basis}, pack=case.pack
    )
    vault.keys_destroy(subjects=[chain_of(case.id)])
    files.files_release(users=[chain_of(case.id)])
    bus.publish(CaseErased(case.id, case.number, event.at))
