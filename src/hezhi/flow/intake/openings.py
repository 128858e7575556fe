"""Opens masked fields, one at a time, for a stated purpose; the reporter reads who looked and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hezhi.flow.intake import sealing
from hezhi.flow.intake.contracts import OpeningRow
from hezhi.flow.intake.errors import CaseNotOfRecord, NotSecret, PurposeMissing, RecordIsErased, RecordNotFound
from hezhi.flow.intake.models import Opening, Record
from hezhi.flow.intake.queries import readable, record_by_number, record_of, shape_of
from hezhi.flow.intake.relations import group_ids
from hezhi.flow.intake.storing import chain_of
from hezhi.kit.errors import NotAllowed
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right, RowPlace

PURPOSE_FROM, PURPOSE_TO = 4, 300  # characters

CasePlace = Callable[[int, list[int]], RowPlace | None]
"""``(case_id, record_ids)`` → where the case stands, None when it deals with none of these records."""
_case_place: list[CasePlace] = []


def case_place_use(ask: CasePlace) -> None:
    """Tell this room how to ask where a case stands; the wiring does so, as cases are a later room."""
    _case_place[:] = [ask]


@guard.act
def field_open(*, record_id: int, field: str, purpose: str, case_id: int, by: Actor, at: datetime) -> str:
    """Return the value of one masked field, and write down who saw it, when and what for.

    The purpose is tied to a case that deals with this record or with one merged with it; the right is
    asked for where that case stands.

    Args:
        purpose: 4 to 300 characters; the reporter reads it.

    Raises:
        CaseNotOfRecord: the case does not deal with this record.
        PurposeMissing: no purpose, or none that could be a sentence.
        NotSecret: the field is not masked, or holds nothing.
        RecordIsErased.
        RecordNotFound: no such record, or the actor may not see it there.
        NotAllowed: no right to open there, or none of the roles that the pack names for the field.
    """
    told = " ".join(purpose.split())
    if not PURPOSE_FROM <= len(told) <= PURPOSE_TO:
        raise PurposeMissing(least=PURPOSE_FROM, most=PURPOSE_TO)
    record = record_of(record_id)
    if record.erased_at is not None:
        raise RecordIsErased(record=record_id)
    place = _asked()(case_id, group_ids(record_id=record_id))
    if place is None:
        raise CaseNotOfRecord(record=record_id, case=case_id)
    permissions.require(by, Right.FIELD_OPEN, place, read_right=Right.CASE_READ)
    if field not in record.secrets:
        raise NotSecret(field=field[:48])
    _require_role(record, field, by, at)
    Opening.objects.create(
        record=record,
        field=field,
        purpose=told,
        case_id=case_id,
        agency_id=by.agency_id,
        opened_by=by.ref,
        opened_at=at,
    )
    body = {"field": field, "purpose": told, "case": case_id}
    ledger.line_append(chain=chain_of(record_id), act="field.open", by=by, at=at, body=body, pack=record.pack)
    return str(sealing.secrets_of([record])[record.id][field])


def _require_role(record: Record, field: str, by: Actor, at: datetime) -> None:
    """The pack names the roles that may open a field; a right alone is not enough."""
    if by.kind is ActorKind.SYSTEM:
        return
    pack = packkit.shelf().get(record.pack_id)
    named = [need.opened_by for need in pack.identity.data_minimum if need.field == f"{record.kind}.{field}"]
    posts = people.person_posts(by.person_id, at=at) if by.person_id is not None else []
    roles = {str(post.role) for post in posts if by.agency_id in (None, post.agency_id)}
    if not any(roles & set(opened_by) for opened_by in named):
        raise NotAllowed(field=field[:48])


@guard.house_read
def openings_of(*, number: str, code: str) -> list[OpeningRow]:
    """Return every look at the masked fields of the own report, oldest first.

    Raises:
        RecordNotFound: number and code do not belong together.
    """
    return _rows(record_by_number(number=number, code=code).id)


def record_openings(*, record_id: int, by: Actor) -> list[OpeningRow]:
    """Return every look at a record's masked fields, for an officer who may read the record.

    Raises:
        RecordNotFound: there is none, or the actor may not read it.
    """
    if not readable(by).filter(id=record_id).exists():
        raise RecordNotFound(record=record_id)
    return _rows(record_id)


def _rows(record_id: int) -> list[OpeningRow]:
    record = record_of(record_id)
    fields = shape_of(record).fields
    rows = Opening.objects.filter(record_id=record_id).select_related("agency").order_by("id")
    return [
        OpeningRow(
            record_number=record.number,
            field=row.field,
            label_zh=fields[row.field].label.zh if row.field in fields else row.field,
            label_en=fields[row.field].label.en if row.field in fields else row.field,
            purpose=row.purpose,
            case_id=row.case_id,
            agency=row.agency.name if row.agency else "",
            at=row.opened_at,
        )
        for row in rows
    ]


def _asked() -> CasePlace:
    if not _case_place:
        raise LookupError("nobody has told intake how to ask for cases; call case_place_use first")
    return _case_place[-1]
