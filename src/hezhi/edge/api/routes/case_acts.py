"""Every act on a case: one route each, one Idempotency-Key each, the case as it is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import AgencyId, Id, In, Moment, Name, PaperIn, Reason, ReasonIn, RowId, Word
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.tasks import api as tasks
from hezhi.spine.clocks.contracts import Party
from hezhi.spine.permissions.contracts import Actor

router = Router(tags=["acts on cases"])
Act = Callable[..., CaseRow]


class ReturnIn(In):
    """``reason`` is an id of the pack's catalogue; ``proposed_kind`` the kind of agency that should have it."""

    reason: Name
    note: Reason
    proposed_kind: Word = ""


class ToAgencyIn(In):
    agency_id: AgencyId
    reason: Reason


class CoHandlerIn(In):
    agency_id: AgencyId
    part: Literal["co", "support"]


class ToPersonIn(In):
    person_id: Id


class RecusalIn(In):
    """``person_id`` is the own one, or, from who supervises the case, another's."""

    person_id: Id
    reason: Reason


class ForceIn(In):
    name: Name
    purpose: Reason
    member_ids: Annotated[list[Id], Field(min_length=1, max_length=50)]
    ends_at: Moment


class OrderIn(In):
    """``agency_id`` left out: the agency that must act now."""

    text: Reason
    agency_id: AgencyId | None = None


class AnswerIn(In):
    answer: Reason


class SuspensionIn(In):
    """``reason`` is an id of the pack's catalogue; the wait goes on the account of ``waiting_for``."""

    reason: Name
    note: Reason
    waiting_for: Party


class ExtensionIn(In):
    """``amount`` in units of the main limit."""

    amount: Annotated[int, Field(ge=1, le=1000)]
    reason: Reason


class BeginIn(In):
    """``element`` is a task's id in the playbook."""

    element: Name


class ClaimIn(In):
    """``outcome`` is an id of the pack; the reporter reads ``summary``."""

    outcome: Name
    summary: Reason


class VerificationIn(In):
    """``papers`` as the pack asks for them."""

    note: Annotated[str, Field(max_length=2000)] = ""
    papers: Annotated[list[PaperIn], Field(max_length=20)] = []


class DecisionIn(In):
    decision: Literal["upheld", "rejected"]
    reason: Reason


def _do(request: HttpRequest, key: str, act: Act, case_id: int, **told: object) -> CaseRow:
    def do(who: Actor, at: datetime, act_key: str) -> CaseRow:
        return act(case_id=case_id, by=who, at=at, key=act_key, **told)

    return once(request, key, do)


WAYS = {"response": answers(CaseRow, 404, 409)}


@router.post("/{case_id}/accept", summary="Accept", **WAYS)
def accept(request: HttpRequest, case_id: RowId, key: Key) -> CaseRow:
    """The lead agency signs for the case; who accepts becomes its handler."""
    return _do(request, key, cases.case_accept, case_id)


@router.post("/{case_id}/return", summary="Return", **WAYS)
def return_(request: HttpRequest, case_id: RowId, body: ReturnIn, key: Key) -> CaseRow:
    """The lead agency says that it is not responsible, why, and who is."""
    told = {"reason": body.reason, "note": body.note, "proposed_kind": body.proposed_kind}
    return _do(request, key, cases.case_return, case_id, **told)


@router.post("/{case_id}/rule", summary="Rule on the owner", **WAYS)
def rule(request: HttpRequest, case_id: RowId, body: ToAgencyIn, key: Key) -> CaseRow:
    """The coordinator rules who is responsible; the ruling becomes a precedent."""
    return _do(request, key, cases.case_rule, case_id, agency_id=body.agency_id, reason=body.reason)


@router.post("/{case_id}/transfer", summary="Transfer", **WAYS)
def transfer(request: HttpRequest, case_id: RowId, body: ToAgencyIn, key: Key) -> CaseRow:
    """The coordinator moves the case to another lead agency without a dispute."""
    return _do(request, key, cases.case_transfer, case_id, agency_id=body.agency_id, reason=body.reason)


@router.post("/{case_id}/co-handlers", summary="Ask another agency in", **WAYS)
def co_handler(request: HttpRequest, case_id: RowId, body: CoHandlerIn, key: Key) -> CaseRow:
    """The lead asks another agency in, with a limit of its own."""
    return _do(request, key, cases.case_add_co, case_id, agency_id=body.agency_id, part=body.part)


@router.post("/{case_id}/hand-over", summary="Hand over", **WAYS)
def hand_over(request: HttpRequest, case_id: RowId, body: ToPersonIn, key: Key) -> CaseRow:
    """Hand the case to another person of the lead agency."""
    return _do(request, key, cases.case_hand_over, case_id, person_id=body.person_id)


@router.post("/{case_id}/task-forces", summary="Form a task force", **WAYS)
def form_force(request: HttpRequest, case_id: RowId, body: ForceIn, key: Key) -> CaseRow:
    """Form a task force of named people, for one purpose, with an end."""
    told = {"name": body.name, "purpose": body.purpose, "member_ids": body.member_ids, "ends_at": body.ends_at}
    return _do(request, key, cases.case_form_force, case_id, **told)


@router.post("/{case_id}/task-forces/{force_id}/dissolve", summary="Dissolve a task force", **WAYS)
def dissolve_force(request: HttpRequest, case_id: RowId, force_id: RowId, body: ReasonIn, key: Key) -> CaseRow:
    """End a task force before its time."""
    return _do(request, key, cases.case_dissolve_force, case_id, force_id=force_id, reason=body.reason)


