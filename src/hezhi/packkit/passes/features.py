"""Online features in passes 3 to 5: names that lead somewhere, texts that can be reckoned, tests that hold."""

from __future__ import annotations

import tempfile
from datetime import UTC
from pathlib import Path
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.passes.common import cause_of, given_refs, unknown_field, unknown_record
from hezhi.packkit.scans.online import online_run, online_sql
from hezhi.packkit.scans.plan import DAY, micros
from hezhi.packkit.scans.trial import given_tables
from hezhi.packkit.shape.online import OnlineFeature
from hezhi.packkit.values import moment_of


def refs(draft: Draft, where: Placed[OnlineFeature]) -> None:
    """Report names of records and fields that lead nowhere."""
    if not unknown_record(draft, where, where.it.rows.reads, "rows", "reads"):
        record = draft.record(where.it.rows.reads)
        assert record is not None
        unknown_field(draft, where, record, where.it.per, "rows", "per", 0)
    given_refs(draft, where)


def meaning(draft: Draft, where: Placed[OnlineFeature]) -> None:
    """Report what cannot be reckoned, on either engine."""
    records = {one.it.id: one.it for one in draft.records}
    if where.it.rows.reads not in records:
        return  # told by pass 3
    for dialect in ("duckdb", "spark"):
        try:
            online_sql(where.it, records, 365 * DAY, dialect)  # type: ignore[arg-type]
        except ExpressionBad as bad:
            draft.say("meaning/scan-text", where, cause=cause_of(bad))
            break


def behaviour(draft: Draft, where: Placed[OnlineFeature]) -> None:
    """Run the tests in the file on the embedded engine."""
    records = {one.it.id: one.it for one in draft.records}
    engine = DuckEngine(threads=1)
    try:
        for index, test in enumerate(where.it.tests):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    tables = given_tables(test.given, records, Path(folder))
                    as_of = micros(moment_of(test.as_of).astimezone(UTC))
                    told: dict[str, Any] = {
                        one.subject: one.value for one in online_run(engine, where.it, records, tables, as_of)
                    }
                except ValueError as error:
                    cause = f"'{test.name}' cannot be run: {error}."
                    draft.say("behaviour/feature-test", where, "tests", index, cause=cause)
                    continue
            if told != test.known:
                cause = f"'{test.name}' expects {test.known}, known is {told}."
                draft.say("behaviour/feature-test", where, "tests", index, cause=cause)
    finally:
        engine.close()
