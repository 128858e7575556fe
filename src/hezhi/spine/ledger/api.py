"""The ledger's door: write an act, read acts, seal, export, look for breaks.

Every command of the house writes its act here inside its own transaction. Lines are never changed and
never deleted; a mistake is corrected by a further act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from hezhi.kit.canonical import canonical
from hezhi.spine.ledger import models, queries, rules
from hezhi.spine.ledger.checking import breaks
from hezhi.spine.ledger.contracts import ExportCounts, Finding, LedgerEnd, Line, NewLine, Seal, Signer
from hezhi.spine.ledger.errors import KeyAlreadyUsed

SEAL_CHAIN = "seals"
SEAL_ACTOR = "system:ledger"


def line_append(
    *,
    chain: str,
    act: str,
    by: Signer,
    at: datetime,
    body: dict[str, Any],
    pack: str = "",
    key: str = "",
) -> Line:
    """Write one act at the end of a chain; one round trip, whatever the length of the chain.

    Until the transaction ends no other act can be written to the same chain; other chains are not touched.

    Args:
        chain: e.g. ``case:12``; made by its first line.
        act: dotted name, e.g. ``case.accept``.
        body: facts as JSON can hold them (moments, days and decimals are written as text).
        key: idempotency key; unique within the chain when not empty.

    Raises:
        KeyAlreadyUsed: the chain holds a line with this key; nothing was written, ``error.line`` is that line.
        LineUnwritable: a name or the body cannot be written down.
    """
    payload = rules.payload_of(chain=chain, at=at, act=act, actor=by.ref, key=key, pack=pack, body=body)
    written = queries.append((chain, at, act, by.ref, key, pack, payload))
    if written is None:
        raise KeyAlreadyUsed(chain=chain, key=key, line=line_by_key(chain=chain, key=key))
    _, seq, told = written
    return Line(chain, seq, act, by.ref, at, pack, key, json.loads(payload)["body"], told)


def lines_append(*, lines: Sequence[NewLine], by: Signer, at: datetime) -> None:
    """Write many acts in one round trip, in the given order; either all of them or none.

    Raises:
        KeyAlreadyUsed: a chain holds a line with one of the keys; ``error.facts`` names chain and key.
        LineUnwritable: a name or a body cannot be written down.
    """
    if not lines:
        return
    payloads = [
        rules.payload_of(chain=one.chain, at=at, act=one.act, actor=by.ref, key=one.key, pack=one.pack, body=one.body)
        for one in lines
    ]
    with transaction.atomic():
        written = queries.append_many(lines, payloads, by.ref, at)
        missing = next((one for number, one in enumerate(lines, start=1) if number not in written), None)
        if missing is not None:
            line = line_by_key(chain=missing.chain, key=missing.key)
            raise KeyAlreadyUsed(chain=missing.chain, key=missing.key, line=line)


def line_by_key(*, chain: str, key: str) -> Line | None:
    """Return the line that was written under an idempotency key, None when there is none."""
    if not key:
        return None
    row = queries.line_by_key.first(chain=chain, key=key)
    return queries.to_line(row) if row else None


def is_replay(*, chain: str, key: str, act: str, by: Signer) -> bool:
    """Say whether this very act stands in the chain under its key already, so that nothing is left to do.

    Raises:
        KeyAlreadyUsed: the key belongs to another act, or to somebody else; whoever sent it would wrongly
            believe that the act was done.
    """
    line = line_by_key(chain=chain, key=key)
    if line is not None and (line.act, line.actor) != (act, by.ref):
        raise KeyAlreadyUsed(chain=chain, key=key, line=line)
    return line is not None


def last_line_id() -> int:
    """Return the id of the newest line, 0 for an empty ledger: equal before and after means nothing was written."""
    return models.Line.objects.order_by("-id").values_list("id", flat=True).first() or 0


def lines_of(*, chain: str) -> list[Line]:
    """Return the whole history of one chain, oldest first."""
    return [queries.to_line(row) for row in queries.lines_of.all(chain=chain)]


def lines_between(*, from_at: datetime, to_at: datetime, acts: Sequence[str] = ()) -> Iterator[Line]:
    """Stream acts done from ``from_at`` (included) to ``to_at`` (excluded), in the order they were written.

    Args:
        acts: names of acts to keep; empty keeps all.
    """
    rows = models.Line.objects.filter(at__gte=from_at, at__lt=to_at).order_by("id")
    return queries.to_lines(rows.filter(act__in=acts) if acts else rows)


def chains_lines(*, prefix: str = "case:") -> Iterator[Line]:
    """Stream every line of every chain that begins with ``prefix``, chain by chain, oldest first."""
    rows = models.Line.objects.order_by("chain", "seq")
    if prefix:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)  # the first text that no longer begins with it
        rows = rows.filter(chain__gte=prefix, chain__lt=after)
    return queries.to_lines(rows)


def seal_make(*, at: datetime, wait_ms: int = 1000) -> Seal | None:
    """Put every line that is not yet under a seal under a new one; None when there is nothing new.

    The seal is itself written to the chain ``seals``, so that taking away the newest seal shows.

    Args:
        wait_ms: how long acts may be held up while waiting for open ones to end.

    Raises:
        SealBusy: an act stayed open for longer than ``wait_ms``; try again later.
    """
    last_id = queries.settled_id(wait_ms)
    with transaction.atomic():
        before = queries.lock_sealing()
        first_id = before.last_id + 1 if before else 1
        count, root, has_acts = queries.batch(first_id, last_id, SEAL_CHAIN)
        if not has_acts:
            return None
        number = before.number + 1 if before else 1
        seal = Seal(number, first_id, last_id, count, root, at, before.hash if before else "")
        seal = replace(seal, hash=rules.seal_hash(seal))
        queries.seal_insert(seal)
        told = {"number": seal.number, "hash": seal.hash, "root": seal.root, "lines": seal.line_count}
        line_append(chain=SEAL_CHAIN, act="ledger.seal", by=_House(), at=at, body=told, key=str(number))
        return seal


class _House:
    ref = SEAL_ACTOR


def seals_all() -> list[Seal]:
    """Return all seals, oldest first."""
    return list(queries.seals())


def ledger_export(*, folder: Path) -> ExportCounts:
    """Write the ledger as it stands at one moment into ``lines.jsonl``, ``heads.jsonl`` and ``seals.jsonl``.

    Call it outside a transaction, so that all three files see the same moment.
    ``python scripts/verify_ledger.py FOLDER`` checks the result without any Hezhi code.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with queries.snapshot():
        return ExportCounts(
            lines=_write(folder / "lines.jsonl", queries.raw_lines()),
            heads=_write(folder / "heads.jsonl", queries.heads()),
            seals=_write(folder / "seals.jsonl", queries.seals()),
        )


