"""The end of a case is a claim to be verified: submit, send back, verify, close, reopen, contest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from hezhi.flow.cases.acts.base import Doing, begin, chain_of, finish, limit_ends_at
from hezhi.flow.cases.contracts import CaseRow, CaseState, Paper, Part
from hezhi.flow.cases.errors import AlreadyThere, NotYourReport, OwnWork, UnknownOutcome, WindowOver, WorkIsOpen
from hezhi.flow.cases.models import CaseRecord, Contest, Participant
from hezhi.flow.cases.rules import clock_spec, is_drawn
from hezhi.flow.intake import api as intake
from hezhi.packkit.shape.base import Limit
from hezhi.packkit.shape.playbook import Outcome
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files import api as files
from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor, ActorKind


def _outcome_of(doing: Doing, wanted: str) -> Outcome:
    for one in doing.pack.playbook.outcomes:
        if one.id == wanted:
            return one
    raise UnknownOutcome(outcome=wanted, known=", ".join(one.id for one in doing.pack.playbook.outcomes))


@guard.act
def case_submit(
    *, case_id: int, outcome: str, summary: str, done_tasks: Sequence[str], waiting_for: Sequence[str],
    by: Actor, at: datetime, key: str = "",
) -> CaseRow:  # fmt: skip
    """The lead claims that the case is done, with an outcome and a summary the reporter will read.

    ``done_tasks`` and ``waiting_for`` (names of co-handlers with open work) are told by the tasks room,
    through whose door officers submit.

    Raises:
        UnknownOutcome: not in the pack.
        WorkIsOpen: a co-handler's work is open, or the outcome needs a task that is not done.
    """
    doing = begin("case.submit", case_id=case_id, by=by, at=at, key=key, reason=summary)
    if doing.is_replay:
        return doing.row
    case = doing.case
    claimed = _outcome_of(doing, outcome)
    missing = [one for one in claimed.needs if one not in done_tasks]
    if missing or waiting_for:
        raise WorkIsOpen(needed=missing, waiting_for=list(waiting_for))
    case.outcome, case.verdict, case.summary = claimed.id, claimed.verdict, summary
    case.submitted_by = by.ref
    return finish(doing, outcome=claimed.id, verdict=claimed.verdict)


@guard.act
def case_send_back(*, case_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """The verifier is not convinced: back to the lead, with the reason."""
    doing = begin("case.send_back", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    doing.case.outcome = doing.case.verdict = ""
    return finish(doing)


@guard.act
def case_verify(
    *, case_id: int, papers: Sequence[Paper], by: Actor, at: datetime, note: str = "", key: str = ""
) -> CaseRow:
    """A second person confirms the claim on the strength of the papers the pack asks for.

    Raises:
        OwnWork: the verifier submitted the case.
        WorkIsOpen: a paper the pack asks for is missing.
    """
    doing = begin("case.verify", case_id=case_id, by=by, at=at, key=key, reason=note)
    if doing.is_replay:
        return doing.row
    if by.ref == doing.case.submitted_by:
        raise OwnWork()
    given = {one.name for one in papers}
    missing = [one for one in doing.pack.playbook.verification.papers if one not in given]
    if missing:
        raise WorkIsOpen(papers=missing)
    files.files_use(sha256s=[files.file_get(one.sha256).sha256 for one in papers], user=chain_of(case_id))
    told = [{"name": one.name, "sha256": one.sha256} for one in papers]
    return finish(doing, papers=told, file_names={one.sha256: one.file_name for one in papers})


@guard.act
def case_close(*, case_id: int, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Close a verified case; a random share is drawn for a second look later."""
    doing = begin("case.close", case_id=case_id, by=by, at=at, key=key)
    if doing.is_replay:
        return doing.row
    case = doing.case
    outcome = _outcome_of(doing, case.outcome)
    case.closed_at = at
    seed = f"{case.pack_id}:{case.subject}:{case.opened_at.isoformat()}"
    case.is_audit_drawn = is_drawn(seed, doing.pack.playbook.verification.audit_share)
    return finish(
        doing, outcome=outcome.id, verdict=outcome.verdict, is_wrongful=outcome.wrongful, summary=case.summary,
        is_on_time=at < case.due_at, agency=case.lead_agency_id, is_audit_drawn=case.is_audit_drawn,
    )  # fmt: skip


