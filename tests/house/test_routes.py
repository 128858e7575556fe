"""Who may open which address, and that a refusal leaves no trace.

Every route of the pages has a row here: a new one without a row fails. The columns are people; the number
is what they get. 302 for the stranger leads to the sign-in; 404 says that there is nothing one may know of.
The HTTP API keeps a table of its own beside its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from hezhi.edge.health import urls as health
from hezhi.edge.now import now
from hezhi.edge.stories.town import OFFICE
from hezhi.edge.web import urls
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.detection.tests.scene import learning_make
from hezhi.flow.intake import api as intake
from hezhi.flow.tasks import api as tasks
from hezhi.kit.moments import day_of
from hezhi.services.devices import api as devices
from hezhi.services.devices.models import Device
from hezhi.services.entities.tests.scene import link_make
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

pytestmark = pytest.mark.django_db

PEOPLE = ("", "duty_officer", "coordinator", "supervisor", "housing_bureau", "market_supervision", "grid_worker",
          "analyst", "operator")  # fmt: skip
"""A stranger; the region's roles; the lead agency of the case; an agency outside it; and the rest."""

COUNTY, HERE, NEXT = "890101", "890101001000", "890101002000"  # the matter lies in the first of two towns
TWINS = {
    f"{role}, {agency}, {place}": (role, agency, place)
    for role in ("duty_officer", "coordinator", "supervisor", "grid_worker")
    for agency, place in (("twins", HERE), ("twins", NEXT), (f"story-{OFFICE}", NEXT))
}
"""The roles of a region once more: in another agency, and over the next town."""
THINGS = {"device", "silence", "alert", "case", "link", "trust", "batch", "record", "ticket", "task", "line", "shadow"}


@dataclass(frozen=True)
class Route:
    """``gets`` are the statuses in the order of `PEOPLE`; ``args`` and ``sent`` name things of the scene."""

    gets: str
    args: tuple[str, ...] = ()
    method: str = "get"
    sent: dict[str, Any] = field(default_factory=dict)

    def status(self, person: str) -> int:
        return int(self.gets.split()[PEOPLE.index(person)])


