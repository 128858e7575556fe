"""Purpose tickets: a named officer opens masked fields for a basis, a purpose in a case, and some minutes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Id, In, Name, RowId
from hezhi.edge.now import now
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Opened, TicketRow

router = Router(tags=["tickets"])
of_case = Router(tags=["tickets"])


class TicketIn(In):
    """What a ticket asks for; ``basis`` is one that the record's pack states, ``purpose`` is read by the reporter."""

    record_id: Id
    fields: Annotated[list[Name], Field(min_length=1, max_length=20)]
    basis: Annotated[str, Field(max_length=200)]
    purpose: Annotated[str, Field(max_length=1000)]
    minutes: int = 10
    task_id: Id | None = None


@of_case.post("/{case_id}/tickets", response=answers(TicketRow, 404, 409), summary="Open masked fields")
def open_(request: HttpRequest, case_id: RowId, body: TicketIn, key: Key) -> TicketRow:
    """Open masked fields of a record for some minutes; the answer holds no value, so that none is ever noted."""
    told = {**body.model_dump(), "case_id": case_id}
    return once(request, key, lambda who, at, act_key: intake.ticket_open(by=who, at=at, key=act_key, **told))


@router.get("", response=answers(list[TicketRow]), summary="My running tickets")
def running(request: HttpRequest) -> list[TicketRow]:
    """Return my own running tickets, oldest first; nothing is read under them."""
    return intake.tickets_running(by=by(request), at=now())


@router.get("/patterns", response=answers(intake.Patterns), summary="What stands out among openings")
def patterns(request: HttpRequest, from_on: date | None = None, to_on: date | None = None) -> intake.Patterns:
    """Return what officers opened of records I supervise, with what stands out; a person looks, nobody is ranked."""
    return intake.openings_patterns(by=by(request), at=now(), from_on=from_on, to_on=to_on)


@router.get("/{ticket_id}/values", response=answers(Opened, 404), summary="Read the fields in clear")
def values(request: HttpRequest, ticket_id: RowId) -> Opened:
    """Return the fields of an own running ticket; each reading is counted. 404: not yours, 403: it has ended."""
    return intake.ticket_read(ticket_id=ticket_id, by=by(request), at=now())


@router.post("/{ticket_id}/close", response=answers(TicketRow, 404, 409), summary="Mask the fields again")
def close(request: HttpRequest, ticket_id: RowId, key: Key) -> TicketRow:
    """End an own ticket before its time."""
    return once(
        request, key, lambda who, at, act_key: intake.ticket_close(ticket_id=ticket_id, by=who, at=at, key=act_key)
    )
