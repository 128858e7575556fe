"""Reads and the one write of the ledger, in SQL terms. Only ``api`` uses this."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max, QuerySet

from hezhi.spine.ledger import contracts, models, rules
from hezhi.spine.ledger.errors import SealBusy
from hezhi.spine.reads.api import FixedRead

CHUNK = 2000  # rows a server-side cursor hands over at once
APPENDING = (7201, 1)  # advisory lock: shared by appends, exclusive for sealing
SEALING = (7201, 2)  # advisory lock: one sealer at a time
RAW = ("id", "chain", "seq", "at", "act", "actor", "key", "pack", "payload", "prev_hash", "hash")


def append(values: Sequence[Any]) -> tuple[int, int, str] | None:
    """Write one line in one round trip; return its id, seq and hash, or None when its key is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line_id, line_seq, line_hash"
            " FROM ledger_append(%s::text, %s::timestamptz, %s::text, %s::text, %s::text, %s::text, %s::text)",
            values,
        )
        return cursor.fetchone()


def append_many(
    lines: Sequence[contracts.NewLine], payloads: Sequence[str], actor: str, at: datetime
) -> frozenset[int]:
    """Write lines in their order in one round trip; return which of them were written, counted from 1.

    WHY one JSON text: it is quoted once, while an array of texts is quoted element by element.
    WHY lateral: the function is called once per element, in their order.
    """
    told = [[one.chain, one.act, one.key, one.pack, payload] for one, payload in zip(lines, payloads, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place FROM json_array_elements(%s::json) WITH ORDINALITY AS told (one, place)"
            " CROSS JOIN LATERAL ledger_append(one->>0, %s::timestamptz, one->>1, %s::text, one->>2, one->>3, one->>4)",
            [json.dumps(told, ensure_ascii=False), at, actor],
        )
        return frozenset(place for (place,) in cursor.fetchall())


line_by_key = FixedRead(
    lambda given: models.Line.objects.filter(chain=given("chain"), key=given("key")).exclude(key="").order_by("id")
)
lines_of = FixedRead(lambda given: models.Line.objects.filter(chain=given("chain")).order_by("seq"))


def to_line(row: models.Line) -> contracts.Line:
    """Turn a row of the table into what crosses the door."""
    body = json.loads(row.payload)["body"]
    return contracts.Line(row.chain, row.seq, row.act, row.actor, row.at, row.pack, row.key, body, row.hash)


def to_lines(rows: QuerySet[models.Line]) -> Iterator[contracts.Line]:
    """Stream rows through a server-side cursor."""
    return (to_line(row) for row in rows.iterator(chunk_size=CHUNK))


def to_seal(row: models.Seal) -> contracts.Seal:
    """Turn a row of the table into what crosses the door."""
    return contracts.Seal(
        row.number, row.first_id, row.last_id, row.line_count, row.root, row.at, row.prev_hash, row.hash
    )


def raw_lines() -> Iterator[contracts.RawLine]:
    """Stream all lines as they stand, by id."""
    for row in models.Line.objects.order_by("id").values_list(*RAW).iterator(chunk_size=CHUNK):
        yield contracts.RawLine(*row[:3], rules.moment(row[3]), *row[4:])


def heads() -> Iterator[contracts.Head]:
    """Stream all heads, by chain."""
    rows = models.Head.objects.order_by("chain").values_list("chain", "seq", "hash")
    return (contracts.Head(*row) for row in rows.iterator(chunk_size=CHUNK))


def seals() -> Iterator[contracts.Seal]:
    """Stream all seals, by number."""
    return (to_seal(row) for row in models.Seal.objects.order_by("number").iterator(chunk_size=CHUNK))


@contextmanager
def snapshot() -> Iterator[None]:
    """Let everything read inside see the same moment, although acts go on.

    Inside a transaction of the caller, the caller's isolation holds.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def settled_id(wait_ms: int = 1000) -> int:
    """Return an id below which no line can appear any more.

    WHY: acts commit in another order than they take their ids. The exclusive lock waits until every act
    that has taken an id is over; it is held for one look only, and given up after ``wait_ms``, because
    while it waits no other act can be written.

    Raises:
        SealBusy: an act has been open for longer than that.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_ms}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", APPENDING)
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            return models.Line.objects.aggregate(last=Max("id"))["last"] or 0
    except OperationalError as cause:
        if getattr(cause.__cause__, "sqlstate", "") == "55P03":
            raise SealBusy(waited_ms=wait_ms) from cause
        raise


def lock_sealing() -> models.Seal | None:
    """Become the only sealer until the transaction ends, and return the newest seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", SEALING)
    return models.Seal.objects.order_by("-number").first()


def batch(first_id: int, last_id: int, house_chain: str) -> tuple[int, str, bool]:
    """Return count and Merkle root of a batch, and whether it holds anything but the house's own seal lines."""
    count, has_acts = 0, False

    def leaves() -> Iterator[bytes]:
        nonlocal count, has_acts
        rows = models.Line.objects.filter(id__range=(first_id, last_id)).order_by("id")
        for told, chain in rows.values_list("hash", "chain").iterator(chunk_size=CHUNK):
            count += 1
            has_acts = has_acts or chain != house_chain
            yield rules.leaf_hash(told)

    root = rules.merkle_root(leaves())
    return count, root, has_acts


def seal_insert(seal: contracts.Seal) -> None:
    """Write one seal."""
    models.Seal.objects.create(
        number=seal.number,
        first_id=seal.first_id,
        last_id=seal.last_id,
        line_count=seal.line_count,
        root=seal.root,
        at=seal.at,
        prev_hash=seal.prev_hash,
        hash=seal.hash,
    )
