"""Who may ask: strangers sign in, others see nothing of what is not theirs, and machines stay machines."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hezhi.edge.api.errors import MachineInvalid
from hezhi.edge.api.machines import machine_close, machine_open, machines_list
from hezhi.edge.api.site import openapi
from hezhi.edge.api.tests.factories import HOUSE, Place, post
from hezhi.edge.api.tests.test_once import lead_of, lines
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account

pytestmark = pytest.mark.django_db
OPEN_TO_ALL = {
    "house_health", "intake_push", "reports_report", "reports_openings", "reports_rate", "reports_contest",
    "devices_message", "devices_heartbeat", "rights_rights_of", "rights_ask", "rights_contest", "rights_copy",
}  # fmt: skip


def operations():
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_a_stranger_is_told_to_sign_in_everywhere():
    answers = {
        operation["operationId"]: getattr(Client(), method)(
            re.sub(r"\{[a-z]+_id\}", "1", path.replace("{pack_id}", "some_pack")), content_type="application/json"
        )
        for method, path, operation in operations()
        if operation["operationId"] not in OPEN_TO_ALL
    }

    assert {
        name for name, one in answers.items() if (one.status_code, one.json()["code"]) != (401, "not_signed_in")
    } == set()
    assert len(answers) > 50


def test_every_act_takes_a_key():
    keyless = {
        operation["operationId"]
        for method, _, operation in operations()
        if method == "post" and "Idempotency-Key" not in {one["name"] for one in operation.get("parameters", ())}
    }

    assert keyless == {
        "intake_push",
        "files_put",
        "notices_read",
        "notices_read_all",
        "devices_message",
        "devices_heartbeat",
    }, "these change nothing twice"


def test_an_agency_that_takes_no_part_does_not_find_the_case(place: Place):
    case = place.case()
    member = cases.case_get(case_id=case.id, by=HOUSE).agency_ids
    stranger = next(kind for kind, agency_id in place.town.agencies.items() if agency_id not in member)
    if stranger == "story_office":
        pytest.skip("every agency of this pack takes part")

    read = place.client(stranger).get(f"/api/v1/cases/{case.id}")
    acted = post(place.client(stranger), f"/cases/{case.id}/accept")

    assert [(one.status_code, one.json()["code"]) for one in (read, acted)] == [(404, "case_not_found")] * 2
    assert cases.case_get(case_id=case.id, by=HOUSE).state is CaseState.DISPATCHED


def test_who_may_read_but_not_act_is_refused_and_nothing_is_written(place: Place):
    case = place.case()
    written = lines(case)
    client = place.client("supervisor")

    read = client.get(f"/api/v1/cases/{case.id}")
    acted = post(client, f"/cases/{case.id}/accept")

    assert (read.status_code, acted.status_code) == (200, 403)
    assert lines(case) == written


def test_a_closed_machine_is_let_in_no_longer(place: Place):
    client = place.client("supervisor")
    before = client.get("/api/v1/me")

    machine_close(code="m0", by=HOUSE, at=now())

    assert (before.status_code, before.json()["ref"], before.json()["kind"]) == (200, "machine:m0", "service")
    assert client.get("/api/v1/me").status_code == 401
    assert [one.act for one in ledger.lines_of(chain="machine:m0")] == ["machine.open", "machine.close"]


def test_a_machine_is_let_in_until_its_token_expires(place: Place, monkeypatch: pytest.MonkeyPatch):
    place.client("supervisor")
    token = machine_open(code="short", name="短", username="m0", days=2, by=HOUSE, at=now())
    client = Client(headers={"authorization": f"Bearer {token}"})
    begun = now()

    told = []
    for later in (timedelta(days=1, hours=23), timedelta(days=2, minutes=1)):
        monkeypatch.setattr("hezhi.edge.api.auth.now", lambda later=later: begun + later)
        told.append(client.get("/api/v1/me").status_code)

    assert told == [200, 401]


def test_a_machine_gets_no_other_rights_than_those_it_was_given(place: Place):
    case = place.case()
    wide = place.client("supervisor")
    token = machine_open(code="narrow", name="窄", username="m0", rights=["indicator.read"], by=HOUSE, at=now())
    narrow = Client(headers={"authorization": f"Bearer {token}"})

    path = f"/api/v1/cases/{case.id}"
    assert (wide.get(path).status_code, narrow.get(path).status_code) == (200, 404)
    [row] = [one for one in machines_list(by=HOUSE) if one.code == "narrow"]
    assert (row.rights, row.expires_at - row.created_at) == (("indicator.read",), timedelta(days=365))


@pytest.mark.parametrize("bounds", [{"rights": ["case.reed"]}, {"days": 0}, {"days": 731}])
def test_a_token_without_sensible_bounds_is_not_made(place: Place, bounds: dict):
    place.client("supervisor")
    with pytest.raises(MachineInvalid):
        machine_open(code="odd", name="怪", username="m0", by=HOUSE, at=now(), **bounds)
    assert [one.code for one in machines_list(by=HOUSE)] == ["m0"]
    assert list(ledger.lines_of(chain="machine:odd")) == []


def test_an_account_that_is_switched_off_takes_its_machine_along(place: Place):
    client = place.client("supervisor")
    Account.objects.update(is_active=False)

    assert client.get("/api/v1/me").status_code == 401


def session(place: Place, **over) -> Client:
    account = people.account_create(
        username="officer", password="", by=HOUSE, at=place.at, person_id=place.town.persons["supervisor"]
    )
    client = Client(**over)
    client.force_login(Account.objects.get(id=account.id))
    return client


def test_an_officer_asks_with_the_session_of_the_site(place: Place):
    answer = session(place).get("/api/v1/me")

    assert answer.json()["ref"] == f"person:{place.town.persons['supervisor']}"
    assert "case.verify" in answer.json()["rights"]


def test_a_change_by_session_needs_the_sites_csrf_token(place: Place):
    case = place.case()
    written = lines(case)

    answer = post(session(place, enforce_csrf_checks=True), f"/cases/{case.id}/urge", {"text": "请尽快办理"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert lines(case) == written


def test_lead_helper_finds_the_lead(place: Place):
    case = place.case()

    assert place.town.agencies[lead_of(place, case)] == case.lead_agency_id
