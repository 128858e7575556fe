"""Relations between records: duplicate, similar, linked, joint. A merge is a view, never a change of records.

Records that are the same matter are joined by relations of kind duplicate; a group is everything that
such relations connect. Ending a relation is all it takes to split: no record was ever touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from hezhi.flow.intake.contracts import Contact, RecordRow, RecordState, RelationKind, RelationRow
from hezhi.flow.intake.errors import (
    AlreadyRelated,
    NotAccepted,
    RecordIsErased,
    RecordNotFound,
    RelationNotFound,
    SameRecord,
)
from hezhi.flow.intake.models import Record, Relation
from hezhi.flow.intake.queries import contacts, place_of, readable, record_row
from hezhi.flow.intake.storing import chain_of
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

ACTIVE_Q = Q(ended_at__isnull=True)
PAIRED = (RelationKind.SIMILAR, RelationKind.LINKED, RelationKind.JOINT, RelationKind.DISTINCT)

_GROUP = """
    WITH RECURSIVE found(id) AS (
        SELECT unnest(%s::bigint[])
        UNION
        SELECT CASE WHEN link.low_id = found.id THEN link.high_id ELSE link.low_id END
        FROM found
        JOIN intake_relation link ON (link.low_id = found.id OR link.high_id = found.id)
            AND link.kind = 'duplicate' AND link.ended_at IS NULL
    )
    SELECT id FROM found ORDER BY id
"""


def group_ids(*, record_id: int) -> list[int]:
    """Return a record and everything merged with it, oldest first; for the house's own use."""
    return _group([record_id])


def numbers_of_group(*, record_ids: Collection[int]) -> set[str]:
    """Return the numbers of records and of everything merged with them; for the house's own use."""
    return set(Record.objects.filter(id__in=_group(record_ids)).values_list("number", flat=True))


def contacts_of(*, record_ids: Collection[int]) -> list[Contact]:
    """Return how every reporter of these records and of those merged with them is reached.

    For notices alone: the phone goes into a message and onto no page.
    """
    return contacts(list(Record.objects.filter(id__in=_group(record_ids))))


def group_of(*, record_id: int, by: Actor) -> list[RecordRow]:
    """Return the records merged with one, itself included, as far as the actor may read them; oldest first.

    Raises:
        RecordNotFound: the actor may not read the record itself.
    """
    rows = {row.id: row for row in readable(by).filter(id__in=_group([record_id])).select_related("source")}
    if record_id not in rows:
        raise RecordNotFound(record=record_id)
    return [record_row(rows[found]) for found in sorted(rows)]


def relations_of(*, record_id: int, by: Actor) -> list[RelationRow]:
    """Return every relation of a record, ended ones too, oldest first; only to records the actor may read.

    Raises:
        RecordNotFound: the actor may not read the record itself.
    """
    if not readable(by).filter(id=record_id).exists():
        raise RecordNotFound(record=record_id)
    seen = readable(by).values("id")
    rows = Relation.objects.filter(Q(low=record_id, high__in=seen) | Q(high=record_id, low__in=seen)).order_by("id")
    return [_row(row, record_id) for row in rows]


@guard.act
def record_merge(
    *, record_ids: Sequence[int], by: Actor, at: datetime, reason: str = "", key: str = ""
) -> list[RecordRow]:
    """Say that records are the same matter; returns the whole group, oldest first.

    Every reporter keeps the own number, answer and rating. Those already in one group stay as they are.

    Raises:
        SameRecord: fewer than two different records.
        NotAccepted: one of them is refused or held.
        RecordNotFound, NotAllowed: for any of them; nothing is merged then.
    """
    wanted = sorted(set(record_ids))
    if len(wanted) < 2:
        raise SameRecord()
    rows = _mergeable(wanted, by)
    first = wanted[0]
    joined = []
    for other in wanted[1:]:
        if other not in _group([first]):
            _relate(RelationKind.DUPLICATE, first, other, reason, by, at)
            _end(_active(RelationKind.DISTINCT, first, other), by, at)
            joined.append(other)
    if joined:
        body = {"with": [first, *joined], "reason": reason}
        _tell("record.merge", rows, body, [first, *joined], by, at, key)
    return group_of(record_id=first, by=by)


@guard.act
def record_split(*, record_id: int, by: Actor, at: datetime, reason: str = "", key: str = "") -> list[RecordRow]:
    """Take one record out of its group; the others stay together. Returns those others, oldest first.

    The same key again changes nothing and returns nothing.

    Raises:
        RelationNotFound: it is merged with nothing.
        RecordNotFound, NotAllowed.
    """
    rows = _mergeable([record_id], by)
    if _is_replay(record_id, key):
        return []
    links = list(_touching(RelationKind.DUPLICATE, record_id).select_for_update())
    if not links:
        raise RelationNotFound(record=record_id)
    others = [other for other in _group([record_id]) if other != record_id]
    neighbours = sorted(link.high_id if link.low_id == record_id else link.low_id for link in links)
    _end(links, by, at)
    # What hung together only through this record is joined again, to its oldest neighbour.
    for other in neighbours[1:]:
        if other not in _group(neighbours[:1]):
            _relate(RelationKind.DUPLICATE, neighbours[0], other, reason, by, at)
    rows |= {row.id: row for row in Record.objects.filter(id__in=others)}
    body = {"left": record_id, "from": others, "reason": reason}
    _tell("record.split", rows, body, [record_id, *others], by, at, key)
    seen = readable(by).filter(id__in=others).select_related("source").order_by("id")
    return [record_row(row) for row in seen]


