"""The permission table: who × where × what over the HTTP API, what must come of it, and what did.

Who: strangers and seven roles. Where: in the agency that leads the matter or in another one, over the matter's
town or over the next one. What: every operation of the API on a case, task, alert, record, ticket or link. What must
come of each cell is worked out from the rights of roles and the table of moves; what did is asked over HTTP. A refusal
must leave nothing behind: no line, no note of an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.test import Client

from hezhi.edge.api.models import Answered
from hezhi.edge.api.site import openapi
from hezhi.edge.api.tests.factories import HOUSE, Place
from hezhi.edge.now import now
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.states import MOVES
from hezhi.flow.intake import api as intake
from hezhi.flow.tasks import api as tasks
from hezhi.kit.moments import day_of
from hezhi.services.devices import api as devices
from hezhi.services.devices.models import Device
from hezhi.services.entities.tests.scene import link_make
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Reach, Role
from hezhi.spine.people.models import Account
from hezhi.spine.people.rules import RIGHTS
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

COUNTY, HERE, NEXT = "890101", "890101001000", "890101002000"  # the matter lies in the first of two towns
OTHER = "table-other"
UNKNOWN = {
    "case_not_found", "task_not_found", "alert_not_found", "record_not_found", "ticket_not_found", "device_not_found",
    "silence_not_found", "link_not_found", "not_found",
}  # fmt: skip
HIDDEN, REFUSED, ALLOWED, STRANGER = "hidden", "refused", "let through", "sign in"

MOVE_OF = {
    "accept": "case.accept", "return": "case.return", "rule": "case.rule", "transfer": "case.transfer",
    "co_handler": "case.add_co", "hand_over": "case.hand_over", "form_force": "case.form_task_force",
    "dissolve_force": "case.dissolve_task_force", "urge": "case.urge", "supervise": "case.supervise",
    "answer_order": "case.answer", "raise_ring": "case.raise_ring", "suspend": "case.suspend",
    "resume": "case.resume", "extend": "case.extend", "submit": "case.submit", "send_back": "case.send_back",
    "verify": "case.verify", "close": "case.close", "reopen": "case.reopen",
    "decide_contest": "case.decide_contest", "lift_recusal": "case.lift_recusal",
    "recuse": "case.lift_recusal",  # another's interest, as here: who supervises may say so, as for lifting it
}  # fmt: skip
TRIAGE = ("alerts_confirm", "alerts_dismiss", "alerts_snooze")
MERGE = ("records_split", "records_link", "records_unlink")
CORRECT = ("records_correct", "records_refuse", "records_take_change")
ELSEWHERE = {
    "case_acts_begin_task": "which tasks there are depends on the pack; the rooms' tests hold it",
}
"""Operations on a thing that have no row, and why."""


@dataclass(frozen=True)
class Who:
    """``role`` None is a stranger; ``is_own``: of the agency that leads; ``is_here``: over the matter's town."""

    role: Role | None
    is_own: bool = False
    is_here: bool = False

    @property
    def name(self) -> str:
        if self.role is None:
            return "stranger"
        return f"{self.role} {'own' if self.is_own else 'other'} agency {'own' if self.is_here else 'other'} region"

    def holds(self, right: Right, *, of_agency: bool = True) -> bool:
        """Say whether the role gives ``right`` over the matter; an alert or a record has no agency."""
        reaches = {reach for one, reach in RIGHTS[self.role] if one is right} if self.role else set()
        return (
            Reach.EVERYWHERE in reaches
            or (Reach.REGION in reaches and self.is_here)
            or (Reach.AGENCY in reaches and self.is_own and of_agency)
        )


EVERYBODY = (Who(None), *(Who(role, own, here) for role in Role for own in (True, False) for here in (True, False)))


@dataclass(frozen=True)
class Cell:
    """One cell that was asked; ``left`` says what a refusal left behind."""

    who: Who
    operation: str
    wanted: str
    got: str
    left: str = ""

    @property
    def is_right(self) -> bool:
        return self.wanted == self.got and not self.left


