"""The ledger's door: write an act, read acts, seal, export, look for breaks.

Every command of the house writes its act here inside its own transaction. Lines are never changed and
never deleted; a mistake is corrected by a further act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from hezhi.kit.canonical import canonical
from hezhi.spine.ledger import models, queries, rules, signing, words
from hezhi.spine.ledger.checking import breaks
from hezhi.spine.ledger.contracts import (
    ExportCounts,
    Finding,
    Inclusion,
    LedgerEnd,
    Line,
    NewLine,
    RawLine,
    Seal,
    Signer,
)
from hezhi.spine.ledger.errors import KeyAlreadyUsed, ProofImpossible
from hezhi.spine.ledger.stamping import stamp
from hezhi.spine.ledger.tree import Frontier, consistency_proof, inclusion_proof, is_consistent, is_included

SEAL_CHAIN = "seals"
SEAL_ACTOR = "system:ledger"


def _said(by: Signer, body: dict[str, Any]) -> dict[str, Any]:
    """A deputy's line says for whom."""
    return {**body, "for": by.on_behalf} if by.on_behalf else body


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
        body: facts as JSON can hold them (moments, days and decimals are written as text). What people said in
            it (`rules.WORDS`) is sealed apart and can be erased.
        key: idempotency key; unique within the chain when not empty.

    Raises:
        KeyAlreadyUsed: the chain holds a line with this key; nothing was written, ``error.line`` is that line.
        LineUnwritable: a name or the body cannot be written down.
        SubjectErased: what the chain tells of was erased, and the body has words.
    """
    body = _said(by, body)
    [parts] = words.parts_of([(chain, body)])
    payload = rules.payload_of(
        chain=chain, at=at, act=act, actor=by.ref, key=key, pack=pack, body=parts.facts, words=parts.hash
    )
    written = queries.append((chain, at, act, by.ref, key, pack, payload, parts.envelope))
    if written is None:
        raise KeyAlreadyUsed(chain=chain, key=key, line=line_by_key(chain=chain, key=key))
    _, seq, told = written
    return Line(chain, seq, act, by.ref, at, pack, key, json.loads(canonical(body)), told)


def lines_append(*, lines: Sequence[NewLine], by: Signer, at: datetime) -> None:
    """Write many acts in one round trip, in the given order; either all of them or none.

    Raises:
        KeyAlreadyUsed: a chain holds a line with one of the keys; ``error.facts`` names chain and key.
        LineUnwritable: a name or a body cannot be written down.
        SubjectErased: what a chain tells of was erased, and the body has words.
    """
    if not lines:
        return
    told = [
        (
            rules.payload_of(
                chain=one.chain, at=at, act=one.act, actor=by.ref, key=one.key, pack=one.pack, body=its.facts,
                words=its.hash,
            ),
            its.envelope,
        )
        for one, its in zip(lines, words.parts_of([(one.chain, _said(by, one.body)) for one in lines]), strict=True)
    ]  # fmt: skip
    with transaction.atomic():
        written = queries.append_many(lines, told, by.ref, at)
        missing = next((one for number, one in enumerate(lines, start=1) if number not in written), None)
        if missing is not None:
            line = line_by_key(chain=missing.chain, key=missing.key)
            raise KeyAlreadyUsed(chain=missing.chain, key=missing.key, line=line)


def line_by_key(*, chain: str, key: str) -> Line | None:
    """Return the line that was written under an idempotency key, None when there is none."""
    if not key:
        return None
    return next(words.lines_read(queries.line_by_key.all(chain=chain, key=key)), None)


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


def last_acts(*, chains: Collection[str], actors: Collection[str]) -> dict[tuple[str, str], datetime]:
    """Return ``{(chain, actor): moment of the actor's last line there}``, for those that have one. One query."""
    return queries.last_acts(chains, actors)


def last_line_id() -> int:
    """Return the id of the newest line, 0 for an empty ledger: equal before and after means nothing was written."""
    return models.Line.objects.order_by("-id").values_list("id", flat=True).first() or 0


def lines_of(*, chain: str) -> list[Line]:
    """Return the whole history of one chain, oldest first."""
    return list(words.lines_read(queries.lines_of.all(chain=chain)))


def lines_between(*, from_at: datetime, to_at: datetime, acts: Sequence[str] = ()) -> Iterator[Line]:
    """Stream acts done from ``from_at`` (included) to ``to_at`` (excluded), in their order and without their words.

    Args:
        acts: names of acts to keep; empty keeps all.
    """
    rows = models.Line.objects.filter(at__gte=from_at, at__lt=to_at).order_by("id")
    return map(queries.to_line, queries.streamed(rows.filter(act__in=acts) if acts else rows))


def chains_lines(*, prefix: str = "case:", with_words: bool = False) -> Iterator[Line]:
    """Stream every line of every chain that begins with ``prefix``, chain by chain, oldest first."""
    rows = models.Line.objects.order_by("chain", "seq")
    if prefix:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)  # the first text that no longer begins with it
        rows = rows.filter(chain__gte=prefix, chain__lt=after)
    return words.lines_read(queries.streamed(rows)) if with_words else map(queries.to_line, queries.streamed(rows))


