"""A person's rights in their own data, by number and code; and the requests that officers answer for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import StringConstraints

from hezhi.edge.api.auth import STRANGERS, by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.routes.reports import Code, Number
from hezhi.edge.api.shapes import In, Word
from hezhi.edge.now import now
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import Copy, Filed, RequestDue, RightKind, RightsOfRecord
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["rights"], auth=None, throttle=[STRANGERS])
officers = Router(tags=["rights"])
ReportNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,40}$")]


class AskedIn(In):
    """``field`` and ``value`` are for a correction alone."""

    right: RightKind
    asks: Annotated[str, StringConstraints(max_length=2000)] = ""
    field: Word = ""
    value: Annotated[str, StringConstraints(max_length=4000)] = ""

    def asked(self) -> rights.Asked:
        return rights.Asked(self.right, self.asks, self.field, self.value)


class CounterIn(AskedIn):
    """``checked`` names the kind of document that was seen in person, without its number."""

    number: ReportNumber
    checked: Annotated[str, StringConstraints(min_length=2, max_length=60)]


class ObjectionIn(In):
    """``about`` is the number of the own report or of an own request."""

    about: ReportNumber
    text: Annotated[str, StringConstraints(min_length=1, max_length=5000)]


@router.get("/{number}", response=answers(RightsOfRecord, 404, 409, anonymous=True), summary="What may I ask for?")
def rights_of(request: HttpRequest, number: Number, code: Code) -> RightsOfRecord:
    """Return every right in one own record, the requests with their clocks and answers, and colours explained."""
    return rights.rights_of(number=number, code=code, at=now())


@router.post("/{number}/requests", response=answers(Filed, 404, 409, anonymous=True), summary="Ask for a right")
def ask(request: HttpRequest, number: Number, code: Code, body: AskedIn, key: Key) -> Filed:
    """File a request. It becomes a case with a clock, unless it is answered at once."""

    def do(_: Actor, at: datetime, act_key: str) -> Filed:
        return rights.request_file(number=number, code=code, asked=body.asked(), at=at, key=act_key)

    return once(request, key, do, actor=_subject(number, code))


@router.post("/{number}/contests", response=answers(RightsOfRecord, 404, 409, anonymous=True), summary="Object")
def contest(request: HttpRequest, number: Number, code: Code, body: ObjectionIn, key: Key) -> RightsOfRecord:
    """Object to the handling of the report or to the answer to a request; a coordinator owes an answer with reasons."""

    def do(_: Actor, at: datetime, act_key: str) -> RightsOfRecord:
        rights.answer_contest(number=number, code=code, about=body.about, text=body.text, at=at, key=act_key)
        return rights.rights_of(number=number, code=code, at=at)

    return once(request, key, do, actor=_subject(number, code))


@router.get("/{number}/copy", response=answers(Copy, 404, 409, anonymous=True), summary="Fetch my data")
def copy(request: HttpRequest, number: Number, code: Code) -> Copy:
    """Return the copy that access was granted to; each fetching is written down, and no answer of it is kept."""
    return rights.copy_take(number=number, code=code, at=now())


@officers.get("/due", response=answers(list[RequestDue], 409), summary="Which requests are owed?")
def due(request: HttpRequest, late: bool = False) -> list[RequestDue]:
    """Return the open requests whose cases the officer may see, those owed first on top."""
    return rights.requests_due(by=by(request), at=now(), is_late=late)


@officers.post("/counter", response=answers(Filed, 404, 409), summary="File a request at the counter")
def counter(request: HttpRequest, body: CounterIn, key: Key) -> Filed:
    """File a request for somebody whose document the officer saw in person."""

    def do(who: Actor, at: datetime, act_key: str) -> Filed:
        return rights.request_file_at_counter(
            record_number=body.number, asked=body.asked(), checked=body.checked, by=who, at=at, key=act_key
        )

    return once(request, key, do)


def _subject(number: str, code: str) -> Actor:
    """Return the person, after number and code were found to belong together."""
    return Actor.citizen(rights.record_known(number=number, code=code))