ALL = "200 200 200 200 200 200 200 200 200"
OFFICERS = "302 200 200 200 200 200 200 200 200"
ROUTES: dict[str, Route] = {
    #                        --- duty coor supe lead out  grid anal oper
    "home": Route(ALL),
    "report": Route(ALL),
    "report_done": Route("302 302 302 302 302 302 302 302 302"),
    "report_form": Route(ALL, ("pack", "kind")),
    "track": Route(ALL),
    "rights": Route(ALL),
    "rights_copy": Route("404 404 404 404 404 404 404 404 404", method="post"),
    "sign_in": Route(ALL),
    "sign_in_code": Route("302 302 302 302 302 302 302 302 302"),
    "first_password": Route("302 302 302 302 302 302 302 302 302"),
    "passkey": Route("403 403 403 403 403 403 403 403 403", method="post"),
    "provider": Route("404 404 404 404 404 404 404 404 404"),
    "provider_back": Route("404 404 404 404 404 404 404 404 404"),
    "sign_out": Route("302 302 302 302 302 302 302 302 302", method="post"),
    "work": Route(OFFICERS),
    "notices": Route(OFFICERS),
    "notices_read": Route("302 302 302 302 302 302 302 302 302", method="post"),
    "account": Route(OFFICERS),
    "safety": Route(OFFICERS),
    "deputies": Route("302 404 404 404 404 404 404 404 404", method="post"),
    "staff": Route("302 403 403 403 403 403 403 403 200"),
    "hand_over": Route("302 404 404 404 404 404 404 404 404", ("no_id",)),
    "relatives": Route(OFFICERS),
    "alerts": Route("302 200 200 403 403 403 403 403 403"),
    "trusts": Route("302 200 200 403 403 403 403 403 403"),
    "trust_end": Route("302 302 302 403 403 403 403 403 403", ("trust",), "post", {"reason": "不再需要"}),
    "alert": Route("302 200 200 403 403 403 403 403 403", ("alert",)),
    "alert_relate": Route("302 404 404 403 403 403 403 403 403", ("alert",), "post"),
    "alert_file": Route("302 404 404 403 403 403 403 403 403", ("alert", "no_file")),
    "alert_act": Route("302 422 422 403 403 403 403 403 403", ("alert", "dismiss"), "post", {"verdict": "false"}),
    "links": Route("302 200 200 403 403 403 403 403 403"),
    "link_judge": Route(
        "302 302 302 403 403 403 403 403 403", ("link",), "post", {"verdict": "different", "reason": "两个不同的人"}
    ),
    "cases": Route("302 200 200 200 200 200 200 403 403"),
    "case": Route("302 200 200 200 200 404 404 403 403", ("case",)),
    "case_act": Route("302 403 403 403 409 404 404 403 403", ("case", "case.accept"), "post"),
    "ticket_open": Route("302 403 422 403 422 404 404 403 403", ("case",), "post", {"record": "reported"}),
    "ticket_close": Route("302 404 404 404 302 404 404 403 403", ("ticket",), "post"),
    "task_begin": Route("302 403 403 403 409 404 404 403 403", ("case",), "post"),
    "order_make": Route("302 403 302 302 302 404 404 403 403", ("case",), "post", {"key": "k"}),
    "case_file": Route("302 404 404 404 404 404 404 403 403", ("case", "no_file")),
    "task_take": Route("302 403 403 403 302 404 404 403 403", ("task",), "post"),
    "task_hand_over": Route("302 403 403 403 403 404 404 403 403", ("task",), "post"),
    "task_done": Route("302 403 403 403 422 404 404 403 403", ("task",), "post"),
    "checks": Route("302 200 200 200 200 200 200 403 403"),
    "check_form": Route("302 404 404 403 404 404 404 403 403", ("pack", "no_check")),
    "check_answer": Route("302 404 404 404 404 404 404 403 403", ("no_id",)),
    "board": Route("302 403 200 200 403 403 403 403 403"),
    "lineage": Route("302 403 404 404 403 403 403 404 403", ("pack",)),
    "quality": Route("302 403 403 200 403 403 403 403 200"),
    "openings": Route("302 403 403 200 403 403 403 403 403"),
    "detectors": Route("302 403 200 200 403 403 403 200 403"),
    "candidate": Route("302 200 200 200 403 403 403 200 403", ("candidate",)),
    "shadow_judge": Route(
        "302 302 302 302 403 403 403 403 403",
        ("candidate", "shadow"),
        "post",
        {"verdict": "false", "reason": "现场没有问题"},
    ),
    "reviews": Route("302 200 200 200 403 403 403 200 403"),
    "review": Route("302 200 200 200 403 403 403 200 403", ("review",)),
    "review_answer": Route(
        "302 302 302 302 403 403 403 403 403",
        ("review", "line"),
        "post",
        {"answer": "nothing", "reason": "现场没有问题"},
    ),
    "indicators": Route("302 403 200 200 403 403 403 200 403"),
    "indicator_csv": Route("302 403 200 200 403 403 403 200 403", ("pack",)),
    "packs": Route(OFFICERS),
    "pack": Route(OFFICERS, ("pack",)),
    "intake": Route("302 200 200 200 403 403 200 403 200"),
    "upload": Route("302 403 403 403 403 403 403 403 422", method="post"),
    "batch": Route("302 403 403 403 403 403 403 403 200", ("batch",)),
    "record": Route("302 200 200 200 403 403 200 403 200", ("record",)),
    "record_file": Route("302 404 404 404 403 403 404 403 404", ("record", "no_file")),
    "record_correct": Route("302 422 422 403 403 403 403 403 422", ("record",), "post"),
    "record_decide": Route("302 422 422 403 403 403 403 403 422", ("record",), "post"),
    "devices": Route("302 200 200 200 200 200 200 403 200"),
    "device": Route("302 200 200 200 200 404 200 403 200", ("device",)),
    "silence_see": Route("302 302 302 403 302 404 403 403 302", ("silence",), "post", {"note": "已派人查看"}),
    "ledger": Route("302 403 403 403 403 403 403 403 200"),
    "running": Route("302 403 403 403 403 403 403 403 200"),
    "jobs_act": Route(
        "302 403 403 403 403 403 403 403 404",
        ("drop",),
        "post",
        {"task": "t", "kind": "k", "up_to": "1", "reason": "r"},
    ),
    "deliveries_again": Route(
        "302 403 403 403 403 403 403 403 404", method="post", sent={"channel": "sms", "error": "e", "reason": "r"}
    ),
}


