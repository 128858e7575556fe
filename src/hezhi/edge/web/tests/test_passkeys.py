"""Passkeys: one signs its owner in, on this site, once per challenge, and a copied or foreign one nobody."""

from __future__ import annotations

import html
import json
import re
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.edge.web import challenges
from hezhi.edge.web.tests.authenticator import PRESENT, Device
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.edge.web.tests.test_signing_in import GOOD, account_id, is_in, password_given  # noqa: F401
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account, Passkey
from hezhi.spine.permissions.contracts import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account_id")]


def asked(client: Client, address: str) -> tuple[dict[str, Any], str]:
    """Return the options and the challenge that a page carries."""
    page = client.get(address).content.decode()
    return json.loads(html.unescape(re.search(r'data-options="([^"]*)"', page)[1])), html.unescape(
        re.search(r'name="challenge" value="([^"]*)"', page)[1]
    )


def added(device: Device, client: Client, **over: str):
    options, challenge = asked(client, "/account/safety/")
    sent = {
        "act": "passkey_add",
        "name": "手机",
        "password": GOOD,
        "challenge": challenge,
        "answer": device.made(options),
    }
    return client.post("/account/safety/", sent | over)


def tried(device: Device, client: Client | None = None, **over: str):
    client = client or Client()
    options, challenge = asked(client, "/sign-in/")
    client.answer = client.post(
        "/sign-in/passkey/", {"challenge": challenge, "answer": device.signed(options), "next": "/cases/"} | over
    )
    return client


def test_a_passkey_signs_its_owner_in_without_name_or_password() -> None:
    device = Device()
    assert added(device, password_given()).status_code == 302

    client = tried(device)

    assert (client.answer.status_code, client.answer["Location"], is_in(client)) == (302, "/cases/", True)
    kept = Passkey.objects.get()
    assert (kept.name, kept.sign_count, kept.used_at is not None) == ("手机", 1, True)
    assert "手机" in client.get("/account/safety/").content.decode()
    assert [one.act for one in ledger.lines_of(chain="people")][-1] == "account.passkey_add"


@pytest.mark.parametrize(
    "wrong", [{"origin": "http://evil.example"}, {"host": "evil.example"}, {"flags": PRESENT}, {"key": Device().key}]
)
def test_an_answer_for_another_site_or_by_nobody_or_of_another_key_is_refused(wrong: dict[str, Any]) -> None:
    device = Device()
    added(device, password_given())
    for name, value in wrong.items():
        setattr(device, name, value)

    client = tried(device)

    assert (client.answer.status_code, is_in(client), Passkey.objects.get().sign_count) == (403, False, 0)


def test_a_key_that_nobody_added_is_refused() -> None:
    client = tried(Device())
    assert (client.answer.status_code, is_in(client)) == (403, False)


def test_a_copy_that_counts_behind_is_refused() -> None:
    device = Device()
    added(device, password_given())
    copy = deepcopy_of(device)
    for _ in range(3):
        tried(device)

    client = tried(copy)

    assert (client.answer.status_code, is_in(client), Passkey.objects.get().sign_count) == (403, False, 3)


def deepcopy_of(device: Device) -> Device:
    return Device(key=device.key, id=deepcopy(device.id), count=device.count)


def test_an_answer_counts_once_even_of_a_device_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    added(device, password_given())
    options, challenge = asked(Client(), "/sign-in/")
    device.count = -1  # such devices always say 0
    sent = {"challenge": challenge, "answer": device.signed(options)}

    told = [Client().post("/sign-in/passkey/", sent).status_code for _ in range(2)]

    assert told == [302, 403]


def test_a_challenge_of_another_maker_or_of_long_ago_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    added(device, password_given())

    assert tried(device, challenge="made-up").answer.status_code == 403
    monkeypatch.setattr(challenges, "SECONDS", -1)
    assert tried(device).answer.status_code == 403


def test_adding_and_removing_needs_the_password() -> None:
    device, client = Device(), password_given()
    assert added(device, client, password="wrong-horse-9").status_code == 403
    assert Passkey.objects.count() == 0
    added(device, client)
    passkey = Passkey.objects.get()
    sent = {"act": "passkey_remove", "passkey": passkey.id}

    assert client.post("/account/safety/", sent | {"password": "wrong-horse-9"}).status_code == 403
    assert Passkey.objects.count() == 1
    client.post("/account/safety/", sent | {"password": GOOD})

    assert Passkey.objects.count() == 0
    assert tried(device).answer.status_code == 403
    assert [one.act for one in ledger.lines_of(chain="people")][-1] == "account.passkey_remove"


def test_nobody_removes_a_passkey_of_somebody_else(office: Office) -> None:  # noqa: F811
    added(Device(), password_given())
    other = people.account_create(
        username="other1", password=GOOD, person_id=office.town.persons["coordinator"], by=Actor.system("t"), at=now()
    )
    Account.objects.filter(id=other.id).update(password_until=None)  # the own choice, not a first one
    client = Client()
    client.post("/sign-in/", {"username": other.username, "password": GOOD})

    sent = {"act": "passkey_remove", "passkey": Passkey.objects.get().id, "password": GOOD}

    assert (client.post("/account/safety/", sent).status_code, Passkey.objects.count()) == (404, 1)


def test_the_passkey_of_a_closed_account_lets_nobody_in(account_id: int) -> None:  # noqa: F811
    device = Device()
    added(device, password_given())
    people.account_switch(account_id=account_id, is_active=False, by=Actor.system("test"), at=now())

    client = tried(device)

    assert (client.answer.status_code, is_in(client)) == (403, False)


def test_wrong_passkeys_are_braked_for_one_address_and_for_one_key_from_everywhere() -> None:
    device = Device()
    added(device, password_given())
    right = Device(key=device.key, id=device.id, count=100)
    device.key = Device().key

    assert [tried(device).answer.status_code for _ in range(9)] == [403] * 8 + [429]
    for number in range(12):
        tried(device, Client(REMOTE_ADDR=f"198.51.100.{number}"))
    assert tried(right, Client(REMOTE_ADDR="198.51.100.99")).answer.status_code == 429


def test_without_javascript_the_page_offers_the_password_alone() -> None:
    page = Client().get("/sign-in/").content.decode()

    assert re.search(r'<form[^>]*data-passkey="get"[^>]* hidden>', page)
    assert 'name="password"' in page
