"""Break-glass: a post for hours, given in an emergency, of which everybody who watches is told at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.spine.guard import api as guard
from hezhi.spine.people.commands import require_manager, told
from hezhi.spine.people.contracts import GlassBroken, Role
from hezhi.spine.people.errors import AgencyNotFound, PeopleInvalid, PersonNotFound
from hezhi.spine.people.models import Agency, Glass, Person, Post
from hezhi.spine.people.queries import existing_q
from hezhi.spine.permissions.contracts import Actor

GLASS_HOURS = 24


@guard.act
def glass_break(
    *, person_id: int, agency_code: str, role: Role, hours: int, reason: str, by: Actor, at: datetime
) -> datetime:
    """Give a person the rights of a post for some hours, from now on; return when they end.

    It is no holding: no duty, no work and no notice goes to it. Publishes `GlassBroken`.

    Raises:
        PersonNotFound, AgencyNotFound, NotAllowed,
        PeopleInvalid: no reason, or other than 1 to `GLASS_HOURS` hours.
    """
    require_manager(by)
    findings = [] if 5 <= len(reason.strip()) <= 200 else ["reason: 5 to 200 characters"]
    findings += [] if 1 <= hours <= GLASS_HOURS else [f"hours: 1 to {GLASS_HOURS}"]
    if findings:
        raise PeopleInvalid(findings=tuple(findings))
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise PersonNotFound(person=person_id)
    agency = Agency.objects.filter(existing_q(day_of(at)), code=agency_code).first()
    if agency is None:
        raise AgencyNotFound(agency=agency_code)
    post, _ = Post.objects.get_or_create(agency=agency, role=Role(role), title="", region_code="")
    to_at = at + timedelta(hours=hours)
    glass = Glass.objects.create(
        person=person, post=post, reason=reason.strip(), from_at=at, to_at=to_at, opened_by=by.ref
    )
    body = {"glass": glass.id, "person": person_id, "post": post.id, "reason": glass.reason, "to_at": to_at}
    told("glass.break", body, by, at)
    bus.publish(GlassBroken(glass.id, person.name, agency.name, Role(role), glass.reason, at, to_at))
    return to_at
