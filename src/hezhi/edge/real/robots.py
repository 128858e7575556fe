"""Robot officers that bring one matter from the alert to the verified end, by the same doors as people.

They know no scenario: what a task needs is read from the pack's own fields, the first outcome that burdens
nobody is claimed, and what only a named person may decide about somebody is never done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from hezhi.edge.stories.town import OFFICE, Town
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Paper
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.kit.errors import HezhiError
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.playbook import Outcome
from hezhi.packkit.shape.records import Field
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("real")
PHRASE = "已按规定办理并答复反映人"
ROUNDS_MOST = 20
PHONE = "12345"


class LoopStuck(HezhiError):
    """Robots found no way to the end of a case."""

    code = "loop_stuck"


@dataclass(frozen=True)
class Errand:
    """One alert to bring to its end between two moments; ``matter`` is what the duty officer names."""

    alert_id: int
    matter: str
    begin_at: datetime
    end_at: datetime


@dataclass
class Robots:
    """Everybody of the town, acting for one pack.

    Attributes:
        spare: time between two acts, where there is time.
        town_at: when the town was made; its posts never change.
    """

    pack: Pack
    town: Town
    spare: timedelta
    town_at: datetime
    _actors: dict[str, Actor] = field(default_factory=dict)

    def close(self, errand: Errand) -> int:
        """Bring one alert to a closed case, in one transaction; return the case's id.

        Raises:
            LoopStuck: no outcome could be claimed.
            HezhiError: what a door refused; then nothing of it happened.
        """
        moments = self._moments(errand)
        with transaction.atomic():
            row = alerts.alert_confirm(
                alert_id=errand.alert_id, matter=errand.matter, by=self._actor(Role.DUTY_OFFICER), at=next(moments)
            )
            assert row.case_id is not None
            case = cases.case_get(case_id=row.case_id, by=HOUSE)
            if case.state is CaseState.RETURNED:  # nobody answers for this by rule
                case = self._rule(case, next(moments))
            case = cases.case_accept(case_id=case.id, by=self._lead(case), at=next(moments))
            outcome = self._outcome()
            last = self._work(case, outcome, moments, errand.end_at)
            self._finish(case, outcome, max(last, errand.end_at))
        return case.id

    def _moments(self, errand: Errand) -> Iterator[datetime]:
        """Yield the moments of acts before the end, evenly spread where there is little time."""
        step = min(self.spare, (errand.end_at - errand.begin_at) / 20)
        at = errand.begin_at
        while True:
            at = min(at + step, errand.end_at)
            yield at

    def _rule(self, case: CaseRow, at: datetime) -> CaseRow:
        agency = self.town.agencies[self.pack.identity.owners.agency]
        return cases.case_rule(
            case_id=case.id, agency_id=agency, reason=PHRASE, by=self._actor(Role.COORDINATOR), at=at
        )

    def _outcome(self) -> Outcome:
        """Return the first outcome that asks for no optional or burdening task and says of nobody that he erred."""
        playbook = self.pack.playbook
        shunned = {one.id for one in playbook.tasks if one.optional or one.adverse}
        return next(one for one in playbook.outcomes if not one.wrongful and not shunned & set(one.needs))

    def _work(self, case: CaseRow, outcome: Outcome, moments: Iterator[datetime], end_at: datetime) -> datetime:
        """Do every task that opens; what the outcome rests on is done at the end. Return the last moment."""
        adverse = {one.id for one in self.pack.playbook.tasks if one.adverse}
        last = case.opened_at
        for _ in range(ROUNDS_MOST):
            every = tasks.tasks_of_case(case_id=case.id, by=HOUSE)
            todo = [one for one in every if one.state is TaskState.OPEN and one.element not in adverse]
            if not todo:
                done = {one.element for one in every if one.state is TaskState.DONE}
                if set(outcome.needs) <= done:
                    return last
                break
            for task in sorted(todo, key=lambda one: one.element in outcome.needs):
                at = end_at if task.element in outcome.needs else next(moments)
                last = max(last, at)
                self._do(task, last)
        raise LoopStuck(case=case.number, open=[one.element for one in tasks.tasks_of_case(case_id=case.id, by=HOUSE)])

    def _do(self, task: TaskRow, at: datetime) -> None:
        fields = tasks.fields_asked(task)
        result = {name: self._value(name, one) for name, one in fields.items() if one.required}
        element = next((one for one in self.pack.playbook.tasks if one.id == task.element), None)
        papers = [Paper(name, self.town.paper, f"{name}.txt") for name in (element.papers if element else ())]
        tasks.task_done(task_id=task.id, result=result, papers=papers, by=self._doer(task), at=at)

    def _value(self, name: str, declared: Field) -> Any:
        """Return the plainest value that a field takes.

        Raises:
            LoopStuck: its text must follow a pattern, which no robot can guess.
        """
        plain = {
            "integer": int(declared.at_least or 1), "number": declared.at_least or 1, "flag": True, "phone": PHONE,
            "region": self.town.region, "file": self.town.photo, "matter": self.pack.matters[0].id,
        }  # fmt: skip
        if declared.type in plain:
            return plain[declared.type]
        if declared.type == "choice":
            return declared.choices[0].id
        if declared.type == "text" and declared.pattern is None:
            least, most = int(declared.at_least or 1), int(declared.at_most or 10_000)
            return (PHRASE * (least // len(PHRASE) + 1))[:most]
        raise LoopStuck(field=name, type=declared.type)

    def _finish(self, case: CaseRow, outcome: Outcome, at: datetime) -> None:
        playbook = self.pack.playbook
        tasks.work_submit(case_id=case.id, outcome=outcome.id, summary=PHRASE, by=self._lead(case), at=at)
        verifier = self._actor(Role(playbook.verification.by))
        papers = [Paper(name, self.town.photo, f"{name}.png") for name in playbook.verification.papers]
        cases.case_verify(case_id=case.id, papers=papers, by=verifier, at=at)
        cases.case_close(case_id=case.id, by=verifier, at=at)

    def _doer(self, task: TaskRow) -> Actor:
        kind = self._kind(task.agency_id)
        return self._actor(Role.COORDINATOR if kind == OFFICE else kind)

    def _lead(self, case: CaseRow) -> Actor:
        assert case.lead_agency_id is not None
        return self._actor(self._kind(case.lead_agency_id))

    def _kind(self, agency_id: int) -> str:
        return next(kind for kind, one in self.town.agencies.items() if one == agency_id)

    def _actor(self, name: str) -> Actor:
        """Return who acts under a kind of agency or a role."""
        if name not in self._actors:
            self._actors[name] = self.town.actor(str(name), self.town_at)
        return self._actors[name]