@guard.act
def case_reopen(*, case_id: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Open a closed case again within the pack's window; its main limit starts anew.

    Raises:
        WindowOver: the window is over; a new report is the way.
    """
    doing = begin("case.reopen", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    _within(doing, doing.pack.playbook.reopen_within)
    return _open_again(doing)


def _open_again(doing: Doing) -> CaseRow:
    case = doing.case
    clock = clocks.clock_start(
        subject=chain_of(case.id), by=doing.by, at=doing.at, agency_id=case.lead_agency_id,
        spec=clock_spec("main", Limit.model_validate(case.limit)),
    )  # fmt: skip
    # The lead's account, extensions and ladder begin anew with the limit.
    Participant.objects.filter(case=case, part=Part.LEAD, left_at__isnull=True).update(clock_id=clock.id)
    case.main_clock_id = clock.id
    case.closed_at = None
    case.outcome = case.verdict = ""
    case.reopened_count += 1
    case.ring = case.extension_count = 0
    return finish(doing, to=CaseState.HANDLING, due_at=clock.due_at)


def _within(doing: Doing, limit: Limit) -> None:
    closed_at = doing.case.closed_at
    if closed_at is not None and doing.at >= limit_ends_at(closed_at, limit):
        raise WindowOver(closed_at=closed_at.isoformat(), budget=limit.budget, unit=limit.unit)


@guard.act
def case_contest(*, case_id: int, record_number: str, text: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """A reporter or the burdened person contests what was done; a coordinator owes a reasoned answer.

    ``by`` is the citizen of the own report (number and code were checked at the edge's intake door), or an
    officer who writes it down for someone at the counter.

    Raises:
        WindowOver: the case was closed too long ago.
        AlreadyThere: this reporter's contest still waits for its answer.
        RecordIsErased: what this reporter reported was erased.
    """
    doing = begin("case.contest", case_id=case_id, by=by, at=at, key=key, reason=text)
    if doing.is_replay:
        return doing.row
    case = doing.case
    if by.kind is ActorKind.CITIZEN and not _is_reporter(case.id, record_number):
        raise NotYourReport(record=record_number)
    intake.number_require_kept(number=record_number)
    _within(doing, doing.pack.playbook.contest_within)
    if Contest.objects.filter(case=case, record_number=record_number, decided_at__isnull=True).exists():
        raise AlreadyThere(record=record_number)
    spec = clock_spec("contest", doing.pack.playbook.supervision.supervise_answer)
    clock = clocks.clock_start(subject=f"contest:{case.id}", spec=spec, by=by, at=at, agency_id=case.owner_agency_id)
    contest = Contest.objects.create(
        case=case, record_number=record_number, text=text, filed_at=at, clock_id=clock.id, due_at=clock.due_at
    )
    case.is_contested = True
    # The words of a contest stay out of the ledger: it keeps that and when, not what a citizen wrote.
    doing.body.pop("reason", None)
    return finish(doing, contest=contest.id, due_at=clock.due_at)


def _is_reporter(case_id: int, record_number: str) -> bool:
    records = CaseRecord.objects.filter(case_id=case_id).values_list("record_id", flat=True)
    return record_number in intake.numbers_of_group(record_ids=list(records))


@guard.act
def case_decide_contest(
    *,
    case_id: int,
    contest_id: int,
    decision: Literal["upheld", "rejected"],
    reason: str,
    by: Actor,
    at: datetime,
    key: str = "",
) -> CaseRow:
    """Answer a contest with reasons. Upheld on a closed case opens it again, whatever its window.

    Raises:
        AlreadyThere: it was decided already.
        OwnWork: the decider submitted the case.
    """
    doing = begin("case.decide_contest", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    if by.ref == doing.case.submitted_by:
        raise OwnWork()
    contest = Contest.objects.filter(case=doing.case, id=contest_id, decided_at__isnull=True).first()
    if contest is None:
        raise AlreadyThere(contest_id=contest_id)
    contest.decision, contest.reason, contest.decided_by, contest.decided_at = decision, reason, by.ref, at
    contest.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    clocks.clock_stop(clock_id=contest.clock_id, by=by, at=at)
    doing.body.update(contest=contest.id, decision=decision)
    if decision == "upheld" and doing.case.state == CaseState.CLOSED:
        return _open_again(doing)
    return finish(doing)
