"""Reads and the one write of the ledger, in SQL terms. Only ``api`` uses this."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max, QuerySet

from hezhi.spine.ledger import contracts, models, rules
from hezhi.spine.ledger.errors import ProofImpossible, SealBusy
from hezhi.spine.ledger.tree import Frontier, leaf_hash
from hezhi.spine.reads.api import FixedRead

CHUNK = 2000  # rows a server-side cursor hands over at once
KEPT_HEIGHT = 8  # nodes over so many levels of lines are kept; lower ones are recomputed from one block
BLOCK = 1 << KEPT_HEIGHT
APPENDING = (7201, 1)  # advisory lock: shared by appends, exclusive for sealing
SEALING = (7201, 2)  # advisory lock: one sealer at a time
RAW = ("id", "chain", "seq", "at", "act", "actor", "key", "pack", "payload", "prev_hash", "hash")


def append(values: Sequence[Any]) -> tuple[int, int, str] | None:
    """Write one line in one round trip; return its id, seq and hash, or None when its key is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line_id, line_seq, line_hash"
            " FROM ledger_append(%s::text, %s::timestamptz, %s::text, %s::text, %s::text, %s::text, %s::text,"
            " %s::text)",
            values,
        )
        return cursor.fetchone()


def append_many(
    lines: Sequence[contracts.NewLine], written: Sequence[tuple[str, str]], actor: str, at: datetime
) -> frozenset[int]:
    """Write lines in their order in one round trip; return which of them were written, counted from 1.

    Args:
        written: payload and sealed words of each line.

    WHY one JSON text: it is quoted once, while an array of texts is quoted element by element.
    WHY lateral: the function is called once per element, in their order.
    """
    told = [[one.chain, one.act, one.key, one.pack, *its] for one, its in zip(lines, written, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place FROM json_array_elements(%s::json) WITH ORDINALITY AS told (one, place)"
            " CROSS JOIN LATERAL ledger_append(one->>0, %s::timestamptz, one->>1, %s::text, one->>2, one->>3, one->>4,"
            " one->>5)",
            [json.dumps(told, ensure_ascii=False), at, actor],
        )
        return frozenset(place for (place,) in cursor.fetchall())


line_by_key = FixedRead(
    lambda given: models.Line.objects.filter(chain=given("chain"), key=given("key")).exclude(key="").order_by("id")
)
lines_of = FixedRead(lambda given: models.Line.objects.filter(chain=given("chain")).order_by("seq"))


def last_acts(chains: Collection[str], actors: Collection[str]) -> dict[tuple[str, str], datetime]:
    rows = models.Line.objects.filter(chain__in=set(chains), actor__in=set(actors)).values_list("chain", "actor")
    return {(chain, actor): at for chain, actor, at in rows.annotate(last=Max("at"))}


def to_line(row: models.Line) -> contracts.Line:
    """Turn a row of the table into what crosses the door, without its words."""
    body = json.loads(row.payload)["body"]
    return contracts.Line(row.chain, row.seq, row.act, row.actor, row.at, row.pack, row.key, body, row.hash)


def streamed(rows: QuerySet[models.Line]) -> Iterator[models.Line]:
    """Stream rows through a server-side cursor."""
    return rows.iterator(chunk_size=CHUNK)


def to_seal(row: models.Seal) -> contracts.Seal:
    """Turn a row of the table into what crosses the door."""
    return contracts.Seal(**{one.name: getattr(row, one.name) for one in fields(contracts.Seal)})


def raw_lines() -> Iterator[contracts.RawLine]:
    """Stream all lines as they stand, by id."""
    for row in models.Line.objects.order_by("id").values_list(*RAW).iterator(chunk_size=CHUNK):
        yield contracts.RawLine(*row[:3], rules.moment(row[3]), *row[4:])


def raw_lines_of(ends: Mapping[str, int], last_id: int) -> Iterator[contracts.RawLine]:
    """Stream the lines of some chains, each up to a place, by id."""
    rows = models.Line.objects.filter(chain__in=list(ends), id__lte=last_id).order_by("id").values_list(*RAW)
    for row in rows.iterator(chunk_size=CHUNK):
        if row[2] <= ends[row[1]]:
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
    if outermost:
        with connection.cursor() as cursor:  # who asks is told now: nothing may stand before SET TRANSACTION
            cursor.execute("SELECT 1")
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


def tree_grow(tree: Frontier, first_id: int, last_id: int, house_chain: str) -> tuple[int, bool]:
    """Add a batch of lines to the tree and keep its higher nodes.

    Returns:
        How many lines, and whether they hold anything but the house's own seal lines.
    """
    count, has_acts, kept = 0, False, []
    rows = models.Line.objects.filter(id__range=(first_id, last_id)).order_by("id")
    for line_id, told, chain in rows.values_list("id", "hash", "chain").iterator(chunk_size=CHUNK):
        count += 1
        has_acts = has_acts or chain != house_chain
        for height, index, made in tree.add(leaf_hash(told)):
            if height >= KEPT_HEIGHT:
                kept.append(models.Node(height=height, index=index, hash=made.hex(), last_id=line_id))
    if has_acts:
        models.Node.objects.bulk_create(kept, batch_size=CHUNK)
    return count, has_acts


def seal_insert(seal: contracts.Seal) -> None:
    """Write one seal."""
    models.Seal.objects.create(**asdict(seal))


class TreeReader:
    """Gives nodes of the tree up to ``last_id``: kept ones by one row, lower ones from one block of lines.

    A proof therefore costs at most one row for each level of the tree and the hashes of two blocks (512 lines),
    whatever the size of the ledger; blocks are kept while the reader lives.
    """

    def __init__(self, last_id: int) -> None:
        self._last_id = last_id
        self._blocks: dict[int, list[tuple[int, bytes]]] = {}
        self._kept: dict[tuple[int, int], bytes] = {}

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of one node.

        Raises:
            ProofImpossible: lines or nodes are gone.
        """
        if height >= KEPT_HEIGHT:
            if (height, index) not in self._kept:
                row = models.Node.objects.filter(height=height, index=index).first()
                if row is None:
                    raise ProofImpossible(height=height, index=index)
                self._kept[height, index] = bytes.fromhex(row.hash)
            return self._kept[height, index]
        start, count = index << height, 1 << height
        at = start % BLOCK
        leaves = [leaf for _, leaf in self._block(start // BLOCK)[at : at + count]]
        if len(leaves) != count:
            raise ProofImpossible(height=height, index=index)
        tree = Frontier()
        for leaf in leaves:
            tree.add(leaf)
        return tree.root

    def place_of(self, line_id: int) -> int:
        """Return the place of a line in the tree, 0 for the first.

        Raises:
            ProofImpossible: the line is not under the head.
        """
        before = models.Node.objects.filter(height=KEPT_HEIGHT, last_id__lt=line_id).order_by("-last_id").first()
        number = before.index + 1 if before else 0
        for at, (one, _) in enumerate(self._block(number)):
            if one == line_id:
                return number * BLOCK + at
        raise ProofImpossible(line=line_id)

    def _block(self, number: int) -> list[tuple[int, bytes]]:
        if number not in self._blocks:
            after = 0
            if number:
                before = models.Node.objects.filter(height=KEPT_HEIGHT, index=number - 1).first()
                if before is None:
                    raise ProofImpossible(block=number - 1)
                after = before.last_id
            rows = models.Line.objects.filter(id__gt=after, id__lte=self._last_id).order_by("id")
            told = rows.values_list("id", "hash")[:BLOCK]
            self._blocks[number] = [(line_id, leaf_hash(one)) for line_id, one in told]
        return self._blocks[number]