def chains_lines_of(*, chains: Sequence[str]) -> Iterator[Line]:
    """Stream every line of these chains, chain by chain, oldest first, without their words."""
    rows = models.Line.objects.filter(chain__in=list(chains)).order_by("chain", "seq")
    return map(queries.to_line, queries.streamed(rows))


def seal_make(*, at: datetime, wait_ms: int = 1000) -> Seal | None:
    """Grow the tree by every line that is not yet under a seal, and sign its new head; None when nothing is new.

    Only the new lines are read: the tree grows on from the peaks of the seal before. The seal is itself
    written to the chain ``seals``, so that taking away the newest seal shows.

    Args:
        wait_ms: how long acts may be held up while waiting for open ones to end.

    Raises:
        SealBusy: an act stayed open for longer than ``wait_ms``; try again later.
        SigningKeyMissing: there is no key to sign with.
    """
    last_id = queries.settled_id(wait_ms)
    with transaction.atomic():
        before = queries.lock_sealing()
        if before is None:
            signing.key_make()  # later a missing key is refused: a new one would look like a forged ledger
        key = signing.key_read()
        first_id = before.last_id + 1 if before else 1
        tree = Frontier(before.tree_size, rules.peaks_read(before.peaks)) if before else Frontier()
        count, has_acts = queries.tree_grow(tree, first_id, last_id, SEAL_CHAIN)
        if not has_acts:
            return None
        seal = Seal(
            number=before.number + 1 if before else 1,
            first_id=first_id,
            last_id=last_id,
            line_count=count,
            tree_size=tree.size,
            root=tree.root.hex(),
            at=at,
            signer=key.name,
            peaks=" ".join(one.hex() for one in tree.peaks),
            prev_hash=before.hash if before else "",
        )
        signature = key.sign(rules.seal_text(seal).encode()).hex()
        seal = replace(seal, hash=rules.seal_hash(seal), signature=signature)
        queries.seal_insert(seal)
        told = {"number": seal.number, "hash": seal.hash, "root": seal.root, "lines": seal.line_count}
        line_append(chain=SEAL_CHAIN, act="ledger.seal", by=_House(), at=at, body=told, key=str(seal.number))
        return seal


def key_make() -> bool:
    """Make the key that signs seals where there is none; say whether one was made. Set-up calls it."""
    return signing.key_make()


def key_names_keep() -> None:
    """Write the names of the keys that are there into files of their own; set-up and a restore call it."""
    signing.names_keep()


class _House:
    ref, on_behalf = SEAL_ACTOR, ""


def seals_all() -> list[Seal]:
    """Return all seals, oldest first."""
    return list(queries.seals())


def seal_newest() -> Seal | None:
    """Return the newest signed head, None when nothing is sealed yet."""
    row = models.Seal.objects.order_by("-number").first()
    return queries.to_seal(row) if row else None


