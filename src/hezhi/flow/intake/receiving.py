"""Taking rows in: judge each, store each, write each accepted one to the ledger, tell the house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hezhi.flow.intake import queries
from hezhi.flow.intake.contracts import Finding, RecordAccepted, RecordState
from hezhi.flow.intake.models import Batch, Record, Source
from hezhi.flow.intake.offering import offers_for
from hezhi.flow.intake.rules import Judged, content_hash, judge, subject_text
from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape import Record as RecordShape
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions

CHANGED = Finding(
    "",
    "changed_at_source",
    "来源改动了已收下的记录，需人工确认",
    "the source changed an accepted record; a person decides",
)


@dataclass(frozen=True)
class Incoming:
    """One row on its way in. ``broken`` is the text of a row that could not even be read."""

    raw: Mapping[str, Any]
    broken: str = ""


@dataclass(frozen=True)
class Taken:
    """What became of one row. ``is_new`` is False where the same content had come before."""

    record: Record
    is_new: bool


def chain_of(record_id: int) -> str:
    return f"record:{record_id}"


def rows_take(
    rows: Sequence[Incoming],
    *,
    pack: Pack,
    kind: str,
    source: Source | None,
    batch: Batch | None,
    by: Actor,
    at: datetime,
) -> list[Taken]:
    """Take rows of one source in, in their order; call inside a transaction.

    A key that was accepted before with the same content changes nothing; with other content the row is
    held for a person. A refused row that comes again corrected replaces what was refused.
    """
    shape = pack.record(kind)
    places = _places(shape, rows)
    matters = {one.id for one in pack.matters}
    known = _known(shape, rows, source, pack)
    ids = iter(queries.next_ids(len(rows)))
    taken: list[Taken] = []
    for row in rows:
        key = str(row.raw.get(shape.key) or "").strip()
        hashed = content_hash(row.raw) if not row.broken else content_hash({"broken": row.broken})
        earlier = known.get(key, []) if key else []
        same = next((one for one in earlier if one.content_hash == hashed), None)
        if same is not None:
            taken.append(Taken(same, is_new=False))
            continue
        judged = judge(shape, row.raw, matters=matters, regions=places, at=at)
        if row.broken:
            judged = Judged(findings=(Finding("", "unreadable", "这一行读不出来", "this row cannot be read"),))
        if any(one.state == RecordState.ACCEPTED for one in earlier) and not judged.findings:
            judged = Judged(findings=(CHANGED,))
        refused = next((one for one in earlier if one.state == RecordState.REFUSED), None)
        record = refused or Record(id=next(ids), source=source, source_key=key, received_at=at)
        record.content_hash, record.batch = hashed, batch
        settle(record, judged, row, pack=pack, kind=kind, places=places, at=at)
        known.setdefault(key, []).append(record)
        taken.append(Taken(record, is_new=True))
    _store([one.record for one in taken if one.is_new], by=by, at=at)
    return taken


def _places(shape: RecordShape, rows: Iterable[Incoming]) -> dict[str, str]:
    codes = {str(row.raw.get(shape.place) or "").strip() for row in rows} - {""}
    return {code: one.path for code, one in regions.regions_get(codes).items()}


def _known(shape: RecordShape, rows: Iterable[Incoming], source: Source | None, pack: Pack) -> dict[str, list[Record]]:
    keys = {str(row.raw.get(shape.key) or "").strip() for row in rows} - {""}
    found: dict[str, list[Record]] = {}
    same = Record.objects.filter(source=source, source_key__in=keys, pack_id=pack.id, kind=shape.id)
    for record in same.order_by("id"):
        found.setdefault(record.source_key, []).append(record)
    return found


def settle(
    record: Record, judged: Judged, row: Incoming, *, pack: Pack, kind: str, places: Mapping[str, str], at: datetime
) -> None:
    """Write what was judged into the (unsaved) record."""
    shape = pack.record(kind)
    record.number = record.number or f"JL{day_of(at):%Y%m}-{record.id:06d}"
    record.pack, record.pack_id, record.kind = pack.stamp, pack.id, kind
    record.findings = [asdict(one) for one in judged.findings]
    if judged.findings:
        record.state = RecordState.HELD if CHANGED in judged.findings else RecordState.REFUSED
        record.raw = {"_row": row.broken} if row.broken else dict(row.raw)
        code = str(row.raw.get(shape.place) or "").strip()
        record.region_code, record.region_path = (code, places[code]) if code in places else ("", "")
        return
    record.state, record.raw = RecordState.ACCEPTED, None
    record.values, record.secrets = judged.values, judged.secrets
    record.region_code = judged.values[shape.place]
    record.region_path = places[record.region_code]
    record.subject = subject_text(shape, judged.values)[:260]
    record.matter = judged.values.get(shape.matter or "", "") or ("" if len(pack.matters) > 1 else pack.matters[0].id)
    record.happened_at, record.is_late = judged.happened_at, judged.is_late
    if not record.matter and shape.text:
        record.offers = [asdict(one) for one in offers_for(pack, str(judged.values.get(shape.text, "")))]


def _store(records: list[Record], *, by: Actor, at: datetime) -> None:
    """Save new and corrected records, then tell of each accepted one in its order."""
    fresh = [one for one in records if one._state.adding]
    again = [one for one in records if not one._state.adding]
    Record.objects.bulk_create(fresh, batch_size=1000)
    for record in again:
        record.save()
    told = [(one, "record.accept" if one in fresh else "record.correct") for one in records]
    for record, act in told:
        tell(record, act, by=by, at=at)


def tell(record: Record, act: str, *, by: Actor, at: datetime) -> None:
    """Write one record's line; publish ``RecordAccepted`` if it was accepted."""
    body: dict[str, Any] = {
        "number": record.number, "kind": record.kind, "state": record.state, "content": record.content_hash,
        "source": record.source.code if record.source else "", "source_key": record.source_key,
        "rules": sorted({one["rule"] for one in record.findings}),
    }  # fmt: skip
    if record.state != RecordState.ACCEPTED:
        act = {RecordState.REFUSED: "record.refuse", RecordState.HELD: "record.hold"}[RecordState(record.state)]
    else:
        body |= {"region": record.region_code, "subject": record.subject, "matter": record.matter}
        body |= {"happened_at": record.happened_at, "is_late": record.is_late}
    ledger.line_append(chain=chain_of(record.id), act=act, by=by, at=at, body=body, pack=record.pack)
    if record.state == RecordState.ACCEPTED:
        assert record.happened_at is not None
        bus.publish(
            RecordAccepted(
                record_id=record.id, number=record.number, pack=record.pack, pack_id=record.pack_id, kind=record.kind,
                subject=record.subject, region_code=record.region_code, region_path=record.region_path,
                matter=record.matter, happened_at=record.happened_at, at=at, by=by.ref,
            )
        )  # fmt: skip
