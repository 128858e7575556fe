"""Who has the case: accept, return, rule, transfer."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.cases import queries
from hezhi.flow.cases.acts.base import Doing, begin, chain_of, finish
from hezhi.flow.cases.acts.opening import agencies_of, agency_alive, coordinator_for, join, step_spec
from hezhi.flow.cases.contracts import CaseRow, CaseState, Part, PrecedentRow
from hezhi.flow.cases.errors import AlreadyThere, NoHandler, NoSuchAgency, RulingStands, UnknownReason
from hezhi.flow.cases.models import Participant, Precedent, Return
from hezhi.flow.cases.rules import after_return
from hezhi.kit.moments import day_of
from hezhi.packkit.shape.playbook import Reason
from hezhi.spine.clocks import api as clocks
from hezhi.spine.guard import api as guard
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencyRow, Role
from hezhi.spine.permissions.contracts import Actor


def reason_of(reasons: tuple[Reason, ...], wanted: str) -> Reason:
    for one in reasons:
        if one.id == wanted:
            return one
    raise UnknownReason(reason=wanted, known=", ".join(one.id for one in reasons))


@guard.act
def case_accept(*, case_id: int, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The lead agency signs for the case; the accepting person becomes its handler.

    Where the agency's own system signs, the person on duty does, else the one longest on a handler's post.

    Raises:
        NoHandler: a system signed and the agency has nobody to answer for the case.
    """
    doing = begin("case.accept", case_id=case_id, by=by, at=at, key=key)
    if doing.is_replay:
        return doing.row
    doing.case.handler_id = by.person_id or _handler(doing)
    _stop_step(doing)
    return finish(doing, person=doing.case.handler_id)


def _handler(doing: Doing) -> int:
    agency_id = doing.case.lead_agency_id
    duty = people.on_duty(agency_id=agency_id, role=Role.HANDLER, at=doing.at)
    there = [duty] if duty else people.officers(agency_id=agency_id, role=Role.HANDLER, at=doing.at)
    if not there:
        raise NoHandler(agency_id=agency_id)
    return there[0].id


@guard.act
def case_return(
    *, case_id: int, reason: str, note: str, proposed_kind: str, by: Actor, at: datetime, key: str = ""
) -> CaseRow:
    """The lead agency says it is not responsible, with a catalogue reason and a proposed owner.

    Within the bounce budget the proposed agency gets the case; past it, or when the proposed agency
    held it before or does not exist, the coordinator rules the same day.

    Raises:
        RulingStands: the case was ruled on; only the coordinator can move it now.
        UnknownReason: not in the pack's catalogue of return reasons.
        NoCoordinator: a ruling is needed and nobody could give it.
    """
    doing = begin("case.return", case_id=case_id, by=by, at=at, key=key, reason=note)
    if doing.is_replay:
        return doing.row
    case, pack = doing.case, doing.pack
    if case.is_ruled:
        raise RulingStands(case=case.number)
    reason_of(pack.playbook.return_reasons, reason)
    proposed = people.agency_find(kind=proposed_kind, region_code=case.region_code, on=day_of(at))
    case.bounce_count += 1
    held = [*case.held_by_ids, case.lead_agency_id]
    target = after_return(
        bounces=case.bounce_count,
        budget=pack.playbook.bounce_budget,
        proposed_id=proposed.id if proposed else None,
        held_before=held,
    )
    Return.objects.create(
        case=case,
        agency_id=case.lead_agency_id,
        reason=reason,
        note=note,
        proposed_kind=proposed_kind,
        by=by.ref,
        at=at,
    )
    case.held_by_ids = held
    facts = {"reason_id": reason, "proposed": proposed_kind, "agency": by.agency_id, "bounces": case.bounce_count}
    if target.agency_id is not None and proposed is not None:
        set_lead(doing, proposed, CaseState.DISPATCHED)
        return finish(doing, to=CaseState.DISPATCHED, **facts)
    to_coordinator(doing)
    return finish(doing, to=CaseState.RETURNED, **facts)