def operations() -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Yield method, path, name and document of every operation on one case, task, alert, record, ticket or link."""
    for path, methods in openapi()["paths"].items():
        for method, told in methods.items():
            name = told["operationId"]
            if re.search(r"\{(case|task|alert|record|ticket|device|silence|link)_id\}", path) and name not in ELSEWHERE:
                yield method, path, name, told


def wanted(who: Who, method: str, name: str) -> str:
    """Return what must come of one cell."""
    if who.role is None:
        return STRANGER
    if name.startswith("devices_"):
        return _of_device(who, name)
    if name.startswith("alerts_"):
        sees = who.holds(Right.ALERT_TRIAGE, of_agency=False)
        knows = who.holds(Right.RECORD_READ, of_agency=False)
        return ALLOWED if sees else REFUSED if knows and name in TRIAGE else HIDDEN
    if name.startswith("links_"):
        return ALLOWED if who.holds(Right.RECORD_MERGE, of_agency=False) else HIDDEN
    if name in ("tickets_values", "tickets_close"):
        return HIDDEN  # the ticket is held by none of these
    if name == "tickets_open":
        return HIDDEN if not who.holds(Right.CASE_READ) else ALLOWED if who.holds(Right.FIELD_OPEN) else REFUSED
    if name.startswith("records_"):
        if not who.holds(Right.RECORD_READ, of_agency=False):
            return HIDDEN
        right = Right.RECORD_MERGE if name in MERGE else Right.RECORD_CORRECT if name in CORRECT else Right.RECORD_READ
        return ALLOWED if who.holds(right, of_agency=False) else REFUSED
    if not who.holds(Right.CASE_READ):
        return HIDDEN
    if name.startswith("tasks_"):
        # The one who accepted the case holds the task, so nobody here can take it.
        return ALLOWED if method == "get" or (who.is_own and name != "tasks_take") else REFUSED
    move = MOVES.get(MOVE_OF.get(name.removeprefix("case_acts_"), ""))
    if move is None or method == "get":
        return ALLOWED
    may = (move.right is None or who.holds(move.right)) and (not move.part or who.is_own)
    return ALLOWED if may else REFUSED


def _of_device(who: Who, name: str) -> str:
    """The device belongs to the agency that leads and stands in the matter's town."""
    manages = who.holds(Right.SOURCE_MANAGE)
    sees = manages or who.holds(Right.RECORD_READ, of_agency=False) or (who.is_own and who.holds(Right.CASE_READ))
    if name in ("devices_change", "devices_retire"):
        return ALLOWED if manages else REFUSED
    if name == "devices_get" or not sees:
        return ALLOWED if sees else HIDDEN
    cares = who.holds(Right.RECORD_CORRECT, of_agency=False) or (who.is_own and who.holds(Right.CASE_HANDLE))
    return ALLOWED if manages or cares else REFUSED


