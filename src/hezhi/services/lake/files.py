"""Files of the lake on disk: written whole, named by their content, looked for rows by key."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from hezhi.packkit.api import lake_file_write
from hezhi.services.lake.errors import LakeFileLost
from hezhi.services.lake.models import File

SNAPSHOT = "_snapshot"  # of the rows of merged files
ROWS_IN_A_GROUP = 122_880  # what DuckDB reads at a time


def folder() -> Path:
    """Return where the lake's files lie."""
    return Path(settings.LAKE_DIR)


def written(pack_id: str, record: str, month: int, columns: Iterable[tuple[str, str]], rows: Sequence[Mapping[str, Any]]
            ) -> tuple[str, str]:  # fmt: skip
    """Write rows into a file that is either there whole or not at all; return its path below the lake and its hash."""
    home = folder() / pack_id / record
    home.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home, suffix=".part")
    os.close(handle)
    draft = Path(name)
    lake_file_write(draft, columns, rows)
    return _kept(draft, home, f"{1970 + month // 12}-{month % 12 + 1:02d}")


def _kept(draft: Path, home: Path, month: str) -> tuple[str, str]:
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    place = home / f"{month}-{digest[:24]}-{os.urandom(4).hex()}.parquet"
    draft.rename(place)
    return str(place.relative_to(folder())), digest


def without(file: File, keys: Collection[str]) -> tuple[str, str, int] | None:
    """Write a file anew without some keys; return path, hash and rows, None where it has none of them."""
    table = pq.read_table(folder() / file.path)
    kept = table.filter(pa.array([key not in keys for key in table.column("_key").to_pylist()], pa.bool_()))
    if kept.num_rows == table.num_rows:
        return None
    home = (folder() / file.path).parent
    handle, name = tempfile.mkstemp(dir=home, suffix=".part")
    os.close(handle)
    pq.write_table(kept, name, compression="zstd", row_group_size=1_000_000)
    return (*_kept(Path(name), home, month_of(file)), kept.num_rows)


def merged(parts: Sequence[File]) -> tuple[str, str, int]:
    """Write the rows of several files of one month into one; return its path, hash and rows.

    Each row says in ``_snapshot`` which snapshot brought it, so that an older snapshot can still be told apart.
    """
    tables = []
    for part in parts:
        table = pq.read_table(path_of(part))
        if SNAPSHOT not in table.column_names:
            brought = pa.array([part.snapshot_id] * table.num_rows, pa.int64())
            table = table.append_column(SNAPSHOT, brought)
        tables.append(table)
    whole = pa.concat_tables(tables, promote_options="default")
    whole = whole.sort_by([("_at", "ascending"), ("_key", "ascending"), ("_version", "ascending")])
    home = (folder() / parts[0].path).parent
    handle, name = tempfile.mkstemp(dir=home, suffix=".part")
    os.close(handle)
    pq.write_table(whole, name, compression="zstd", row_group_size=ROWS_IN_A_GROUP)
    return (*_kept(Path(name), home, month_of(parts[0])), whole.num_rows)


def month_of(file: File) -> str:
    """Return the month that the rows of a file lie in, e.g. ``2026-03``."""
    return Path(file.path).name[:7]


def newest_rows(paths: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the newest version of each row with one of these keys, by key."""
    if not paths or not keys:
        return {}
    connection = duckdb.connect()
    try:
        connection.register("wanted", pa.table({"key": list(keys)}))
        listed = ", ".join(f"'{path}'" for path in paths)
        cursor = connection.execute(
            f"SELECT t.* FROM read_parquet([{listed}], union_by_name = true) t JOIN wanted w ON t._key = w.key"  # noqa: S608
            " ORDER BY t._key, t._version"
        )
        names = [one[0] for one in cursor.description]
        return {row[names.index("_key")]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    finally:
        connection.close()


def moments_of(paths: Sequence[str], versions: Sequence[tuple[str, int]]) -> list[int]:
    """Return the moments at which versions of rows, as ``(key, version)``, happened."""
    if not paths or not versions:
        return []
    connection = duckdb.connect()
    try:
        keys, numbers = zip(*versions, strict=True)
        connection.register("wanted", pa.table({"key": keys, "version": numbers}))
        listed = ", ".join(f"'{path}'" for path in paths)
        found = connection.execute(
            f"SELECT t._at FROM read_parquet([{listed}], union_by_name = true) t"  # noqa: S608
            " JOIN wanted w ON t._key = w.key AND t._version = w.version"
        )
        return [at for (at,) in found.fetchall()]
    finally:
        connection.close()


def path_of(file: File) -> str:
    """Return the whole path of a file that is there.

    Raises:
        LakeFileLost: it is not.
    """
    place = folder() / file.path
    if not place.exists():
        raise LakeFileLost(file=file.path)
    return str(place)
