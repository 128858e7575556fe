"""Each kind of token opens what it was made for, and nothing of what another kind opens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from tests.attacks.scene import Operation, Scene, operations, pages, taken_back, written

from hezhi.edge.api.machines import machine_open
from hezhi.edge.api.models import Machine
from hezhi.edge.now import now
from hezhi.flow.intake import api as intake
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
KINDS = {"MachineToken": "machine", "SourceToken": "source"}
"""What a bearer token proves, as the document of the API calls it."""


@pytest.fixture
def tokens(scene: Scene, settings: Any) -> dict[str, str]:
    """One good token of every kind, the machine's with all rights of a supervisor."""
    person = scene.office.town.persons["supervisor"]
    account = people.account_create(username="robot", password="", person_id=person, by=HOUSE, at=now())
    _, source = intake.source_create(
        code="pushing", name="推送", pack_id=scene.office.pack.id, kind="report", by=HOUSE, at=now()
    )
    settings.HEZHI = replace(settings.HEZHI, metrics_token="of-the-metrics-only")
    return {
        "machine": machine_open(code="robot", name="机器", username=account.username, by=HOUSE, at=now()),
        "source": source,
        "metrics": "of-the-metrics-only",
        "report": scene.own.code,
    }


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def asked_with(scene: Scene, tokens: dict[str, str]) -> Iterator[tuple[Operation, str, int]]:
    """Yield every operation of the API that wants a proof, with every token of another kind, and what came of it."""
    for one in operations(scene.ids):
        rightly = {KINDS[guard] for guard in one.guards if guard in KINDS}
        for kind in tokens if one.guards else ():
            if kind not in rightly:
                yield one, kind, one.ask(Client(), scene.ids, **bearer(tokens[kind])).status_code


def test_the_api_lets_in_the_kind_of_token_it_asks_for_and_no_other(scene: Scene, tokens: dict[str, str]) -> None:
    before = written()

    answers = [*asked_with(scene, tokens)]

    assert [f"{one.name}: {kind} {status}" for one, kind, status in answers if status != 401] == []
    assert len({one.name for one, _, _ in answers}) > 60
    assert written() == before
    assert Client().get("/api/v1/me", headers=bearer(tokens["machine"])).status_code == 200


def test_a_machine_is_a_stranger_on_every_page(scene: Scene, tokens: dict[str, str]) -> None:
    before, wrong = Session.objects.count(), []
    for name, address in pages(scene.ids):
        with taken_back():
            told = [Client().get(address, headers=headers) for headers in ({}, bearer(tokens["machine"]))]
        same = [(one.status_code, one.get("Location", "")) for one in told]
        if same[0] != same[1] or "hezhi_session" in told[1].cookies or "/sign-out/" in told[1].content.decode():
            wrong.append(f"{name}: {same}")

    assert wrong == []
    assert Session.objects.count() == before


@pytest.mark.parametrize("kind", ["machine", "source", "report"])
def test_the_numbers_of_the_house_are_told_to_their_own_token_alone(
    scene: Scene, tokens: dict[str, str], kind: str
) -> None:
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")

    assert elsewhere.get("/metrics", headers=bearer(tokens[kind])).status_code == 403
    assert elsewhere.get("/metrics", headers=bearer(tokens["metrics"])).status_code == 200


def test_the_code_of_a_report_opens_that_report_alone(scene: Scene, tokens: dict[str, str]) -> None:
    code = {"X-Report-Code": tokens["report"]}

    told = [Client().get(f"/api/v1/reports/{one.record.number}", headers=code) for one in (scene.own, scene.others)]

    assert [one.status_code for one in told] == [200, 404]


def test_a_machine_s_token_is_no_session_and_its_name_no_user(scene: Scene, tokens: dict[str, str]) -> None:
    client = Client()
    client.cookies["hezhi_session"] = tokens["machine"]

    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/account/").status_code == 302
    for name in ("robot", Machine.objects.get(code="robot").token_hash):
        assert client.post("/sign-in/", {"username": name, "password": tokens["machine"]}).status_code == 403
