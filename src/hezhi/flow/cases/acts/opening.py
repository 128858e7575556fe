"""Opening a case: from a confirmed alert or straight from a record, and finding who is responsible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hezhi.flow.cases import queries
from hezhi.flow.cases.acts.base import chain_of, in_turn, set_next_ring
from hezhi.flow.cases.acts.recusal import recusals_spread
from hezhi.flow.cases.contracts import CaseActed, CaseRow, CaseState, Part
from hezhi.flow.cases.errors import AlreadyThere, NoCoordinator
from hezhi.flow.cases.kept import pack_keep
from hezhi.flow.cases.models import Case, CaseRecord, Participant, Responsibility, TaskForce
from hezhi.flow.cases.rules import clock_spec, main_limit, nearest_precedent, ruling_hours
from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Matter, Pack
from hezhi.packkit.shape.base import Limit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockSpec, Unit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencyRow, Role
from hezhi.spine.permissions.contracts import Actor


@dataclass(frozen=True)
class Dispatch:
    """Who takes part, and on what ground."""

    lead: AgencyRow | None
    co: tuple[AgencyRow, ...]
    support: tuple[AgencyRow, ...]
    ground: str  # law or rule, or "precedent:<id>"


@dataclass(frozen=True)
class NewCase:
    """What a case is opened with. ``record_ids`` oldest first."""

    pack_id: str
    matter: str
    title: str
    subject: str
    region_code: str
    region_path: str
    grade: str
    record_ids: tuple[int, ...]
    alert_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)  # open values of the first record


def dispatch_find(pack: Pack, matter: Matter, *, region_code: str, region_path: str, at: datetime) -> Dispatch:
    """Ask precedents, then the city's catalogue, then the pack's catalogue who is responsible.

    A kind of agency that does not exist for the place is left out; without a lead the coordinator rules.
    """
    own = _own_line(pack.id, matter.id, region_path)
    lead_kind, co_kinds, support_kinds = (
        (own.lead_kind, own.co_kinds, own.support_kinds) if own else (matter.lead, matter.co, matter.support)
    )
    kinds = {lead_kind, *co_kinds, *support_kinds} - {""}
    found = people.agencies_find(kinds=kinds, region_code=region_code, on=day_of(at))
    co = tuple(found[kind] for kind in co_kinds if kind in found)
    support = tuple(found[kind] for kind in support_kinds if kind in found)
    lead, ground = found.get(lead_kind), own.basis if own else matter.basis.cite
    ruled = nearest_precedent(queries.precedents_for(pack.id, matter.id, region_path), region_path)
    ruled_lead = agency_alive(ruled.agency_id, at) if ruled is not None else None
    if ruled is not None and ruled_lead is not None:
        lead, ground = ruled_lead, f"precedent:{ruled.id}"
    taken = {lead.id} if lead else set()
    co = tuple(one for one in dict.fromkeys(co) if one.id not in taken)
    taken |= {one.id for one in co}
    return Dispatch(lead, co, tuple(one for one in dict.fromkeys(support) if one.id not in taken), ground)


def _own_line(pack_id: str, matter: str, region_path: str) -> Responsibility | None:
    paths = queries.paths_above(region_path)
    lines = Responsibility.objects.filter(pack_id=pack_id, matter=matter, region_path__in=paths)
    return max(lines, key=lambda line: len(line.region_path), default=None)


def agency_alive(agency_id: int, at: datetime) -> AgencyRow | None:
    """Return an agency that exists on the day of ``at``, None for one that has ended or never was."""
    known = people.agencies_get([agency_id]).get(agency_id)
    alive = people.agencies_of_kind(known.kind, on=day_of(at)) if known else []
    return next((one for one in alive if one.id == agency_id), None)


def coordinator_for(region_code: str, at: datetime) -> AgencyRow:
    """Return the agency that rules on disputed owners at this place.

    Raises:
        NoCoordinator: none is appointed here or above.
    """
    found = people.agency_for_role(role=Role.COORDINATOR, region_code=region_code, at=at)
    if found is None:
        raise NoCoordinator(region_code=region_code)
    return found


@guard.act
def case_open(*, new: NewCase, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Open a case, find its lead, start its clocks and write the first line of its chain.

    Opening twice from the same alert, or for a record that already has a case, returns that case
    when the key is the same and is refused otherwise.

    Raises:
        AlreadyThere: alert or record already has a case.
        NoCoordinator: nobody is responsible and nobody could rule.
    """
    known = _already(new)
    if known is not None:
        if key and ledger.line_by_key(chain=chain_of(known.id), key=key) is not None:
            return queries.case_row(known)
        raise AlreadyThere(case=known.number)
    pack = packkit.shelf().get(new.pack_id)
    matter = pack.matter(new.matter)
    found = dispatch_find(pack, matter, region_code=new.region_code, region_path=new.region_path, at=at)
    owner = found.lead or coordinator_for(new.region_code, at)
    agencies = [owner, *found.co, *found.support]
    if matter.confidential:
        # Region rights do not reach a confidential case, so its coordinator takes part by name.
        agencies.append(coordinator_for(new.region_code, at))
    limit = main_limit(pack.playbook, matter, new.facts)
    case_id = _next_id()
    main = clocks.clock_start(
        subject=chain_of(case_id), spec=clock_spec("main", limit),
        by=by, at=at, agency_id=owner.id,
    )  # fmt: skip
    state = CaseState.DISPATCHED if found.lead else CaseState.RETURNED
    step = clocks.clock_start(
        subject=chain_of(case_id), spec=step_spec(pack, state, at), by=by, at=at, agency_id=owner.id, parent_id=main.id
    )
    case = Case(
        id=case_id,
        number=f"AJ{day_of(at):%Y%m}-{case_id:06d}",
        pack=pack.stamp,
        pack_id=pack.id,
        title=new.title[:200],
        matter=matter.id,
        subject=new.subject,
        region_code=new.region_code,
        region_path=new.region_path,
        scope_path="" if matter.confidential else new.region_path,
        state=state,
        grade=new.grade,
        lead_agency_id=found.lead.id if found.lead else None,
        owner_agency_id=owner.id,
        agency_ids=sorted({one.id for one in agencies}),
        opened_at=at,
        last_act_at=at,
        due_at=main.due_at,
        main_clock_id=main.id,
        limit=limit.model_dump(),
        step_clock_id=step.id,
        is_confidential=matter.confidential,
        alert_id=new.alert_id,
    )
    set_next_ring(case, pack)
    pack_keep(pack, at)
    case.save(force_insert=True)
    CaseRecord.objects.bulk_create([CaseRecord(case=case, record_id=one, attached_at=at) for one in new.record_ids])
    if found.lead:
        join(case, found.lead, Part.LEAD, at=at, clock_id=main.id)
    for part, joining in ((Part.CO, found.co), (Part.SUPPORT, found.support)):
        for agency in joining:
            join_with_clock(case, agency, part, by=by, at=at)
    body = {
        "records": list(new.record_ids), "alert": new.alert_id, "matter": matter.id, "region": new.region_code,
        "region_path": new.region_path, "lead": case.lead_agency_id, "co": [one.id for one in found.co],
        "support": [one.id for one in found.support], "ground": found.ground, "due_at": main.due_at,
        "grade": new.grade, "subject": new.subject, "to": state, "owner": owner.id,
    }  # fmt: skip
    line = ledger.line_append(
        chain=chain_of(case_id), act="case.open", by=by, at=at, body=body, pack=pack.stamp, key=key
    )
    row = queries.case_row(queries.by_id.all(case_id=case_id)[0])
    bus.publish(CaseActed(row, "case.open", body, by.ref, by.person_id, at, line.hash))
    return row


