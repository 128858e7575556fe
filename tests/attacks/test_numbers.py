"""Numbers that no column holds are refused by pages as well as by the API, and change nothing.

Every number that an address, a filter, a form or a body asks for is sent larger than what can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests.attacks.scene import Operation, Scene, operations, pages, taken_back, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("failures_are_answers")]
HUGE = ("2147483648", "9223372036854775808", "9" * 40, "9" * 5000)
"""One more than each kind of column holds, and more than Python reads as a number."""


def test_an_address_with_a_number_that_no_row_has_leads_nowhere(scene: Scene) -> None:
    wrong, tried, before = [], set(), written()
    for number in ("2147483648", "9223372036854775808", "9" * 400):
        ids = {name: number if isinstance(value, int) else value for name, value in scene.ids.items()}
        for (name, address), (_, plain) in zip(pages(ids), pages(scene.ids), strict=True):
            if address == plain:
                continue
            tried.add(name)
            for send in (scene.office.client("supervisor").get, scene.office.client("operator").post):
                status = send(address).status_code
                wrong += [f"{address[:60]}: {status}"] if status not in (403, 404, 405) else []

    assert wrong == []
    assert len(tried) > 20
    assert written() == before


NAMES = (
    "agency", "agency_id", "person_id", "member_ids", "deputy", "deputy_id", "post", "passkey", "session", "link",
    "withdraw", "force_id", "order_id", "contest_id", "minutes", "hours", "days", "up_to", "task", "record", "to",
    "successor", "cursor",
)  # fmt: skip
"""What forms call their numbers."""


@pytest.mark.parametrize("number", HUGE[1:])
def test_a_form_with_a_number_that_no_column_holds_breaks_nothing(scene: Scene, number: str) -> None:
    wrong, sent = [], {**dict.fromkeys(NAMES, number), "reason": "看看就好", "text": "看看就好", "note": "看看就好"}
    for _, address in pages(scene.ids):
        for who in ("supervisor", "operator"):
            with taken_back():
                status = scene.office.client(who).post(address, sent).status_code
            wrong += [f"{who} {address}: {status}"] if status >= 500 else []

    assert wrong == []


@pytest.mark.parametrize("stars", HUGE)
def test_a_reporter_s_stars_are_no_larger_number_either(scene: Scene, stars: str) -> None:
    sent = {"number": scene.own.record.number, "code": scene.own.code, "act": "rate", "stars": stars}
    before = written()

    answer = Client(raise_request_exception=False).post("/track/", sent)

    assert 400 <= answer.status_code < 500
    assert written() == before


def swollen(value: Any, number: int) -> Iterator[Any]:
    """Yield a body once for each number in it, with that one made huge."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from ({**value, name: other} for other in swollen(one, number))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in swollen(one, number))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield number


def refused(scene: Scene, one: Operation, number: int) -> list[str]:
    """Return what was answered to huge numbers in the body, the query and the address of an operation but a refusal."""
    client, wrong = scene.office.client("supervisor"), []
    for body in swollen(one.body, number):
        swelled = Operation(one.name, one.method, one.path, one.parameters, body, one.guards)
        status = swelled.ask(client, scene.ids).status_code
        wrong += [f"{one.name} body: {status}"] if not 400 <= status < 500 else []
    for parameter in one.parameters if one.method == "get" else ():
        if parameter["in"] == "query" and "integer" in str(parameter["schema"]):
            status = one.ask(client, scene.ids, {parameter["name"]: number}).status_code
            wrong += [f"{one.name}?{parameter['name']}: {status}"] if not 400 <= status < 500 else []
    for name in re.findall(r"\{(\w+)\}", one.path):
        if isinstance(scene.ids[name], int):
            status = one.ask(client, {**scene.ids, name: number}).status_code
            wrong += [f"{one.path} {name}: {status}"] if not 400 <= status < 500 else []
    return wrong


def test_the_api_refuses_a_number_that_no_column_holds(scene: Scene) -> None:
    wrong, before = [], written()
    for one in operations(scene.ids):
        for number in (2**63, 10**25):
            with taken_back():
                wrong += refused(scene, one, number)

    assert wrong == []
    assert written() == before
