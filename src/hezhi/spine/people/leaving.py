"""An officer leaves: posts end, accounts close, and what was held goes on, with a list for both sides (交接).

Here the people's side is done and the list is kept; the rooms that hold work hear `OfficerLeft` in the same
transaction, hand their things on and note each on the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.people import queries
from hezhi.spine.people.commands import told
from hezhi.spine.people.contracts import HandOverItemRow, HandOverRow, OfficerLeft
from hezhi.spine.people.deputies import deputies_cut
from hezhi.spine.people.errors import HandOverNotFound, NobodyLeft, NotOnPost, PeopleInvalid, SamePerson
from hezhi.spine.people.models import Account, Duty, Glass, HandOver, HandOverItem, Holding
from hezhi.spine.people.sessions import sessions_drop
from hezhi.spine.people.staff import may_manage, require_staff
from hezhi.spine.permissions.contracts import Actor


@guard.act
def officer_leave(
    *, person_id: int, agency_id: int, reason: str, by: Actor, at: datetime, successor_id: int | None = None
) -> int:
    """Let an officer leave an agency today; return the id of the hand-over list.

    The posts there end with this day, duties and deputies at once. Who holds no other post signs in no more:
    the accounts close and their sessions end. What was held goes to ``successor_id``, or to the agency's desk.
    Publishes `OfficerLeft`.

    Raises:
        PeopleInvalid: no reason, or one of more than 200 characters.
        NotOnPost: the person, or the successor, holds no post in the agency.
        SamePerson: nobody lets oneself leave, or hands over to oneself.
        NobodyLeft: nobody else holds a post in the agency.
        NotAllowed: neither the agency's head nor who manages accounts.
    """
    require_staff(by, agency_id)
    if not 2 <= len(reason.strip()) <= 200:
        raise PeopleInvalid(findings=("reason: 2 to 200 characters",))
    if person_id in (by.person_id, successor_id):
        raise SamePerson(person=person_id)
    today = day_of(at)
    held = Holding.objects.filter(queries.on_q(today), post__agency_id=agency_id).order_by("id")
    there = list(held.select_for_update(of=("self",)))
    staff = {one.person_id for one in there}
    for wanted in (person_id, *([] if successor_id is None else [successor_id])):
        if wanted not in staff:
            raise NotOnPost(person=wanted, agency=agency_id)
    if staff == {person_id}:
        raise NobodyLeft(agency=agency_id)
    mine = [one for one in there if one.person_id == person_id]
    Holding.objects.filter(id__in=[one.id for one in mine]).update(to_on=today)
    later = Holding.objects.filter(person_id=person_id, post__agency_id=agency_id, from_on__gt=today)
    later.delete()
    _duties_cut(person_id, agency_id, at)
    of_these = Q(person_id=person_id, post__agency_id=agency_id) | Q(deputy_id=person_id, post__agency_id=agency_id)
    deputies_cut(of_these, by=by, at=at)
    closed = _accounts_close(person_id, agency_id, by, at)
    one = HandOver.objects.create(
        person_id=person_id, agency_id=agency_id, successor_id=successor_id, reason=reason.strip(),
        ordered_by=by.ref, at=at, closed_accounts=closed,
    )  # fmt: skip
    body = {
        "hand_over": one.id, "person": person_id, "agency": agency_id, "successor": successor_id,
        "posts": [held.post_id for held in mine], "last_day": today, "reason": one.reason,
    }  # fmt: skip
    told("officer.leave", body, by, at)
    bus.publish(OfficerLeft(one.id, person_id, agency_id, successor_id, one.reason, by, at))
    return one.id


def _duties_cut(person_id: int, agency_id: int, at: datetime) -> None:
    mine = Duty.objects.filter(person_id=person_id, agency_id=agency_id, to_at__gt=at)
    mine.filter(from_at__gte=at).delete()
    mine.update(to_at=at)


def _accounts_close(person_id: int, agency_id: int, by: Actor, at: datetime) -> list[int]:
    """Close the person's accounts unless another agency's post goes on; return the ids of those closed."""
    on = Q(to_on__isnull=True) | Q(to_on__gte=day_of(at))
    if Holding.objects.filter(on, person_id=person_id).exclude(post__agency_id=agency_id).exists():
        return []
    Glass.objects.filter(person_id=person_id, from_at__lt=at, to_at__gt=at).update(to_at=at)
    accounts = list(Account.objects.select_for_update().filter(person_id=person_id, is_active=True).order_by("id"))
    for account in accounts:
        account.is_active = False
        account.save(update_fields=["is_active"])
        sessions_drop(account.id)
        told("account.close", {"account": account.id}, by, at)
    return [account.id for account in accounts]


@guard.act
def hand_over_note(
    *, hand_over_id: int, about: Iterable[str], number: str, to_person_id: int | None, by: Actor, at: datetime
) -> None:
    """Note on the list where things of one case went; the room that moved them has written its lines."""
    HandOverItem.objects.bulk_create(
        HandOverItem(hand_over_id=hand_over_id, about=one, number=number, to_person_id=to_person_id) for one in about
    )


def hand_over_get(*, hand_over_id: int, by: Actor) -> HandOverRow:
    """Return a hand-over list, to both sides, to who ordered it, and to who looks after the agency's people.

    Raises:
        HandOverNotFound: there is none, or it is not the actor's to see.
    """
    one = HandOver.objects.select_related("person", "agency", "successor").filter(id=hand_over_id).first()
    is_mine = one is not None and (
        (by.person_id is not None and by.person_id in (one.person_id, one.successor_id)) or by.ref == one.ordered_by
    )
    if one is None or not (is_mine or may_manage(by, one.agency_id)):
        raise HandOverNotFound(hand_over=hand_over_id)
    items = tuple(
        HandOverItemRow(item.about, item.number, item.to_person_id, item.to_person.name if item.to_person else "")
        for item in one.items.select_related("to_person").order_by("id")
    )
    return HandOverRow(
        one.id, one.person_id, one.person.name, one.agency_id, one.agency.name, one.successor_id,
        one.successor.name if one.successor else "", one.reason, one.ordered_by, one.at, tuple(one.closed_accounts),
        items,
    )  # fmt: skip
