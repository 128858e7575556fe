"""Commands on agencies, posts, people and duties. Each writes one ledger line, with ids and never with names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import rules
from hezhi.spine.people.contracts import AgencyRow, DutyRow, PostRow, Role
from hezhi.spine.people.errors import (
    AgencyEnded,
    AgencyExists,
    AgencyNotFound,
    AlreadyOnPost,
    DutyNotFound,
    DutyTaken,
    NotOnPost,
    PeopleInvalid,
    PersonNotFound,
    PostNotFound,
)
from hezhi.spine.people.models import Agency, Duty, Holding, Person, Post
from hezhi.spine.people.queries import agency_row, duty_row, existing_q, post_row
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import api as regions

CHAIN = "people"


def told(act: str, body: dict[str, Any], by: Actor, at: datetime) -> None:
    """Write one line of the room's chain."""
    ledger.line_append(chain=CHAIN, act=act, by=by, at=at, body=body)


def require_manager(by: Actor) -> None:
    permissions.require_everywhere(by, Right.ACCOUNT_MANAGE)


def name_findings(name: str, most: int, what: str) -> list[str]:
    return [] if 1 <= len(name.strip()) <= most else [f"{what}: needs a name of 1 to {most} characters"]


@guard.act
def agency_create(
    *, code: str, name: str, kind: str, region_code: str, by: Actor, at: datetime, parent_id: int | None = None,
    valid_from: date | None = None,
) -> AgencyRow:  # fmt: skip
    """Set up an agency. Its kind is the word by which packs ask for it.

    Args:
        code: stable name within the city, small letters, digits, ``._-``.
        valid_from: first day; None where nobody knows.

    Raises:
        PeopleInvalid: code, name or kind is malformed.
        RegionNotFound: there is no such region today.
        AgencyNotFound: there is no such parent.
        AgencyExists: the code is taken, or the region has an agency of this kind.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    findings = name_findings(name, 100, code)
    findings += [] if rules.CODE.fullmatch(code) else [f"code: '{code}' has other than small letters, digits, . _ -"]
    findings += [] if rules.KIND.fullmatch(kind) else [f"kind: '{kind}' is no word of small letters, digits and _"]
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    region = regions.region_get(region_code, on=day_of(at))
    if parent_id is not None and not Agency.objects.filter(id=parent_id).exists():
        raise AgencyNotFound(agency=parent_id)
    same_place = Q(kind=kind, region_code=region_code) & (
        Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from or date.min)
    )
    if Agency.objects.filter(Q(code=code) | same_place).exists():
        raise AgencyExists(agency=code, kind=kind, region=region_code)
    agency = Agency.objects.create(
        code=code, name=name.strip(), kind=kind, region_code=region_code, region_path=region.path,
        parent_id=parent_id, valid_from=valid_from,
    )  # fmt: skip
    body = {"agency": agency.id, "code": code, "kind": kind, "region": region_code, "parent": parent_id}
    told("agency.create", body, by, at)
    return agency_row(agency)


@guard.act
def agency_end(*, agency_id: int, last_day: date, by: Actor, at: datetime) -> AgencyRow:
    """Let an agency exist until ``last_day``; from the next day its posts carry no rights.

    Raises:
        AgencyNotFound, AgencyEnded (it has an end already, or would end before it began), NotAllowed.
    """
    require_manager(by)
    agency = Agency.objects.select_for_update().filter(id=agency_id).first()
    if agency is None:
        raise AgencyNotFound(agency=agency_id)
    if agency.valid_to is not None or (agency.valid_from and last_day < agency.valid_from):
        raise AgencyEnded(agency=agency_id, on=last_day)
    agency.valid_to = last_day
    agency.save(update_fields=["valid_to"])
    told("agency.end", {"agency": agency_id, "last_day": last_day}, by, at)
    return agency_row(agency)


@guard.act
def post_create(
    *,
    agency_id: int,
    role: Role,
    by: Actor,
    at: datetime,
    title: str = "",
    region_code: str = "",
    is_head: bool = False,
) -> PostRow:
    """Set up a post; the same post again returns the one there is.

    Args:
        region_code: where its rights reach; empty takes the agency's region. It lies in that region.
        is_head: its holder looks after the agency's people (deputies, hand-over).

    Raises:
        AgencyNotFound, RegionNotFound, PeopleInvalid (title too long, region outside the agency's), NotAllowed.
    """
    require_manager(by)
    agency = Agency.objects.filter(id=agency_id).first()
    if agency is None:
        raise AgencyNotFound(agency=agency_id)
    findings = [] if len(title) <= 60 else ["title: 60 characters at most"]
    if region_code:
        path = regions.region_get(region_code, on=day_of(at)).path
        if not permissions.path_covers(agency.region_path, path):
            findings.append(f"region: {region_code} does not lie in {agency.region_code}, the agency's region")
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    post, is_new = Post.objects.select_related("agency").get_or_create(
        agency_id=agency_id,
        role=Role(role),
        title=title.strip(),
        region_code=region_code,
        defaults={"is_head": is_head},
    )
    if is_new:
        told("post.create", {"post": post.id, "agency": agency_id, "role": role, "region": region_code}, by, at)
    return post_row(post)


@guard.act
def person_create(*, name: str, by: Actor, at: datetime) -> int:
    """Make a person known and return the id; people of one name are different people.

    Raises:
        PeopleInvalid: no name, or too long a one.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    findings = name_findings(name, 60, "person")
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    person = Person.objects.create(name=name.strip())
    told("person.create", {"person": person.id}, by, at)
    return person.id


@guard.act
def person_place(
    *, person_id: int, post_id: int, from_on: date, by: Actor, at: datetime, to_on: date | None = None
) -> int:
    """Put a person on a post from ``from_on`` to ``to_on`` (last day; None: until further notice).

    Returns:
        The id of this holding.

    Raises:
        PersonNotFound, PostNotFound, AgencyEnded (no agency on the first day),
        PeopleInvalid (ends before it begins), AlreadyOnPost, NotAllowed.
    """
    require_manager(by)
    if to_on is not None and to_on < from_on:
        raise PeopleInvalid(findings=(f"to_on: {to_on} lies before {from_on}",))
    if not Person.objects.select_for_update().filter(id=person_id).exists():
        raise PersonNotFound(person=person_id)
    post = Post.objects.filter(id=post_id).first()
    if post is None:
        raise PostNotFound(post=post_id)
    if not Agency.objects.filter(existing_q(from_on), id=post.agency_id).exists():
        raise AgencyEnded(agency=post.agency_id, on=from_on)
    mine = Holding.objects.filter(person_id=person_id, post_id=post_id)
    if mine.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on), from_on__lte=to_on or date.max).exists():
        raise AlreadyOnPost(person=person_id, post=post_id)
    holding = Holding.objects.create(person_id=person_id, post_id=post_id, from_on=from_on, to_on=to_on)
    told("person.place", {"person": person_id, "post": post_id, "from_on": from_on, "to_on": to_on}, by, at)
    return holding.id