@guard.act
def case_rule(*, case_id: int, agency_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The coordinator rules who is responsible. The ruling is a precedent for the next time.

    Raises:
        NoSuchAgency: the agency does not exist or has ended.
    """
    doing = begin("case.rule", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case = doing.case
    agency = agency_for(agency_id, at)
    set_lead(doing, agency, CaseState.DISPATCHED)
    case.is_ruled = True
    made = Precedent.objects.create(
        pack_id=case.pack_id, matter=case.matter, region_path=agency.region_path, agency_id=agency.id,
        reason=reason, case=case, by=by.ref, at=at,
    )  # fmt: skip
    return finish(doing, agency=agency.id, precedent=made.id, bounces=case.bounce_count)


@guard.act
def case_transfer(*, case_id: int, agency_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The coordinator moves the case to another lead agency without a dispute.

    Raises:
        NoSuchAgency: the agency does not exist or has ended.
        AlreadyThere: the agency leads the case already.
    """
    doing = begin("case.transfer", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case = doing.case
    agency = agency_for(agency_id, at)
    if agency.id == case.lead_agency_id:
        raise AlreadyThere(agency=agency.name)
    case.held_by_ids = [*case.held_by_ids, case.lead_agency_id]
    before = case.lead_agency_id
    set_lead(doing, agency, CaseState.DISPATCHED)
    return finish(doing, agency=agency.id, from_agency=before)


def precedents_offer(*, case_id: int) -> list[PrecedentRow]:
    """Return rulings on the same matter whose region contains the case, closest and newest first."""
    case = queries.Case.objects.get(id=case_id)
    found = queries.precedents_for(case.pack_id, case.matter, case.region_path)
    return [queries.precedent_row(one) for one in sorted(found, key=lambda one: -len(one.region_path))]


def agency_for(agency_id: int, at: datetime) -> AgencyRow:
    """Return the agency that somebody named.

    Raises:
        NoSuchAgency: there is none, or it does not exist on that day.
    """
    agency = agency_alive(agency_id, at)
    if agency is None:
        raise NoSuchAgency(agency_id=agency_id)
    return agency


def set_lead(doing: Doing, agency: AgencyRow, state: CaseState) -> None:
    """Make ``agency`` lead and owner: participants, account of the main clock, clock of the next step."""
    case = doing.case
    Participant.objects.filter(case=case, part=Part.LEAD, left_at__isnull=True).update(left_at=doing.at)
    # A co-handler that becomes lead keeps one place at the table, and one clock.
    for member in Participant.objects.filter(case=case, agency_id=agency.id, left_at__isnull=True):
        if member.clock_id is not None and member.done_at is None:
            clocks.clock_stop(clock_id=member.clock_id, by=doing.by, at=doing.at)
        member.left_at = doing.at
        member.save(update_fields=["left_at"])
    join(case, agency, Part.LEAD, at=doing.at, clock_id=case.main_clock_id)
    case.lead_agency_id = agency.id
    case.handler_id = None
    _own(doing, agency, state)


def to_coordinator(doing: Doing) -> None:
    """Give the case to the coordinator, who owes a ruling the same day."""
    case = doing.case
    coordinator = coordinator_for(case.region_code, doing.at)
    Participant.objects.filter(case=case, part=Part.LEAD, left_at__isnull=True).update(left_at=doing.at)
    case.lead_agency_id = None
    case.handler_id = None
    _own(doing, coordinator, CaseState.RETURNED)


def _own(doing: Doing, agency: AgencyRow, state: CaseState) -> None:
    case, at, by = doing.case, doing.at, doing.by
    case.owner_agency_id = agency.id
    # Django keeps the old related object unless it is told; the row shows names.
    for relation in ("owner_agency", "lead_agency", "handler"):
        case._state.fields_cache.pop(relation, None)
    case.agency_ids = agencies_of(case)
    _stop_step(doing)
    clocks.clock_pass(clock_id=case.main_clock_id, agency_id=agency.id, by=by, at=at)
    step = clocks.clock_start(
        subject=chain_of(case.id), spec=step_spec(doing.pack, state, at), by=by, at=at,
        agency_id=agency.id, parent_id=case.main_clock_id,
    )  # fmt: skip
    case.step_clock_id = step.id


def _stop_step(doing: Doing) -> None:
    if doing.case.step_clock_id is not None:
        clocks.clock_stop(clock_id=doing.case.step_clock_id, by=doing.by, at=doing.at)
        doing.case.step_clock_id = None
