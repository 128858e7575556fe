"""One case on a robot's desk: what is known about it, and the helpers every robot of a case shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from hezhi.edge.demo.behaviours import Behaviour, Doing, Spread, When
from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.making import Making
from hezhi.edge.demo.past import Past
from hezhi.edge.demo.world import Plan, World, holds
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordRow, RecordView
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.packkit.shape import Pack
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor

Do = Callable[[Plan], None]
WITHOUT_WORK = (CaseState.DISPATCHED, CaseState.RETURNED, CaseState.SUBMITTED, CaseState.VERIFIED)


class Desk:
    """A case as it stands now, with its chain and its tasks.

    ``words`` name the case by what it is about and when it opened, so that draws and plans come out the
    same whatever ids the rows got.
    """

    def __init__(self, world: World, case: CaseRow) -> None:
        self.world, self.case = world, case
        self.past = Past(ledger.lines_of(chain=f"case:{case.id}"))
        self.behaviour: Behaviour = world.city.behaviour_for(case.pack_id, case.subject)
        self.pack: Pack = world.packs[case.pack_id]
        self.words = ("case", case.pack_id, case.subject, case.opened_at.isoformat())

    @cached_property
    def tasks(self) -> list[TaskRow]:
        """Tasks in the order they opened; read when first asked for, as half of all plans need none."""
        return tasks.tasks_of_case(case_id=self.case.id, by=HOUSE)

    @classmethod
    def of(cls, world: World, case_id: int) -> Desk:
        return cls(world, cases.case_get(case_id=case_id, by=HOUSE))

    @property
    def is_open(self) -> bool:
        return self.case.state is not CaseState.CLOSED

    @property
    def round(self) -> int:
        return self.case.reopened_count

    def records(self) -> list[RecordRow]:
        """Return the reports the case is about, oldest first."""
        return [one.row for one in self.views()]

    def views(self) -> list[RecordView]:
        return intake.records_get(record_ids=cases.records_of(case_id=self.case.id))

    def live(self) -> Iterable[TaskRow]:
        return [one for one in self.tasks if one.state in (TaskState.OPEN, TaskState.WAITING)]

    def roll(self, share: float, *words: object) -> bool:
        return self.world.is_drawn(share, *self.words, *words)

    def holds(self, when: When) -> bool:
        return holds(when, self.facts) if when else True

    def plan(self, act: str, at: datetime, do: Do) -> Plan:
        """Plan an act, never before the last thing that happened to the case."""
        return Plan(max(at, self.past.last_at() or at), f"{'|'.join(self.words)}/{act}", do)

    def later(self, start: datetime, spread: Spread, *words: object, hours: str = "", times: float = 1) -> datetime:
        return self.world.later(hours or self.behaviour.hours, start, spread, *self.words, *words, times=times)

    def lead(self) -> Actor:
        """Return who acts for the lead agency: the handler, else somebody there."""
        case = self.case
        assert case.lead_agency_id is not None
        if case.handler_id is not None:
            return self.world.cast.actor(case.handler_id)
        return self.world.cast.officer(case.lead_agency_id, Role.HANDLER, *self.words, "lead", case.bounce_count)

    def officer_for(self, role: Role) -> Actor:
        return self.world.cast.person_of(role, self.case.region_code, *self.words, str(role))

    def coordinator(self, at: datetime) -> Actor:
        return self.world.cast.on_duty(Role.COORDINATOR, self.case.region_code, at)

    def someone_at(self, agency_id: int, *words: object) -> Actor:
        """Return somebody of an agency, its handler where it leads the case."""
        if agency_id == self.case.lead_agency_id:
            return self.lead()
        return self.world.cast.officer(agency_id, Role.HANDLER, *self.words, *words)

    def doer(self, task: TaskRow, at: datetime) -> Actor:
        """Return who does a task: its holder, the coordinator on duty, the handler, or somebody of the agency."""
        if task.person_id is not None:
            return self.world.cast.actor(task.person_id)
        if task.part == "coordinator":
            return self.world.cast.officer(task.agency_id, Role.COORDINATOR, *self.words, task.element)
        return self.someone_at(task.agency_id, task.element)

    def doing_of(self, task_element: str, part: str = "") -> Doing | None:
        """Return the way a task is done in this case, None where nobody will do it."""
        ways = self.world.city.file.kernel_tasks.get(task_element) or self.behaviour.tasks.get(task_element, ())
        facts = {**self.facts, "part": part}
        for number, way in enumerate(ways):
            if holds(way.when, facts) and (
                way.share >= 1 or self.roll(way.share, task_element, number, part, self.round)
            ):
                return way
        return None

    def making(self, at: datetime, *words: object) -> Making:
        path = self.case.region_path.split(".")
        township = next((one for one in path if one in self.world.city.places.townships), "")
        facts = {"title": self.case.title, "spot": self.case.subject.partition("@")[0]}
        return Making(self.world.city, township, at, (*self.words, *words), facts, self.world.samples)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What conditions may ask for. Before the work begins there are no tasks to look at."""
        case = self.case
        path = case.region_path.split(".")
        facts: dict[str, Any] = {
            "matter": case.matter,
            "grade": case.grade,
            "round": case.reopened_count,
            "bounces": case.bounce_count,
            "outcome": case.outcome,
            "district": path[2] if len(path) > 2 else "",
            "lead": self._kind_of(case.lead_agency_id),
            "stars": [line.body["stars"] for line in self.past.every("record.rate")],
        }
        if case.state not in WITHOUT_WORK:
            facts["stage"] = [one.element for one in self.live()]
            for task in self.tasks:
                if task.state is TaskState.DONE:
                    facts.update({f"{task.element}.{name}": value for name, value in task.result.items()})
        return facts

    def _kind_of(self, agency_id: int | None) -> str:
        return "" if agency_id is None else self.world.cast.agency(agency_id).kind
