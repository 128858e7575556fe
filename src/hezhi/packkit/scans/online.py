"""Reckons online features from the lake: one SELECT for each, in the language and from the tables of scans."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hezhi.packkit.engines.base import Engine, Table
from hezhi.packkit.expressions import Dialect, ExpressionBad
from hezhi.packkit.scans.compile import (
    Compiled,
    Scene,
    Span,
    feature_name,
    inputs_sql,
    is_bare_count,
    microseconds,
    read_sql,
)
from hezhi.packkit.scans.plan import FIRST_DAY, moment
from hezhi.packkit.shape.online import ROWS, OnlineFeature
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import Feature

ALWAYS = Span(-(2**62), 2**62)
Value = int | float | str | bool


@dataclass(frozen=True)
class OnlineValue:
    """What is known of one subject; a day as ``2026-03-02``.

    ``from_at`` is the moment of the newest row: of the subject's own for ``last``, of anybody's for what is reckoned
    over rows, for then the source has spoken up to that moment.
    """

    subject: str
    value: Value
    from_at: datetime


def online_sql(
    online: OnlineFeature, records: Mapping[str, Record], as_of: int, dialect: Dialect = "duckdb"
) -> Compiled:
    """Return the SELECT that reckons one feature as of a moment (microseconds): subject, moment, key, value.

    Raises:
        ExpressionBad: a text of the feature is wrong; packs are checked for it before they run.
    """
    scene = Scene(online, records, dialect, {})
    span = Span(as_of - microseconds(online.within), as_of + 1)
    value_unit(online, records)
    rows = inputs_sql(scene, {"value": online.value}, span, [])
    if online.value.agg == "last":
        newest = "ROW_NUMBER() OVER (PARTITION BY s0 ORDER BY _at DESC, _key DESC)"
        sql = f"""SELECT s0 AS subject, _at AS moment, _key AS key, i_value AS e_value
FROM (SELECT i.*, {newest} AS n FROM (\n{rows}\n) i) j WHERE n = 1 AND i_value IS NOT NULL ORDER BY subject"""
    else:
        reckoned = _reckoned(online.value, is_bare=is_bare_count(online.value, online.streams))
        sql = f"""SELECT subject, moment, key, e_value FROM (
SELECT s0 AS subject, MAX(MAX(_at)) OVER () AS moment, '' AS key, CAST({reckoned} AS BIGINT) AS e_value
FROM (\n{rows}\n) i GROUP BY s0) j WHERE e_value IS NOT NULL ORDER BY subject"""
    return Compiled(sql, ("value",))


def _reckoned(feature: Feature, *, is_bare: bool) -> str:
    if is_bare:
        return "COUNT(*)"
    return "COUNT(DISTINCT i_value)" if feature.agg == "distinct" else f"{feature.agg.upper()}(i_value)"


def value_unit(online: OnlineFeature, records: Mapping[str, Record]) -> str:
    """Return the unit of a feature's value as the lake holds it.

    Raises:
        ExpressionBad: its texts are wrong, or it is a moment, which checks do not read.
    """
    named = feature_name(online.value, "value", Scene(online, records, "duckdb", {}), online.streams)
    if named.unit == "us":
        raise ExpressionBad(f"'{online.value.of}' is a moment; a check reads days, numbers, texts and flags")
    return named.unit


def online_run(
    engine: Engine, online: OnlineFeature, records: Mapping[str, Record], tables: Mapping[str, Table], as_of: int
) -> Iterator[OnlineValue]:
    """Give what is known of every subject as of a moment (microseconds), ordered by subject."""
    unit = value_unit(online, records)
    for subject, at, _, value in engine.rows(online_sql(online, records, as_of, engine.dialect), tables):  # type: ignore[arg-type]
        yield OnlineValue(subject, _told(value, unit), moment(at))


def _told(value: Value, unit: str) -> Value:
    """Return a value as people write it: the lake counts days from 1970 and thousandths of numbers with decimals."""
    if unit == "day_number" and isinstance(value, int):
        return (FIRST_DAY + timedelta(days=value)).isoformat()
    if unit.startswith("1/1000 ") and isinstance(value, int):
        return value / 1000
    return value


def online_subjects(
    engine: Engine,
    online: OnlineFeature,
    records: Mapping[str, Record],
    tables: Mapping[str, Table],
    keys: Collection[str],
) -> set[str]:
    """Return the subjects that any version of some rows, by key, was ever counted under."""
    every = {name: replace(table, known_at=None, gone=()) for name, table in tables.items()}
    plain = online.model_copy(update={"rows": online.rows.model_copy(update={"where": ""})})
    rows = read_sql(Scene(plain, records, "duckdb", {}), ROWS, ALWAYS, [])
    listed = ", ".join("'" + key.replace("'", "''") + "'" for key in sorted(keys)) or "NULL"
    return {row[0] for row in engine.rows(Compiled(f"SELECT s0 FROM ({rows}) i WHERE _key IN ({listed})", ()), every)}