@guard.act
def person_leave(*, person_id: int, post_id: int, last_day: date, by: Actor, at: datetime) -> None:
    """End a holding with ``last_day``; from the next day it carries no rights and no duty.

    Raises:
        NotOnPost: the person does not hold the post on that day.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    holding = (
        Holding.objects.select_for_update()
        .filter(Q(to_on__isnull=True) | Q(to_on__gt=last_day), person_id=person_id, post_id=post_id)
        .filter(from_on__lte=last_day)
        .first()
    )
    if holding is None:
        raise NotOnPost(person=person_id, post=post_id, on=last_day)
    holding.to_on = last_day
    holding.save(update_fields=["to_on"])
    told("person.leave", {"person": person_id, "post": post_id, "last_day": last_day}, by, at)


@guard.act
def duty_set(
    *, agency_id: int, role: Role, person_id: int, from_at: datetime, to_at: datetime, by: Actor, at: datetime
) -> DutyRow:
    """Put a person on duty for a role of an agency, from ``from_at`` up to, not including, ``to_at``.

    Raises:
        PeopleInvalid: it ends before it begins.
        NotOnPost: the person holds no post of this role there on the first or on the last day.
        DutyTaken: somebody has duty at that time.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    if to_at <= from_at:
        raise PeopleInvalid(findings=(f"to_at: {to_at} does not lie after {from_at}",))
    agency = Agency.objects.select_for_update().filter(id=agency_id).first()  # one roster change at a time
    if agency is None:
        raise AgencyNotFound(agency=agency_id)
    posts = Holding.objects.filter(person_id=person_id, post__agency_id=agency_id, post__role=Role(role))
    for day in (day_of(from_at), day_of(to_at - timedelta(microseconds=1))):
        if not posts.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day).exists():
            raise NotOnPost(person=person_id, agency=agency_id, role=str(role), on=day)
    if Duty.objects.filter(agency_id=agency_id, role=role, from_at__lt=to_at, to_at__gt=from_at).exists():
        raise DutyTaken(agency=agency_id, role=str(role), from_at=from_at, to_at=to_at)
    duty = Duty.objects.create(agency_id=agency_id, role=role, person_id=person_id, from_at=from_at, to_at=to_at)
    body = {"duty": duty.id, "agency": agency_id, "role": role, "person": person_id, "from_at": from_at, "to_at": to_at}
    told("duty.set", body, by, at)
    return duty_row(duty)


@guard.act
def duty_drop(*, duty_id: int, by: Actor, at: datetime) -> None:
    """Take a line out of the roster, so that somebody else can have the duty.

    Raises:
        DutyNotFound: there is none.
        NotAllowed: the actor may not manage accounts.
    """
    require_manager(by)
    dropped, _ = Duty.objects.filter(id=duty_id).delete()
    if not dropped:
        raise DutyNotFound(duty=duty_id)
    told("duty.drop", {"duty": duty_id}, by, at)
