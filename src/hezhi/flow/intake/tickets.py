"""Purpose tickets: masked fields opened for one officer, by a basis in law, for a purpose in a case, for minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import F, Q

from hezhi.flow.intake import sealing
from hezhi.flow.intake.contracts import Opened, RecordFinding, TicketRow
from hezhi.flow.intake.errors import (
    CaseNotOfRecord,
    RecordIsErased,
    RecordNotFound,
    TicketEnded,
    TicketInvalid,
    TicketNotFound,
)
from hezhi.flow.intake.models import Record, Ticket
from hezhi.flow.intake.queries import BY_ID, readable
from hezhi.flow.intake.relations import group_ids
from hezhi.flow.intake.rules import is_running, ticket_findings
from hezhi.flow.intake.storing import chain_of
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.kit.sweeping import Round
from hezhi.packkit import api as packkit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace

SWEEP_AT_MOST = 500


class CasePlace(Protocol):
    def __call__(self, case_id: int, record_ids: list[int], /) -> RowPlace | None:
        """Return where the case stands, None when it deals with none of these records."""


class TaskLives(Protocol):
    def __call__(self, *, task_id: int, case_id: int, agency_id: int) -> bool:
        """Say whether an agency has this task in this case and still has to do it."""


@dataclass(frozen=True)
class Asks:
    """What this room must ask of later ones."""

    case_place: CasePlace
    task_lives: TaskLives


_asks: list[Asks] = []


def later_rooms_use(asks: Asks) -> None:
    """Tell this room how to ask about cases and tasks; the wiring does so, as they are later rooms."""
    _asks[:] = [asks]


@guard.act
def ticket_open(
    *, record_id: int, fields: Sequence[str], case_id: int, basis: str, purpose: str, minutes: int, by: Actor,
    at: datetime, task_id: int | None = None, key: str = "",
) -> TicketRow:  # fmt: skip
    """Open masked fields of a record for some minutes, to this officer in this agency alone.

    The reporter reads all of it but the officer's name. The case must deal with this record or with one merged
    with it, and the right is asked for where that case stands, at each reading again.

    Args:
        basis: one of the legal bases that the record's pack states, as it cites it.
        minutes: 1 to 60, whole.
        task_id: a task of the officer's agency in that case; the ticket ends with it.

    Raises:
        TicketInvalid: ``findings`` names everything that is wrong.
        CaseNotOfRecord: the case does not deal with this record.
        RecordNotFound: no such record, or the actor may not see it there.
        NotAllowed: no right to open there, no named officer, or none of the roles the pack names for a field.
        RecordIsErased.
    """
    record = _require_right(record_id, case_id, by)
    if record.erased_at is not None:
        raise RecordIsErased(record=record_id)
    chain, told = chain_of(record_id), " ".join(purpose.split())
    if ledger.is_replay(chain=chain, key=key, act="ticket.open", by=by):
        line = ledger.line_by_key(chain=chain, key=key)
        return _row(_held(int(line.body["ticket"]) if line else 0, by))
    bases = [one.cite for one in packkit.shelf().get(record.pack_id).identity.lawful_basis]
    asked = list(dict.fromkeys(fields))
    findings = ticket_findings(
        fields=asked, masked=list(record.secrets), basis=basis, bases=bases, purpose=told, minutes=minutes
    )
    if task_id is not None and not _task_lives(task_id, case_id, by):
        zh, en = "不是本部门在该事件中待办的任务", "This is no open task of your agency in this case"
        findings.append(RecordFinding("task_id", "unknown", zh, en))
    if findings:
        raise TicketInvalid(findings=tuple(findings))
    ticket = Ticket.objects.create(
        record=record,
        fields=asked,
        basis=basis,
        case_id=case_id,
        task_id=task_id,
        agency_id=by.agency_id,
        role=_role(record, asked, by, at),
        opened_by=by.ref,
        opened_at=at,
        until_at=at + timedelta(minutes=minutes),
        near=_near(record, by),
    )
    body = {
        "ticket": ticket.id, "fields": asked, "basis": basis, "purpose": told, "case": case_id, "task": task_id,
        "until": ticket.until_at,
    }  # fmt: skip
    ledger.line_append(chain=chain, act="ticket.open", by=by, at=at, body=body, pack=record.pack, key=key)
    return _row(ticket)


@guard.act
def ticket_close(*, ticket_id: int, by: Actor, at: datetime, key: str = "") -> TicketRow:
    """End an own ticket before its time; one that has ended stays as it is, and nothing is written.

    Raises:
        TicketNotFound: the actor holds no such ticket in this agency.
    """
    ticket = _held(ticket_id, by, lock=True)
    if is_running(ticket.opened_at, ticket.until_at, ticket.closed_at, at):
        _close(ticket, at, by, at, key)
    return _row(ticket)


@guard.act
def ticket_read(*, ticket_id: int, by: Actor, at: datetime) -> Opened:
    """Return the fields of an own running ticket in clear; the reading is counted for the reporter to see.

    Raises:
        TicketNotFound: the actor holds no such ticket in this agency.
        TicketEnded: it has run out, was closed, or its task is done.
        NotFound, NotAllowed: the case, the right or the role that it was opened with is gone.
    """
    ticket = _held(ticket_id, by, lock=True)
    values = sealing.secrets_under(ticket, by=by, at=at)
    _require_right(ticket.record_id, ticket.case_id, by)
    _role(ticket.record, ticket.fields, by, at)
    if ticket.task_id is not None and not _task_lives(ticket.task_id, ticket.case_id, by):
        raise TicketEnded(ticket=ticket.id)
    first = ticket.first_read_at or at
    Ticket.objects.filter(id=ticket.id).update(read_count=F("read_count") + 1, first_read_at=first, last_read_at=at)
    ticket.read_count += 1
    return Opened(_row(ticket), values)


def tickets_read(*, case_id: int, by: Actor, at: datetime) -> list[Opened]:
    """Read every ticket that the actor has running in a case, oldest first; one query where there is none."""
    found = []
    for ticket_id in list(_running(by, at).filter(case_id=case_id).values_list("id", flat=True)):
        try:
            found.append(ticket_read(ticket_id=ticket_id, by=by, at=at))
        except (NotAllowed, NotFound):  # what it was opened with is gone: masked, as without a ticket
            continue
    return found


def tickets_running(*, by: Actor, at: datetime) -> list[TicketRow]:
    """Return the actor's own running tickets, oldest first; nothing is read under them."""
    return [_row(one) for one in _running(by, at)]


