"""The town that is attacked: what belongs to others there, who attacks, and every address there is.

Addresses come from the urls and from the API's own document, so that a new one is attacked on the day it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from hezhi.edge.api.site import openapi
from hezhi.edge.now import now
from hezhi.edge.web import urls
from hezhi.edge.web.act_forms import FORMS
from hezhi.edge.web.tests.office import Office, office_make
from hezhi.edge.web.views import running
from hezhi.edge.web.views.alerts import decisions
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.checks import api as checks
from hezhi.flow.detection.tests.scene import learning_make
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.tasks import api as tasks
from hezhi.services.devices import api as devices
from hezhi.services.devices.models import Device
from hezhi.services.entities.tests.scene import link_make
from hezhi.services.notices import api as notices
from hezhi.spine.permissions.contracts import Actor

MARK = "玄鹤柒"
"""A word that stands nowhere but in what belongs to others."""
PHONE = "13987650123"
OUTSIDER = "market_supervision"
"""Handles for an agency that takes part in none of the cases."""
CHECK = {"pack_id": "instant_permit_check", "check_id": "purchase_paper"}
GIVEN = {"site": f"{MARK}01", "category": "third", "buyer_kind": "unit", "amount_g": 500}
HEAD = "report_no,region,spot,standing_on,happened_at,found_by,vehicle,blocks,wrecked"


@dataclass(frozen=True)
class Scene:
    """``ids`` are of things that belong to others, by the name an address or a body gives them."""

    office: Office
    ids: dict[str, Any]
    others: Receipt
    own: Receipt

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no answer to an attacker may hold."""
        return (MARK, PHONE, PHONE[-4:], self.others.code)


def scene_make() -> Scene:
    """Write the town with everything in it that belongs to others."""
    return planted(office_make())


def planted(office: Office) -> Scene:
    """Write into a town a case under way, an alert that waits, a batch, a trust; all with the marker inside."""
    at, house = now(), Actor.system("test")
    words = {"spot": f"{MARK}路1号", "vehicle": f"{MARK}车", "contact_phone": PHONE}
    case = office.opened("k1", **words)
    others = office.reported("k4", spot=f"{MARK}路4号", contact_phone=PHONE)
    alert = office.alerted("k2", spot=f"{MARK}路2号", standing_on="marked_bay", vehicle=f"{MARK}车")
    trust = alerts.subject_trust(
        pack_id=alert.pack_id, subject=f"{MARK}丙", region_path=alert.region_path,
        until=at.replace(year=at.year + 1), reason=f"{MARK}丁", by=office.actor("duty_officer"), at=at,
    )  # fmt: skip
    intake.source_create(code="cars", name="巡查车", pack_id=alert.pack_id, kind="report", by=house, at=at)
    row = f"A1,{office.town.region},{MARK}处,nowhere,2026-03-02 08:00,patrol,{MARK}车,no,yes"
    batch = intake.batch_take(
        source="cars", content=f"{HEAD}\n{row}".encode(), name="a.csv", format="csv", by=house, at=at
    )
    record = next(one for one in intake.record_page(by=office.actor("operator")).rows if one.batch_id == batch.id)
    cases.case_accept(case_id=case.id, by=office.actor("housing_bureau"), at=now())
    order = cases.case_urge(
        case_id=case.id, agency_id=office.town.agencies["housing_bureau"], text=f"请就{MARK}答复",
        by=office.actor("supervisor"), at=now(),
    )  # fmt: skip
    assert order.id == case.id
    task = tasks.tasks_of_case(case_id=case.id, by=house)[0]
    view = cases.case_view(case_id=case.id, by=house)
    ticket = intake.ticket_open(
        record_id=view.record_ids[0], fields=["contact_phone"], case_id=case.id, minutes=30,
        basis=office.pack.identity.lawful_basis[0].cite, purpose=f"联系{MARK}的反映人核实情况",
        by=office.actor("housing_bureau"), at=now(),
    )  # fmt: skip
    ids = {
        "case_id": case.id, "alert_id": alert.id, "trust_id": trust.id, "batch_id": batch.id, "task_id": task.id,
        "record_id": record.id, "ticket_id": ticket.id, "order_id": view.orders[0].id, "contest_id": 1, "force_id": 1,
        "person_id": 1, "deputy_id": 1, "hand_over_id": 1,
        "link_id": link_make(region_path=office.town.region_path, at=at), **_checked(office), **_watched(office, case),
        "notice_id": notices.notices_page(recipient=office.actor("housing_bureau").ref).rows[0].id,
        "number": others.record.number, "about": others.record.number, "sha256": office.town.photo,
        "pack_id": office.pack.id, "region_path": office.town.region_path, "other_id": others.record.id,
        "record_ids": [record.id], **_learned(office, at), "check_id": CHECK["check_id"],
    }  # fmt: skip
    own = office.reported("k9", spot="春江路9号", contact_phone="13900000199")
    for name in ("", OUTSIDER, "housing_bureau", "coordinator", "duty_officer", "operator", "supervisor"):
        office.client(name)
    return Scene(office, ids, others, own)


def _learned(office: Office, at: datetime) -> dict[str, int]:
    """Draw a sample, and let a changed detector find something in shadow."""
    told = learning_make(region_path=office.town.region_path, at=at)
    return {
        "review_id": told["review"], "item_id": told["line"], "candidate_id": told["candidate"],
        "hit_id": told["shadow"],
    }  # fmt: skip


