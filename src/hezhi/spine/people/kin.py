"""Relatives that officers declare, so that looking at their data is seen. Names and numbers are not kept.

What is kept of a telephone or identity number is a keyed hash: it says "the same" of a number that somebody has,
and tells nothing to who has none. The key lies in the vault.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime

from hezhi.spine.guard import api as guard
from hezhi.spine.people import rules
from hezhi.spine.people.commands import told
from hezhi.spine.people.contracts import KinRow, Relation
from hezhi.spine.people.errors import KinNotFound, PeopleInvalid
from hezhi.spine.people.models import Kin
from hezhi.spine.people.queries import contact_get
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.permissions.errors import NotAllowed
from hezhi.spine.vault import api as vault

KEY = "people:kin"
MOST = 50  # for one officer
SELF = "self"


@guard.act
def kin_declare(*, relation: Relation, number: str, by: Actor, at: datetime) -> KinRow:
    """Say that a telephone or identity number is a relative's; the same again changes and writes nothing.

    Raises:
        PeopleInvalid: no such number, or more relatives than anybody has.
        NotAllowed: everybody declares the own relatives only, and machines have none.
    """
    person_id = _person(by)
    plain = rules.number_plain(number)
    if not rules.NUMBER.fullmatch(plain):
        raise PeopleInvalid(findings=("number: is no telephone or identity number",))
    row, is_new = Kin.objects.get_or_create(
        person_id=person_id, number_hash=_hash(plain), defaults={"relation": relation, "declared_at": at}
    )
    if is_new and Kin.objects.filter(person_id=person_id).count() > MOST:
        raise PeopleInvalid(findings=(f"number: at most {MOST} can be declared",))
    if is_new:
        told("kin.declare", {"kin": row.id}, by, at)
    return KinRow(row.id, Relation(row.relation), row.declared_at)


@guard.act
def kin_withdraw(*, kin_id: int, by: Actor, at: datetime) -> None:
    """Take an own declaration back; what was found until then stays.

    Raises:
        KinNotFound: the actor has declared no such relative.
        NotAllowed: a machine has none.
    """
    if not Kin.objects.filter(id=kin_id, person_id=_person(by)).delete()[0]:
        raise KinNotFound(kin=kin_id)
    told("kin.withdraw", {"kin": kin_id}, by, at)


def kin_of(*, by: Actor) -> list[KinRow]:
    """Return what the actor has declared, oldest first. One query."""
    rows = Kin.objects.filter(person_id=by.person_id).order_by("id")
    return [KinRow(one.id, Relation(one.relation), one.declared_at) for one in rows]


def kin_near(*, person_id: int, numbers: Collection[str]) -> str:
    """Say whose one of these numbers is: ``self`` for the officer's own telephone, a relation, or empty.

    For rooms that note it, inside a command of theirs; who declared what is never told to others.
    """
    plain = {rules.number_plain(one) for one in numbers} - {""}
    if rules.number_plain(contact_get(person_id).phone) in plain:
        return SELF
    hashes = dict(Kin.objects.filter(person_id=person_id).order_by("-id").values_list("number_hash", "relation"))
    return next((hashes[one] for one in map(_hash, sorted(plain)) if one in hashes), "") if hashes else ""


def _person(by: Actor) -> int:
    if by.person_id is None:
        raise NotAllowed()
    return by.person_id


def _hash(plain: str) -> str:
    return hmac.new(vault.key_ready(subject=KEY).secret, plain.encode(), hashlib.sha256).hexdigest()