def tickets_sweep(*, at: datetime) -> int:
    """Write the closing line of tickets that ran out, with the number of readings; return how many.

    They show nothing since their own end; late or twice, the line says the same.

    Raises:
        SweepFailed: some could not be closed; the next sweep tries them again.
    """
    sweep = Round("tickets", at_most=SWEEP_AT_MOST)
    over = Ticket.objects.filter(closed_at__isnull=True, until_at__lte=at).order_by("until_at", "id")
    sweep.each(list(over.values_list("id", flat=True)[: 2 * SWEEP_AT_MOST]), lambda one: _run_out(one, at))
    return sweep.end()


@guard.act
def _run_out(ticket_id: int, at: datetime) -> int:
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("record").get(id=ticket_id)
    if ticket.closed_at is not None or ticket.until_at > at:
        return 0
    _close(ticket, ticket.until_at, Actor.system("sweep"), at)
    return 1


def _close(ticket: Ticket, ended_at: datetime, by: Actor, at: datetime, key: str = "") -> None:
    ticket.closed_at = ended_at
    ticket.save(update_fields=["closed_at"])
    body = {"ticket": ticket.id, "ended": ended_at, "read_count": ticket.read_count}
    ledger.line_append(
        chain=chain_of(ticket.record_id), act="ticket.close", by=by, at=at, body=body, pack=ticket.record.pack, key=key
    )


def _held(ticket_id: int, by: Actor, *, lock: bool = False) -> Ticket:
    rows = Ticket.objects.select_related("record").filter(id=ticket_id, opened_by=by.ref, agency_id=by.agency_id)
    ticket = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if ticket is None:
        raise TicketNotFound(ticket=ticket_id)
    return ticket


def _running(by: Actor, at: datetime):  # type: ignore[no-untyped-def]
    mine = Ticket.objects.select_related("record").filter(opened_by=by.ref, agency_id=by.agency_id)
    return mine.filter(Q(opened_at__lte=at, until_at__gt=at), closed_at__isnull=True).order_by("id")


def _require_right(record_id: int, case_id: int, by: Actor) -> Record:
    """Return a record whose masked fields the actor has a right to open in a case.

    Everything is asked before anything is answered: whoever may not know of a record learns it from no word, and
    from no question more or less.
    """
    record = BY_ID.first(record_id=record_id)
    is_known = readable(by).filter(id=record_id).exists()
    place = _asked().case_place(case_id, group_ids(record_id=record_id))
    if record is None or (place is None and not is_known):
        raise RecordNotFound(record=record_id)
    if place is None:
        raise CaseNotOfRecord(record=record_id, case=case_id)
    hidden = RecordNotFound(record=record_id)
    permissions.require(by, Right.FIELD_OPEN, place, read_right=Right.CASE_READ, hidden=hidden)
    return record


def _role(record: Record, fields: Sequence[str], by: Actor, at: datetime) -> str:
    """Return the role by which a named officer may open these fields; a right alone is not enough."""
    if by.person_id is None or by.agency_id is None:
        raise NotAllowed(right=str(Right.FIELD_OPEN))
    pack = packkit.shelf().get(record.pack_id)
    needs = {one.field: set(one.opened_by) for one in pack.identity.data_minimum}
    held = [str(one.role) for one in people.person_posts(by.person_id, at=at) if one.agency_id == by.agency_id]
    named = [needs.get(f"{record.kind}.{field}", set()) for field in fields]
    for roles, field in zip(named, fields, strict=True):
        if not roles & set(held):
            raise NotAllowed(field=field[:48])
    return next(one for one in held if one in named[0])


def _near(record: Record, by: Actor) -> str:
    """Say whether a number in the record is the officer's own or one of a relative the officer has declared."""
    numbers = [str(one) for one in sealing.secrets_of([record])[record.id].values()]
    return people.kin_near(person_id=by.person_id or 0, numbers=numbers)


def _task_lives(task_id: int, case_id: int, by: Actor) -> bool:
    return by.agency_id is not None and _asked().task_lives(task_id=task_id, case_id=case_id, agency_id=by.agency_id)


def _row(ticket: Ticket) -> TicketRow:
    return TicketRow(
        id=ticket.id,
        record_id=ticket.record_id,
        record_number=ticket.record.number,
        fields=tuple(ticket.fields),
        basis=ticket.basis,
        case_id=ticket.case_id,
        task_id=ticket.task_id,
        opened_at=ticket.opened_at,
        ends_at=min(ticket.until_at, ticket.closed_at or ticket.until_at),
        read_count=ticket.read_count,
    )


def _asked() -> Asks:
    if not _asks:
        raise LookupError("nobody has told intake how to ask later rooms; call later_rooms_use first")
    return _asks[-1]