class Table:
    """The scene, and a browser for everybody."""

    def __init__(self, place: Place) -> None:
        self.place = place
        case = place.case()
        self.lead = cases.case_get(case_id=case.id, by=HOUSE).lead_agency_id
        self._people_load()
        accepted = place.case()
        lead = people.actor_get(person_id=people.officers(agency_id=self.lead, at=now())[0].id, at=now())
        cases.case_accept(case_id=accepted.id, by=lead, at=now())
        task = next(one for one in tasks.tasks_of_case(case_id=accepted.id, by=HOUSE) if one.agency_id == self.lead)
        waiting = place.report().record
        alert_id = alerts.alerts_of_records(record_ids=[waiting.id])[waiting.id]
        self.ids = {"case_id": case.id, "task_id": task.id, "record_id": waiting.id, "alert_id": alert_id}
        self.ids |= {"force_id": 1, "order_id": 1, "contest_id": 1, "person_id": lead.person_id}
        self.ids |= {"ticket_id": self._ticket(accepted.id, lead)}
        self.ids |= self._device()
        self.ids |= {"link_id": link_make(region_path=waiting.region_path, at=now())}
        # What bodies name is there, so that a refusal is about the thing of the address.
        self.named = {"other_id": place.report().record.id, "agency_id": self.lead}
        self.named |= {"person_id": lead.person_id, "member_ids": [lead.person_id]}
        self.named |= {"record_id": cases.records_of(case_id=case.id)[0]}

    def _ticket(self, case_id: int, holder: Actor) -> int:
        [record_id] = cases.records_of(case_id=case_id)
        [record] = intake.records_get(record_ids=[record_id])
        basis = self.place.pack.identity.lawful_basis[0].cite
        return intake.ticket_open(
            record_id=record_id, fields=record.secret_fields, case_id=case_id, basis=basis, purpose="电话核实情况",
            minutes=60, by=holder, at=now(),
        ).id  # fmt: skip

    def _device(self) -> dict[str, int]:
        """A device of the lead agency in the matter's town, which fell silent; no pack has to take what it says."""
        lead, at = people.agency_get(self.lead), now() - timedelta(days=1)
        place = regions.region_get(HERE)
        device = Device.objects.create(
            code="table-smoke", name="烟感", kind="smoke", unit="ppm", pack_id=self.place.pack.id, record="none",
            region_code=place.code, region_path=place.path, spot="东坡", agency_id=lead.id, every_seconds=60,
            most_per_minute=9, registered_at=at, silent_at=at,
        )  # fmt: skip
        devices.devices_silent(at=now())
        [silence] = devices.silences_of(device_id=device.id, by=HOUSE)
        return {"device_id": device.id, "silence_id": silence.id}

    def _people_load(self) -> None:
        before = now() - timedelta(days=1)
        regions.regions_load(rows=[RegionSeed(NEXT, "邻镇", COUNTY)], by=HOUSE, at=before)
        lead = people.agency_get(self.lead)
        people.people_load(
            agencies=[AgencySeed(OTHER, "别的单位", "table_other", COUNTY)],
            officers=[
                OfficerSeed(
                    f"t{number}", f"某{number}", lead.code if who.is_own else OTHER, who.role, str(number),
                    region_code=HERE if who.is_here else NEXT,
                )
                for number, who in enumerate(EVERYBODY) if who.role
            ],
            from_on=day_of(before), by=HOUSE, at=before,
        )  # fmt: skip
        self.clients = {}
        for number, who in enumerate(EVERYBODY):
            self.clients[who] = Client()
            if who.role:
                self.clients[who].force_login(Account.objects.get(username=f"t{number}"))

    def cells(self) -> Iterator[Cell]:
        """Ask every cell, each in a moment that is taken back afterwards."""
        for method, path, name, told in operations():
            for who in EVERYBODY:
                yield self._asked(who, method, path, name, told)

    def _asked(self, who: Who, method: str, path: str, name: str, told: Mapping[str, Any]) -> Cell:
        address = re.sub(r"\{(\w+)\}", lambda found: str(self.ids[found[1]]), path)
        told_body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        sent = {} if told_body is None else {"data": self._sample(told_body), "content_type": "application/json"}
        with transaction.atomic():
            before = (ledger.last_line_id(), Answered.objects.count())
            answer = getattr(self.clients[who], method)(address, headers={"Idempotency-Key": uuid4().hex}, **sent)
            got = _said(answer.status_code, answer.json())
            after = (ledger.last_line_id(), Answered.objects.count())
            transaction.set_rollback(True)
        left = "" if got == ALLOWED or before == after else f"{before} became {after}"
        return Cell(who, name, wanted(who, method, name), got, left)

    def _sample(self, shape: Mapping[str, Any]) -> Any:
        """Return the least that a schema takes, so that a refusal is about rights and not about shape."""
        if "$ref" in shape:
            return self._sample(openapi()["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
        if "enum" in shape or "const" in shape:
            return shape.get("const") or shape["enum"][0]
        if "anyOf" in shape:
            return self._sample(shape["anyOf"][0])
        kind = shape.get("type")
        if kind == "object":
            owed = shape.get("required", [])
            named = {name: one for name, one in shape.get("properties", {}).items() if name in owed}
            return {name: self.named.get(name, self._sample(one)) for name, one in named.items()}
        if kind == "array":
            return [self._sample(shape["items"])] * shape.get("minItems", 0)
        if kind == "string":
            is_moment = shape.get("format") == "date-time"
            return (now() + timedelta(days=1)).isoformat() if is_moment else "x" * max(1, shape.get("minLength", 1))
        return shape.get("minimum", 1) if kind in ("integer", "number") else kind == "boolean"


def _said(status: int, answer: Any) -> str:
    code = answer.get("code", "") if isinstance(answer, dict) else ""
    if status == 401:
        return STRANGER
    if status == 404 and code in UNKNOWN:
        return HIDDEN
    if status == 403 and code in {"not_allowed", "not_your_case", "not_your_task"}:
        return REFUSED
    return f"{status} {code}" if status >= 500 or code == "invalid_request" else ALLOWED
