"""Every act of the table of moves as one call, so that what holds for all of them is tested for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.cases.models import Order, TaskForce
from hezhi.flow.cases.tests.factories import BELL, GATE, HOUSE, LAMP, MONDAY, WELL, Lamps, rolled_back
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.tasks import api as tasks
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockSpec, Unit
from hezhi.spine.permissions.contracts import Actor

S = CaseState


@dataclass(frozen=True)
class Tried:
    """What a call needs: who acts when, under which key, with which reason."""

    lamps: Lamps
    case: CaseRow
    by: Actor
    at: datetime = MONDAY
    key: str = ""
    reason: str = "有理由"

    @property
    def common(self) -> dict[str, Any]:
        return {"case_id": self.case.id, "by": self.by, "at": self.at, "key": self.key}


@dataclass(frozen=True)
class Act:
    """``who`` may do it (a kind of agency or a role), in ``state`` among others; ``given`` prepares the case."""

    who: str
    state: CaseState
    do: Callable[[Tried], CaseRow]
    to: CaseState | None = None  # where a rule, not the table, leads from ``state``
    given: Callable[[Lamps, CaseRow], object] = lambda _lamps, _case: None


def _return(t: Tried) -> CaseRow:
    return cases.case_return(reason="not_ours", note=t.reason, proposed_kind=WELL, **t.common)


def _rule(t: Tried) -> CaseRow:
    return cases.case_rule(agency_id=t.lamps.agency(WELL), reason=t.reason, **t.common)


def _transfer(t: Tried) -> CaseRow:
    return cases.case_transfer(agency_id=t.lamps.agency(GATE), reason=t.reason, **t.common)


def _add_co(t: Tried) -> CaseRow:
    return cases.case_add_co(agency_id=t.lamps.agency(GATE), part="co", **t.common)


def _hand_over(t: Tried) -> CaseRow:
    return cases.case_hand_over(person_id=t.lamps.town.persons[LAMP], **t.common)


def _form(t: Tried) -> CaseRow:
    members, ends_at = [t.lamps.town.persons[BELL]], t.at + timedelta(days=3)
    return cases.case_form_force(name="专班", purpose=t.reason, member_ids=members, ends_at=ends_at, **t.common)


def force_given(lamps: Lamps, case: CaseRow) -> None:
    members = [lamps.town.persons[BELL]]
    TaskForce.objects.create(
        case_id=case.id, name="专班", purpose="会商", member_ids=members, formed_at=MONDAY,
        ends_at=MONDAY + timedelta(days=3),
    )  # fmt: skip


def _dissolve(t: Tried) -> CaseRow:
    force = TaskForce.objects.filter(case_id=t.case.id).latest("id")
    return cases.case_dissolve_force(force_id=force.id, reason=t.reason, **t.common)


def order_given(lamps: Lamps, case: CaseRow) -> None:
    spec = ClockSpec("urge", 1, Unit.WORKING_DAY)
    clock = clocks.clock_start(subject=f"order:{case.id}", spec=spec, by=HOUSE, at=MONDAY)
    Order.objects.create(
        case_id=case.id, kind="urge", agency_id=lamps.agency(LAMP), text="请加快", given_by="person:0",
        given_at=MONDAY, clock_id=clock.id, due_at=clock.due_at,
    )  # fmt: skip


def _answer(t: Tried) -> CaseRow:
    order = Order.objects.filter(case_id=t.case.id).latest("id")
    return cases.case_answer_order(order_id=order.id, answer=t.reason, **t.common)


def _suspend(t: Tried) -> CaseRow:
    return cases.case_suspend(reason="court", note=t.reason, waiting_for="court", **t.common)


def _submit(t: Tried) -> CaseRow:
    return tasks.work_submit(outcome="unknown", summary=t.reason, **t.common)


def _verify(t: Tried) -> CaseRow:
    return cases.case_verify(papers=[t.lamps.paper("proof")], **t.common)


def contest_given(lamps: Lamps, case: CaseRow) -> None:
    assert lamps.receipt is not None
    number = lamps.receipt.record.number
    cases.case_contest(case_id=case.id, record_number=number, text="不服", by=Actor.citizen(number), at=MONDAY)


def _contest(t: Tried) -> CaseRow:
    assert t.lamps.receipt is not None
    return cases.case_contest(record_number=t.lamps.receipt.record.number, text=t.reason, **t.common)


def _decide(t: Tried) -> CaseRow:
    contest = t.lamps.view(t.case).contests[-1]
    return cases.case_decide_contest(contest_id=contest.id, decision="rejected", reason=t.reason, **t.common)


def _recuse(t: Tried) -> CaseRow:
    return cases.case_recuse(person_id=t.lamps.town.persons[BELL], reason=t.reason, **t.common)


def recusal_given(lamps: Lamps, case: CaseRow) -> None:
    person_id = lamps.town.persons[BELL]
    cases.case_recuse(case_id=case.id, person_id=person_id, reason="亲属", by=HOUSE, at=MONDAY)


def _lift(t: Tried) -> CaseRow:
    return cases.case_lift_recusal(person_id=t.lamps.town.persons[BELL], reason=t.reason, **t.common)


ACTS: dict[str, Act] = {
    "case.accept": Act(LAMP, S.DISPATCHED, lambda t: cases.case_accept(**t.common)),
    "case.return": Act(LAMP, S.DISPATCHED, _return, to=S.DISPATCHED),
    "case.rule": Act("coordinator", S.RETURNED, _rule),
    "case.transfer": Act("coordinator", S.HANDLING, _transfer),
    "case.add_co": Act(LAMP, S.HANDLING, _add_co),
    "case.hand_over": Act(LAMP, S.HANDLING, _hand_over),
    "case.form_task_force": Act("coordinator", S.HANDLING, _form),
    "case.dissolve_task_force": Act("coordinator", S.HANDLING, _dissolve, given=force_given),
    "case.urge": Act("supervisor", S.HANDLING, lambda t: cases.case_urge(text=t.reason, **t.common)),
    "case.supervise": Act("supervisor", S.HANDLING, lambda t: cases.case_supervise(text=t.reason, **t.common)),
    "case.answer": Act(LAMP, S.HANDLING, _answer, given=order_given),
    "case.suspend": Act(LAMP, S.HANDLING, _suspend),
    "case.resume": Act(LAMP, S.SUSPENDED, lambda t: cases.case_resume(**t.common)),
    "case.extend": Act("coordinator", S.HANDLING, lambda t: cases.case_extend(amount=3, reason=t.reason, **t.common)),
    "case.raise_ring": Act("supervisor", S.HANDLING, lambda t: cases.case_raise_ring(reason=t.reason, **t.common)),
    "case.submit": Act(LAMP, S.HANDLING, _submit),
    "case.send_back": Act("supervisor", S.SUBMITTED, lambda t: cases.case_send_back(reason=t.reason, **t.common)),
    "case.verify": Act("supervisor", S.SUBMITTED, _verify),
    "case.close": Act("supervisor", S.VERIFIED, lambda t: cases.case_close(**t.common)),
    "case.reopen": Act("supervisor", S.CLOSED, lambda t: cases.case_reopen(reason=t.reason, **t.common)),
    "case.recuse": Act("supervisor", S.HANDLING, _recuse),
    "case.lift_recusal": Act("supervisor", S.HANDLING, _lift, given=recusal_given),
    "case.contest": Act("reporter", S.HANDLING, _contest),
    "case.decide_contest": Act("coordinator", S.HANDLING, _decide, given=contest_given),
}


def tried(lamps: Lamps, act: str, case: CaseRow, **other: Any) -> Tried:
    """Return the call of an act by whoever may do it, unless ``other`` says otherwise."""
    who = ACTS[act].who
    if who == "reporter":
        assert lamps.receipt is not None
        by = Actor.citizen(lamps.receipt.record.number)
    else:
        by = lamps.by(who)
    return Tried(**{"lamps": lamps, "case": case, "by": by, **other})


def trials(lamps: Lamps, acts: Iterable[str], matter: str = "post") -> Iterator[tuple[str, CaseRow]]:
    """Yield each act with a case on which it is possible; what the loop's body does is taken back each time."""
    made: dict[CaseState, tuple[CaseRow, Receipt | None]] = {}
    for act in acts:
        state = ACTS[act].state
        if state not in made:
            made[state] = (lamps.in_state(state, matter), lamps.receipt)
        case, lamps.receipt = made[state]
        with rolled_back():
            ACTS[act].given(lamps, case)
            yield act, case
