"""Conflict of interest (回避): a person is kept out of a case, in any post, until somebody else lifts it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import queries
from hezhi.flow.cases.acts.base import Doing, begin, chain_of, finish
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.cases.errors import HasInterest
from hezhi.flow.cases.models import Case, TaskForce
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right


@guard.act
def case_recuse(*, case_id: int, person_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Keep a person out of a case: it can neither be read nor acted on by that person any more, in any post.

    Everybody declares the own interest; another's is set by who supervises the case. What the person held of the
    case goes back to the agency's desk.

    Raises:
        PersonNotFound: there is no such person.
        RecusalHolds: the person is kept out already.
        NotAllowed: another person is named, and the actor does not supervise the case.
    """
    doing = begin("case.recuse", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case = doing.case
    if person_id != by.person_id:
        permissions.require(by, Right.CASE_SUPERVISE, queries.place_of(case))
    people.recusal_set(person_id=person_id, cause=chain_of(case.id), about=_all_of(case), by=by, at=at)
    was_handler = case.handler_id == person_id
    case.handler_id = None if was_handler else case.handler_id
    _leave_forces(doing, person_id)
    return finish(doing, person=person_id, is_own=person_id == by.person_id, was_handler=was_handler)


def _leave_forces(doing: Doing, person_id: int) -> None:
    """Take the person out of the case's task forces; the agencies in them stay."""
    for force in TaskForce.objects.filter(case=doing.case, dissolved_at__isnull=True, member_ids__contains=[person_id]):
        force.member_ids = [one for one in force.member_ids if one != person_id]
        force.save(update_fields=["member_ids"])


@guard.act
def case_lift_recusal(*, case_id: int, person_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Let a person back to a case; neither that person nor the one who set it may say so.

    Raises:
        RecusalMissing: the person is not kept out.
        SamePerson: another person must lift it.
    """
    doing = begin("case.lift_recusal", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    people.recusal_lift(person_id=person_id, cause=chain_of(case_id), by=by, at=at)
    return finish(doing, person=person_id)


def _all_of(case: Case) -> set[str]:
    """Return what belongs to a case and can be read without it: its records, its alert and that alert's hits."""
    found = {f"record:{one.record_id}" for one in queries.links_of.all(case_id=case.id)}
    if case.alert_id is not None:
        alert = alerts.alert_get(alert_id=case.alert_id, by=Actor.system("cases"))
        found |= {f"alert:{alert.id}", *(f"hit:{one}" for one in alert.hit_ids)}
    return found


def recusals_spread(case: Case, record_id: int, *, by: Actor, at: datetime) -> None:
    """Keep whoever is kept out of a case out of a record that was just attached to it."""
    people.recusal_spread(cause=chain_of(case.id), about=[f"record:{record_id}"], by=by, at=at)


def check_no_interest(case_id: int, person_ids: Iterable[int]) -> None:
    """Raise if work on a case is about to be given to somebody who is kept out of it."""
    kept_out = people.persons_recused(chain_of(case_id)).intersection(person_ids)
    if kept_out:
        raise HasInterest(person=min(kept_out))