def _checked(office: Office) -> dict[str, int]:
    """Ask a check at the duty officer's counter."""
    told = checks.check_run(**CHECK, given=GIVEN, by=office.actor("duty_officer"), at=now())
    return {"answer_id": told.id}


def _watched(office: Office, case: CaseRow) -> dict[str, Any]:
    """Set up a device of the housing bureau that fell silent."""
    at = now()
    device = Device.objects.create(
        code="dev-1", name=f"{MARK}烟感", kind="smoke", unit="%/m", pack_id=office.pack.id, record="none",
        region_code=case.region_code, region_path=case.region_path, spot=f"{MARK}路5号",
        agency_id=office.town.agencies["housing_bureau"], every_seconds=60, most_per_minute=9,
        registered_at=at - timedelta(days=1), heard_at=at - timedelta(hours=2), silent_at=at - timedelta(hours=1),
    )  # fmt: skip
    devices.devices_silent(at=at)
    [silence] = devices.silences_page(by=Actor.system("test"))
    return {"device_id": device.id, "code": device.code, "silence_id": silence.id}


WRITTEN = (
    "cases_case", "tasks_task", "alerts_alert", "alerts_trust", "intake_record", "ledger_line", "notices_notice",
    "entities_judgement", "checks_answer", "devices_silence",
    "detection_label", "detection_reviewitem",
)  # fmt: skip


def written() -> dict[str, str]:
    """Return what stands in the tables that acts write, as one checksum for each."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {table} t")
            found[table] = str(cursor.fetchone())
    return found


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back everything that is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# pages


def pages(ids: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and address of every page, of one with an act for each act there is."""
    for pattern in urls.urlpatterns:
        acts = {"case_act": FORMS, "alert_act": decisions(), "jobs_act": running.ACTS}.get(str(pattern.name), [""])
        for act in acts:
            given = {**ids, "act": act}
            if pattern.name == "report_form":
                given["record_id"] = "report"
            yield (
                str(pattern.name),
                "/" + re.sub(r"<\w+:(\w+)>", lambda found, g=given: str(g[found[1]]), str(pattern.pattern)),
            )


# the API


@dataclass(frozen=True)
class Operation:
    """One operation of the API, and a request that its document would take."""

    name: str
    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Any
    guards: frozenset[str]
    """What proves who asks, any one of them; none where nobody has to."""

    @property
    def asks_for_one(self) -> bool:
        """Whether the address names a row of somebody's."""
        return bool(set(re.findall(r"\{(\w+)\}", self.path)) - {"pack_id", "check_id"})

    @property
    def takes_no_session(self) -> bool:
        """Whether it is asked by a token or a code in a header, which no browser sends by itself."""
        by_code = any(one["name"] == "X-Report-Code" for one in self.parameters)
        return by_code or self.guards in ({"SourceToken"}, {"Signature"})

    def address(self, ids: Mapping[str, Any]) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), self.path)

    def ask(
        self, client: Client, ids: Mapping[str, Any], query: Mapping[str, Any] | None = None, **headers: str
    ) -> HttpResponse:
        if self.method == "get":
            return client.get(self.address(ids), query or {}, headers=headers)
        return getattr(client, self.method)(
            self.address(ids), data=self.body, content_type="application/json",
            headers={"Idempotency-Key": uuid4().hex, **headers},
        )  # fmt: skip


def operations(ids: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every operation of the API, with bodies that name ``ids`` wherever they ask for an id."""
    document = openapi()
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = sample(content["schema"], document, ids) if content else {}
            guards = frozenset(name for way in one.get("security", ()) for name in way)
            yield Operation(one["operationId"], method, path, tuple(one.get("parameters", ())), body, guards)


SAMPLES = {"date-time": "2099-01-01T00:00:00Z", "date": "2099-01-01"}


def sample(schema: Mapping[str, Any], document: Mapping[str, Any], ids: Mapping[str, Any], name: str = "") -> Any:
    """Return the smallest value that a schema takes."""
    if "$ref" in schema:
        return sample(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, ids, name)
    for part in ("allOf", "anyOf"):
        if part in schema:
            return sample(schema[part][0], document, ids, name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    if name in ids and not schema.get("properties"):
        return ids[name]
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required", ())
        return {one: sample(schema["properties"][one], document, ids, one) for one in wanted}
    if kind == "array":
        return [sample(schema.get("items", {}), document, ids)] * schema.get("minItems", 0)
    plain = {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}
    text = "看看" * max(1, schema.get("minLength", 0) // 2 + 1)
    return plain.get(str(kind)) or SAMPLES.get(schema.get("format", ""), text[: schema.get("maxLength", len(text))])


def leaks(answer: HttpResponse, secrets: tuple[str, ...]) -> list[str]:
    """Return the secrets that stand in an answer, its headers included, each by itself: tokens are long and random."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = content.decode("utf-8", "replace") + str(answer.headers)
    unescaped = text.encode().decode("unicode_escape", "ignore") if "\\u" in text else ""
    by_itself = ((one, re.compile(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])")) for one in secrets)
    return [one for one, found in by_itself if found.search(text) or found.search(unescaped)]
