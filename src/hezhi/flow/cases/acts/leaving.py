"""What an officer who leaves held of cases goes on: to the successor, or to the lead agency's desk."""

from __future__ import annotations

from hezhi.flow.cases.acts.base import Doing, chain_of, finish, in_turn, wait_settle
from hezhi.flow.cases.models import OPEN_Q, Case, TaskForce
from hezhi.flow.cases.states import MOVES
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerLeft


def follow_leaving(event: OfficerLeft) -> None:
    """Hand every open case and every place in a task force on, each with one line on the case's chain.

    Running twice is harmless: the second time the officer holds nothing. A successor who is kept out of a case
    does not get it; it goes to the desk.
    """
    mine = Case.objects.filter(OPEN_Q, handler_id=event.person_id, lead_agency_id=event.agency_id)
    for case_id in mine.order_by("id").values_list("id", flat=True):
        _handler_change(case_id, event)
    forces = TaskForce.objects.filter(dissolved_at__isnull=True, member_ids__contains=[event.person_id])
    for force_id, case_id in forces.order_by("case_id", "id").values_list("id", "case_id"):
        _member_change(force_id, case_id, event)


def successor_for(case_id: int, event: OfficerLeft) -> int | None:
    """Return who takes things of a case over, None for the desk."""
    return None if event.successor_id in people.persons_recused(chain_of(case_id)) else event.successor_id


def _locked(case_id: int, event: OfficerLeft) -> Doing:
    case = Case.objects.select_for_update().get(id=case_id)
    wait_settle(case, event.at)
    at = in_turn(case, event.at)
    return Doing("case.hand_over", MOVES["case.hand_over"], case, event.by, at, "", body={"reason": event.reason})


def _handler_change(case_id: int, event: OfficerLeft) -> None:
    doing, to = _locked(case_id, event), successor_for(case_id, event)
    doing.case.handler_id = to
    finish(doing, from_person=event.person_id, person=to, hand_over=event.hand_over_id)
    _note(doing.case, chain_of(case_id), to, event)


def _member_change(force_id: int, case_id: int, event: OfficerLeft) -> None:
    """Put the successor into a task force in the officer's place, or take the officer out of it."""
    doing, to = _locked(case_id, event), successor_for(case_id, event)
    force = TaskForce.objects.get(id=force_id)
    others = [one for one in force.member_ids if one not in (event.person_id, to)]
    force.member_ids = others if to is None else [*others, to]
    force.save(update_fields=["member_ids"])
    doing.case.save(update_fields=["last_act_at"])
    body = {"force": force_id, "from_person": event.person_id, "person": to, "hand_over": event.hand_over_id}
    ledger.line_append(
        chain=chain_of(case_id), act="case.force_member", by=event.by, at=doing.at, body=body, pack=doing.case.pack
    )
    _note(doing.case, f"force:{force_id}", to, event)


def _note(case: Case, about: str, to: int | None, event: OfficerLeft) -> None:
    people.hand_over_note(
        hand_over_id=event.hand_over_id, about=[about], number=case.number, to_person_id=to, by=event.by, at=event.at
    )
