"""Statements and reads of the checks room. Only this room uses it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from hezhi.flow.checks.contracts import ChangeRow, CheckAnswer, FactRow, FeatureIn
from hezhi.flow.checks.models import Answer, Feature
from hezhi.flow.checks.rules import value_plain
from hezhi.packkit.shape.base import Text
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right
from hezhi.spine.reads.api import FixedRead, any_of

CHUNK = 5000
_PUT = """
INSERT INTO checks_feature AS known
    (pack_id, subject, name, value, from_at, written_at, source, keep_until_at)
SELECT pack_id, subject, name, value::jsonb, from_at, %s, source, keep_until_at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[])
    AS given (pack_id, subject, name, value, from_at, source, keep_until_at)
ON CONFLICT (pack_id, subject, name) DO UPDATE SET
    value = excluded.value, from_at = excluded.from_at, written_at = excluded.written_at, source = excluded.source,
    keep_until_at = excluded.keep_until_at
WHERE (excluded.from_at, excluded.written_at) > (known.from_at, known.written_at)
"""
_ANSWER = (
    "pack_id", "pack", "check_id", "answer", "colour", "code", "told", "given", "until_at", "asker", "agency_id",
    "region_path", "at", "keep_until_at", "key", "request_hash",
)  # fmt: skip
_LOG = f"""
INSERT INTO checks_answer ({", ".join(_ANSWER)}) VALUES ({", ".join(["%s"] * len(_ANSWER))})
ON CONFLICT (asker, key) WHERE NOT (key = '') DO NOTHING RETURNING id
"""  # noqa: S608  # names of columns


_known: FixedRead[Feature] = FixedRead(
    lambda given: Feature.objects.filter(
        any_of("subject", given("subjects")), any_of("name", given("names")), pack_id=given("pack_id")
    )
)


def features_write(rows: Sequence[FeatureIn], at: datetime) -> int:
    """Write values that are new or newer than what is known; of equally old ones the one written later.

    Returns:
        how many were written.
    """
    written = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            columns = [
                [row.pack_id for row in part],
                [row.subject for row in part],
                [row.name for row in part],
                [orjson.dumps(value_plain(row.value)).decode() for row in part],
                [row.from_at for row in part],
                [row.source for row in part],
                [row.keep_until_at for row in part],
            ]
            cursor.execute(_PUT, [at, *columns])
            written += cursor.rowcount
    return written


def features_read(pack_id: str, subjects: Collection[str], names: Collection[str]) -> list[Feature]:
    """Return what is known of some subjects under some names. One query."""
    if not subjects or not names:
        return []
    return _known.all(pack_id=pack_id, subjects=sorted(subjects), names=sorted(names))


def answer_write(answer: dict[str, Any]) -> int | None:
    """Write one answer and return its id; None where the asker used its key already."""
    values = [_json(answer[name]) if name in ("told", "given") else answer[name] for name in _ANSWER]
    with connection.cursor() as cursor:
        cursor.execute(_LOG, values)
        row = cursor.fetchone()
        return int(row[0]) if row else None


def _json(value: Any) -> str:
    return orjson.dumps(value, default=lambda text: text.model_dump()).decode()


def visible(by: Actor) -> QuerySet[Answer]:
    """Return the answers an actor may see: the own, and those of the regions it supervises."""
    supervised = permissions.scope_q(by, Right.CASE_SUPERVISE, Fields(region="region_path"))
    return Answer.objects.filter(Q(asker=by.ref) | supervised)


def answer_row(answer: Answer) -> CheckAnswer:
    """Return an answer as other rooms see it."""
    told = answer.told
    return CheckAnswer(
        id=answer.id,
        pack=answer.pack,
        check=answer.check_id,
        answer=answer.answer,
        says=Text(**told["says"]),
        colour=answer.colour,
        code=answer.code,
        reasons=tuple(Text(**one) for one in told["reasons"]),
        facts=tuple(_fact(one) for one in told["facts"]),
        would_change=tuple(ChangeRow(**{**one, "label": Text(**one["label"])}) for one in told["would_change"]),
        given=answer.given,
        until_at=answer.until_at,
        asker=answer.asker,
        agency_id=answer.agency_id,
        region_path=answer.region_path,
        at=answer.at,
    )


def _fact(told: dict[str, Any]) -> FactRow:
    from_at = datetime.fromisoformat(told["from_at"]) if told["from_at"] else None
    return FactRow(**{**told, "label": Text(**told["label"]), "from_at": from_at})
