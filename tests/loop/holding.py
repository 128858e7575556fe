"""What holds for a case after every step, whatever was done to it. Each check looks at tables and doors, not at
what the step says it did.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from hezhi.flow.cases.contracts import CaseState as S
from hezhi.flow.cases.models import Case, Contest, Order, Participant
from hezhi.flow.cases.states import ALL, MOVES
from hezhi.flow.indicators.rules import fold
from hezhi.flow.tasks.contracts import TaskState
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.kit.moments import day_of
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow
from hezhi.spine.clocks.models import ClockEntry
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people

BY_A_RULE = {  # acts whose target is decided by a rule, and where they may lead
    "case.return": {(S.DISPATCHED, S.DISPATCHED), (S.DISPATCHED, S.RETURNED)},
    "case.decide_contest": {*((one, one) for one in ALL), (S.CLOSED, S.HANDLING)},
}
SECOND_LOOKS = {"kernel_revisit", "kernel_audit"}


def moved_by_the_table(act: str, before: S, after: S) -> None:
    """A done act led from a state where it is possible to the state that the table names."""
    if act in BY_A_RULE:
        assert (before, after) in BY_A_RULE[act]
    elif act in MOVES:
        assert before in MOVES[act].frm
        assert after is (MOVES[act].to or before)
    else:
        assert after is before, f"{act} moved the case from {before} to {after}"


def somebody_has_it(case_id: int, at: datetime) -> None:
    """The case has an owner: a lead agency and who answers for it, or a coordinator who owes a ruling."""
    case = Case.objects.get(id=case_id)
    assert case.state in ALL
    leads = Participant.objects.filter(case=case, part="lead", left_at__isnull=True)
    lead_ids = list(leads.values_list("agency_id", flat=True))
    assert case.owner_agency_id in case.agency_ids
    if case.state == S.RETURNED:
        coordinator = people.agency_for_role(role="coordinator", region_code=case.region_code, at=at)
        assert coordinator is not None
        assert (case.lead_agency_id, case.handler_id, lead_ids) == (None, None, [])
        assert case.owner_agency_id == coordinator.id
    else:
        assert case.lead_agency_id == case.owner_agency_id
        assert lead_ids == [case.lead_agency_id]
        is_signed = case.state != S.DISPATCHED
        assert (case.handler_id is not None) == is_signed, f"{case.state} with handler {case.handler_id}"
        if case.handler_id is not None:
            assert people.person_get(case.handler_id, at=at, agency_id=case.lead_agency_id)
    _step_is_owed(case)


def _step_is_owed(case: Case) -> None:
    owed = {S.DISPATCHED: "accept", S.RETURNED: "ruling"}.get(S(case.state))
    assert (case.step_clock_id is not None) == (owed is not None)
    running = [one for one in _clocks(f"case:{case.id}") if one.spec.kind in ("accept", "ruling")]
    open_ids = [one.id for one in running if one.stopped_at is None]
    assert open_ids == ([case.step_clock_id] if owed else [])
    if owed:
        step = clocks.clock_get(clock_id=case.step_clock_id)
        assert (step.spec.kind, step.agency_id) == (owed, case.owner_agency_id)


def _clocks(subject: str) -> list[ClockRow]:
    return clocks.clocks_of(subject=subject)


def clocks_explain_themselves(case_id: int, at: datetime) -> None:
    """Every clock of the case, its tasks, waits, orders and contests tells dated steps that add up."""
    for of in ("case", "task", "wait", "order", "contest"):
        for clock in _clocks(f"{of}:{case_id}"):
            _explains_itself(clock, max(at, clock.started_at))


def _explains_itself(clock: ClockRow, at: datetime) -> None:
    told = clocks.clock_explain(clock_id=clock.id, at=at)
    is_stopped_early = clock.stopped_at is not None and clock.stopped_at < told.due_at
    counted = sum(step.counted for step in told.steps)
    assert counted == (told.used_count if is_stopped_early else told.budget_count), clock
    assert told.used_count + told.left_count == told.budget_count
    assert all(one.to_at == other.from_at for one, other in pairwise(told.steps))
    seen_at = clock.stopped_at or at
    assert sum(seconds for _, _, seconds in told.waits) == int((seen_at - clock.started_at).total_seconds())
    # A stopped clock keeps its date, while its explanation counts by the calendar of today.
    if clock.is_running:
        assert told.due_at == clock.due_at, f"{clock.subject} {clock.spec.kind}: {told.due_at} != {clock.due_at}"
    elif clock.stopped_at is None:
        assert told.due_at >= clock.due_at
    kinds = list(ClockEntry.objects.filter(clock_id=clock.id).order_by("id").values_list("kind", flat=True))
    assert kinds[0] == "start" and kinds.count("start") == 1
    assert kinds.count("stop") == (clock.stopped_at is not None)


def rows_repeat_their_clocks(case_id: int) -> None:
    """Dates and states that rows repeat are those of their clocks, and a case that rests lets none run."""
    case = Case.objects.get(id=case_id)
    main = clocks.clock_get(clock_id=case.main_clock_id)
    assert case.due_at == main.due_at
    assert (main.stopped_at is not None) == (case.state == S.CLOSED)
    rests = case.state == S.SUSPENDED or case.waiting_until is not None
    assert main.is_running == (not rests and case.state != S.CLOSED)
    others = [one for one in _clocks(f"case:{case_id}") if one.stopped_at is None and one.id != main.id]
    assert all(one.is_running == main.is_running for one in others)
    by_id = {clock.id: clock for of in ("task", "wait") for clock in _clocks(f"{of}:{case_id}")}
    for task in Task.objects.filter(LIVE_Q, case_id=case_id):
        clock = by_id[task.clock_id]
        assert task.due_at == clock.due_at, task.element
        assert (clock.subject, clock.stopped_at) == (
            f"{'wait' if task.state == TaskState.WAITING else 'task'}:{case_id}", None
        )  # fmt: skip
        if task.state == TaskState.OPEN:
            assert clock.is_running == (case.state != S.SUSPENDED), task.element
        if case.state in (S.SUBMITTED, S.VERIFIED, S.CLOSED):
            assert task.element in SECOND_LOOKS
    kept = set(Task.objects.filter(LIVE_Q, case_id=case_id).values_list("clock_id", flat=True))
    assert {one.id for one in by_id.values() if one.stopped_at is None} == kept
    for one in (*Order.objects.filter(case=case), *Contest.objects.filter(case=case)):
        clock = clocks.clock_get(clock_id=one.clock_id)
        over_at = one.answered_at if isinstance(one, Order) else one.decided_at
        assert (one.due_at, over_at) == (clock.due_at, clock.stopped_at)


def waits_are_somebodys(case_id: int) -> None:
    """A case waits exactly as long as a task of it does."""
    case = Case.objects.get(id=case_id)
    waiting = Task.objects.filter(case_id=case_id, state=TaskState.WAITING)
    until = list(waiting.values_list("not_before", flat=True))
    if case.waiting_until is not None:
        assert case.waiting_until in until


def ledger_tells_the_case(case_id: int) -> None:
    """The chain, read from its first line, gives the case as the table has it."""
    case = Case.objects.select_related("lead_agency").get(id=case_id)
    lines = ledger.lines_of(chain=f"case:{case_id}")
    ats = [one.at for one in lines]
    assert ats == sorted(ats), [(one.act, one.at) for one in lines]
    told = [one for one in lines if "to" in one.body]
    assert (told[-1].body["to"], told[-1].body["owner"]) == (case.state, case.owner_agency_id)
    assert all(one.body["to"] == other.body["from"] for one, other in pairwise(told))
    facts = fold(lines)
    assert (facts.agency, facts.closed_at, facts.outcome) == (
        case.lead_agency_id, case.closed_at, case.outcome if case.state == S.CLOSED else "",
    )  # fmt: skip


def everything_holds(case_id: int, at: datetime) -> None:
    """Check all of it."""
    assert day_of(at).year < 2028
    somebody_has_it(case_id, at)
    rows_repeat_their_clocks(case_id)
    waits_are_somebodys(case_id)
    clocks_explain_themselves(case_id, at)
    ledger_tells_the_case(case_id)
