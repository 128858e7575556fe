"""Deputies (代理): who acts in another's post for a span of time. Every line so written says for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.people import queries, rules
from hezhi.spine.people.commands import told
from hezhi.spine.people.contracts import DeputyRow, Role
from hezhi.spine.people.errors import DeputyNotFound, DeputyUnfit, NotOnPost, PeopleInvalid
from hezhi.spine.people.models import Deputy
from hezhi.spine.people.staff import may_manage, require_own_or_staff
from hezhi.spine.permissions.contracts import Actor

DEPUTY_DAYS = 92


@guard.act
def deputy_name(
    *, person_id: int, post_id: int, deputy_id: int, from_at: datetime, to_at: datetime, by: Actor, at: datetime
) -> DeputyRow:
    """Let ``deputy_id`` act in a post of ``person_id`` from ``from_at`` up to, not including, ``to_at``.

    The person says so, or the head of the agency, or who manages accounts. A deputy passes nothing on.

    Raises:
        NotOnPost: the person does not hold the post.
        PeopleInvalid: the span is over, runs backwards, or is longer than `DEPUTY_DAYS` days.
        DeputyUnfit: the same person, no suitable post in the agency, or somebody stands in during the span.
        NotAllowed: it is another's post.
    """
    holding = _held(at).filter(person_id=person_id, post_id=post_id).select_for_update(of=("self",)).first()
    agency_id = holding.post.agency_id if holding else None
    require_own_or_staff(by, person_id, agency_id)
    if holding is None:
        raise NotOnPost(person=person_id, post=post_id)
    if not max(at, from_at) < to_at <= from_at + timedelta(days=DEPUTY_DAYS):
        raise PeopleInvalid(findings=(f"span: ends after it begins and after now, {DEPUTY_DAYS} days later at most",))
    suitable = rules.STANDS_IN[Role(holding.post.role)]
    fits = _held(at).filter(person_id=deputy_id, post__agency_id=agency_id, post__role__in=suitable).exists()
    taken = Deputy.objects.filter(person_id=person_id, post_id=post_id, from_at__lt=to_at, to_at__gt=from_at)
    if deputy_id == person_id or not fits or taken.exists():
        raise DeputyUnfit(deputy=deputy_id)
    one = Deputy.objects.create(
        person_id=person_id, post_id=post_id, deputy_id=deputy_id, from_at=from_at, to_at=to_at, named_by=by.ref
    )
    body = {"deputy": one.id, "person": person_id, "post": post_id, "stands_in": deputy_id}
    told("deputy.name", {**body, "from_at": from_at, "to_at": to_at}, by, at)
    return _row(Deputy.objects.select_related(*NAMES).get(id=one.id))


@guard.act
def deputy_end(*, deputy_id: int, by: Actor, at: datetime) -> None:
    """End a deputy's span before its time; the person, the deputy, the head and who manages accounts may.

    Raises:
        DeputyNotFound: there is none that goes on, or it is not the actor's to end.
    """
    one = Deputy.objects.select_for_update(of=("self",)).select_related("post").filter(id=deputy_id, to_at__gt=at)
    found = one.first()
    if found is None or not (
        by.person_id in (found.person_id, found.deputy_id) or may_manage(by, found.post.agency_id)
    ):
        raise DeputyNotFound(deputy=deputy_id)
    _cut(found, by, at)


def deputies_cut(which: Q, *, by: Actor, at: datetime) -> None:
    """End what ``which`` keeps of the spans that go on or are to come, for commands that have asked."""
    for one in Deputy.objects.select_for_update().filter(which, to_at__gt=at).order_by("id"):
        _cut(one, by, at)


def _cut(one: Deputy, by: Actor, at: datetime) -> None:
    one.from_at, one.to_at = min(one.from_at, at), at
    one.save(update_fields=["from_at", "to_at"])
    told("deputy.end", {"deputy": one.id, "person": one.person_id, "stands_in": one.deputy_id}, by, at)


NAMES = ("person", "deputy", "post__agency")


def deputies_of(person_id: int, *, at: datetime) -> list[DeputyRow]:
    """Return who stands in for a person, and for whom the person does, now or later; soonest first. One query."""
    mine = Deputy.objects.filter(Q(person_id=person_id) | Q(deputy_id=person_id), to_at__gt=at)
    return [_row(one) for one in mine.select_related(*NAMES).order_by("from_at", "id")]


def deputies_fit(post_id: int, *, person_id: int, at: datetime) -> list[tuple[int, str]]:
    """Return ``(id, name)`` of who could stand in for a person in a post. Two queries."""
    holding = _held(at).filter(person_id=person_id, post_id=post_id).first()
    if holding is None:
        return []
    suitable = rules.STANDS_IN[Role(holding.post.role)]
    found = _held(at).filter(post__agency_id=holding.post.agency_id, post__role__in=suitable)
    return list({one.person_id: one.person.name for one in found if one.person_id != person_id}.items())


def actor_standing_in(*, deputy_id: int, person_id: int, at: datetime) -> Actor:
    """Return a person as the deputy of another: with the rights of that one post, and kept out of what either is.

    Args:
        deputy_id: id of the span (`DeputyRow.id`).
        person_id: who acts.

    Raises:
        DeputyNotFound: the span is not now, or not this person's, or one of the two left the agency since.
    """
    rows = Deputy.objects.select_related(*NAMES).filter(id=deputy_id, deputy_id=person_id, from_at__lte=at)
    one = rows.filter(to_at__gt=at).first()
    if one is None:
        raise DeputyNotFound(deputy=deputy_id)
    held = list(queries.holdings_to_act(at, day_of(at)).filter(person_id=one.person_id, post_id=one.post_id))
    own = list(queries.holdings_to_act(at, day_of(at)).filter(person_id=person_id, post__agency_id=one.post.agency_id))
    if not held or not own:
        raise DeputyNotFound(deputy=deputy_id)
    return queries.actor_for_another(own, held, day_of(at))


def _held(at: datetime) -> queries.Holdings:
    return queries.held_on(day_of(at))


def _row(one: Deputy) -> DeputyRow:
    post = one.post
    return DeputyRow(
        one.id, one.person_id, one.person.name, post.id, post.agency_id, post.agency.name, Role(post.role),
        one.deputy_id, one.deputy.name, one.from_at, one.to_at,
    )  # fmt: skip
