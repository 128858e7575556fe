"""A session ends at last, and where the house needs two factors one alone opens nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.conf import settings as loaded
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from hezhi.edge import sessions
from hezhi.edge.now import now
from hezhi.edge.web import actor
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.views import safety
from hezhi.flow.cases.models import Case
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
GOOD = "right-horse-9"


@pytest.fixture
def signed_in(office: Office) -> Client:
    account = people.account_create(
        username="handler1", password=GOOD, person_id=office.town.persons["housing_bureau"],
        by=Actor.system("test"), at=now(),
    )  # fmt: skip
    Account.objects.filter(id=account.id).update(password_until=None)
    client = Client()
    assert client.post("/sign-in/", {"username": "handler1", "password": GOOD}).status_code == 302
    return client


@pytest.fixture
def needed(settings: Any) -> None:
    settings.HEZHI = replace(loaded.HEZHI, second_factor="needed")


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    moment = now() + by
    for place in ("hezhi.edge.web.actor.now", "hezhi.edge.api.auth.now"):
        monkeypatch.setattr(place, lambda: moment)


def statuses(client: Client) -> tuple[int, int]:
    return client.get("/account/").status_code, client.get("/api/v1/cases").status_code


def test_a_session_ends_after_seven_days_however_much_it_is_used(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(days=7) == sessions.LASTS
    later(monkeypatch, sessions.LASTS - timedelta(seconds=2))
    assert statuses(signed_in) == (200, 200)

    later(monkeypatch, sessions.LASTS + timedelta(seconds=1))
    assert signed_in.get("/api/v1/cases").status_code == 401
    answer = signed_in.get("/account/")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/account/")
    assert not Session.objects.exists()
    assert statuses(signed_in) == (302, 401)


def test_a_session_whose_beginning_nobody_noted_gets_one_when_it_is_next_seen_in_use(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = signed_in.session
    del session[sessions.BEGAN_AT]
    session.save()

    later(monkeypatch, timedelta(seconds=actor.USED_EVERY))
    assert signed_in.get("/account/").status_code == 200

    assert sessions.BEGAN_AT in signed_in.session


@pytest.mark.usefixtures("needed")
def test_where_two_factors_are_needed_one_opens_only_the_page_that_sets_up_another(
    signed_in: Client,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = office.opened()
    for page in (reverse("web:work"), f"/cases/{case.id}/", "/account/", "/notices/"):
        answer = signed_in.get(page)
        assert (answer.status_code, answer["Location"]) == (302, "/account/safety/"), page
    assert signed_in.post(reverse("web:case_act", args=[case.id, "case.accept"])).status_code == 302
    assert signed_in.get(f"/api/v1/cases/{case.id}").status_code == 404
    assert signed_in.get("/api/v1/cases").json()["rows"] == []
    assert Case.objects.get().state == "dispatched"

    times = [datetime.now(UTC)]
    monkeypatch.setattr(safety, "machine_now", lambda: times[-1])
    page = signed_in.post("/account/safety/", {"act": "second_begin", "password": GOOD}).content.decode()
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert secret
    code = pyotp.TOTP(secret[1]).at(times[-1])
    assert signed_in.post("/account/safety/", {"act": "second_confirm", "code": code}).status_code == 200

    assert (signed_in.get(f"/cases/{case.id}/").status_code, *statuses(signed_in)) == (200, 200, 200)

    times.append(times[-1] + timedelta(minutes=2))
    sent = {"act": "second_off", "password": GOOD, "code": pyotp.TOTP(secret[1]).at(times[-1])}
    assert signed_in.post("/account/safety/", sent).status_code == 302
    assert signed_in.get(reverse("web:work"))["Location"] == "/account/safety/"


def test_a_password_is_enough_where_the_second_factor_is_only_offered(signed_in: Client) -> None:
    assert statuses(signed_in) == (200, 200)


@pytest.mark.parametrize("word", ["hezhi", "和治", "PassWord", "mima", "Admin", "浙江"])
def test_no_password_holds_a_word_that_is_guessed_first(signed_in: Client, word: str) -> None:
    before = Account.objects.get(username="handler1").password

    answer = signed_in.post("/account/", {"old": GOOD, "new": f"tree-{word}-river-9"})

    assert answer.status_code == 422
    assert "最先会被猜到的词" in answer.content.decode()
    assert Account.objects.get(username="handler1").password == before


def test_a_program_that_asks_in_the_clear_is_refused_and_a_browser_is_led_on(settings: Any, client: Client) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    refused = client.get("/api/v1/cases", HTTP_AUTHORIZATION="Bearer told-in-the-clear")
    assert (refused.status_code, refused.json()["code"]) == (403, "https_needed")
    assert client.get("/packs/").status_code == 301
    assert client.get("/api/v1/cases", HTTP_X_FORWARDED_PROTO="https").status_code == 401
