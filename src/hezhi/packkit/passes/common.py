"""Small questions that several passes ask of a draft."""

from __future__ import annotations

import re
from typing import Any

from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.shape.records import Record

_BRACES = re.compile(r"\{([^{}]*)\}")


def unknown_record(draft: Draft, where: Placed[Any], record_id: str, *loc: str | int) -> bool:
    """Report a record that the pack does not declare; returns whether it was reported."""
    valid = [one.it.id for one in draft.records]
    if record_id in valid:
        return False
    draft.say(
        "refs/unknown-record",
        where,
        *loc,
        cause=f"'{record_id}' is not a record of this pack.",
        given=record_id,
        valid=valid,
    )
    return True


def unknown_field(draft: Draft, where: Placed[Any], record: Record, name: str, *loc: str | int) -> bool:
    """Report a field that the record does not have; returns whether it was reported."""
    if name in record.fields:
        return False
    cause = f"'{name}' is not a field of record '{record.id}'."
    draft.say("refs/unknown-field", where, *loc, cause=cause, given=name, valid=record.fields)
    return True


def placeholders(text: str) -> list[str]:
    """Return the names in braces, in order."""
    return _BRACES.findall(text)


def alert_records(draft: Draft) -> list[Record]:
    """Return the records whose entrance leads to an alert."""
    if not draft.playbook:
        return []
    names = [entrance.record for entrance in draft.playbook.it.entrances or () if entrance.to == "alert"]
    return [record for name in names if (record := draft.record(name))]


def entering_records(draft: Draft) -> list[Record]:
    """Return every record that has an entrance."""
    if not draft.playbook:
        return []
    return [record for entrance in draft.playbook.it.entrances or () if (record := draft.record(entrance.record))]


def given_refs(draft: Draft, where: Placed[Any]) -> None:
    """Report what the rows of a part's own tests name and no record declares."""
    for index, test in enumerate(where.it.tests):
        for record_id, rows in test.given.items():
            if unknown_record(draft, where, record_id, "tests", index, "given"):
                continue
            record = draft.record(record_id)
            assert record is not None
            for number, row in enumerate(rows):
                for field in row:
                    unknown_field(draft, where, record, field, "tests", index, "given", record_id, number, field)


def cause_of(bad: ExpressionBad) -> str:
    """Return what is wrong with a text as a sentence, with the name that was meant where one is near."""
    return f"{bad.cause}. Did you mean '{bad.nearest}'?" if bad.nearest else f"{bad.cause}."
