"""A small town with one open case, made through the doors, and a client that speaks to the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from hezhi.edge.api.machines import machine_open
from hezhi.edge.now import now
from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack, Story
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("test")
PHONE = "13900000102"  # of every reporter


def pack_with_case() -> tuple[Pack, Story]:
    """Return the first pack, and its first story, that opens a case by one report of somebody who may be reached."""
    for pack in packkit.shelf().packs():
        for story in pack.stories:
            first = story.steps[0]
            is_report = first.do == "record.report" and "@region" in map(str, first.given["values"].values())
            if is_report and pack.record(first.given["record"]).contact:
                return pack, story
    raise LookupError("no pack tells a story that begins with a report")


@dataclass
class Place:
    """The town and what stands in it."""

    pack: Pack
    town: Town
    kind: str
    values: dict[str, Any]
    at: datetime
    machines: dict[str, str] = field(default_factory=dict)

    def report(self) -> Receipt:
        """Take one more report in, about a subject of its own."""
        key, shape = str(uuid4()), self.pack.record(self.kind)
        values = {**self.values, shape.key: key, shape.subject: f"{self.values[shape.subject]} {key[:8]}"}
        return intake.record_report(pack_id=self.pack.id, kind=self.kind, values=values, by=HOUSE, at=now(), key=key)

    def case(self) -> CaseRow:
        """Return an open case about one more report."""
        return self.case_of(self.report())

    def case_of(self, receipt: Receipt) -> CaseRow:
        """Return the case a report is answered by; triage confirms what waits for it."""
        record = receipt.record
        alert_id = alerts.alerts_of_records(record_ids=[record.id]).get(record.id)
        if alert_id is not None:
            matter = alerts.alert_get(alert_id=alert_id, by=HOUSE).matter or self.pack.matters[0].id
            alerts.alert_confirm(alert_id=alert_id, matter=matter, by=HOUSE, at=now())
        case_id = cases.case_of_record(record_ids=[record.id])
        assert case_id is not None
        return cases.case_get(case_id=case_id, by=HOUSE)

    def source_token(self) -> str:
        """Return the token of a source that may push this kind of record."""
        if "source" not in self.machines:
            _, self.machines["source"] = intake.source_create(
                code="src1", name="来源", pack_id=self.pack.id, kind=self.kind, by=HOUSE, at=self.at
            )
        return self.machines["source"]

    def client(self, name: str) -> Client:
        """Return a client that asks with the token of a machine standing on the post of ``name``."""
        return Client(headers={"Authorization": f"Bearer {self.token(name)}"})

    def token(self, name: str) -> str:
        """Return the token of a machine that has the rights of the post of ``name``."""
        if name not in self.machines:
            account = people.account_create(
                username=f"m{len(self.machines)}", password="", by=HOUSE, at=self.at, person_id=self.town.persons[name]
            )
            self.machines[name] = machine_open(
                code=f"m{len(self.machines)}", name=name, username=account.username, by=HOUSE, at=self.at
            )
        return self.machines[name]


def place_make() -> Place:
    """Make the town of the first pack whose story begins with a report."""
    pack, story = pack_with_case()
    at = datetime.now(UTC) - timedelta(days=3)
    town = town_make(pack, at)
    first = story.steps[0]
    fill = {"@region": town.region, "@photo": town.photo, "@paper": town.paper}
    values = {name: fill.get(one, one) if isinstance(one, str) else one for name, one in first.given["values"].items()}
    shape = pack.record(first.given["record"])
    values[shape.happened] = (now() - timedelta(hours=1)).isoformat()
    if shape.contact:
        values[shape.contact] = PHONE
    return Place(pack, town, shape.id, values, at)


def post(client: Client, path: str, body: Any = None, key: str = "", **headers: str) -> Any:
    """Send one act."""
    return client.post(
        f"/api/v1{path}",
        data=body if body is not None else {},
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid4().hex, **headers},
    )