def _write(path: Path, rows: Iterable[Any]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, row in enumerate(rows, start=1):  # noqa: B007
            file.write(canonical(asdict(row)) + "\n")
    return count


def ledger_breaks() -> list[Finding]:
    """Recompute the whole ledger and return every break, with its place; empty when all is well."""
    with queries.snapshot():
        return breaks(queries.raw_lines(), queries.heads(), list(queries.seals()))


def ledger_end() -> LedgerEnd:
    """Return where the whole ledger ends now; call it outside a transaction, so that it sees one moment."""
    with queries.snapshot():
        last = models.Line.objects.order_by("-id").values_list("id", "hash").first() or (0, "")
        digest = hashlib.sha256()
        for head in queries.heads():
            digest.update(canonical(asdict(head)).encode() + b"\n")
        return LedgerEnd(*last, digest.hexdigest())


def line_stands(*, line_id: int, told: str) -> bool:
    """Say whether the ledger holds the line with this id and hash."""
    return models.Line.objects.filter(id=line_id, hash=told).exists()


def lines_unsealed_count() -> int:
    """Return how many lines stand under no seal yet."""
    sealed = models.Seal.objects.order_by("-number").values_list("last_id", flat=True).first() or 0
    return models.Line.objects.filter(id__gt=sealed).count()
