"""Which entities robots look after, and what each of them does next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from hezhi.edge.demo import ending, holding, oversight, records, working
from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.desk import WITHOUT_WORK, Desk
from hezhi.edge.demo.triage import TriageRobot
from hezhi.edge.demo.world import Plan, World
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter, AlertState
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseState
from hezhi.flow.tasks.contracts import TaskState

Entity = tuple[str, int | str]
AFTERLIFE = timedelta(days=45)  # longest time after closing in which a demo case still sees an act
PAGE = 200


def plan_for(world: World, entity: Entity) -> tuple[Plan | None, datetime | None]:
    """Return the next act of an entity, and when a sweep may change it without telling anybody."""
    kind, number = entity
    assert isinstance(number, int)
    if kind == "alert":
        alert = alerts.alert_get(alert_id=number, by=HOUSE)
        return TriageRobot(world, alert).plan(), alert.snoozed_until
    if kind == "record":
        return records.plan_for(world, number), None
    desk = Desk.of(world, number)
    return min(case_plans(desk), default=None), _wakes_at(desk)


def case_plans(desk: Desk) -> Iterator[Plan]:
    """Yield everything that may happen to a case now; the earliest comes true."""
    state = desk.case.state
    if state in (CaseState.DISPATCHED, CaseState.RETURNED):
        yield from holding.plans(desk)
    elif state in (CaseState.HANDLING, CaseState.SUSPENDED):
        yield from working.plans(desk)
        if state is CaseState.HANDLING:
            yield from holding.transfer_plans(desk)
    else:
        yield from ending.plans(desk)
    yield from ending.contest_plans(desk)
    yield from oversight.plans(desk)


def _wakes_at(desk: Desk) -> datetime | None:
    tasks = () if desk.case.state in WITHOUT_WORK else desk.tasks
    moments = [one.not_before for one in tasks if one.state is TaskState.WAITING and one.not_before]
    if desk.case.waiting_until is not None:
        moments.append(desk.case.waiting_until)
    return min(moments, default=None)


def waiting_entities(since: datetime) -> Iterator[Entity]:
    """Yield every entity that may still act: waiting alerts, open cases, cases closed not long before ``since``."""
    for state in (AlertState.OPEN, AlertState.SNOOZED):
        wanted = AlertFilter(states=(state,))
        yield from (
            ("alert", one.id)
            for one in _all(lambda c, w=wanted: alerts.alert_page(by=HOUSE, wanted=w, cursor=c, size=PAGE))
        )
    yield from (("case", one) for one in open_cases(since))
    closed = CaseFilter(is_open=False)
    for case in _all(lambda c: cases.case_page(by=HOUSE, wanted=closed, at=since, cursor=c, size=PAGE)):
        if case.closed_at is None or case.closed_at >= since - AFTERLIFE:
            yield "case", case.id
    yield from (("record", one) for one in records.held())


def open_cases(at: datetime) -> list[int]:
    wanted = CaseFilter(is_open=True)
    return [one.id for one in _all(lambda c: cases.case_page(by=HOUSE, wanted=wanted, at=at, cursor=c, size=PAGE))]


def idle_cases(at: datetime, is_known: Callable[[Entity], bool]) -> list[str]:
    """Return numbers of open cases that no robot will act on any more."""
    idle = [one for one in open_cases(at) if not is_known(("case", one))]
    return [cases.case_get(case_id=one, by=HOUSE).number for one in idle]


def _all(page_of: Callable) -> Iterator:
    cursor = ""
    while True:
        page = page_of(cursor)
        yield from page.rows
        cursor = page.next_cursor
        if not cursor:
            return
