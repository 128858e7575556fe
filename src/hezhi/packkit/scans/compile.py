"""A scan becomes one SELECT: the same for every engine but for a handful of words.

Whole numbers, text and truth values are all that is reckoned with; moments are microseconds since 1970 in UTC,
days are days of the city. So engines have nothing to disagree about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hezhi.packkit.expressions import Dialect, ExpressionBad, Name, expression_read, expression_sql
from hezhi.packkit.shape.online import OnlineFeature
from hezhi.packkit.shape.records import Field, Record
from hezhi.packkit.shape.scan import Feature, Number, ScanBase, Stream

MICROSECONDS = {"minutes": 60_000_000, "hours": 3_600_000_000, "days": 86_400_000_000}
PERIOD_COLUMNS = {"day": "_day", "week": "_week", "month": "_month", "quarter": "_quarter"}
_KINDS = {
    "text": "text", "choice": "text", "region": "text", "matter": "text", "identifier": "text",
    "integer": "number", "number": "number", "moment": "number", "day": "number", "flag": "flag",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Where hits are looked for: moments from ``start`` (included) to ``end`` (excluded), microseconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Compiled:
    """A SELECT that gives ``subject``, ``moment``, ``key`` and the evidence, ordered by the first three.

    ``moment`` is a moment in microseconds, or the number of a period where ``period`` says which.
    """

    sql: str
    evidence: tuple[str, ...]
    period: str = ""


class Scene:
    """What the texts of one scan may name, and how that reads in one dialect."""

    def __init__(
        self, scan: ScanBase | OnlineFeature, records: Mapping[str, Record], dialect: Dialect, params: Mapping[str, int]
    ):
        self.scan, self.records, self.dialect = scan, records, dialect
        self.params = {
            f"p.{name}": Name(str(params.get(name, one.value)), "number", one.unit) for name, one in scan.params.items()
        }

    def fields(self, stream: Stream, prefix: str = "", table: str = "") -> dict[str, Name]:
        """Return the fields of a stream by the names that expressions use."""
        record = self.records[stream.reads]
        named = {
            f"{prefix}{name}": Name(f"{table}f_{name}", _KINDS[field.type], unit_of(field))
            for name, field in record.fields.items()
            if in_lake(field)
        }
        return {**named, **self.params}

    def sql(self, text: str, names: Mapping[str, Name], wanted: str = "flag") -> str:
        """Return one text of the scan in SQL.

        Raises:
            ExpressionBad: see `expression_read`; also when it is of another kind than ``wanted``.
        """
        read = expression_read(text, names)
        if wanted and read.kind != wanted:
            raise ExpressionBad(f"'{text}' is a {read.kind}, a {wanted} is needed")
        return expression_sql(read, names, self.dialect)

    def with_derived(self, names: dict[str, Name], derived: Mapping[str, str]) -> dict[str, Name]:
        """Return ``names`` with each derived value, which may use those before it and the parameters."""
        for name, text in derived.items():
            known = {**names, **self.params}
            read = expression_read(text, known)
            names = {**names, name: Name(expression_sql(read, known, self.dialect), read.kind, read.unit.strip("*"))}
        return names


def in_lake(field: Field) -> bool:
    """Say whether a field is kept in the lake: no file, no telephone, nothing secret but as a pseudonym."""
    if field.type == "identifier":
        return True
    return field.type in _KINDS and field.sensitivity != "secret"


def unit_of(field: Field) -> str:
    """Return the unit in which the lake holds a field; numbers with decimals are whole thousandths there.

    Example:
        >>> unit_of(Field(type="number", label={"zh": "重量", "en": "Weight"}, unit="kg"))
        '1/1000 kg'
    """
    if field.type == "number":
        return f"1/1000 {field.unit or 'count'}"
    return {"moment": "us", "day": "day_number", "integer": field.unit or "count"}.get(field.type, "")


def microseconds(length: Number | None) -> int:
    """Return a length of time; none is no time.

    Raises:
        ExpressionBad: its unit is no unit of time.
    """
    if length is None:
        return 0
    if length.unit not in MICROSECONDS:
        raise ExpressionBad(f"'{length.unit}' is no unit of time", "days")
    return length.value * MICROSECONDS[length.unit]


def feature_name(feature: Feature, name: str, scene: Scene, streams: Mapping[str, Stream]) -> Name:
    """Return how other texts may use a feature: counts are bare counts, all else has the unit of what is reckoned."""
    if feature.agg in ("count", "distinct"):
        return Name(f"x_{name}", "number", "count")
    if not feature.of:
        raise ExpressionBad(f"'{name}' says no value ('of') for its {feature.agg}")
    read = expression_read(feature.of, scene.fields(stream_of(feature, name, streams)))
    if feature.agg != "last" and read.kind != "number":
        raise ExpressionBad(f"'{feature.of}' is a {read.kind}, only numbers have a {feature.agg}")
    return Name(f"x_{name}", read.kind, read.unit.strip("*"))


def stream_of(feature: Feature, name: str, streams: Mapping[str, Stream]) -> Stream:
    """Return the stream a feature is reckoned from."""
    return streams[stream_name(feature, name, streams)]


def stream_name(feature: Feature, name: str, streams: Mapping[str, Stream]) -> str:
    if feature.stream:
        if feature.stream not in streams:
            raise ExpressionBad(f"'{feature.stream}' is no stream of this scan", next(iter(streams)))
        return feature.stream
    if len(streams) > 1:
        raise ExpressionBad(f"'{name}' must say its stream, there are {len(streams)}")
    return next(iter(streams))


def read_sql(scene: Scene, name: str, span: Span, columns: list[str]) -> str:
    """Return the SELECT of one stream: subject columns ``s0`` …, moment, key and ``columns``."""
    stream = scene.scan.streams[name]
    record = scene.records[stream.reads]
    subject = []
    for number, field in enumerate(stream.per):
        if field not in record.fields or not in_lake(record.fields[field]):
            raise ExpressionBad(f"'{field}' is no field of {stream.reads} that can name a subject")
        if _KINDS[record.fields[field].type] != "text":
            subject.append(f"CAST(f_{field} AS {type_word('text', scene.dialect)}) AS s{number}")
        else:
            subject.append(f"f_{field} AS s{number}")
    kept = [f"_at >= {span.start}", f"_at < {span.end}", *(f"f_{field} IS NOT NULL" for field in stream.per)]
    if stream.where:
        kept.append(scene.sql(stream.where, scene.fields(stream)))
    return f"SELECT {', '.join([*subject, '_at', '_key', *columns])} FROM r_{stream.reads} WHERE {' AND '.join(kept)}"


def inputs_sql(scene: Scene, features: Mapping[str, Feature], span: Span, more: list[str]) -> str:
    """Return all streams as one relation, with one column ``i_<feature>`` for what each feature reckons with."""
    streams = scene.scan.streams
    parts = []
    for name, stream in streams.items():
        columns = list(more)
        for own, feature in features.items():
            if is_bare_count(feature, streams):
                continue
            if stream_name(feature, own, streams) != name:
                kind = feature_input_kind(feature, scene, own, streams)
                columns.append(f"CAST(NULL AS {type_word(kind, scene.dialect)}) AS i_{own}")
                continue
            fields = scene.fields(stream)
            value = scene.sql(feature.of, fields, "") if feature.of else "1"
            if feature.where:
                value = f"CASE WHEN {scene.sql(feature.where, fields)} THEN {value} END"
            columns.append(f"{value} AS i_{own}")
        parts.append(read_sql(scene, name, span, columns))
    return "\nUNION ALL\n".join(parts)


def feature_input_kind(feature: Feature, scene: Scene, name: str, streams: Mapping[str, Stream]) -> str:
    if not feature.of:
        return "number"
    return expression_read(feature.of, scene.fields(stream_of(feature, name, streams))).kind


def type_word(kind: str, dialect: Dialect) -> str:
    text = "VARCHAR" if dialect == "duckdb" else "STRING"
    return {"number": "BIGINT", "text": text, "flag": "BOOLEAN"}[kind]


def is_bare_count(feature: Feature, streams: Mapping[str, Stream]) -> bool:
    return feature.agg == "count" and not feature.of and not feature.where and len(streams) == 1


def subject_sql(scan: ScanBase) -> str:
    """Return the subject as text: the ``per`` values joined by ``|``."""
    width = subject_width(scan)
    return " || '|' || ".join(f"s{number}" for number in range(width))


def subject_columns(scan: ScanBase, table: str = "") -> str:
    return ", ".join(f"{table}s{number}" for number in range(subject_width(scan)))


def subject_width(scan: ScanBase) -> int:
    widths = {len(stream.per) for stream in scan.streams.values()}
    if len(widths) > 1:
        raise ExpressionBad("the streams of a scan name their subjects by as many fields each")
    return widths.pop()


def evidence_sql(names: Mapping[str, Name]) -> list[str]:
    """Return every feature and derived value as an output column ``e_<name>`` of a plain type."""
    return [
        f"CAST({name.sql} AS BIGINT) AS e_{own}" if name.kind == "number" else f"{name.sql} AS e_{own}"
        for own, name in names.items()
    ]
