"""Plays the city through the house, day after simulated day; a replay that was killed goes on where it stood.

Every plan follows from what the tables and the ledger say, never from what this process remembers, and plans
are done strictly in their order in time. So whatever was done when the power went is exactly a beginning of
what would have been done, and planning anew gives the rest. Each act carries a key made of what it is about
and when it is due: doing it once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from hezhi.edge.demo import closing, records, robots, setting
from hezhi.edge.demo.arrivals import Delivery
from hezhi.edge.demo.city import City
from hezhi.edge.demo.errors import RobotStuck
from hezhi.edge.demo.haste import haste
from hezhi.edge.demo.queue import PlanQueue
from hezhi.edge.demo.watching import Watch
from hezhi.edge.demo.world import Plan
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.checks import api as checks
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.flow.supply import api as supply
from hezhi.flow.tasks import api as tasks
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import city_moment, day_ends_at, day_starts_at
from hezhi.services.entities import api as entities
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.wiring import linking

Entity = tuple[str, int | str]
Progress = Callable[[datetime, int], None]


@dataclass
class Replayed:
    """What one run did."""

    acts: int = 0
    deliveries: int = 0
    rows: int = 0
    sweeps: int = 0
    was_done: bool = False
    idle_cases: list[str] = field(default_factory=list)  # open cases nobody will ever act on: a hole in the data


class Replay:
    """One run over the city's days."""

    def __init__(self, city: City, *, days: int, on_progress: Progress | None = None) -> None:
        self._city = city
        self._until = day_ends_at(city.first_day + timedelta(days=days - 1))
        self._tell = on_progress or (lambda at, acts: None)
        self._queue = PlanQueue()
        self._wakes: dict[Entity, datetime] = {}
        self._done = Replayed()

    def run(self) -> Replayed:
        """Play up to the last day.

        Raises:
            RobotStuck: a door refused an act the city's data foresees.
        """
        mark = closing.mark_of(self._city, self._until)
        if closing.is_marked(mark):
            self._done.was_done = True
            return self._done
        self._stage = setting.stage_set(self._city)
        with haste(), Watch() as watch:
            self._watch = watch
            self._fill(closing.last_tick())
            while (found := self._queue.pop(self._until)) is not None:
                self._act(*found)
        self._done.idle_cases = robots.idle_cases(self._until, self._knows)
        closing.finish(self._city, mark, at=self._until)
        return self._done

    def _fill(self, since: datetime | None) -> None:
        """Plan what is still to come: deliveries and ticks after ``since``, and all that waits."""
        begin = since or day_starts_at(self._stage.city.first_day)
        for delivery in self._stage.deliveries:
            if begin <= delivery.at <= self._until:
                plan = Plan(delivery.at, f"0 {delivery.key}", partial(self._deliver, delivery))
                self._queue.put(("delivery", delivery.key), plan)
        for key, plan in self._stage.wishes:
            if begin <= plan.at <= self._until:
                self._queue.put(("wish", key), plan)
        for at, is_seal in self._ticks():
            if since is None or at > since:
                work = self._seal if is_seal else self._sweep
                self._queue.put(("tick", at.isoformat()), Plan(at, "1 tick", work))
        for entity in robots.waiting_entities(begin) if since else ():
            self._replan(entity)

    def _ticks(self) -> Iterator[tuple[datetime, bool]]:
        file = self._stage.city.file
        on = self._stage.city.first_day
        while day_ends_at(on) <= self._until:
            for moment in file.sweeps:
                yield city_moment(on, moment.hour, moment.minute), False
            yield city_moment(on, file.seal.hour, file.seal.minute), True
            on += timedelta(days=1)

    def _act(self, entity: Entity, plan: Plan) -> None:
        self._watch.clear()
        try:
            plan.do(plan)
        except HezhiError as error:
            raise RobotStuck(f"{plan.name} at {plan.at.isoformat()}: {error}") from error
        self._done.acts += 1
        self._tell(plan.at, self._done.acts)
        touched = dict.fromkeys([entity, *self._watch.touched()])
        for one in touched:
            self._replan(one)

    def _replan(self, entity: Entity) -> None:
        if entity[0] in ("delivery", "wish", "tick"):
            return
        plan, wakes_at = robots.plan_for(self._stage.world, entity)
        self._queue.put(entity, plan)
        if wakes_at is None:
            self._wakes.pop(entity, None)
        else:
            self._wakes[entity] = wakes_at

    def _knows(self, entity: Entity) -> bool:
        return self._queue.has(entity) or entity in self._wakes

    def _deliver(self, delivery: Delivery, plan: Plan) -> None:
        self._stage.feeder.hand_in(delivery)
        self._done.deliveries += 1
        self._done.rows += len(delivery.rows)
        if any("changed" in row.tags for row in delivery.rows):
            for record_id in records.held():  # holding a row is told to nobody
                self._watch.add(("record", record_id))

    def _sweep(self, plan: Plan) -> None:
        cases.cases_sweep(at=plan.at)
        tasks.tasks_sweep(at=plan.at)
        alerts.alerts_sweep(at=plan.at)
        intake.tickets_sweep(at=plan.at)
        self._done.sweeps += 1
        for entity, wakes_at in list(self._wakes.items()):
            if wakes_at <= plan.at:
                self._watch.add(entity)
        closing.tick_mark(plan.at)

    def _seal(self, plan: Plan) -> None:
        ledger.seal_make(at=plan.at)
        if failed := [row for row in detection.detect_run(at=plan.at) if row.error]:
            raise RobotStuck(f"{failed[0].pack} {failed[0].scan}: {failed[0].error}")
        if unknown := [row for row in checks.features_refresh(at=plan.at) if row.error]:
            raise RobotStuck(f"{unknown[0].pack_id} {unknown[0].feature}: {unknown[0].error}")
        linking.records_link(at=plan.at)
        entities.models_ready(by=Actor.system("links"), at=plan.at)
        supply.supply_judge(at=plan.at)
        closing.tick_mark(plan.at)


def is_played(city: City, *, days: int | None = None) -> bool:
    """Say whether the first ``days`` days of just this city were played to their end."""
    last = city.first_day + timedelta(days=min(days or city.file.days, city.file.days) - 1)
    return closing.is_marked(closing.mark_of(city, day_ends_at(last)))


def replay(city: City, *, days: int | None = None, on_progress: Progress | None = None) -> Replayed:
    """Play the first ``days`` days of the city (all of them by default); days played before are not played again."""
    return Replay(city, days=min(days or city.file.days, city.file.days), on_progress=on_progress).run()