LEADING_ON = ("report_done", "sign_out", "sign_in_code", "first_password")
"""Open to everyone, and lead on to another page."""


@dataclass(frozen=True)
class Scene:
    """A town in the middle of its work: an alert, a case with its lead at work, a trust, a delivery."""

    office: Office
    names: dict[str, Any]

    def sent(self, route: Route) -> dict[str, Any]:
        return {name: self.names.get(one, one) for name, one in route.sent.items()}


@pytest.fixture
def scene(office: Office) -> Scene:  # noqa: F811
    return scene_make(office)


def scene_make(office: Office) -> Scene:  # noqa: F811
    at, house = now(), Actor.system("test")
    case = office.opened("k1")
    duty = office.actor("duty_officer")
    alert = office.alerted("k2", spot="春江路18号旁空地", standing_on="marked_bay")
    trust = alerts.subject_trust(
        pack_id=alert.pack_id, subject="x", region_path=alert.region_path, until=at.replace(year=at.year + 1),
        reason="测试", by=duty, at=at,
    )  # fmt: skip
    intake.source_create(code="test", name="测试来源", pack_id=alert.pack_id, kind="report", by=house, at=at)
    head = "report_no,region,spot,standing_on,happened_at,found_by,vehicle,blocks,wrecked"
    row = f"A1,{office.town.region},某处,nowhere,2026-03-02 08:00,patrol,旧车,no,yes"
    content = "\n".join((head, row)).encode()
    batch = intake.batch_take(source="test", content=content, name="a.csv", format="csv", by=house, at=at)
    [record] = intake.record_page(by=office.actor("operator")).rows
    names = {
        "pack": office.pack.id, "kind": "report", "alert": alert.id, "case": case.id, "trust": trust.id,
        "batch": batch.id, "record": record.id, "no_file": "0" * 64, "no_id": 2**31,
    }  # fmt: skip
    cases.case_accept(case_id=case.id, by=office.actor("housing_bureau"), at=now())
    task = next(one for one in tasks.tasks_of_case(case_id=case.id, by=house) if one.element == "check_on_site")
    [reported] = cases.records_of(case_id=case.id)
    ticket = intake.ticket_open(
        record_id=reported, fields=["contact_phone"], case_id=case.id, basis=office.pack.identity.lawful_basis[0].cite,
        purpose="电话核实情况", minutes=60, by=office.actor("housing_bureau"), at=now(),
    )  # fmt: skip
    device = Device.objects.create(
        code="scene-smoke", name="烟感", kind="smoke", unit="ppm", pack_id=office.pack.id, record="none",
        region_code=case.region_code, region_path=case.region_path, spot="东坡", agency_id=case.lead_agency_id,
        every_seconds=60, most_per_minute=9, registered_at=at - timedelta(days=1), silent_at=at - timedelta(hours=1),
    )  # fmt: skip
    devices.devices_silent(at=at)
    [silence] = devices.silences_of(device_id=device.id, by=house)
    names |= {"device": device.id, "silence": silence.id}
    link = link_make(region_path=alert.region_path, at=at)
    names |= learning_make(region_path=alert.region_path, at=at)
    return Scene(office, names | {"task": task.id, "reported": reported, "ticket": ticket.id, "link": link})


def asked(scene: Scene, name: str, client: Client) -> HttpResponse:
    """Open one route as somebody, in a moment that is taken back afterwards."""
    route = ROUTES[name]
    address = reverse(f"web:{name}", args=[scene.names.get(one, one) for one in route.args])
    fresh = Client()
    fresh.cookies.load(client.cookies)  # so that signing out here signs out nobody elsewhere
    with transaction.atomic():
        response = getattr(fresh, route.method)(address, scene.sent(route))
        transaction.set_rollback(True)
    return response


def page_cells(scene: Scene) -> Iterator[tuple[str, str, set[int], int]]:
    """Yield route, person, the statuses wanted and the one that came, for every route and everybody."""
    twins_load(scene.office)
    for name, route in ROUTES.items():
        for person in (*PEOPLE, *TWINS):
            yield name, person, wanted(route, person), asked(scene, name, scene.office.client(person)).status_code


