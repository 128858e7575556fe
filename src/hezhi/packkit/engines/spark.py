"""Apache Spark, for a lake that one machine no longer scans in a night. An optional extra: needs pyspark and Java."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import pyarrow as pa

from hezhi.packkit.engines.base import Row, Table, view_sql
from hezhi.packkit.errors import EngineMissing
from hezhi.packkit.scans.compile import Compiled

TYPES = {"number": "BIGINT", "text": "STRING", "flag": "BOOLEAN"}


def hindrance() -> str:
    """Return what is missing for Spark here, empty when nothing is."""
    if find_spec("pyspark") is None:
        return "the package pyspark is not installed (uv pip install --require-hashes -r requirements-spark.lock)"
    home = os.environ.get("JAVA_HOME", "")
    if not shutil.which("java") and not shutil.which("bin/java", path=home or None):
        return "there is no Java: install a runtime of version 17 or newer (Debian: default-jre-headless)"
    return ""


class SparkEngine:
    """Runs scans on a Spark cluster; ``master`` is its address, e.g. ``spark://host:7077`` or ``local[2]``.

    Raises:
        EngineMissing: pyspark or Java is not there.
    """

    dialect = "spark"

    def __init__(self, master: str, **options: str) -> None:
        if missing := hindrance():
            raise EngineMissing(engine="Spark", missing=missing)
        from pyspark.sql import SparkSession

        settings = {
            "spark.sql.session.timeZone": "UTC",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "8",
            "spark.ui.showConsoleProgress": "false",
            **options,
        }
        builder = SparkSession.builder.master(master).appName("hezhi")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session: Any = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def rows(self, compiled: Compiled, tables: Mapping[str, Table]) -> Iterator[Row]:
        for record, table in tables.items():
            if table.paths:
                columns = (*table.columns, *((("_snapshot", "number"),) if table.snapshot is not None else ()))
                schema = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns)
                files = self.session.read.schema(schema).parquet(*table.paths)
                files.createOrReplaceTempView(f"files_{record}")
            if table.gone:
                listed = {"key": [key for key, _ in table.gone], "version": [version for _, version in table.gone]}
                self.session.createDataFrame(pa.table(listed)).createOrReplaceTempView(f"gone_{record}")
            view = view_sql(table, f"files_{record}", TYPES, f"gone_{record}")
            self.session.sql(view).createOrReplaceTempView(f"r_{record}")
        for batch in self.session.sql(compiled.sql).toArrow().to_batches():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def close(self) -> None:
        self.session.stop()
