"""Who opened masked fields: what the reporter reads of it, and what officers do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hezhi.flow.intake.contracts import OpeningRow
from hezhi.flow.intake.errors import PeriodInvalid, RecordNotFound
from hezhi.flow.intake.models import Ticket
from hezhi.flow.intake.patterns import Look, Patterns, pattern_rows
from hezhi.flow.intake.queries import place_of, readable, record_by_number, record_of, shape_of
from hezhi.flow.intake.storing import chain_of
from hezhi.kit.errors import NotAllowed
from hezhi.kit.moments import day_ends_at, day_of, day_starts_at
from hezhi.spine.calendar import api as calendar
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right

OF_RECORD = Fields(region="record__scope_path")
USUAL_DAYS, MOST_DAYS = 30, 366


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


def openings_patterns(*, by: Actor, at: datetime, from_on: date | None = None, to_on: date | None = None) -> Patterns:
    """Return what officers opened of records in the actor's supervision, with what stands out (see ``patterns``).

    Records of confidential matters show no region and are not counted.

    Args:
        from_on, to_on: first and last day; by default the last 30 days.

    Raises:
        NotAllowed: the actor supervises nowhere.
        PeriodInvalid: it ends before it begins, or is longer than a year.
    """
    if permissions.scopes(by, Right.CASE_SUPERVISE).is_empty:
        raise NotAllowed(right=str(Right.CASE_SUPERVISE))
    last = to_on or day_of(at)
    first = from_on or last - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise PeriodInvalid(from_on=first, to_on=last)
    rows = Ticket.objects.filter(
        permissions.scope_q(by, Right.CASE_SUPERVISE, OF_RECORD),
        opened_at__gte=day_starts_at(first),
        opened_at__lt=day_ends_at(last),
    )
    tickets = list(rows.order_by("id"))
    acted = ledger.last_acts(
        chains={f"case:{one.case_id}" for one in tickets}, actors={one.opened_by for one in tickets}
    )
    looks = [
        Look(
            officer=one.opened_by,
            agency_id=one.agency_id,
            role=one.role,
            opened_at=one.opened_at,
            ended_at=_end(one),
            read_count=one.read_count,
            near=one.near,
            acted_at=acted.get((f"case:{one.case_id}", one.opened_by)),
        )
        for one in tickets
    ]
    found = pattern_rows(looks, calendar.calendar_get(), at)
    names = people.person_names({_id_of(one.officer) for one in found})
    agencies = people.agencies_get({one.agency_id for one in found})
    named = [
        replace(one, person=names.get(_id_of(one.officer), ""), agency=agencies[one.agency_id].name) for one in found
    ]
    named.sort(key=lambda one: (-len(one.findings), one.person, one.officer, one.role))
    return Patterns(first, last, at, "intake_ticket, ledger_line", tuple(named))


def _rows(record_id: int, *, is_named: bool) -> list[OpeningRow]:
    record = record_of(record_id)
    labels = {name: declared.label for name, declared in shape_of(record).fields.items()}
    tickets = list(Ticket.objects.filter(record_id=record_id).select_related("agency").order_by("id"))
    names = people.person_names({_id_of(one.opened_by) for one in tickets}) if is_named and tickets else {}
    lines = ledger.lines_of(chain=chain_of(record_id)) if tickets else []
    purposes = {one.body["ticket"]: one.body.get("purpose", "") for one in lines if one.act == "ticket.open"}
    return [
        OpeningRow(
            record_number=record.number,
            fields=tuple(one.fields),
            label_zh="、".join(labels[name].zh if name in labels else name for name in one.fields),
            label_en=", ".join(labels[name].en if name in labels else name for name in one.fields),
            basis=one.basis,
            purpose=purposes.get(one.id, ""),
            case_id=one.case_id,
            agency=one.agency.name,
            role=one.role,
            at=one.opened_at,
            ends_at=_end(one),
            read_count=one.read_count,
            first_read_at=one.first_read_at,
            last_read_at=one.last_read_at,
            person=names.get(_id_of(one.opened_by), ""),
        )
        for one in tickets
    ]


def _end(ticket: Ticket) -> datetime:
    return min(ticket.until_at, ticket.closed_at or ticket.until_at)


def _id_of(ref: str) -> int:
    return int(ref.removeprefix("person:"))