@router.post("/{case_id}/urge", summary="Urge", **WAYS)
def urge(request: HttpRequest, case_id: RowId, body: OrderIn, key: Key) -> CaseRow:
    """Urge the agency that must act (催办); it owes an answer in time."""
    return _do(request, key, cases.case_urge, case_id, text=body.text, agency_id=body.agency_id)


@router.post("/{case_id}/supervise", summary="Supervise", **WAYS)
def supervise(request: HttpRequest, case_id: RowId, body: OrderIn, key: Key) -> CaseRow:
    """Put the case under supervision (督办): a formal order with its own deadline and answer."""
    return _do(request, key, cases.case_supervise, case_id, text=body.text, agency_id=body.agency_id)


@router.post("/{case_id}/orders/{order_id}/answer", summary="Answer an order", **WAYS)
def answer_order(request: HttpRequest, case_id: RowId, order_id: RowId, body: AnswerIn, key: Key) -> CaseRow:
    """The agency that was urged or supervised answers."""
    return _do(request, key, cases.case_answer_order, case_id, order_id=order_id, answer=body.answer)


@router.post("/{case_id}/raise-ring", summary="Raise a ring", **WAYS)
def raise_ring(request: HttpRequest, case_id: RowId, body: ReasonIn, key: Key) -> CaseRow:
    """Raise the case to the next ring of the ladder."""
    return _do(request, key, cases.case_raise_ring, case_id, reason=body.reason)


@router.post("/{case_id}/suspend", summary="Suspend", **WAYS)
def suspend(request: HttpRequest, case_id: RowId, body: SuspensionIn, key: Key) -> CaseRow:
    """Suspend the case for a catalogue reason; its clocks stop."""
    told = {"reason": body.reason, "note": body.note, "waiting_for": body.waiting_for}
    return _do(request, key, cases.case_suspend, case_id, **told)


@router.post("/{case_id}/resume", summary="Resume", **WAYS)
def resume(request: HttpRequest, case_id: RowId, key: Key) -> CaseRow:
    """Go on with a suspended case; its clocks run again with what was left."""
    return _do(request, key, cases.case_resume, case_id)


@router.post("/{case_id}/extend", summary="Extend", **WAYS)
def extend(request: HttpRequest, case_id: RowId, body: ExtensionIn, key: Key) -> CaseRow:
    """Lengthen the main limit within what the pack allows."""
    return _do(request, key, cases.case_extend, case_id, amount=body.amount, reason=body.reason)


@router.post("/{case_id}/begin-task", response=answers(list[int], 404, 409), summary="Begin optional work")
def begin_task(request: HttpRequest, case_id: RowId, body: BeginIn, key: Key) -> list[int]:
    """The lead begins an optional task whose turn has come; returns the ids of the tasks that opened."""

    def do(who: Actor, at: datetime, _: str) -> list[int]:
        return tasks.task_begin(case_id=case_id, element=body.element, by=who, at=at)

    return once(request, key, do)


@router.post("/{case_id}/submit", summary="Submit", **WAYS)
def submit(request: HttpRequest, case_id: RowId, body: ClaimIn, key: Key) -> CaseRow:
    """The lead claims that the case is done; the claim is then verified by somebody else."""
    return _do(request, key, tasks.work_submit, case_id, outcome=body.outcome, summary=body.summary)


@router.post("/{case_id}/send-back", summary="Send back", **WAYS)
def send_back(request: HttpRequest, case_id: RowId, body: ReasonIn, key: Key) -> CaseRow:
    """The verifier is not convinced: back to the lead, with the reason."""
    return _do(request, key, cases.case_send_back, case_id, reason=body.reason)


@router.post("/{case_id}/verify", summary="Verify", **WAYS)
def verify(request: HttpRequest, case_id: RowId, body: VerificationIn, key: Key) -> CaseRow:
    """A second person confirms the claim, on the strength of the papers the pack asks for."""
    papers = [one.paper() for one in body.papers]
    return _do(request, key, cases.case_verify, case_id, note=body.note, papers=papers)


@router.post("/{case_id}/close", summary="Close", **WAYS)
def close(request: HttpRequest, case_id: RowId, key: Key) -> CaseRow:
    """Close a verified case."""
    return _do(request, key, cases.case_close, case_id)


@router.post("/{case_id}/reopen", summary="Reopen", **WAYS)
def reopen(request: HttpRequest, case_id: RowId, body: ReasonIn, key: Key) -> CaseRow:
    """Open a closed case again within the pack's window."""
    return _do(request, key, cases.case_reopen, case_id, reason=body.reason)


@router.post("/{case_id}/recusals", summary="Keep a person out", **WAYS)
def recuse(request: HttpRequest, case_id: RowId, body: RecusalIn, key: Key) -> CaseRow:
    """Declare an interest in the case, or set another's (回避): the person is kept out of it in any post."""
    return _do(request, key, cases.case_recuse, case_id, person_id=body.person_id, reason=body.reason)


@router.post("/{case_id}/recusals/{person_id}/lift", summary="Let a person back", **WAYS)
def lift_recusal(request: HttpRequest, case_id: RowId, person_id: RowId, body: ReasonIn, key: Key) -> CaseRow:
    """Let a person back to the case; neither that person nor the one who set it may say so."""
    return _do(request, key, cases.case_lift_recusal, case_id, person_id=person_id, reason=body.reason)


@router.post("/{case_id}/contests/{contest_id}/decide", summary="Decide a contest", **WAYS)
def decide_contest(request: HttpRequest, case_id: RowId, contest_id: RowId, body: DecisionIn, key: Key) -> CaseRow:
    """Answer a contest with reasons; upheld on a closed case opens it again."""
    told = {"contest_id": contest_id, "decision": body.decision, "reason": body.reason}
    return _do(request, key, cases.case_decide_contest, case_id, **told)
