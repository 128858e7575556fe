"""Deputies, and what happens when an officer leaves."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import StringConstraints

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import AgencyId, Done, Id, In, Moment, RowId
from hezhi.edge.now import now
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import DeputyRow, HandOverRow

router = Router(tags=["people"])


class DeputyIn(In):
    """``person_id`` holds ``post_id``; ``deputy_id`` acts in it from ``from_at`` up to, not including, ``to_at``."""

    person_id: Id
    post_id: Id
    deputy_id: Id
    from_at: Moment
    to_at: Moment


class LeaveIn(In):
    """``successor_id`` left out: what was held goes to the agency's desk."""

    person_id: Id
    agency_id: AgencyId
    successor_id: Id | None = None
    reason: Annotated[str, StringConstraints(min_length=2, max_length=200)]


@router.get("/deputies", response=answers(list[DeputyRow]), summary="My deputies")
def deputies(request: HttpRequest) -> list[DeputyRow]:
    """Return who stands in for me, and for whom I do, now or later."""
    me = by(request).person_id
    return people.deputies_of(me, at=now()) if me is not None else []


@router.post("/deputies", response=answers(DeputyRow, 404, 409), summary="Name a deputy")
def name(request: HttpRequest, body: DeputyIn, key: Key) -> DeputyRow:
    """Name a deputy for the own post; the agency's head and who manages accounts may for others."""
    return once(request, key, lambda who, at, _: people.deputy_name(**body.dict(), by=who, at=at))


@router.post("/deputies/{deputy_id}/end", response=answers(Done, 404), summary="End a deputy's span")
def end(request: HttpRequest, deputy_id: RowId, key: Key) -> Done:
    """End a deputy's span before its time."""

    def do(who: object, at: object, _: str) -> Done:
        people.deputy_end(deputy_id=deputy_id, by=who, at=at)  # type: ignore[arg-type]
        return Done(count=1)

    return once(request, key, do)


@router.post("/leave", response=answers(HandOverRow, 404, 409), summary="Let an officer leave")
def leave(request: HttpRequest, body: LeaveIn, key: Key) -> HandOverRow:
    """Let an officer leave an agency: posts end, accounts close, and what was held goes on."""

    def do(who: object, at: object, _: str) -> HandOverRow:
        done = people.officer_leave(**body.dict(), by=who, at=at)  # type: ignore[arg-type]
        return people.hand_over_get(hand_over_id=done, by=who)  # type: ignore[arg-type]

    return once(request, key, do)


@router.get("/hand-overs/{hand_over_id}", response=answers(HandOverRow, 404), summary="A hand-over list")
def hand_over(request: HttpRequest, hand_over_id: RowId) -> HandOverRow:
    """Return what an officer who left held, and where each thing went."""
    return people.hand_over_get(hand_over_id=hand_over_id, by=by(request))
