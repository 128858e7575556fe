"""What passes 3 to 5 ask of scans: names that lead somewhere, texts that can be reckoned, tests that hold."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.expressions import ExpressionBad, Name, dotted, expression_read
from hezhi.packkit.passes.common import cause_of, given_refs, placeholders, unknown_field, unknown_record
from hezhi.packkit.read import Loc
from hezhi.packkit.scans.compile import Scene, Span, feature_name, microseconds, stream_of, subject_width
from hezhi.packkit.scans.groups import group_field
from hezhi.packkit.scans.plan import DAY, scan_sql
from hezhi.packkit.scans.trial import scan_try
from hezhi.packkit.sentences import PLACE
from hezhi.packkit.shape.online import OnlineFeature
from hezhi.packkit.shape.records import CENTS, Record
from hezhi.packkit.shape.scan import Number, ScanBase, ScoreScan

COMPUTED = ("balance", "tolerance", "score", "bands", "held_count", "began", "matched", "other", "observed",
            "expected", "bound", "peer_count")  # fmt: skip
YEAR = Span(0, 365 * DAY)
Check = Callable[[], object]


def refs(draft: Draft, where: Placed[ScanBase]) -> bool:
    """Report names of records and fields that lead nowhere; say whether all do."""
    count = len(draft.findings)
    for name, stream in where.it.streams.items():
        if unknown_record(draft, where, stream.reads, "streams", name, "reads"):
            continue
        record = draft.record(stream.reads)
        assert record is not None
        for index, field in enumerate(stream.per):
            unknown_field(draft, where, record, field, "streams", name, "per", index)
    matters = [one.it.id for one in draft.matters]
    if where.it.matter and where.it.matter not in matters:
        cause = f"'{where.it.matter}' is not in the catalogue of matters."
        draft.say("refs/unknown-matter", where, "matter", cause=cause, given=where.it.matter, valid=matters)
    given_refs(draft, where)
    return len(draft.findings) == count


def meaning(draft: Draft, where: Placed[ScanBase]) -> bool:
    """Report every text that cannot be reckoned, and parameters outside their own bounds; say whether all is well."""
    count = len(draft.findings)
    scan, records = where.it, {one.it.id: one.it for one in draft.records}
    if any(stream.reads not in records for stream in scan.streams.values()):
        return False
    if any(name not in records[stream.reads].fields for stream in scan.streams.values() for name in stream.per):
        return False
    for name, param in scan.params.items():
        low, high = param.at_least, param.at_most
        if (low is not None and param.value < low) or (high is not None and param.value > high):
            cause = f"'{name}' is {param.value}, its own bounds are {low} and {high}."
            draft.say("meaning/bounds-crossed", where, "params", name, cause=cause)
    named: dict[str, Name] = {}
    for loc, check in _checks(scan, records, named):
        try:
            check()
        except ExpressionBad as bad:
            draft.say("meaning/scan-text", where, *loc, cause=cause_of(bad))
    if len(draft.findings) == count:
        for dialect in ("duckdb", "spark"):
            try:
                scan_sql(scan, records, YEAR, YEAR.end, dialect=dialect)  # type: ignore[arg-type]
            except ExpressionBad as bad:
                loc = ("sql",) if hasattr(scan, "sql") else ()
                draft.say("meaning/scan-text", where, *loc, cause=cause_of(bad))
                break
    _placeholders(draft, where, named)
    _groups(draft, where, records)
    return len(draft.findings) == count


def _groups(draft: Draft, where: Placed[ScanBase], records: dict[str, Record]) -> None:
    """Report what errors cannot be compared by; fields that say what a person is are refused wherever they are read."""
    for index, name in enumerate(where.it.compare_by):
        if name != "region" and group_field(where.it, records, name) is None:
            cause = f"errors are compared by 'region' or the last value of an open choice or flag, not by '{name}'."
            draft.say("meaning/scan-text", where, "compare_by", index, cause=cause)


def _placeholders(draft: Draft, where: Placed[ScanBase], named: dict[str, Name]) -> None:
    scan = where.it
    own = (*scan.params, *getattr(scan, "features", ()), *getattr(scan, "derived", ()), *getattr(scan, "evidence", ()))
    compared = getattr(getattr(scan, "peers", None), "compare", ())
    known = {*own, *COMPUTED, *(f"{name}_{part}" for name in compared for part in ("median", "ratio", "far"))}
    texts = [(("says",), scan.says)]
    if isinstance(scan, ScoreScan):
        texts += [(("bands", number, "says"), band.says) for number, band in enumerate(scan.bands)]  # type: ignore[misc]
    for loc, text in texts:
        for place in placeholders(text.zh + text.en):
            name, _, form = place.partition(":")
            if name not in known:
                cause = f"'{{{place}}}' is neither a feature nor a parameter."
                draft.say("refs/unknown-placeholder", where, *loc, cause=cause, given=name, valid=known)
            elif not PLACE.fullmatch(f"{{{place}}}"):
                cause = f"'{{{place}}}' asks for a form that is not known; only 'yuan' is."
                draft.say("refs/unknown-placeholder", where, *loc, cause=cause, given=form, valid=("yuan",))
            elif form and (told := named.get(name, named.get(f"p.{name}"))) and told.unit != CENTS:
                cause = f"'{{{place}}}' tells cents as yuan, but '{name}' is in {told.unit or 'no unit'}."
                draft.say("meaning/scan-text", where, *loc, cause=cause)


def _checks(scan: Any, records: dict[str, Record], named: dict[str, Name]) -> Iterator[tuple[Loc, Check]]:
    """Yield every place with a text or a length of time, and what raises when it is wrong; fill ``named``."""
    scene = Scene(scan, records, "duckdb", {})
    yield ("streams",), lambda: subject_width(scan)
    for name, stream in scan.streams.items():
        if stream.where:
            yield ("streams", name, "where"), lambda stream=stream: scene.sql(stream.where, scene.fields(stream))
    for name in ("quiet", "late", "within", "reach"):
        length: Number | None = getattr(scan, name, None)
        if length is not None:
            yield (name, "unit"), lambda length=length: microseconds(length)
    yield from _feature_checks(scan, scene, named)
    yield from _derived_checks(scan, scene, named)
    named |= _compared(scan, named) | scene.params
    if hasattr(scan, "features"):
        wanted = {"when": "flag", "balance": "number", "tolerance": "number"}
        for name in (one for one in wanted if hasattr(scan, one)):
            yield (name,), lambda name=name: scene.sql(getattr(scan, name), named, wanted[name])
    for number, band in enumerate(getattr(scan, "bands", ())):
        yield ("bands", number, "when"), lambda band=band: scene.sql(band.when, named)


def _feature_checks(scan: Any, scene: Scene, named: dict[str, Name]) -> Iterator[tuple[Loc, Check]]:
    """What is wrong with a feature is told once, so its name stands for a number elsewhere."""
    for name, one in getattr(scan, "features", {}).items():
        yield ("features", name), lambda name=name, one=one: feature_name(one, name, scene, scan.streams)
        if one.of and one.agg in ("count", "distinct"):  # what is counted has no unit to go on with, but a name
            yield (
                ("features", name, "of"),
                lambda name=name, one=one: expression_read(one.of, scene.fields(stream_of(one, name, scan.streams))),
            )
        if one.where:
            yield (
                ("features", name, "where"),
                lambda name=name, one=one: scene.sql(one.where, scene.fields(stream_of(one, name, scan.streams))),
            )
        try:
            named[name] = feature_name(one, name, scene, scan.streams)
        except ExpressionBad:
            named[name] = Name("0", "number")


def _derived_checks(scan: Any, scene: Scene, named: dict[str, Name]) -> Iterator[tuple[Loc, Check]]:
    for name, text in getattr(scan, "derived", {}).items():
        known = {**named, **scene.params}
        yield ("derived", name), lambda text=text, known=known: expression_read(text, known)
        try:
            named[name] = scene.with_derived(known, {name: text})[name]
        except ExpressionBad:
            named[name] = Name("0", "number")


def _compared(scan: Any, named: dict[str, Name]) -> dict[str, Name]:
    peers = getattr(scan, "peers", None)
    if peers is None:
        return {}
    units = {"ratio": "permille", "far": "permille", "median": ""}
    told = {
        f"{name}_{part}": Name("0", "number", unit or named[name].unit)
        for name in peers.compare
        if name in named
        for part, unit in units.items()
    }
    return {**told, "peer_count": Name("0", "number", "count")}


def names_read(scan: ScanBase | OnlineFeature, records: dict[str, Record]) -> set[tuple[str, str]]:
    """Return record and field of everything that a scan looks at, subjects among them."""
    found = set()
    for name, stream in scan.streams.items():
        texts = [stream.where, getattr(scan, "when", ""), getattr(scan, "sql", "")]
        for feature in getattr(scan, "features", {}).values():
            if not feature.stream or feature.stream == name:
                texts += [feature.of, feature.where]
        record = records.get(stream.reads)
        fields = set(stream.per)
        for field in record.fields if record else ():
            if any(_mentions(text, field) for text in texts):
                fields.add(field)
        found |= {(stream.reads, field) for field in fields}
    return found


def _mentions(text: str, field: str) -> bool:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:  # a SELECT
        return field in text.replace(".", " ").replace(",", " ").split()
    told = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.expr)}
    return any(name and name.split(".")[-1] == field for name in told)


def behaviour(draft: Draft, where: Placed[ScanBase]) -> None:
    """Run the tests in the file on the embedded engine."""
    records = {one.it.id: one.it for one in draft.records}
    scan: Any = where.it
    engine = DuckEngine(threads=1)
    try:
        for index, test in enumerate(scan.tests):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    tried = scan_try(engine, scan, test, records, Path(folder))
                except ValueError as error:
                    cause = f"'{test.name}' cannot be run: {error}."
                    draft.say("behaviour/detector-test", where, "tests", index, cause=cause)
                    continue
            told = len(tried.subjects)
            if told != test.hits or (test.subjects and sorted(tried.subjects) != sorted(test.subjects)):
                listed = f" on {', '.join(tried.subjects)}" if tried.subjects else ""
                cause = f"'{test.name}' expects {test.hits} episodes, there are {told}{listed}."
                draft.say("behaviour/detector-test", where, "tests", index, cause=cause)
    finally:
        engine.close()
    if not any(test.hits for test in scan.tests):
        draft.say("behaviour/never-fires", where, "tests", cause=f"No test sees '{scan.id}' fire.")
    if all(test.hits for test in scan.tests):
        draft.say("behaviour/never-silent", where, "tests", cause=f"No test sees '{scan.id}' stay silent.")
