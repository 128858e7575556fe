"""Many small files become few: no row changes, and every snapshot still reads the rows it read.

A merged file says of each of its rows which snapshot brought it, so an older snapshot reads the same file and leaves
out what is younger. The files that were merged are read no more; they lie on disk for ``KEPT`` after that, for scans
that are reading them and for a backup whose database was copied before its files were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from hezhi.services.lake import files
from hezhi.services.lake.contracts import Merge
from hezhi.services.lake.models import File
from hezhi.spine.guard import api as guard

LOCK = 7412  # of this room's advisory locks: forgetting shares it, merging has it alone
FILES_LEAST = 8  # small files of a month that are worth a merge
FILES_MOST = 1_000  # in one merge: reading so many takes seconds, and forgetting waits as long
ROWS_LARGE = 500_000  # a file with so many rows is merged no more; one merged file has about so many
KEPT = timedelta(days=30)  # rule: how long a merged file's parts stay on disk

Partition = tuple[str, str, str]


def forgetting_lock() -> None:
    """Keep merging out until the end of the transaction; others may forget at the same time.

    WHY: a merge that began before would write what is being forgotten into a file that is not listed yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def lake_compact(*, at: datetime, is_dry: bool = False, files_least: int = FILES_LEAST) -> list[Merge]:
    """Merge the small files of every record kind and month; return what was merged, or with ``is_dry`` would be.

    Each merge is a transaction of its own: cut off between two, what is done is done. Again at once finds nothing.
    """
    done = []
    for partition, groups in sorted(_groups(files_least).items()):
        for group in groups:
            merge = Merge(*partition, len(group), sum(one.row_count for one in group))
            done.append(merge if is_dry else _merge(partition, [one.id for one in group], at))
    return done


def _groups(files_least: int) -> dict[Partition, list[list[File]]]:
    small: dict[Partition, list[File]] = defaultdict(list)
    for file in File.objects.filter(merged_into__isnull=True, row_count__lt=ROWS_LARGE).order_by("id"):
        small[file.pack_id, file.record, files.month_of(file)].append(file)
    return {key: groups for key, rows in small.items() if (groups := grouped(rows, files_least))}


def grouped(rows: Sequence[File], files_least: int) -> list[list[File]]:
    """Return files in groups of about ``ROWS_LARGE`` rows and at most ``FILES_MOST`` files, in their order.

    Groups of too few files are left out.
    """
    groups: list[list[File]] = []
    total = 0
    for file in rows:
        if not groups or total + file.row_count > ROWS_LARGE or len(groups[-1]) == FILES_MOST:
            groups.append([])
            total = 0
        groups[-1].append(file)
        total += file.row_count
    return [group for group in groups if len(group) >= files_least]


@guard.act
def _merge(partition: Partition, ids: Sequence[int], at: datetime) -> Merge:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    parts = list(File.objects.select_for_update().filter(id__in=ids, merged_into__isnull=True).order_by("id"))
    if len(parts) < len(ids):  # another round was quicker
        return Merge(*partition, 0, 0)
    path, digest, row_count = files.merged(parts)
    oldest = min(parts, key=lambda one: one.snapshot_id)
    whole = File.objects.create(
        pack_id=oldest.pack_id, record=oldest.record, path=path, sha256=digest, row_count=row_count,
        first_at=min(one.first_at for one in parts), last_at=max(one.last_at for one in parts),
        snapshot_id=oldest.snapshot_id, newest=max(one.newest for one in parts), is_merged=True,
    )  # fmt: skip
    File.objects.filter(id__in=ids).update(merged_into=whole, merged_at=at)
    return Merge(*partition, len(parts), row_count)


@guard.act
def files_purge(*, at: datetime) -> int:
    """Take files off the disk that were merged ``KEPT`` ago; return how many. Their hash goes too, they stay listed."""
    forgetting_lock()
    old = File.objects.select_for_update().filter(merged_at__lte=at - KEPT, removed_at__isnull=True).order_by("id")
    rows = list(old)
    for file in rows:
        place = files.folder() / file.path
        transaction.on_commit(lambda place=place: place.unlink(missing_ok=True))
    File.objects.filter(id__in=[one.id for one in rows]).update(removed_at=at, sha256="")
    return len(rows)


__all__ = ["FILES_LEAST", "KEPT", "ROWS_LARGE", "files_purge", "forgetting_lock", "grouped", "lake_compact"]
