"""Takes accepted records over into the lake, as far as a scan or an online feature of their pack reads them.

What waits stands in a table, written with the record, so that nothing is lost and nothing taken twice. Records of
confidential matters never come into the lake; one whose matter becomes confidential is erased from it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import connection

from hezhi.flow.detection.models import Waiting
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import KnownRecord, RecordAccepted, RecordChanged, RecordErased
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.services.lake import api as lake
from hezhi.services.lake.contracts import PURPOSE
from hezhi.spine.guard import api as guard
from hezhi.spine.vault import api as vault

AT_ONCE = 5_000  # records


def lake_key_ready() -> None:
    """Make the key of the lake's pseudonyms where there is none, so that copies of an installation share it."""
    vault.pseudonymiser(purpose=PURPOSE)


def kinds_read(pack: Pack) -> frozenset[str]:
    """Return the record kinds that the scans and the online features of a pack read."""
    return frozenset(stream.reads for one in (*pack.scans, *pack.features) for stream in one.streams.values())


def note(event: RecordAccepted | RecordChanged) -> None:
    """Let a record wait for the lake, where its kind is read; what consent no longer covers leaves the lake at once."""
    pack = packkit.shelf().get(event.pack_id)
    if event.kind not in kinds_read(pack):
        return
    if isinstance(event, RecordChanged) and event.is_withdrawn:
        lake.keys_forget(pack_id=event.pack_id, record=event.kind, keys=[event.number])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO detection_waiting (record_id, noted_at) VALUES (%s, %s)"
            " ON CONFLICT (record_id) DO UPDATE SET noted_at = EXCLUDED.noted_at",
            [event.record_id, event.at],
        )


def forget(event: RecordErased) -> None:
    """Erase a record from the lake, whatever waits of it too."""
    Waiting.objects.filter(record_id__in=event.record_ids).delete()
    pack = packkit.shelf().get(event.pack_id)
    for kind in sorted(kinds_read(pack)):
        lake.keys_forget(pack_id=event.pack_id, record=kind, keys=[event.number])


def lake_feed(*, at: datetime) -> int:
    """Take over everything that waits; return how many records. Each round is a transaction of its own."""
    total = 0
    while count := _round(at):
        total += count
    return total


@guard.act
def _round(at: datetime) -> int:
    waiting = list(Waiting.objects.select_for_update(skip_locked=True).order_by("record_id")[:AT_ONCE])
    if not waiting:
        return 0
    identify = vault.pseudonymiser(purpose=PURPOSE)
    known = intake.records_known(record_ids=[one.record_id for one in waiting], identify=identify)
    since = {one.record_id: one.noted_at for one in waiting}
    by_kind: dict[tuple[str, str], list[KnownRecord]] = defaultdict(list)
    for record in known:
        by_kind[record.pack_id, record.kind].append(record)
    for (pack_id, kind), records in sorted(by_kind.items()):
        _take(packkit.shelf().get(pack_id), kind, records, since, at)
    Waiting.objects.filter(record_id__in=list(since)).delete()
    return len(waiting)


def _take(pack: Pack, kind: str, records: list[KnownRecord], since: dict[int, datetime], at: datetime) -> None:
    shape = pack.record(kind)
    hidden = {matter.id for matter in pack.matters if matter.confidential}
    withheld = [record.number for record in records if record.matter in hidden]
    if withheld:
        lake.keys_forget(pack_id=pack.id, record=kind, keys=withheld)
    rows = [
        packkit.lake_row(shape, record.values, key=record.number, happened_at=record.happened_at,
                         received_at=since[record.record_id])
        for record in records if record.matter not in hidden
    ]  # fmt: skip
    if rows:
        numbers = [record.number for record in records]
        lake.rows_put(pack_id=pack.id, record=shape, rows=rows, source=f"records {numbers[0]}…{numbers[-1]}", at=at)
