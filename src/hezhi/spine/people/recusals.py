"""Recusal (回避): who has nothing to do with a case, for an interest in it, whatever posts that person holds.

The rooms of the flow decide who may say so and write the line on the case's chain; here it is kept, because every
actor carries it (`Actor.barred`). Law: 行政处罚法 art. 43, 信访工作条例 art. 18.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from hezhi.spine.guard import api as guard
from hezhi.spine.people.contracts import RecusalRow
from hezhi.spine.people.errors import PersonNotFound, RecusalHolds, RecusalMissing, SamePerson
from hezhi.spine.people.models import Person, Recusal
from hezhi.spine.permissions.contracts import Actor


@guard.act
def recusal_set(*, person_id: int, cause: str, about: Collection[str], by: Actor, at: datetime) -> None:
    """Keep a person out of ``cause`` and of everything in ``about``, from now on; the caller writes the line.

    Raises:
        PersonNotFound, RecusalHolds.
    """
    if not Person.objects.select_for_update().filter(id=person_id).exists():
        raise PersonNotFound(person=person_id)
    if Recusal.objects.filter(person_id=person_id, about=cause, lifted_at__isnull=True).exists():
        raise RecusalHolds(person=person_id)
    _keep(person_id, cause, {cause, *about}, by.ref, at)


@guard.act
def recusal_spread(*, cause: str, about: Collection[str], by: Actor, at: datetime) -> None:
    """Whoever is kept out of ``cause`` is from now on kept out of what was added to it."""
    for person_id in persons_recused(cause):
        _keep(person_id, cause, set(about), by.ref, at)


def _keep(person_id: int, cause: str, about: Collection[str], set_by: str, at: datetime) -> None:
    held = Recusal.objects.filter(person_id=person_id, about__in=about, lifted_at__isnull=True)
    new = sorted(set(about) - set(held.values_list("about", flat=True)))
    Recusal.objects.bulk_create(
        Recusal(person_id=person_id, cause=cause, about=one, set_by=set_by, set_at=at) for one in new
    )


@guard.act
def recusal_lift(*, person_id: int, cause: str, by: Actor, at: datetime) -> None:
    """Let a person back to ``cause``; another person than the one kept out and the one who set it must say so.

    Raises:
        RecusalMissing, SamePerson.
    """
    held = Recusal.objects.select_for_update().filter(person_id=person_id, cause=cause, lifted_at__isnull=True)
    first = held.filter(about=cause).first()
    if first is None:
        raise RecusalMissing(person=person_id)
    if by.ref in (first.set_by, f"person:{person_id}"):
        raise SamePerson(person=person_id)
    held.update(lifted_by=by.ref, lifted_at=at)


def recusals_of(cause: str) -> list[RecusalRow]:
    """Return who is kept out of a case now, longest first. One query."""
    rows = Recusal.objects.filter(cause=cause, about=cause, lifted_at__isnull=True).select_related("person")
    return [RecusalRow(one.person_id, one.person.name, one.set_by, one.set_at) for one in rows.order_by("id")]


def persons_recused(cause: str) -> frozenset[int]:
    """Return the ids of everybody who is kept out of a case now. One query."""
    rows = Recusal.objects.filter(cause=cause, about=cause, lifted_at__isnull=True)
    return frozenset(rows.values_list("person_id", flat=True))