def _already(new: NewCase) -> Case | None:
    if new.alert_id is not None:
        known = Case.objects.filter(alert_id=new.alert_id).first()
        if known is not None:
            return known
    link = queries.links_to.first(record_ids=list(new.record_ids))
    return link.case if link else None


def _next_id() -> int:
    """Draw the case's id beforehand: its clocks and its chain are named after it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_case', 'id'))")
        return int(cursor.fetchone()[0])


def step_spec(pack: Pack, state: CaseState, at: datetime) -> ClockSpec:
    """Return the clock of what is owed now: acceptance, or a ruling on the same day."""
    if state is CaseState.RETURNED:
        return ClockSpec(
            kind="ruling", budget=ruling_hours(at), unit=Unit.HOUR, source="house rule: ruled the same day"
        )
    return clock_spec("accept", pack.playbook.accept_within)


def join(case: Case, agency: AgencyRow, part: Part, *, at: datetime, clock_id: int | None) -> Participant:
    return Participant.objects.create(case=case, agency_id=agency.id, part=part, joined_at=at, clock_id=clock_id)


def join_with_clock(case: Case, agency: AgencyRow, part: Part, *, by: Actor, at: datetime) -> Participant:
    """Let an agency join with a sub-ledger of its own under the case's main clock."""
    clock = clocks.clock_start(
        subject=chain_of(case.id), spec=clock_spec(str(part), Limit.model_validate(case.limit)),
        by=by, at=at, agency_id=agency.id, parent_id=case.main_clock_id,
    )  # fmt: skip
    return join(case, agency, part, at=at, clock_id=clock.id)


def agencies_of(case: Case) -> list[int]:
    """Return who takes part now: participants, earlier leads, the owner, living task forces, and for a
    confidential case its coordinator.
    """
    ids = set(Participant.objects.filter(case=case, left_at__isnull=True).values_list("agency_id", flat=True))
    ids |= {case.owner_agency_id, *case.held_by_ids}
    for force in TaskForce.objects.filter(case=case, dissolved_at__isnull=True):
        # As it was when the force was formed: a member who has left the post since is no reason to fail.
        ids |= {people.person_get(one, at=force.formed_at).agency_id for one in force.member_ids}
    if case.is_confidential:
        ids.add(coordinator_for(case.region_code, case.last_act_at).id)
    return sorted(ids)


@guard.act
def record_attach(*, case_id: int, record_id: int, by: Actor, at: datetime) -> None:
    """Attach a further record to an open case; attaching it again changes nothing."""
    case = Case.objects.select_for_update().get(id=case_id)
    _, is_new = CaseRecord.objects.get_or_create(record_id=record_id, defaults={"case": case, "attached_at": at})
    if is_new:
        at, body = in_turn(case, at), {"record": record_id}
        case.save(update_fields=["last_act_at"])
        ledger.line_append(
            chain=chain_of(case_id),
            act="case.attach_record",
            by=by,
            at=at,
            body=body,
            pack=case.pack,
            key=f"record:{record_id}",
        )
        recusals_spread(case, record_id, by=by, at=at)
