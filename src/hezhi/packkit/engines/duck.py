"""DuckDB, embedded: the engine that is always there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa

from hezhi.packkit.engines.base import Row, Table, view_sql
from hezhi.packkit.scans.compile import Compiled

TYPES = {"number": "BIGINT", "text": "VARCHAR", "flag": "BOOLEAN"}
BATCH = 50_000  # rows


class DuckEngine:
    """Runs scans in this process, in ``memory_mb`` at most, the rest spilled into ``spill``."""

    dialect = "duckdb"

    def __init__(self, *, threads: int = 0, memory_mb: int = 0, spill: Path | None = None) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET timezone = 'UTC'")
        # A file that was written anew within a moment would be read from memory as it was.
        self.connection.execute("SET enable_external_file_cache = false")
        self.connection.execute("SET autoinstall_known_extensions = false")
        if threads:
            self.connection.execute(f"SET threads = {threads:d}")
        if memory_mb:
            self.connection.execute(f"SET memory_limit = '{memory_mb:d}MB'")
        if spill:
            self.connection.execute(f"SET temp_directory = '{spill}'")

    def rows(self, compiled: Compiled, tables: Mapping[str, Table]) -> Iterator[Row]:
        for record, table in tables.items():
            paths = ", ".join(f"'{path}'" for path in table.paths)
            read = f"read_parquet([{paths}], union_by_name = true)"
            if table.gone:
                gone = {"key": [key for key, _ in table.gone], "version": [version for _, version in table.gone]}
                self.connection.register(f"gone_{record}", pa.table(gone))
            view = view_sql(table, read, TYPES, f"gone_{record}")
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW r_{record} AS {view}")
        cursor = self.connection.execute(compiled.sql)
        # No generator of our own: its step for each of millions of rows is felt.
        return chain.from_iterable(iter(partial(cursor.fetchmany, BATCH), []))

    def close(self) -> None:
        self.connection.close()
