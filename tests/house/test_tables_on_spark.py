"""Decision tables as SQL say on Spark what their readable evaluator says, on every boundary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hezhi.packkit.decision_sql import decision_sql
from hezhi.packkit.engines.spark import SparkEngine, hindrance
from hezhi.packkit.shape import Decision
from hezhi.packkit.tests.test_tables_agree import (
    AT_US,
    cases,
    columns_of,
    pack_tables,
    table_of_everything,
    told_by_reference,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(hindrance()), reason=f"Spark cannot run here: {hindrance()}"),
]
EVERYTHING = [pytest.param(table_of_everything(one), id=one) for one in ("first", "unique", "collect")]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    engine = SparkEngine("local[1]", **{"spark.sql.shuffle.partitions": "1"})
    yield engine.session
    engine.close()


@pytest.mark.parametrize("table", [*pack_tables(), *EVERYTHING])
def test_every_table_says_the_same_on_spark(table: Decision, spark: Any) -> None:
    tried = cases(table)
    sql = decision_sql(table, alias="f", as_of_us=AT_US, odd=table.inputs)
    spark.createDataFrame(columns_of(table, tried)).createOrReplaceTempView("facts")

    told = [tuple(row) for row in spark.sql(f"SELECT {sql.select_list} FROM facts f ORDER BY f.n").collect()]

    assert told == told_by_reference(table, tried)