def twins_load(office: Office) -> None:  # noqa: F811
    """Give each role of a region a twin in another agency, and twins over the next town in both agencies."""
    house, before = Actor.system("test"), now() - timedelta(days=1)
    regions.regions_load(rows=[RegionSeed(NEXT, "邻镇", COUNTY)], by=house, at=before)
    people.people_load(
        agencies=[AgencySeed("twins", "别的单位", "twins", COUNTY)],
        officers=[
            OfficerSeed(f"twin{number}", f"某{number}", agency, Role(role), str(number), region_code=place)
            for number, (role, agency, place) in enumerate(TWINS.values())
        ],
        from_on=day_of(before), by=house, at=before,
    )  # fmt: skip
    for number, name in enumerate(TWINS):
        office.town.persons[name] = Account.objects.get(username=f"twin{number}").person_id


def wanted(route: Route, person: str) -> set[int]:
    """Return what a person must get: over the matter's own town what the role gets there, else nothing of a thing.

    Where the role is refused at home already, that may come before the thing is looked for.
    """
    if person not in TWINS:
        return {route.status(person)}
    role, _, place = TWINS[person]
    if place == HERE or not THINGS & set(route.args):
        return {route.status(role)}
    return {403, 404} if route.status(role) == 403 else {404}


def test_every_route_has_a_row() -> None:
    assert {one.name for one in urls.urlpatterns} == set(ROUTES)


def test_there_are_no_addresses_beside_pages_api_and_language() -> None:
    assert [str(one.pattern) for one in get_resolver().url_patterns] == ["i18n/", "api/", "", ""]


def test_what_watches_the_site_needs_no_account_and_tells_numbers_to_this_machine_alone(settings: Any) -> None:
    elsewhere = {"REMOTE_ADDR": "10.1.2.3"}
    opened = {name: Client(**elsewhere).get(reverse(f"health:{name}")).status_code for name in ("healthz", "metrics")}
    settings.HEZHI = replace(settings.HEZHI, metrics_token="t0ken")
    said = {token: Client(**elsewhere).get("/metrics", headers={"Authorization": token}).status_code
            for token in ("Bearer t0ken", "Bearer token", "t0ken", "")}  # fmt: skip

    assert [one.name for one in health.urlpatterns] == ["healthz", "readyz", "metrics"]
    assert opened == {"healthz": 200, "metrics": 403}
    assert said == {"Bearer t0ken": 200, "Bearer token": 403, "t0ken": 403, "": 403}
    assert Client().get("/metrics").status_code == 200
    assert Client(headers={"X-Forwarded-For": "10.1.2.3"}).get("/metrics").status_code == 403


def test_everyone_gets_what_the_table_says(scene: Scene) -> None:
    other = [
        f"{name}: {person or 'a stranger'} gets {got}, not {told}"
        for name, person, told, got in page_cells(scene)
        if got not in told
    ]

    assert not other, "\n".join(other)


def test_a_stranger_is_led_to_the_sign_in(scene: Scene) -> None:
    closed = [name for name, route in ROUTES.items() if route.status("") == 302 and name not in LEADING_ON]

    leads = {name: asked(scene, name, Client())["Location"].split("?")[0] for name in closed}

    assert set(leads.values()) == {"/sign-in/"}


def test_a_refusal_leaves_no_trace(scene: Scene) -> None:
    twins_load(scene.office)
    before, told = ledger.last_line_id(), []

    for name, route in ROUTES.items():
        refused = [one for one in (*PEOPLE, *TWINS) if min(wanted(route, one)) >= 400 or not one]
        for person in refused if route.method == "post" and name not in LEADING_ON else []:
            address = reverse(f"web:{name}", args=[scene.names.get(one, one) for one in route.args])
            scene.office.client(person).post(address, scene.sent(route))
            told += [(name, person)] if ledger.last_line_id() != before else []

    assert told == []


def _missing_token(scene: Scene) -> Callable[[str], HttpResponse]:
    client = Client(enforce_csrf_checks=True)
    client.cookies = scene.office.client("housing_bureau").cookies
    return lambda name: client.post(reverse(f"web:{name}", args=[scene.names[one] for one in ROUTES[name].args]))


def test_a_form_of_another_site_changes_nothing(scene: Scene) -> None:
    before = ledger.last_line_id()

    response = _missing_token(scene)("task_take")

    assert response.status_code == 403
    assert ledger.last_line_id() == before


def test_a_host_that_is_not_ours_is_refused_with_a_page() -> None:
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
