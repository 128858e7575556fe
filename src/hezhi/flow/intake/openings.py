"""Who opened masked fields: what the reporter reads of it, and what officers do."""

from __future__ import annotations

from hezhi.flow.intake.contracts import OpeningRow
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.intake.models import Ticket
from hezhi.flow.intake.queries import place_of, readable, record_by_number, record_of, shape_of
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right


@guard.house_read
def openings_of(*, number: str, code: str) -> list[OpeningRow]:
    """Return every opening of masked fields of the own report, oldest first. No person is named.

    Raises:
        RecordNotFound: number and code do not belong together.
    """
    return _rows(record_by_number(number=number, code=code).id, is_named=False)


def record_openings(*, record_id: int, by: Actor) -> list[OpeningRow]:
    """Return every opening of a record's masked fields, for an officer who may read the record.

    Whoever supervises there reads the persons' names too.

    Raises:
        RecordNotFound: there is none, or the actor may not read it.
    """
    record = readable(by).filter(id=record_id).first()
    if record is None:
        raise RecordNotFound(record=record_id)
    return _rows(record_id, is_named=permissions.may(by, Right.CASE_SUPERVISE, place_of(record)))


def _rows(record_id: int, *, is_named: bool) -> list[OpeningRow]:
    record = record_of(record_id)
    labels = {name: declared.label for name, declared in shape_of(record).fields.items()}
    tickets = list(Ticket.objects.filter(record_id=record_id).select_related("agency").order_by("id"))
    names = people.person_names({_person(one) for one in tickets}) if is_named and tickets else {}
    return [
        OpeningRow(
            record_number=record.number,
            fields=tuple(one.fields),
            label_zh="、".join(labels[name].zh if name in labels else name for name in one.fields),
            label_en=", ".join(labels[name].en if name in labels else name for name in one.fields),
            basis=one.basis,
            purpose=one.purpose,
            case_id=one.case_id,
            agency=one.agency.name,
            role=one.role,
            at=one.opened_at,
            ends_at=min(one.until_at, one.closed_at or one.until_at),
            read_count=one.read_count,
            first_read_at=one.first_read_at,
            last_read_at=one.last_read_at,
            person=names.get(_person(one), ""),
        )
        for one in tickets
    ]


def _person(ticket: Ticket) -> int:
    return int(ticket.opened_by.removeprefix("person:"))
