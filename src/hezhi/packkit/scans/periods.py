"""Scans by calendar periods: peers, balances, scorecards, and the counts under a series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hezhi.packkit.expressions import Dialect, ExpressionBad, Name
from hezhi.packkit.scans.compile import (
    PERIOD_COLUMNS,
    Compiled,
    Scene,
    Span,
    evidence_sql,
    feature_name,
    inputs_sql,
    is_bare_count,
    read_sql,
    subject_columns,
    subject_sql,
)
from hezhi.packkit.shape.scan import BalanceScan, Feature, Peers, PeriodScan, RatioScan, ScoreScan, SeriesScan

ORDER = "ORDER BY subject, moment"
Reckoned = tuple[dict[str, Name], list[str]]
"""What may be named, and the common table expressions before it, of which the last, ``v``, has a row per subject and
period."""


def ratio_sql(scene: Scene, scan: RatioScan, span: Span, periods: tuple[int, int]) -> Compiled:
    """Compare each subject with its peers of the same period."""
    told, tables = _reckoned(scene, scan, span, scan.peers)
    return _judged(scene, scan, (told, tables), scene.sql(scan.when, {**told, **scene.params}), periods)


def balance_sql(scene: Scene, scan: BalanceScan, span: Span, periods: tuple[int, int]) -> Compiled:
    """Keep the periods whose ``balance`` is further from zero than the ``tolerance``; nothing missing balances."""
    told, tables = _reckoned(scene, scan, span, None)
    told = scene.with_derived(told, {"balance": scan.balance, "tolerance": scan.tolerance})
    when = scene.sql("abs(balance) > tolerance", told)
    return _judged(scene, scan, (told, tables), when, periods)


def score_sql(scene: Scene, scan: ScoreScan, span: Span, periods: tuple[int, int]) -> Compiled:
    """Add up the scores of the bands that hold; ``bands`` is a mask of them, the first band being 1."""
    told, tables = _reckoned(scene, scan, span, scan.peers)
    named = {**told, **scene.params}
    held = [scene.sql(band.when, named) for band in scan.bands]
    score = _sum((one, band.score) for one, band in zip(held, scan.bands, strict=True))
    mask = _sum((one, 2**number) for number, one in enumerate(held))
    told = {**told, "score": Name(score, "number", "count"), "bands": Name(mask, "number", "count")}
    return _judged(scene, scan, (told, tables), f"{score} >= {scan.at_least.value}", periods)


def _sum(parts: Iterable[tuple[str, int]]) -> str:
    return f"({' + '.join(f'CASE WHEN {one} THEN {value} ELSE 0 END' for one, value in parts)})"


def series_sql(scene: Scene, scan: SeriesScan, span: Span) -> Compiled:
    """Count rows per subject and period; what is found in the counts is not the engine's to say."""
    if len(scan.streams) != 1:
        raise ExpressionBad("a series counts the rows of one stream")
    rows = read_sql(scene, next(iter(scan.streams)), span, [_period_column(scene, scan.period)])
    sql = f"""SELECT {", ".join(_named(scan))}, COUNT(*) AS e_observed
FROM ({rows}) i GROUP BY {subject_columns(scan)}, _p
{ORDER}"""
    return Compiled(sql, ("observed",), scan.period)


def _named(scan: PeriodScan | SeriesScan) -> list[str]:
    """Return what names a hit; its period's number is the key too."""
    return [f"{subject_sql(scan)} AS subject", "_p AS moment", "_p AS key"]


def _period_column(scene: Scene, period: str) -> str:
    if period == "quarter":
        return f"_month {_divide(scene.dialect)} 3 AS _p"
    return f"{PERIOD_COLUMNS[period]} AS _p"


def _divide(dialect: Dialect) -> str:
    return "//" if dialect == "duckdb" else "div"


def _reckoned(scene: Scene, scan: PeriodScan, span: Span, peers: Peers | None) -> Reckoned:
    subject = subject_columns(scan)
    names = {name: feature_name(one, name, scene, scan.streams) for name, one in scan.features.items()}
    alike = _alike(scan.features)
    reckoned = {name: one for name, one in scan.features.items() if alike[name] == name}
    grouped = [
        f"{_grouped(one, name, scene.dialect, is_bare=is_bare_count(one, scan.streams))} AS x_{name}"
        for name, one in reckoned.items()
    ]
    inputs = inputs_sql(scene, reckoned, span, [_period_column(scene, scan.period)])
    tables = [f"g AS (SELECT {subject}, _p, {', '.join(grouped)} FROM (\n{inputs}\n) i GROUP BY {subject}, _p)"]
    order = f"OVER (PARTITION BY {subject} ORDER BY _p)"
    columns = [
        f"CASE WHEN LAG(_p) {order} = _p - 1 THEN LAG(x_{alike[name]}) {order} END AS x_{name}"
        if one.agg == "before"
        else f"x_{alike[name]} AS x_{name}"
        for name, one in scan.features.items()
    ]
    tables.append(f"b AS (SELECT {subject}, _p, {', '.join(columns)} FROM g)")
    told = scene.with_derived(names, scan.derived)
    values = ", ".join(f"{one.sql} AS v_{name}" for name, one in told.items())
    tables.append(f"{'w' if peers else 'v'} AS (SELECT {subject}, _p, {values} FROM b)")
    told = {name: Name(f"v_{name}", one.kind, one.unit) for name, one in told.items()}
    return _with_peers(scene, subject, peers, (told, tables)) if peers else (told, tables)


