"""Brings accepted records to the room of subjects, as far as their pack says whom they are about.

What waits is noted with the record and taken in by rounds. Values pass through memory only: the room keeps keyed
signs. Records of confidential matters are never linked, for a link tells others that there is one.
"""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import KnownRecord, RecordAccepted, RecordChanged
from hezhi.packkit import api as packkit
from hezhi.packkit.shape.records import Linked
from hezhi.services.entities import api as entities
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions

HOUSE = Actor.system("links")
AT_ONCE = 200  # records in one transaction


def record_note(event: RecordAccepted) -> None:
    """Let a record wait to be linked, where its pack says that its kind is; noting twice changes nothing."""
    if _linked(event.pack_id, event.kind):
        entities.entries_note(refs=[_ref(event.record_id)], at=event.at)


def change_note(event: RecordChanged) -> None:
    """Let a changed record be looked at again; what consent no longer covers is forgotten at once."""
    if not _linked(event.pack_id, event.kind):
        return
    if event.is_withdrawn:
        entities.entries_forget(refs=[_ref(event.record_id)], at=event.at)
    entities.entries_note(refs=[_ref(event.record_id)], at=event.at)


def records_link(*, at: datetime) -> int:
    """Take in everything that waits; return how many records. Twice or late is harmless."""
    total = 0
    while count := _round(at):
        total += count
    return total


@guard.act
def _round(at: datetime) -> int:
    refs = entities.entries_waiting(limit=AT_ONCE)
    ids = [int(ref.partition(":")[2]) for ref in refs]
    for record in intake.records_known(record_ids=ids, identify=lambda scheme, value: ""):
        _take(record, at)
    return len(refs)


def _take(record: KnownRecord, at: datetime) -> None:
    pack, linked = packkit.shelf().get(record.pack_id), _linked(record.pack_id, record.kind)
    if linked is None:
        return
    if record.matter in {matter.id for matter in pack.matters if matter.confidential}:
        entities.entries_forget(refs=[_ref(record.record_id)], at=at)
        return
    whole = intake.record_whole(record_id=record.record_id)
    entities.entry_renew(
        spec_id=linked.subject, ref=_ref(record.record_id), by=HOUSE, at=at,
        values={part: whole.get(name) for part, name in linked.fields.items()},
        region_path=regions.region_get(regions.code_read(record.region_code)).path,
    )  # fmt: skip


def _linked(pack_id: str, kind: str) -> Linked | None:
    return packkit.shelf().get(pack_id).record(kind).links


def _ref(record_id: int) -> str:
    return f"record:{record_id}"