@guard.act
def record_link(
    *,
    record_id: int,
    other_id: int,
    kind: RelationKind,
    by: Actor,
    at: datetime,
    reason: str = "",
    key: str = "",
) -> RelationRow:
    """Relate two records as similar, linked, joint or distinct; duplicates are merged (see ``record_merge``).

    Raises:
        SameRecord, NotAccepted.
        AlreadyRelated: they are, in this way.
        ValueError: kind duplicate.
        RecordNotFound, NotAllowed.
    """
    if kind not in PAIRED:
        raise ValueError("duplicates are merged")
    if record_id == other_id:
        raise SameRecord()
    rows = _mergeable([record_id, other_id], by)
    known = _active(kind, record_id, other_id)
    if known and _is_replay(record_id, key):
        return _row(known[0], record_id)
    if known:
        raise AlreadyRelated(kind=kind)
    relation = _relate(kind, record_id, other_id, reason, by, at)
    body = {"kind": kind, "with": sorted(rows), "reason": reason}
    _tell("record.link", rows, body, [record_id, other_id], by, at, key)
    return _row(relation, record_id)


@guard.act
def record_unlink(
    *,
    record_id: int,
    other_id: int,
    kind: RelationKind,
    by: Actor,
    at: datetime,
    reason: str = "",
    key: str = "",
) -> RelationRow:
    """End a relation; it stays on file. Merged records are split instead (see ``record_split``).

    Raises:
        RelationNotFound: they are not related in this way.
        ValueError: kind duplicate.
        RecordNotFound, NotAllowed.
    """
    if kind not in PAIRED:
        raise ValueError("merged records are split")
    rows = _mergeable([record_id, other_id], by)
    links = _active(kind, record_id, other_id)
    if not links:
        raise RelationNotFound(record=record_id, other=other_id, kind=kind)
    _end(links, by, at)
    body = {"kind": kind, "with": sorted(rows), "reason": reason}
    _tell("record.unlink", rows, body, [record_id, other_id], by, at, key)
    return _row(links[0], record_id)


def _group(start: Collection[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_GROUP, [list(start)])
        return [row[0] for row in cursor.fetchall()]


def _mergeable(wanted: Sequence[int], by: Actor) -> dict[int, Record]:
    """Return accepted records that the actor may merge, locked in the order of their ids."""
    rows = {row.id: row for row in Record.objects.select_for_update().filter(id__in=wanted).order_by("id")}
    for record_id in wanted:
        if record_id not in rows:
            raise RecordNotFound(record=record_id)
        permissions.require(
            by, Right.RECORD_MERGE, place_of(rows[record_id]), read_right=Right.RECORD_READ,
            hidden=RecordNotFound(record=record_id),
        )  # fmt: skip
        if rows[record_id].erased_at is not None:
            raise RecordIsErased(record=record_id)
        if rows[record_id].state != RecordState.ACCEPTED or rows[record_id].revises_id is not None:
            raise NotAccepted(record=record_id, state=rows[record_id].state)
    return rows


def _is_replay(record_id: int, key: str) -> bool:
    return bool(key) and ledger.line_by_key(chain=chain_of(record_id), key=key) is not None


def _relate(kind: RelationKind, one: int, other: int, reason: str, by: Actor, at: datetime) -> Relation:
    low, high = sorted((one, other))
    return Relation.objects.create(kind=kind, low_id=low, high_id=high, reason=reason, made_by=by.ref, made_at=at)


def _active(kind: RelationKind, one: int, other: int) -> list[Relation]:
    low, high = sorted((one, other))
    return list(Relation.objects.select_for_update().filter(ACTIVE_Q, kind=kind, low=low, high=high))


def _touching(kind: RelationKind, record_id: int) -> QuerySet[Relation]:
    return Relation.objects.filter(ACTIVE_Q, Q(low=record_id) | Q(high=record_id), kind=kind).order_by("id")


def _end(links: Iterable[Relation], by: Actor, at: datetime) -> None:
    for link in links:
        link.ended_by, link.ended_at = by.ref, at
        link.save(update_fields=["ended_by", "ended_at"])


def _tell(
    act: str, rows: dict[int, Record], body: dict[str, object], whom: Sequence[int], by: Actor, at: datetime, key: str
) -> None:
    """Write the act on the chain of every record it concerns; the key stands with the first."""
    lines = [
        NewLine(chain_of(record_id), act, body, rows[record_id].pack, key if place == 0 else "")
        for place, record_id in enumerate(whom)
    ]
    ledger.lines_append(lines=lines, by=by, at=at)


def _row(relation: Relation, record_id: int) -> RelationRow:
    other = relation.high_id if relation.low_id == record_id else relation.low_id
    return RelationRow(
        id=relation.id,
        kind=RelationKind(relation.kind),
        record_id=record_id,
        other_id=other,
        reason=relation.reason,
        by=relation.made_by,
        at=relation.made_at,
        ended_by=relation.ended_by,
        ended_at=relation.ended_at,
    )
