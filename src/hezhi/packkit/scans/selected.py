"""The last resort: a SELECT written by hand, read and checked before any engine sees it."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.scans.compile import Compiled, Scene, Span, microseconds, read_sql
from hezhi.packkit.shape.scan import SelectScan

ALLOWED = {
    "Abs", "Add", "Alias", "And", "Avg", "Between", "Boolean", "Case", "Coalesce", "Column", "Concat", "Count", "CTE",
    "DPipe", "Distinct", "EQ", "Exists", "From", "GT", "GTE", "Greatest", "Group", "Having", "Identifier", "If", "In",
    "Is", "Join", "LT", "LTE", "Lag", "Lead", "Least", "Literal", "Max", "Min", "Mul", "NEQ", "Neg", "Not", "Null",
    "Or", "Order", "Ordered", "Paren", "RowNumber", "Select", "Star", "Sub", "Subquery", "Sum", "Table", "TableAlias",
    "Tuple", "Union", "Where", "Window", "WindowSpec", "With", "Placeholder", "Dot",
}  # fmt: skip
"""Parts of SQL that mean the same on every engine (whole numbers, text, truth values)."""


def select_read(sql: str, streams: Mapping[str, Mapping[str, str]]) -> exp.Expression:
    """Return the parsed SELECT.

    Args:
        streams: columns by stream, as the SELECT may name them, with their kind.

    Raises:
        ExpressionBad: it is no single SELECT, uses something that is not allowed, or names what is not there.
    """
    try:
        parsed = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise ExpressionBad(f"this is not SQL: {str(error).splitlines()[0]}") from None
    if len(parsed) != 1 or not isinstance(parsed[0], (exp.Select, exp.Union)):
        raise ExpressionBad("one SELECT is allowed and nothing else")
    tree = parsed[0]
    for node in tree.walk():
        if type(node).__name__ not in ALLOWED:
            raise ExpressionBad(f"'{node.sql()[:60]}' ({type(node).__name__}) is not allowed in a SELECT of a pack")
    own = {one.alias for one in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if (table.name not in streams and table.name not in own) or table.db:
            raise ExpressionBad(f"'{table.sql()}' is no stream of this scan", next(iter(streams), ""))
    known = {name for columns in streams.values() for name in columns} | {one.alias for one in tree.find_all(exp.Alias)}
    for column in tree.find_all(exp.Column):
        if column.name not in known:
            raise ExpressionBad(f"'{column.name}' is no column of a stream", "")
    return tree


def columns_of(scene: Scene, scan: SelectScan) -> dict[str, dict[str, str]]:
    """Return what a SELECT may name: subject columns ``s0`` …, ``moment``, ``key``, and the fields of each stream."""
    told = {}
    for name, stream in scan.streams.items():
        fields = {one: known.kind for one, known in scene.fields(stream).items() if "." not in one}
        subject = {f"s{number}": "text" for number in range(len(stream.per))}
        told[name] = {**fields, **subject, "moment": "number", "key": "text"}
    return told


def select_sql(scene: Scene, scan: SelectScan, span: Span, as_of: int) -> Compiled:
    """Put the checked SELECT over the streams and order what it gives; ``:name`` stands for a parameter."""
    reach = microseconds(scan.reach)
    tree = select_read(scan.sql, columns_of(scene, scan)).copy()
    for place in list(tree.find_all(exp.Placeholder)):
        if f"p.{place.name}" not in scene.params:
            raise ExpressionBad(f"'{place.name}' is no parameter of this scan", next(iter(scan.params), ""))
        place.replace(exp.Literal.number(scene.params[f"p.{place.name}"].sql))
    read = Span(span.start - reach, min(span.end + reach, as_of + 1))
    tables = []
    for name, stream in scan.streams.items():
        fields = [one for one in scene.fields(stream) if "." not in one]
        own = read_sql(scene, name, read, [f"f_{one} AS {one}" for one in fields])
        tables.append(f"{name} AS (SELECT *, _at AS moment, _key AS key FROM ({own}) i)")
    listed = ", ".join(["subject", "moment", "key", *(f"{name} AS e_{name}" for name in scan.evidence)])
    sql = f"""WITH {", ".join(tables)}
SELECT {listed} FROM ({tree.sql(dialect=scene.dialect)}) x
WHERE moment >= {span.start} AND moment < {span.end} AND subject IS NOT NULL
ORDER BY subject, moment, key"""
    return Compiled(sql, scan.evidence)
