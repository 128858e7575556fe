"""Several hands on one case: co-handlers, hand-over, task forces, each participant's own end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from hezhi.flow.cases.acts.base import begin, chain_of, finish
from hezhi.flow.cases.acts.dispatch import agency_for
from hezhi.flow.cases.acts.opening import agencies_of, join_with_clock
from hezhi.flow.cases.acts.recusal import check_no_interest
from hezhi.flow.cases.contracts import CaseRow, Part
from hezhi.flow.cases.errors import AlreadyThere, NameTooLong, NoMembers, NotInFuture, NotYourCase
from hezhi.flow.cases.models import Case, Participant, TaskForce
from hezhi.kit.canonical import canonical
from hezhi.kit.errors import NotFound
from hezhi.spine.clocks import api as clocks
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor


@guard.act
def case_add_co(
    *, case_id: int, agency_id: int, part: Literal["co", "support"], by: Actor, at: datetime, key: str = ""
) -> CaseRow:
    """The lead asks another agency in, as co-handler or supporter, with a limit of its own.

    Raises:
        NoSuchAgency: the agency does not exist or has ended.
        AlreadyThere: the agency takes part already.
    """
    doing = begin("case.add_co", case_id=case_id, by=by, at=at, key=key)
    if doing.is_replay:
        return doing.row
    case = doing.case
    agency = agency_for(agency_id, at)
    if Participant.objects.filter(case=case, agency_id=agency.id, left_at__isnull=True).exists():
        raise AlreadyThere(agency=agency.name)
    join_with_clock(case, agency, Part(part), by=by, at=at)
    case.agency_ids = sorted({*case.agency_ids, agency.id})
    return finish(doing, agency=agency.id, part=part)


@guard.act
def case_hand_over(*, case_id: int, person_id: int, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Hand the case to another person of the lead agency.

    Raises:
        NotYourCase: the person does not work for the lead agency.
        HasInterest: the person is kept out of the case.
    """
    doing = begin("case.hand_over", case_id=case_id, by=by, at=at, key=key)
    if doing.is_replay:
        return doing.row
    case = doing.case
    try:
        person = people.person_get(person_id, at=at, agency_id=case.lead_agency_id)
    except NotFound as elsewhere:
        raise NotYourCase(person_id=person_id) from elsewhere
    check_no_interest(case.id, [person.id])
    before = case.handler_id
    case.handler_id = person.id
    return finish(doing, from_person=before, person=person.id)


@guard.act
def case_form_force(
    *,
    case_id: int,
    name: str,
    purpose: str,
    member_ids: Sequence[int],
    ends_at: datetime,
    by: Actor,
    at: datetime,
    key: str = "",
) -> CaseRow:
    """Form a task force: named people of several agencies, for one purpose, with an end by itself.

    The members' agencies may read the case while the force lasts.

    Raises:
        NotInFuture: the force would already be over.
        NameTooLong: its name has more than 100 characters.
        NoMembers: nobody was named.
        PersonNotFound: somebody named is on no post.
    """
    doing = begin("case.form_task_force", case_id=case_id, by=by, at=at, key=key, reason=purpose)
    if doing.is_replay:
        return doing.row
    if ends_at <= at:
        raise NotInFuture(ends_at=ends_at.isoformat())
    if len(name) > 100:
        raise NameTooLong(length=len(name))
    if not member_ids:
        raise NoMembers()
    members = [people.person_get(one, at=at) for one in dict.fromkeys(member_ids)]
    check_no_interest(doing.case.id, [one.id for one in members])
    force = TaskForce.objects.create(
        case=doing.case,
        name=name,
        purpose=purpose,
        member_ids=[one.id for one in members],
        formed_at=at,
        ends_at=ends_at,
    )
    doing.case.agency_ids = sorted({*doing.case.agency_ids, *(one.agency_id for one in members)})
    return finish(doing, force=force.id, members=force.member_ids, ends_at=ends_at)


@guard.act
def case_dissolve_force(*, case_id: int, force_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Dissolve a task force; agencies that were in the case only through it lose sight of it.

    Raises:
        AlreadyThere: it is dissolved already.
    """
    doing = begin("case.dissolve_task_force", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case = doing.case
    force = TaskForce.objects.filter(case=case, id=force_id, dissolved_at__isnull=True).first()
    if force is None:
        raise AlreadyThere(force_id=force_id)
    force.dissolved_at = at
    force.save(update_fields=["dissolved_at"])
    case.agency_ids = agencies_of(case)
    return finish(doing, force=force.id)


@guard.act
def participant_done(*, case_id: int, agency_id: int, result: dict[str, Any], by: Actor, at: datetime) -> None:
    """A co-handler's or supporter's work came to its result; its sub-clock stops. Doing it twice changes nothing.

    Called by the tasks room, which has checked who may say so.
    """
    case = Case.objects.select_for_update().get(id=case_id)
    member = (
        Participant.objects.filter(case=case, agency_id=agency_id, left_at__isnull=True).exclude(part=Part.LEAD).first()
    )
    if member is None or member.done_at is not None:
        return
    member.done_at = at
    member.result = json.loads(canonical(result))  # days and moments as text
    member.save(update_fields=["done_at", "result"])
    if member.clock_id is not None:
        clocks.clock_stop(clock_id=member.clock_id, by=by, at=at)
    body = {"agency": agency_id, "part": member.part}
    ledger.line_append(chain=chain_of(case_id), act="case.part_done", by=by, at=at, body=body, pack=case.pack)


@guard.act
def participant_join(*, case_id: int, agency_id: int, by: Actor, at: datetime) -> None:
    """Let an agency that a pack's task names take part as supporter; joining twice changes nothing."""
    case = Case.objects.select_for_update().get(id=case_id)
    if Participant.objects.filter(case=case, agency_id=agency_id, left_at__isnull=True).exists():
        return
    Participant.objects.create(case=case, agency_id=agency_id, part=Part.SUPPORT, joined_at=at)
    case.agency_ids = sorted({*case.agency_ids, agency_id})
    case.save(update_fields=["agency_ids"])
    body = {"agency": agency_id, "part": Part.SUPPORT}
    ledger.line_append(chain=chain_of(case_id), act="case.join", by=by, at=at, body=body, pack=case.pack)
