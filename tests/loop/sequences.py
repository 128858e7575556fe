"""One case in the lamps' town, and everything that people, sweeps and the calendar may do to it next.

A step is chosen while the sequence runs: mostly one that is possible now by somebody who may, often enough one
that is not. Every choice comes from ``pick``, so that hypothesis can make a failing sequence short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseView
from hezhi.flow.cases.states import MOVES, acts_from
from hezhi.flow.cases.tests.factories import BELL, GATE, HOUSE, LAMP, MONDAY, WELL, Lamps
from hezhi.flow.intake import api as intake
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.kit.moments import CITY_ZONE, day_of, day_starts_at
from hezhi.spine.calendar import api as calendar
from hezhi.spine.clocks import api as clocks
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right

T = TypeVar("T")
KINDS = (LAMP, WELL, BELL, GATE)
ROLES = ("coordinator", "supervisor", "duty_officer", "grid_worker")
GAPS = (0, 0, 1, 60, 3600, 5 * 3600, 86_400, 3 * 86_400)  # seconds
OF_TASKS = ("task.take", "task.hand_over", "task.done", "task.done", "task.done", "task.begin")
OF_THE_HOUSE = ("sweep", "sweep", "calendar.days_edit", "record.again", "record.rate")
# The actors of a life are fetched once, so whoever is kept out would act on; recusals have tests of their own.
LEFT_OUT = {"case.recuse", "case.lift_recusal"}
STRANGER = Actor("person:0", "stranger")


@dataclass(frozen=True)
class Step:
    """One call: ``do`` takes ``by``, ``at`` and, where ``has_key``, ``key``."""

    act: str
    by: Actor
    at: datetime
    do: Callable[..., Any]
    has_key: bool = True

    def __str__(self) -> str:
        return f"{self.at.astimezone(CITY_ZONE):%m-%d %H:%M:%S} {self.act} by {self.by.ref}"


@dataclass
class Life:
    """The case, the moment, and who there is."""

    lamps: Lamps
    dice: Random
    now: datetime = MONDAY
    case_id: int = 0
    number: str = ""  # of the report, and its code
    code: str = ""
    everybody: list[Actor] = field(default_factory=list)

    def pick(self, *choices: T) -> T:
        return self.dice.choice(choices)

    def begin(self, colleague: Actor, elsewhere: Actor) -> None:
        """Open the case, by a confirmed alert or straight from a call."""
        lamps, kind = self.lamps, self.pick("report", "call")
        matter = self.pick("post", "lamp", "lamp", "nobody", "secret", "quick")
        if kind == "call":
            lamps.report(matter, kind=kind, spot="七号灯")
        else:
            alert = lamps.alert(matter, spot="七号灯")
            alerts.alert_confirm(alert_id=alert.id, by=lamps.by("duty_officer"), at=self.now)
        assert lamps.receipt is not None
        record = lamps.receipt.record
        case_id = cases.case_of_record(record_ids=[record.id])
        assert case_id is not None
        self.case_id, self.number, self.code = case_id, record.number, lamps.receipt.code
        machine = replace(lamps.by(LAMP), ref="machine:lamp", name="machine", kind=ActorKind.SERVICE, person_id=None)
        self.everybody = [
            *(lamps.by(one) for one in (*KINDS, *ROLES)), colleague, elsewhere, machine,
            Actor.citizen(self.number), Actor.citizen("JL-nobody"), STRANGER,
        ]  # fmt: skip

    # What is there now.

    @property
    def case(self) -> CaseRow:
        return self.lamps.case(self.case_id)

    @property
    def view(self) -> CaseView:
        return cases.case_view(case_id=self.case_id, by=HOUSE)

    def live(self) -> list[TaskRow]:
        found = tasks.tasks_of_case(case_id=self.case_id, by=HOUSE)
        return [one for one in found if one.state in (TaskState.OPEN, TaskState.WAITING)]

    def of_agency(self, agency_id: int | None) -> Actor:
        """Return who acts for an agency, its machine among them; a stranger where nobody does."""
        there = [one for one in self.everybody if one.agency_id == agency_id]
        return self.pick(*there) if agency_id is not None and there else STRANGER

    # What may come next.

    def time_passes(self) -> None:
        gap = self.pick(*GAPS, "midnight", "due")
        if gap == "midnight":
            self.now = day_starts_at(day_of(self.now) + timedelta(days=1))
        elif gap == "due":
            self.now = max(self.now, self.case.due_at)
        else:
            self.now += timedelta(seconds=float(gap))

    def step(self) -> Step:
        """Choose what is tried next, by whom, and when: sometimes the wrong act, person or moment."""
        possible = [one for one in acts_from(self.case.state) if one not in LEFT_OUT]
        act = self.pick(*possible, *possible, *OF_TASKS, *OF_THE_HOUSE, "any")
        if act == "any":
            act = self.pick(*(one for one in MOVES if one not in LEFT_OUT))
        if act in OF_THE_HOUSE:
            return HOUSES[act](self)
        do, right = self._of_a_task(act) if act in OF_TASKS else self._of_the_case(act)
        by = right if self.pick(True, True, True, False) else self.pick(*self.everybody)
        early = self.pick(*[0] * 11, 90)
        return Step(act, by, self.now - timedelta(seconds=early), do, has_key=act != "task.begin")

    def _of_the_case(self, act: str) -> tuple[Callable[..., Any], Actor]:
        door, given = ACTS[act]
        facts = given(self)

        def do(**how: Any) -> Any:
            return door(case_id=self.case_id, **facts, **how)

        return do, self._who_may(act, facts)

    def _who_may(self, act: str, facts: dict[str, Any]) -> Actor:
        move, case = MOVES[act], self.case
        if act == "case.contest":
            return Actor.citizen(self.number)
        if move.part == "lead":
            return self.of_agency(case.lead_agency_id)
        if act == "case.answer":
            owed = [one.agency_id for one in self.view.orders if one.id == facts["order_id"]]
            return self.of_agency(owed[0] if owed else None)
        role = "coordinator" if move.right is Right.CASE_COORDINATE else "supervisor"
        return self.lamps.by(role)

    def _of_a_task(self, act: str) -> tuple[Callable[..., Any], Actor]:
        task = self.pick(*self.live() or [None])
        if act == "task.begin":
            element = self.pick("ask_around", "give_back", "look")
            begin = tasks.task_begin
            return lambda **how: begin(case_id=self.case_id, element=element, **how), self.of_agency(
                self.case.lead_agency_id
            )
        task_id = task.id if task else 0
        if act == "task.take":
            given: dict[str, Any] = {}
        elif act == "task.hand_over":
            given = {"person_id": self._somebody(), "reason": "忙"}
        else:
            result = RESULTS.get(task.element if task else "", RESULTS["kernel"])
            names = self.pick(("copy",), ("copy",), ())
            given = {"result": self.pick(result, result, {}), "papers": [self.lamps.paper(one) for one in names]}
            given["result"] = {name: self.pick(*values) for name, values in given["result"].items()}
        door = {"task.take": tasks.task_take, "task.hand_over": tasks.task_hand_over, "task.done": tasks.task_done}[act]
        return lambda **how: door(task_id=task_id, **given, **how), self.of_agency(task.agency_id if task else None)

    def _somebody(self) -> int:
        named = [one.person_id for one in self.everybody if one.person_id]
        return self.pick(*named, 0)

    def reason(self) -> str:
        return self.pick("有理由", "有理由", "有理由", "有理由", " ")

    def agency(self) -> int:
        return self.pick(*(self.lamps.agency(kind) for kind in KINDS), *self.lamps.town.agencies.values(), 0)

    def sometime(self) -> datetime:
        return self.now + timedelta(days=self.pick(3, 1, 10, 0))


RESULTS: dict[str, dict[str, Sequence[Any]]] = {
    "look": {"found": ("broken", "broken", "fine", "?"), "remark": ("好", "长" * 30)},
    "notice": {"served_on": ("2026-03-02",), "told_rights": (True,)},
    "recheck": {"state": ("still", "gone")},
    "decide": {"decided_by": ("张三",), "reasons": ("路灯确已损坏，应当更换灯杆。",)},
    "ring_bell": {}, "give_back": {}, "ask_around": {},
    "kernel": {"answer": ("已协办",)},
}  # fmt: skip

Given = Callable[[Life], dict[str, Any]]
ACTS: dict[str, tuple[Callable[..., Any], Given]] = {
    "case.accept": (cases.case_accept, lambda _: {}),
    "case.return": (
        cases.case_return,
        lambda o: {
            "reason": o.pick("not_ours", "not_ours", "not_ours", "tired"),
            "note": o.reason(),
            "proposed_kind": o.pick(*KINDS, "moon_office", ""),
        },
    ),
    "case.rule": (cases.case_rule, lambda o: {"agency_id": o.agency(), "reason": o.reason()}),
    "case.transfer": (cases.case_transfer, lambda o: {"agency_id": o.agency(), "reason": o.reason()}),
    "case.add_co": (cases.case_add_co, lambda o: {"agency_id": o.agency(), "part": o.pick("co", "support")}),
    "case.hand_over": (cases.case_hand_over, lambda o: {"person_id": o._somebody()}),
    "case.form_task_force": (
        cases.case_form_force,
        lambda o: {
            "name": "专班", "purpose": o.reason(), "ends_at": o.sometime(),
            "member_ids": o.pick([o._somebody()], [o._somebody(), o._somebody()], []),
        },
    ),
    "case.dissolve_task_force": (
        cases.case_dissolve_force,
        lambda o: {"force_id": o.pick(*[one.id for one in o.view.task_forces] or [0]), "reason": o.reason()},
    ),
    "case.urge": (cases.case_urge, lambda o: {"text": o.reason(), "agency_id": o.pick(None, None, o.agency())}),
    "case.supervise": (
        cases.case_supervise, lambda o: {"text": o.reason(), "agency_id": o.pick(None, None, o.agency())}
    ),
    "case.answer": (
        cases.case_answer_order,
        lambda o: {"order_id": o.pick(*[one.id for one in o.view.orders] or [0]), "answer": o.reason()},
    ),
    "case.suspend": (
        cases.case_suspend,
        lambda o: {
            "reason": o.pick("court", "court", "court", "tired"),
            "note": o.reason(),
            "waiting_for": o.pick("court", "citizen", "agency", "system"),
        },
    ),
    "case.resume": (cases.case_resume, lambda _: {}),
    "case.extend": (cases.case_extend, lambda o: {"amount": o.pick(3, 5, 6, 0), "reason": o.reason()}),
    "case.raise_ring": (cases.case_raise_ring, lambda o: {"reason": o.reason()}),
    "case.submit": (
        tasks.work_submit,
        lambda o: {"outcome": o.pick("unknown", "unknown", "mended", "fine", "wrong", "?"), "summary": o.reason()},
    ),
    "case.send_back": (cases.case_send_back, lambda o: {"reason": o.reason()}),
    "case.verify": (
        cases.case_verify,
        lambda o: {"papers": o.pick([o.lamps.paper("proof")], [o.lamps.paper("proof")], []), "note": o.reason()},
    ),
    "case.close": (cases.case_close, lambda _: {}),
    "case.reopen": (cases.case_reopen, lambda o: {"reason": o.reason()}),
    "case.contest": (cases.case_contest, lambda o: {"record_number": o.number, "text": o.reason()}),
    "case.decide_contest": (
        cases.case_decide_contest,
        lambda o: {
            "contest_id": o.pick(*[one.id for one in o.view.contests] or [0]),
            "decision": o.pick("upheld", "rejected"),
            "reason": o.reason(),
        },
    ),
}  # fmt: skip


def _sweep(_: Life) -> Step:
    def sweep(*, by: Actor, at: datetime) -> None:
        for _ in range(5):  # one rung a sweep, and a wait that is over may open a task
            if not cases.cases_sweep(at=at) + tasks.tasks_sweep(at=at) + clocks.clocks_settle(at=at):
                break
        ledger.seal_make(at=at)

    return Step("sweep", HOUSE, _.now, sweep, has_key=False)


def _days_edit(o: Life) -> Step:
    day = day_of(o.now) + timedelta(days=o.pick(1, 2, 5, 9, 14, 0, -1))
    works, name = o.pick(False, False, True), o.pick("台风", "调休")

    def edit(*, by: Actor, at: datetime) -> Any:
        return calendar.days_edit(days={day: works}, name=name, source="通知", by=by, at=at)

    return Step("calendar.days_edit", HOUSE, o.now, edit, has_key=False)


def _again(o: Life) -> Step:
    """Somebody calls about the same lamp."""
    matter = o.pick(o.case.matter, o.case.matter, "post")

    def call(*, by: Actor, at: datetime) -> Any:
        told = {
            "region": o.lamps.town.region, "spot": "七号灯", "happened_at": at.isoformat(), "what": matter,
            "urgent": False,
        }  # fmt: skip
        return intake.record_report(pack_id=o.lamps.pack.id, kind="call", values=told, by=by, at=at)

    return Step("record.again", HOUSE, o.now, call, has_key=False)


def _rate(o: Life) -> Step:
    stars = o.pick(1, 2, 4, 5, 6)

    def rate(*, by: Actor, at: datetime) -> Any:
        return outcomes.rating_give(number=o.number, code=o.code, stars=stars, comment="", at=at)

    return Step("record.rate", Actor.citizen(o.number), o.now, rate, has_key=False)


HOUSES: dict[str, Callable[[Life], Step]] = {
    "sweep": _sweep, "calendar.days_edit": _days_edit, "record.again": _again, "record.rate": _rate,
}  # fmt: skip
