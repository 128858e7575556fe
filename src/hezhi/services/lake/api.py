"""The door of the lake: put rows in, take tables out as they stood, forget by law, look for damage."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from hezhi.packkit.api import Table, lake_columns
from hezhi.packkit.shape import Record
from hezhi.services.lake import compacting, files
from hezhi.services.lake.compacting import files_purge, lake_compact
from hezhi.services.lake.contracts import Change, Put
from hezhi.services.lake.errors import LakeFileLost, SnapshotUnknown
from hezhi.services.lake.models import File, Gone, Snapshot
from hezhi.spine.guard import api as guard

LOCK = 7402  # of this room's advisory locks: who adds rows
OWN = ("_received", "_version")  # columns that say nothing of the fact itself


@guard.act
def rows_put(*, pack_id: str, record: Record, rows: Iterable[Mapping[str, Any]], source: str, at: datetime) -> Put:
    """Add rows of one record kind as one batch: all of them, or on any error none.

    A row whose key is known is a correction: its version grows and the older one is gone from ``_received`` on. The
    same content again adds nothing. Of several rows with one key in a batch the last counts.

    Args:
        rows: as ``packkit.lake_row`` makes them.
        source: what the rows came from, for lineage.
    """
    with connection.cursor() as cursor:  # versions are counted one batch after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    given = {row["_key"]: dict(row) for row in rows}
    known = files.newest_rows(_paths(pack_id, record.id), list(given))
    fresh, ended, repeated = _sorted_out(given, known, _ended(pack_id, record.id, known))
    if not fresh:
        return Put(snapshot_newest(), 0, 0, repeated)
    snapshot = Snapshot.objects.create(taken_at=at, source=source[:200])
    columns = lake_columns(record)
    by_month: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in fresh:
        by_month[row["_month"]].append(row)
    for month, part in sorted(by_month.items()):
        _file_add(pack_id, record.id, files.written(pack_id, record.id, month, columns, part), part, snapshot)
    Gone.objects.bulk_create(
        Gone(pack_id=pack_id, record=record.id, key=old["_key"], version=old["_version"], at=new, snapshot=snapshot)
        for old, new in ended
    )
    moments = [row["_at"] for row in fresh] + [old["_at"] for old, _ in ended]
    return Put(snapshot.id, len(fresh) - len(ended), len(ended), repeated, min(moments), max(moments))


def _sorted_out(
    given: Mapping[str, dict[str, Any]], known: Mapping[str, dict[str, Any]], gone: Collection[tuple[str, int]]
) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], int]], int]:
    """Return the rows to add, the older versions that end with the moment since when, and how many said nothing new."""
    fresh, ended, repeated = [], [], 0
    for key, row in given.items():
        old = known.get(key)
        if old is None:
            fresh.append(row)
        elif (key, old["_version"]) in gone:
            fresh.append({**row, "_version": old["_version"] + 1})
        elif all(old.get(name) == value for name, value in row.items() if name not in OWN):
            repeated += 1
        else:
            fresh.append({**row, "_version": old["_version"] + 1})
            ended.append((old, row["_received"]))
    return fresh, ended, repeated


def _file_add(
    pack_id: str, record: str, written: tuple[str, str], rows: Sequence[Mapping[str, Any]], snapshot: Snapshot
) -> None:
    path, digest = written
    moments = [row["_at"] for row in rows]
    File.objects.create(
        pack_id=pack_id, record=record, path=path, sha256=digest, row_count=len(rows), first_at=min(moments),
        last_at=max(moments), snapshot=snapshot, newest=snapshot.id,
    )  # fmt: skip


@guard.act
def keys_end(*, pack_id: str, record: str, keys: Collection[str], known_at: int, source: str, at: datetime) -> int:
    """Let rows hold no more from a moment (microseconds) on, as when a record is taken back; return how many did."""
    with connection.cursor() as cursor:  # snapshots come one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    known = files.newest_rows(_paths(pack_id, record), list(keys))
    before = _ended(pack_id, record, known)
    ended = [row for key, row in known.items() if (key, row["_version"]) not in before]
    if ended:
        snapshot = Snapshot.objects.create(taken_at=at, source=source[:200])
        Gone.objects.bulk_create(
            Gone(pack_id=pack_id, record=record, key=row["_key"], version=row["_version"], at=known_at,
                 snapshot=snapshot)
            for row in ended
        )  # fmt: skip
    return len(ended)


def _ended(pack_id: str, record: str, keys: Collection[str]) -> set[tuple[str, int]]:
    rows = Gone.objects.filter(pack_id=pack_id, record=record, key__in=list(keys))
    return set(rows.values_list("key", "version"))


def snapshot_newest() -> int:
    """Return the newest snapshot, 0 for an empty lake."""
    return Snapshot.objects.aggregate(newest=Max("id"))["newest"] or 0


def tables_at(
    *,
    pack_id: str,
    records: Mapping[str, Record],
    snapshot: int | None = None,
    known_at: int | None = None,
    since: int | None = None,
) -> dict[str, Table]:
    """Return the tables of some record kinds, by record id.

    Args:
        snapshot: as the lake stood then; None is now.
        known_at: only what had arrived by this moment (microseconds), in the versions that held then.
        since: files with older moments alone (microseconds) may be left out.

    Raises:
        SnapshotUnknown: there is no such snapshot.
        LakeFileLost: a file is missing.
    """
    upto = _known(snapshot)
    gone: dict[str, list[tuple[str, int]]] = defaultdict(list)
    ended = Gone.objects.filter(pack_id=pack_id, record__in=list(records), snapshot_id__lte=upto)
    if known_at is not None:
        ended = ended.filter(at__lte=known_at)
    for record, key, version in ended.order_by("key", "version").values_list("record", "key", "version"):
        gone[record].append((key, version))
    found = {}
    for name, record in records.items():
        listed = list(_files(pack_id, name, upto, since))
        mixed = any(one.newest > upto for one in listed)  # a merged file that holds younger rows too
        found[name] = Table(
            lake_columns(record), tuple(files.path_of(one) for one in listed), known_at, tuple(gone[name]),
            upto if mixed else None,
        )  # fmt: skip
    return found


def changes_since(*, pack_id: str, records: Collection[str], snapshot: int) -> list[Change]:
    """Return what was added or ended after a snapshot, oldest first: where a scan has to look again."""
    added = File.objects.filter(
        pack_id=pack_id, record__in=list(records), snapshot_id__gt=snapshot, is_merged=False
    )  # merging changes no row
    found = [Change(*row) for row in added.values_list("snapshot_id", "record", "first_at", "last_at")]
    gone = Gone.objects.filter(pack_id=pack_id, record__in=list(records), snapshot_id__gt=snapshot)
    for record in sorted(set(gone.values_list("record", flat=True))):
        ended = list(gone.filter(record=record).values_list("key", "version"))
        if moments := files.moments_of(_paths(pack_id, record), ended):
            found.append(Change(snapshot_newest(), record, min(moments), max(moments)))
    return sorted(found, key=lambda one: (one.snapshot, one.record, one.first_at))


@guard.act
def keys_forget(*, pack_id: str, record: str, keys: Collection[str]) -> int:
    """Erase rows from every file and every snapshot; return from how many files. The old files go with the commit."""
    compacting.forgetting_lock()
    changed = 0
    there = File.objects.filter(pack_id=pack_id, record=record, removed_at__isnull=True)
    for file in there.select_for_update().order_by("id"):
        anew = files.without(file, keys)
        if anew is None:
            continue
        old = files.folder() / file.path
        file.path, file.sha256, file.row_count = anew
        file.save(update_fields=["path", "sha256", "row_count"])
        transaction.on_commit(lambda old=old: old.unlink(missing_ok=True))
        changed += 1
    Gone.objects.filter(pack_id=pack_id, record=record, key__in=list(keys)).delete()
    return changed


def lineage_of(*, pack_id: str, records: Collection[str], snapshot: int) -> list[dict[str, Any]]:
    """Return the file of every batch under a snapshot with what it came from, oldest first, merged since or not."""
    rows = File.objects.filter(pack_id=pack_id, record__in=list(records), snapshot_id__lte=snapshot, is_merged=False)
    return [
        {"record": one.record, "file": one.path, "sha256": one.sha256, "rows": one.row_count,
         "snapshot": one.snapshot_id, "source": one.snapshot.source, "taken_at": one.snapshot.taken_at.isoformat()}
        for one in rows.select_related("snapshot").order_by("id")
    ]  # fmt: skip


def lake_damage() -> list[str]:
    """Return the files that are missing or no longer what was written, by path."""
    bad = []
    for file in File.objects.filter(removed_at__isnull=True).order_by("id"):
        try:
            content = (files.folder() / file.path).read_bytes()
        except OSError:
            bad.append(file.path)
            continue
        if hashlib.sha256(content).hexdigest() != file.sha256:
            bad.append(file.path)
    return bad


def _known(snapshot: int | None) -> int:
    if snapshot is None:
        return snapshot_newest()
    if snapshot and not Snapshot.objects.filter(id=snapshot).exists():
        raise SnapshotUnknown(snapshot=snapshot)
    return snapshot


def _files(pack_id: str, record: str, snapshot: int | None = None, since: int | None = None) -> QuerySet[File]:
    rows = File.objects.filter(pack_id=pack_id, record=record, merged_into__isnull=True)
    if snapshot is not None:
        rows = rows.filter(snapshot_id__lte=snapshot)
    if since is not None:
        rows = rows.filter(last_at__gte=since)
    return rows.order_by("id")


def _paths(pack_id: str, record: str) -> list[str]:
    return [files.path_of(one) for one in _files(pack_id, record)]


__all__ = [
    "LakeFileLost", "changes_since", "files_purge", "keys_end", "keys_forget", "lake_compact", "lake_damage",
    "lineage_of", "rows_put",
    "snapshot_newest", "tables_at",
]  # fmt: skip
