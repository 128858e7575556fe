"""Scans that look back from every row: windows, absences, sequences, matches."""

from __future__ import annotations

from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.scans.compile import (
    Compiled,
    Scene,
    Span,
    evidence_sql,
    feature_name,
    inputs_sql,
    is_bare_count,
    microseconds,
    read_sql,
    subject_columns,
    subject_sql,
)
from hezhi.packkit.shape.scan import AbsenceScan, Feature, MatchScan, SequenceScan, WindowScan

ORDER = "ORDER BY subject, moment, key"


def window_sql(scene: Scene, scan: WindowScan, span: Span) -> Compiled:
    """Reckon every feature over the closed window that ends at each row, and keep the rows for which ``when`` holds."""
    within = microseconds(scan.within)
    names = {name: feature_name(one, name, scene, scan.streams) for name, one in scan.features.items()}
    reckoned = [
        f"{_over(one, name, scene.dialect, is_bare=is_bare_count(one, scan.streams))} AS x_{name}"
        for name, one in scan.features.items()
    ]
    told = scene.with_derived(names, scan.derived)
    when = scene.sql(scan.when, {**told, **scene.params})
    read = Span(span.start - within, span.end)
    frame = f"PARTITION BY {subject_columns(scan)} ORDER BY _at RANGE BETWEEN {within} PRECEDING AND CURRENT ROW"
    listed = ", ".join([f"{subject_sql(scan)} AS subject", "_at AS moment", "_key AS key", *evidence_sql(told)])
    sql = f"""SELECT {listed}
FROM (SELECT {subject_columns(scan)}, _at, _key, {", ".join(reckoned)}
FROM (
{inputs_sql(scene, scan.features, read, [])}
) i WINDOW w AS ({frame})) x
WHERE _at >= {span.start} AND {when}
{ORDER}"""
    return Compiled(sql, tuple(told))


def _over(feature: Feature, name: str, dialect: str, *, is_bare: bool) -> str:
    if is_bare:
        return "COUNT(*) OVER w"
    if feature.agg == "distinct":
        value = f"i_{name}"
        return f"COUNT(DISTINCT {value}) OVER w" if dialect == "duckdb" else f"size(collect_set({value}) OVER w)"
    if feature.agg in ("last", "before"):
        raise ExpressionBad(f"'{feature.agg}' belongs to periods; a window has count, sum, distinct, min and max")
    return f"{feature.agg.upper()}(i_{name}) OVER w"


def absence_sql(scene: Scene, scan: AbsenceScan, span: Span) -> Compiled:
    """Keep the rows of ``first`` after which no row of ``then`` came in time.

    A row of the same moment counts as an answer, unless both streams read the same kind of record: then it must be
    later, for nothing answers itself.
    """
    within = microseconds(scan.within)
    _known(scan.streams, scan.first, scan.then)
    is_one_kind = scan.streams[scan.first].reads == scan.streams[scan.then].reads
    is_answer = "NOT o" if is_one_kind else "o"
    first = read_sql(scene, scan.first, span, [f"{is_one_kind} AS o"])
    then = read_sql(scene, scan.then, Span(span.start, span.end + within + 1), [f"{not is_one_kind} AS o"])
    order = f"PARTITION BY {subject_columns(scan)} ORDER BY _at, o, _key"
    sql = f"""SELECT {subject_sql(scan)} AS subject, _at AS moment, _key AS key
FROM (SELECT {subject_columns(scan)}, _at, _key, o,
MIN(CASE WHEN {is_answer} THEN _at END) OVER ({order} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_answer
FROM ({first}
UNION ALL
{then}) i) x
WHERE NOT ({is_answer}) AND (next_answer IS NULL OR next_answer > _at + {within})
{ORDER}"""
    return Compiled(sql, ())


def sequence_sql(scene: Scene, scan: SequenceScan, span: Span) -> Compiled:
    """Keep the rows of the last step whose chain is whole; ``began`` is the moment of the first step.

    Of several rows that fit a step the newest counts, so that a chain is as short as it can be.
    """
    within = microseconds(scan.within)
    _known(scan.streams, *scan.steps)
    last = len(scan.steps)
    read = Span(span.start - within * (last - 1), span.end)
    parts = [read_sql(scene, name, read, [f"{number} AS step", f"{'_at' if number == 1 else 'CAST(NULL AS BIGINT)'}"
             " AS began"]) for number, name in enumerate(scan.steps, 1)]  # fmt: skip
    inner = "\nUNION ALL\n".join(parts)
    subject = subject_columns(scan)
    frame = f"PARTITION BY {subject} ORDER BY _at RANGE BETWEEN {within} PRECEDING AND 1 PRECEDING"
    for number in range(2, last + 1):
        inner = f"""SELECT {subject}, _at, _key, step, CASE WHEN step = {number}
THEN MAX(CASE WHEN step = {number - 1} THEN began END) OVER ({frame}) ELSE began END AS began
FROM ({inner}) i{number}"""
    sql = f"""SELECT {subject_sql(scan)} AS subject, _at AS moment, _key AS key, began
FROM ({inner}) x
WHERE step = {last} AND began IS NOT NULL AND _at >= {span.start}
{ORDER}"""
    return Compiled(sql, ("began",))


def match_sql(scene: Scene, scan: MatchScan, span: Span) -> Compiled:
    """Keep the rows of ``left`` that meet a row of ``right``; ``matched`` counts them, ``other`` is the first key."""
    within = microseconds(scan.within)
    _known(scan.streams, scan.left, scan.right)
    sides = {"left": scan.left, "right": scan.right}
    names = dict(scene.params)
    parts = {}
    for side, name in sides.items():
        stream = scan.streams[name]
        names |= scene.fields(stream, prefix=f"{side}.", table=f"{side[0]}.")
        reach = span if side == "left" else Span(span.start - within, span.end + within + 1)
        own = [f"f_{one}" for one in scene.records[stream.reads].fields if f"{side}.{one}" in names]
        parts[side] = read_sql(scene, name, reach, own)
    joined = " AND ".join(f"l.{one} = r.{one}" for one in subject_columns(scan).split(", "))
    not_itself = " AND l._key <> r._key" if scan.streams[scan.left].reads == scan.streams[scan.right].reads else ""
    own = subject_columns(scan, "l.")
    sql = f"""SELECT {subject_sql(scan)} AS subject, _at AS moment, _key AS key, matched, other
FROM (SELECT {own}, l._at, l._key, COUNT(*) AS matched, MIN(r._key) AS other
FROM ({parts["left"]}) l JOIN ({parts["right"]}) r ON {joined}
AND r._at >= l._at - {within} AND r._at <= l._at + {within}{not_itself}
WHERE {scene.sql(scan.when, names)}
GROUP BY {own}, l._at, l._key) x
{ORDER}"""
    return Compiled(sql, ("matched", "other"))


def _known(streams: object, *names: str) -> None:
    for name in names:
        if name not in streams:  # type: ignore[operator]
            raise ExpressionBad(f"'{name}' is no stream of this scan", next(iter(streams)))  # type: ignore[call-overload]
