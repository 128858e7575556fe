"""A device speaks over HTTP by its signature alone, and learns no more than whether its message was taken."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import shelf_with
from hezhi.services.devices.models import Device, Message, Quarantine
from hezhi.services.devices.tests.factories import Ranger, Sender, pack_with_devices, sender, village_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def smoke(db: None) -> Iterator[Sender]:
    with shelf_with(pack_with_devices()):
        ranger: Ranger = village_make()
        yield sender(ranger.agency_id)


def body(number: int = 1, value: Any = 12.5, **more: Any) -> bytes:
    return json.dumps({"id": number, "at": now().isoformat(), "value": value, "unit": "ppm", **more}).encode()


def sent(smoke: Sender, told: bytes, part: str = "messages", *, code: str = "smoke-1", sign: str | None = None) -> Any:
    right = hmac.new(bytes.fromhex(smoke.key), told, hashlib.sha256).hexdigest()
    headers = {"X-Device-Signature": right if sign is None else sign}
    path = f"/api/v1/devices/{code}/{part}"
    return Client(headers=headers).post(path, data=told, content_type="application/json")


def test_a_signed_message_is_a_record_and_a_copy_gets_the_same_answer(smoke: Sender) -> None:
    told = body()

    first, second = sent(smoke, told), sent(smoke, told)

    number = Record.objects.get().number
    assert (first.status_code, first.json()) == (200, {"state": "taken", "number": number})
    assert (second.status_code, second.json()) == (200, {"state": "repeated", "number": number})


def test_a_sign_of_life_is_noted(smoke: Sender) -> None:
    at = now()

    answer = sent(smoke, json.dumps({"at": at.isoformat()}).encode(), "heartbeat")

    assert (answer.status_code, answer.json()) == (200, {"state": "taken", "number": ""})
    assert Device.objects.get().heard_at == at
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("sign", "code"), [("0" * 64, "smoke-1"), ("", "smoke-1"), ("é", "smoke-1"), (None, "smoke-2"), (None, "a_b.c")]
)
def test_who_cannot_prove_who_it_is_learns_nothing(smoke: Sender, sign: str | None, code: str) -> None:
    answer = sent(smoke, body(), sign=sign, code=code)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert (Record.objects.count(), Message.objects.count()) == (0, 0)
    assert [one.body for one in Quarantine.objects.all()] in ([], [""])


def test_a_bad_message_is_told_why_and_is_set_aside(smoke: Sender) -> None:
    answer = sent(smoke, body(unit="mg"))

    assert (answer.status_code, answer.json()["code"]) == (422, "message_bad")
    assert [one["place"] for one in answer.json()["findings"]] == ["unit"]
    assert Quarantine.objects.get().rule == "unit"
    assert Record.objects.count() == 0


def test_a_signature_holds_for_the_very_bytes(smoke: Sender) -> None:
    told = body()
    right = hmac.new(bytes.fromhex(smoke.key), told, hashlib.sha256).hexdigest()

    assert sent(smoke, told + b" ", sign=right).status_code == 401

    assert Record.objects.count() == 0


def test_a_clock_that_is_far_off_is_told(smoke: Sender) -> None:
    told = json.dumps({"id": 1, "at": (now() + timedelta(hours=1)).isoformat(), "value": 1, "unit": "ppm"}).encode()

    answer = sent(smoke, told)

    assert [one["place"] for one in answer.json()["findings"]] == ["at"]


def test_a_picture_does_not_fit(smoke: Sender) -> None:
    answer = sent(smoke, body(more={"plate": "x" * 3_000}))

    assert (answer.status_code, answer.json()["code"]) == (422, "message_bad")
    assert Record.objects.count() == 0
