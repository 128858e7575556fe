"""The smallest valid cases, made through the doors, about lamps in the stories' invented town."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.db import connection, transaction

from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertRow
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, CaseView, Paper
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskRow, TaskState
from hezhi.kit.errors import HezhiError
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import Line
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

HOUSE = Actor.system("test")
LAMP, WELL, BELL, GATE = "lamp_office", "well_office", "bell_office", "gate_office"
OTHER_COUNTY, OTHER_VILLAGE = "890102", "890102001001"
WATCHED = (
    "intake",
    "detection",
    "alerts",
    "cases",
    "tasks",
    "outcomes",
    "rights",
    "indicators",
    "notices",
    "ledger",
    "clocks",
)


def moment(text: str) -> datetime:
    """Return a city moment of 2026 written as ``03-02 09:00``; 2 March 2026 is a Monday."""
    return packkit.moment_of(f"2026-{text}")


MONDAY = moment("03-02 09:00")


@cache
def lamp_pack() -> Pack:
    raw = yaml.safe_load((Path(__file__).parent / "lamps.yml").read_text())
    return Pack.model_validate({**raw, "folder": Path(__file__).parent, "content_hash": "0" * 64})


def pack_use(pack: Pack) -> None:
    shelf = packkit.Shelf([])
    shelf._packs[pack.id] = pack
    packkit.shelf_use(shelf)


@dataclass
class Lamps:
    """The town, and short ways to bring a case as far as a test needs it."""

    pack: Pack
    town: Town
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    receipt: Receipt | None = None  # of the last report

    def by(self, name: str, at: datetime = MONDAY) -> Actor:
        """Return who acts under a kind of agency or a role."""
        return self.town.actor(name, at)

    def agency(self, kind: str) -> int:
        return self.town.agencies[kind]

    def change(self, **playbook: Any) -> None:
        """Use the pack with other parts of its playbook from now on, checked like any pack."""
        book = self.pack.playbook.model_dump() | playbook
        self.pack = self.pack.model_copy(update={"playbook": type(self.pack.playbook).model_validate(book)})
        pack_use(self.pack)

    def report(self, matter: str = "post", *, at: datetime = MONDAY, kind: str = "report", **values: Any) -> Receipt:
        """Take one report in, about a spot of its own unless ``spot`` is given."""
        number = next(self.numbers)
        told = {"region": self.town.region, "spot": f"灯{number}", "happened_at": at.isoformat(), "what": matter}
        told |= {"urgent": False, "phone": f"139{number:08d}", **values}
        self.receipt = intake.record_report(pack_id=self.pack.id, kind=kind, values=told, by=HOUSE, at=at)
        return self.receipt

    def alert(self, matter: str = "post", *, at: datetime = MONDAY, **values: Any) -> AlertRow:
        record_id = self.report(matter, at=at, **values).record.id
        alert_id = alerts.alerts_of_records(record_ids=[record_id])[record_id]
        return alerts.alert_get(alert_id=alert_id, by=HOUSE)

    def opened(self, matter: str = "post", *, at: datetime = MONDAY, **values: Any) -> CaseRow:
        """Return a case that a duty officer confirmed."""
        alert = self.alert(matter, at=at, **values)
        case_id = alerts.alert_confirm(alert_id=alert.id, by=self.by("duty_officer"), at=at).case_id
        assert case_id is not None
        return self.case(case_id)

    def handled(self, matter: str = "post", *, at: datetime = MONDAY, **values: Any) -> CaseRow:
        """Return a case that its lead has accepted."""
        case = self.opened(matter, at=at, **values)
        return cases.case_accept(case_id=case.id, by=self.lead(case), at=at)

    def submitted(self, matter: str = "post", *, at: datetime = MONDAY, outcome: str = "unknown") -> CaseRow:
        """Return a case whose lead claims that nothing can be found out."""
        return self.submit(self.handled(matter, at=at), at=at, outcome=outcome)

    def helped(self, case: CaseRow, *, at: datetime = MONDAY) -> CaseRow:
        """Let every co-handler and supporter answer the lead."""
        while "kernel_assist" in self.live(case):
            self.do(case, "kernel_assist", at=at, answer="已协办")
        return self.case(case.id)

    def submit(self, case: CaseRow, *, at: datetime = MONDAY, outcome: str = "unknown") -> CaseRow:
        by = self.lead(self.helped(case, at=at))
        return tasks.work_submit(case_id=case.id, outcome=outcome, summary="已办", by=by, at=at)

    def verified(self, matter: str = "post", *, at: datetime = MONDAY, outcome: str = "unknown") -> CaseRow:
        return self.verify(self.submitted(matter, at=at, outcome=outcome), at=at)

    def verify(self, case: CaseRow, *, at: datetime = MONDAY) -> CaseRow:
        return cases.case_verify(case_id=case.id, papers=[self.paper("proof")], by=self.by("supervisor"), at=at)

    def closed(self, matter: str = "post", *, at: datetime = MONDAY, outcome: str = "unknown") -> CaseRow:
        return self.close(self.verified(matter, at=at, outcome=outcome), at=at)

    def close(self, case: CaseRow, *, at: datetime = MONDAY) -> CaseRow:
        return cases.case_close(case_id=case.id, by=self.by("supervisor"), at=at)

    def in_state(self, state: CaseState, matter: str = "post") -> CaseRow:
        """Return a case in the given state, all at one moment."""
        ways = {
            CaseState.DISPATCHED: lambda: self.opened(matter),
            CaseState.RETURNED: lambda: self.opened("nobody"),
            CaseState.HANDLING: lambda: self.handled(matter),
            CaseState.SUSPENDED: lambda: self.suspend(self.handled(matter)),
            CaseState.SUBMITTED: lambda: self.submitted(matter),
            CaseState.VERIFIED: lambda: self.verified(matter),
            CaseState.CLOSED: lambda: self.closed(matter),
        }
        case: CaseRow = ways[state]()
        assert case.state is state
        return case

    def suspend(self, case: CaseRow, *, at: datetime = MONDAY) -> CaseRow:
        return cases.case_suspend(
            case_id=case.id, reason="court", note="等待判决", waiting_for="court", by=self.lead(case), at=at
        )

    def lead(self, case: CaseRow) -> Actor:
        """Return the handler of the lead agency."""
        kinds = {agency_id: kind for kind, agency_id in self.town.agencies.items()}
        assert case.lead_agency_id is not None
        return self.by(kinds[case.lead_agency_id])

    def case(self, case_id: int) -> CaseRow:
        return cases.case_get(case_id=case_id, by=HOUSE)

    def view(self, case: CaseRow) -> CaseView:
        return cases.case_view(case_id=case.id, by=HOUSE)

    def paper(self, name: str) -> Paper:
        return Paper(name, self.town.paper, f"{name}.txt")

    def tasks(self, case: CaseRow, *states: TaskState) -> list[TaskRow]:
        found = tasks.tasks_of_case(case_id=case.id, by=HOUSE)
        return [one for one in found if one.state in (states or (TaskState.OPEN, TaskState.WAITING))]

    def live(self, case: CaseRow) -> list[str]:
        """Return the elements of live tasks, in the order in which they opened."""
        return [one.element for one in self.tasks(case)]

    def do(
        self, case: CaseRow, element: str, *, at: datetime = MONDAY, by: str = "", key: str = "", **result: Any
    ) -> TaskRow:
        """Finish a live task of a case as its own agency."""
        task = next(one for one in self.tasks(case) if one.element == element)
        kinds = {agency_id: kind for kind, agency_id in self.town.agencies.items()}
        papers = [self.paper(name) for name in result.pop("papers", ())]
        actor = self.by(by or kinds[task.agency_id])
        return tasks.task_done(task_id=task.id, result=result, papers=papers, by=actor, at=at, key=key)

    def noticed(self, case: CaseRow, *, at: datetime = MONDAY) -> CaseRow:
        """Look, find the lamp broken and serve the notice: the recheck then waits for the citizen."""
        self.do(case, "look", at=at, found="broken")
        self.do(case, "notice", at=at, served_on=f"{at:%Y-%m-%d}", told_rights=True, papers=["copy"])
        return self.case(case.id)

    def second_person(self, kind: str, username: str = "second") -> Actor:
        """Put one more handler on a post of an agency and return who acts."""
        seed = OfficerSeed(username, f"经办{username}", f"story-{kind}", Role.HANDLER, title=username)
        started = (MONDAY - timedelta(days=1)).date()
        people.people_load(agencies=[], officers=[seed], from_on=started, by=HOUSE, at=MONDAY)
        found = people.account_find(username)
        assert found is not None and found.person_id is not None
        return people.actor_get(person_id=found.person_id, at=MONDAY)

    def leave(self, name: str, person_id: int | None = None) -> None:
        """Let who acts under a name leave the post at the end of Monday."""
        person = people.person_get(person_id or self.town.persons[name], at=MONDAY)
        people.person_leave(person_id=person.id, post_id=person.post_id, last_day=MONDAY.date(), by=HOUSE, at=MONDAY)

    def other_county(self) -> dict[str, Actor]:
        """Add a county beside the town's, with a lamp office and an office of roles of its own."""
        places = [(OTHER_COUNTY, "邻县"), (f"{OTHER_COUNTY}001000", "邻镇"), (OTHER_VILLAGE, "邻村")]
        regions.regions_load(rows=[RegionSeed(*one) for one in places], by=HOUSE, at=MONDAY)
        agencies = [
            AgencySeed(f"other-{kind}", f"邻县{kind}", kind, OTHER_COUNTY) for kind in (LAMP, WELL, "other_hub")
        ]
        roles = {LAMP: Role.HANDLER, WELL: Role.HANDLER}
        roles |= {str(role): role for role in (Role.DUTY_OFFICER, Role.COORDINATOR, Role.SUPERVISOR)}
        seeds = [
            OfficerSeed(f"o.{name}", f"邻{name}", f"other-{name if name in (LAMP, WELL) else 'other_hub'}", role)
            for name, role in roles.items()
        ]
        people.people_load(agencies=agencies, officers=seeds, from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
        found = {name: people.account_find(f"o.{name}") for name in roles}
        return {name: people.actor_get(person_id=one.person_id, at=MONDAY) for name, one in found.items() if one}


@pytest.fixture
def lamps(db: None) -> Iterator[Lamps]:
    yield from lamps_town()


@pytest.fixture
def lamps_committed(transactional_db: None) -> Iterator[Lamps]:
    """The town in a database that several connections see; everything is emptied afterwards."""
    yield from lamps_town()


def lamps_town() -> Iterator[Lamps]:
    before = packkit.shelf()
    pack_use(lamp_pack())
    try:
        yield Lamps(lamp_pack(), town_make(lamp_pack(), MONDAY))
    finally:
        packkit.shelf_use(before)


def lines(case: CaseRow, *acts: str) -> list[Line]:
    """Return the lines of a case's chain, all or those of some acts."""
    return [one for one in ledger.lines_of(chain=f"case:{case.id}") if not acts or one.act in acts]


def last(case: CaseRow) -> Line:
    return lines(case)[-1]


def everything() -> dict[str, str]:
    """Return a fingerprint of every table that an act may write, the ledger and the notices among them."""
    tables = [one._meta.db_table for one in apps.get_models() if one._meta.app_label in WATCHED]
    rows = "count(*)::text || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', {rows} FROM {table} t" for table in tables))
        return dict(cursor.fetchall())


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever happens inside is taken back at the end, so that one case serves many trials."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Nothing is written inside: no line, no row, no notice."""
    before = everything()
    yield
    assert {name: now for name, now in everything().items() if now != before[name]} == {}


@contextmanager
def refused(error: type[HezhiError], **facts: Any) -> Iterator[pytest.ExceptionInfo[HezhiError]]:
    """The act inside is refused with exactly this error and these facts, and leaves nothing behind."""
    with nothing_changes(), pytest.raises(HezhiError) as caught:
        yield caught
    assert type(caught.value) is error, caught.value
    assert {name: caught.value.facts.get(name) for name in facts} == facts


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run every call in a thread and a connection of its own, all at once; return results or errors in order."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(timeout=20)
        try:
            return call()
        except HezhiError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(run, call) for call in calls]]