def seal_stamp(*, at: datetime) -> int | None:
    """Have the newest seal stamped by the authority of the setting; call it outside a transaction.

    Returns:
        The seal's number; None where no authority is set, or nothing is unstamped. One stamp covers all before.

    Raises:
        StampFailed: the authority gave no usable answer; nothing was written.
    """
    head = seal_newest()
    if not settings.TIMESTAMP_URL or head is None or stamp_of(number=head.number):
        return None
    token = stamp(rules.seal_text(head).encode(), url=settings.TIMESTAMP_URL)
    models.Stamp.objects.get_or_create(
        seal_number=head.number, defaults={"url": settings.TIMESTAMP_URL, "token": token, "at": at}
    )
    return head.number


def stamp_of(*, number: int) -> bytes:
    """Return the authority's answer about a seal (DER), empty where there is none."""
    row = models.Stamp.objects.filter(seal_number=number).first()
    return bytes(row.token) if row else b""


def stamps_over(*, lines: Sequence[RawLine]) -> list[tuple[Seal, bytes]]:
    """Return, oldest first, the stamped seals by which these lines are known earliest, each with its stamp (DER).

    A line existed no later than the first stamp over it says; later ones prove less and are left out.
    """
    found: list[tuple[Seal, bytes]] = []
    stamped = models.Seal.objects.filter(number__in=models.Stamp.objects.values("seal_number")).order_by("number")
    for line_id in sorted(one.id for one in lines):
        if found and line_id <= found[-1][0].last_id:
            continue
        row = stamped.filter(last_id__gte=line_id).first()
        if row is None:
            break
        found.append((queries.to_seal(row), stamp_of(number=row.number)))
    return found


def seal_oldest() -> Seal | None:
    """Return the first signed head, None when nothing is sealed yet."""
    row = models.Seal.objects.order_by("number").first()
    return queries.to_seal(row) if row else None


def chains_ends(*, chains: Sequence[str]) -> dict[str, int]:
    """Return ``{chain: number of its last line}`` of those chains that exist."""
    return dict(models.Head.objects.filter(chain__in=list(chains)).order_by("chain").values_list("chain", "seq"))


def raw_lines_of(*, ends: Mapping[str, int], head: Seal) -> list[RawLine]:
    """Return the lines of some chains as they were hashed, each chain up to a number, all under a head, by id."""
    return list(queries.raw_lines_of(ends, head.last_id))


def lines_said(*, line_ids: Sequence[int]) -> dict[int, str]:
    """Return the words of lines, by id, as the text whose SHA-256 the line holds; erased ones are not there."""
    return words.said_of(line_ids)


def lines_prove(*, line_ids: Sequence[int], head: Seal) -> list[Inclusion]:
    """Return the proof of each line under a head, in the given order; cost: see ``queries.TreeReader``.

    Raises:
        ProofImpossible: a line is not under the head, or the stored ledger does not lead to it any more.
    """
    reader, root, proofs = queries.TreeReader(head.last_id), bytes.fromhex(head.root), []
    for line_id in line_ids:
        index = reader.place_of(line_id)
        if index >= head.tree_size:
            raise ProofImpossible(line=line_id)
        path = inclusion_proof(index, head.tree_size, reader.node)
        if not is_included(reader.node(0, index), index, head.tree_size, path, root):
            raise ProofImpossible(line=line_id, seal=head.number)
        proofs.append(Inclusion(line_id, index, tuple(one.hex() for one in path)))
    return proofs


def heads_prove(*, old: Seal, new: Seal) -> tuple[str, ...]:
    """Return the hashes that prove that the ledger under ``new`` begins with that under ``old``.

    Raises:
        ProofImpossible: the stored ledger does not lead from one to the other.
    """
    reader = queries.TreeReader(new.last_id)
    path = consistency_proof(old.tree_size, new.tree_size, reader.node)
    roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
    if not is_consistent(old.tree_size, roots[0], new.tree_size, roots[1], path):
        raise ProofImpossible(old=old.number, new=new.number)
    return tuple(one.hex() for one in path)


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


def ledger_breaks(*, with_words: bool = True) -> list[Finding]:
    """Recompute the whole ledger and return every break, with its place; empty when all is well.

    ``with_words=False`` leaves the sealed words out, as where their keys are not at hand.
    """
    with queries.snapshot():
        found = breaks(queries.raw_lines(), queries.heads(), list(queries.seals()), signing.is_ours())
        return [*found, *(words.breaks(queries.streamed(models.Line.objects.order_by("id"))) if with_words else ())]


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