def _alike(features: Mapping[str, Feature]) -> dict[str, str]:
    """Return for each feature the first that reckons the same: what is ``before`` is the ``last`` of another period."""
    first: dict[Feature, str] = {}
    plain = {
        name: one.model_copy(update={"agg": "last"}) if one.agg == "before" else one for name, one in features.items()
    }
    return {name: first.setdefault(one, name) for name, one in plain.items()}


def _grouped(feature: Feature, name: str, dialect: Dialect, *, is_bare: bool) -> str:
    if is_bare:
        return "COUNT(*)"
    if feature.agg == "distinct":
        return f"COUNT(DISTINCT i_{name})"
    if feature.agg in ("last", "before"):
        newest = "ROW(_at, _key)" if dialect == "duckdb" else "STRUCT(_at, _key)"
        return f"MAX_BY(i_{name}, {newest}) FILTER (WHERE i_{name} IS NOT NULL)"
    # DuckDB sums into twice as many bytes as the values have, and takes as much longer over all that follows.
    return f"CAST(SUM(i_{name}) AS BIGINT)" if feature.agg == "sum" else f"{feature.agg.upper()}(i_{name})"


def _with_peers(scene: Scene, subject: str, peers: Peers, reckoned: Reckoned) -> Reckoned:
    """Add medians and distances. The lower median of whole numbers is a whole number, the same on every engine."""
    told, tables = reckoned
    for name in (*peers.group, *peers.compare):
        if name not in told:
            raise ExpressionBad(f"'{name}' is no feature of this scan", next(iter(told)))
    is_duck = scene.dialect == "duckdb"
    disc = "QUANTILE_DISC({0}, 0.5)" if is_duck else "PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY {0})"
    middle = f"CAST({disc} AS BIGINT)"
    group = ", ".join(f"v_{name}" for name in peers.group)
    same = " AND ".join(f"w.v_{name} = {{0}}.v_{name}" for name in peers.group) + " AND w._p = {0}._p"
    medians = ", ".join(f"{middle.format(f'v_{name}')} AS m_{name}" for name in peers.compare)
    tables.append(f"m AS (SELECT {group}, _p, COUNT(*) AS peer_count, {medians} FROM w GROUP BY {group}, _p)")
    of_w = ", ".join(f"w.v_{name}" for name in peers.group)
    spreads = ", ".join(f"{middle.format(f'ABS(w.v_{name} - m.m_{name})')} AS d_{name}" for name in peers.compare)
    tables.append(f"d AS (SELECT {of_w}, w._p, {spreads} FROM w JOIN m ON {same.format('m')} GROUP BY {of_w}, w._p)")
    columns = [f"w.{one}" for one in (*subject.split(", "), "_p", *(f"v_{name}" for name in told))]
    names = {**told, "peer_count": Name("v_peer_count", "number", "count")}
    columns.append("m.peer_count AS v_peer_count")
    for name in peers.compare:
        for part, unit, value in _compared(name, scene.dialect):
            columns.append(f"CASE WHEN m.peer_count >= {peers.at_least.value} THEN {value} END AS v_{name}_{part}")
            names[f"{name}_{part}"] = Name(f"v_{name}_{part}", "number", unit or told[name].unit)
    tables.append(
        f"v AS (SELECT {', '.join(columns)} FROM w JOIN m ON {same.format('m')} JOIN d ON {same.format('d')})"
    )
    return names, tables


def _compared(name: str, dialect: Dialect) -> list[tuple[str, str, str]]:
    """Return name, unit and SQL of what is known of one compared value."""
    divide = _divide(dialect)
    far = f"((w.v_{name} - m.m_{name}) * 1000) {divide} d.d_{name}"
    return [
        ("median", "", f"m.m_{name}"),
        ("ratio", "permille", f"CASE WHEN m.m_{name} <> 0 THEN (w.v_{name} * 1000) {divide} m.m_{name} END"),
        ("far", "permille", f"CASE WHEN d.d_{name} <> 0 THEN {far} END"),
    ]


def _judged(scene: Scene, scan: PeriodScan, reckoned: Reckoned, when: str, periods: tuple[int, int]) -> Compiled:
    """Keep the periods from the first (included) to the second (excluded) in which the condition holds."""
    told, tables = reckoned
    subject, evidence, lasting = subject_columns(scan), tuple(told), ""
    columns = ", ".join(evidence_sql(told))
    tables.append(f"h AS (SELECT {subject}, _p, CASE WHEN {when} THEN 1 ELSE 0 END AS held, {columns} FROM v)")
    if scan.persist:
        frame = f"PARTITION BY {subject} ORDER BY _p RANGE BETWEEN {scan.persist.of - 1} PRECEDING AND CURRENT ROW"
        tables.append(f"k AS (SELECT *, CAST(SUM(held) OVER ({frame}) AS BIGINT) AS e_held_count FROM h)")
        evidence, lasting = (*evidence, "held_count"), f" AND e_held_count >= {scan.persist.at_least}"
    listed = ", ".join([*_named(scan), *(f"e_{name}" for name in evidence)])
    between = f"_p >= {periods[0]} AND _p < {periods[1]}"
    with_tables = ",\n".join(tables)
    sql = f"""WITH {with_tables}
SELECT {listed} FROM {"k" if scan.persist else "h"} WHERE held = 1 AND {between}{lasting}
{ORDER}"""
    return Compiled(sql, evidence, scan.period)
