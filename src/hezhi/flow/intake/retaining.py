"""How long records are kept: by the rules of their packs, counted from the last act that concerns them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hezhi.flow.intake.contracts import ErasureBasis, HoldKind, RetentionRow
from hezhi.flow.intake.erasing import LAW_TO, holds_of, last_act_at, record_erase, uses_of
from hezhi.flow.intake.errors import RecordKept
from hezhi.flow.intake.models import Record
from hezhi.kit.sweeping import Round
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.identity import Keeping
from hezhi.spine.permissions.contracts import Actor

CHUNK = 500
AT_MOST = 2000  # records erased in one run, so that a first run after years holds no night up
RUN_OF = ("active", "retired")  # packs whose rules are carried out; a draft's records are somebody's trial


@dataclass
class _Found:
    row: RetentionRow
    record_ids: list[int] = field(default_factory=list)


def retention_due(*, at: datetime) -> list[RetentionRow]:
    """Return what the packs' rules of keeping would erase now, by pack and kind, and what is held back and why.

    Reads only. Kinds of which nothing has run out are missing. For the house's own use.
    """
    return [one.row for one in _due(at)]


def retention_run(*, at: datetime, by: Actor, at_most: int = AT_MOST) -> int:
    """Erase what the rules of keeping ask for, the oldest first; return how many records.

    Only rules that somebody has checked against the text in force are carried out. Each record is an act of its
    own, refused where a duty to keep has come up meanwhile. Running twice or late is harmless.

    Raises:
        SweepFailed: some could not be erased; all others were.
    """
    sweep = Round("retention", at_most=at_most)
    for found in _due(at):
        if found.row.is_run:
            law = f"{found.row.law}；{found.row.pack_id} {found.row.days} 天"[:LAW_TO]
            sweep.each(found.record_ids, lambda one, law=law: _erased(one, law, by, at))  # type: ignore[misc]
    return sweep.end()


def _erased(record_id: int, law: str, by: Actor, at: datetime) -> int:
    try:
        record_erase(record_id=record_id, basis=ErasureBasis.RETENTION, law=law, by=by, at=at)
    except RecordKept:
        return 0
    return 1


def _due(at: datetime) -> Iterator[_Found]:
    for pack in sorted(packkit.shelf().packs(), key=lambda one: one.id):
        for shape in pack.records:
            found = _of_kind(pack, shape.id, pack.identity.keeping(shape.id), at)
            if found.record_ids or found.row.held:
                yield found


def _of_kind(pack: Pack, kind: str, rule: Keeping, at: datetime) -> _Found:
    """Look at everything that came in long enough ago; a later act may have begun its time anew."""
    keeps = timedelta(days=rule.days)
    rows = Record.objects.filter(pack_id=pack.id, kind=kind, erased_at__isnull=True, revises__isnull=True)
    rows = rows.filter(received_at__lte=at - keeps).select_related("source").order_by("id")
    ids: list[int] = []
    oldest: datetime | None = None
    held: Counter[HoldKind] = Counter()
    after = 0
    while chunk := list(rows.filter(id__gt=after)[:CHUNK]):
        after = chunk[-1].id
        uses = uses_of([one.id for one in chunk])
        for record in chunk:
            last = last_act_at(record, uses[record.id])
            holds = holds_of(record, uses[record.id], at)
            if holds:
                held.update({one.kind for one in holds})
            elif last + keeps <= at:
                ids.append(record.id)
                oldest = min(oldest or last, last)
    is_run = rule.basis.is_verified and pack.identity.status in RUN_OF
    return _Found(RetentionRow(pack.id, kind, rule.days, rule.basis.cite, is_run, len(ids), oldest, dict(held)), ids)
