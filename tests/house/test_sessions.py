"""Sessions begin with what somebody does, can be left from every page, and end when they lie idle."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from tests.house.test_routes import PEOPLE, ROUTES, Scene, asked, office, scene  # noqa: F401

from hezhi.edge.web.tests.test_provider import issuer, link, sent_to  # noqa: F401
from hezhi.edge.web.tests.test_signing_in import GOOD, account_id, is_in, password_given  # noqa: F401
from hezhi.spine.people.models import SignedIn

pytestmark = pytest.mark.django_db
SIGN_OUT = re.compile(
    r'<form method="post" action="/sign-out/"><input type="hidden" name="csrfmiddlewaretoken" value="(\w+)">'
    r'<button class="menu-button" type="submit">[^<]+</button></form>'
)
IDLE = timedelta(hours=12)


def one_of_each(name: str) -> dict[int, str]:
    """Return one signed-in person for each status that a route answers anybody with."""
    return {ROUTES[name].status(person): person for person in reversed(PEOPLE) if person}


def test_every_page_of_somebody_signed_in_offers_to_sign_out(scene: Scene) -> None:  # noqa: F811
    without, shown = [], set()
    for name in sorted(set(ROUTES) - {"sign_out"}):
        for status, person in one_of_each(name).items():
            answer = asked(scene, name, scene.office.client(person))
            if answer.get("Content-Type", "").startswith("text/html") and not 300 <= answer.status_code < 400:
                shown.add(answer.status_code)
                without += [] if SIGN_OUT.search(answer.content.decode()) else [f"{name} {status} {person}"]

    assert without == []
    assert {200, 403, 404, 422} <= shown


def test_what_a_page_offers_signs_out(account_id: int) -> None:  # noqa: F811
    client = password_given(Client(enforce_csrf_checks=False))
    token = SIGN_OUT.search(client.get("/account/").content.decode())
    client.handler.enforce_csrf_checks = True
    assert client.post("/sign-out/").status_code == 403
    assert is_in(client)

    client.post("/sign-out/", {"csrfmiddlewaretoken": token[1]})

    assert not is_in(client)
    assert Session.objects.count() == 0


def test_a_session_that_nobody_uses_ends(account_id: int, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    idle, other, begun = password_given(), password_given(), timezone.now()

    assert at(begun + IDLE - timedelta(minutes=1), monkeypatch, idle)
    assert not at(begun + IDLE + timedelta(minutes=1), monkeypatch, other)


def test_looking_at_a_page_is_use_of_a_session(account_id: int, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    client, other, begun = password_given(), password_given(), timezone.now()
    used = begun + timedelta(hours=2)
    assert at(used, monkeypatch, client)
    assert at(used, monkeypatch, other)

    assert at(used + IDLE - timedelta(minutes=10), monkeypatch, client)
    assert not at(used + IDLE + timedelta(minutes=1), monkeypatch, other)


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch, client: Client) -> bool:
    """Say whether a browser is signed in still at a moment."""
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: moment)
        clock.setattr("hezhi.edge.web.actor.now", lambda: moment)
        return is_in(client)


def test_a_password_of_twenty_years_ago_lets_in_and_asks_for_no_other(
    account_id: int, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    later = timezone.now() + timedelta(days=20 * 365)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return later.astimezone(tz)

    monkeypatch.setattr("hezhi.edge.now.datetime", Later)
    monkeypatch.setattr(timezone, "now", lambda: later)
    client = password_given()

    assert (client.answer["Location"], is_in(client)) == ("/cases/", True)


def test_a_password_of_128_letters_is_chosen_and_asked_for_whole(account_id: int) -> None:  # noqa: F811
    long = "".join(chr(33 + at % 90) for at in range(128))

    assert password_given().post("/account/", {"old": GOOD, "new": long}).status_code == 302

    assert [is_in(password_given(password=one)) for one in (long, long[:-1], long[:64])] == [True, False, False]


def test_no_page_begins_a_session_by_being_looked_at(scene: Scene) -> None:  # noqa: F811
    before = begun()
    for name, route in ROUTES.items():
        stranger = Client()
        address = asked(scene, name, stranger).request["PATH_INFO"]
        if route.method == "get":
            stranger.get(address, {"next": "/cases/", "code": "x", "state": "y"})
            assert "hezhi_session" not in stranger.cookies, name

    assert begun() == before


def begun() -> tuple[int, int]:
    return Session.objects.count(), SignedIn.objects.count()


@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                                  {"Referer": "https://elsewhere.example/"}, {}])  # fmt: skip
def test_no_other_site_sends_a_browser_through_the_provider(
    account_id: int, issuer: str, sent: dict[str, str]  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    client = Client()

    answer = client.get("/sign-in/provider/", {"next": "/cases/"}, headers=sent)

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/cases/")
    assert ("hezhi_session" in client.cookies, begun()) == (False, (0, 0))


@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
                                  {"Referer": "http://testserver/sign-in/"}])  # fmt: skip
def test_whoever_chooses_the_provider_is_sent_there(issuer: str, sent: dict[str, Any]) -> None:  # noqa: F811
    assert Client().get("/sign-in/provider/", headers=sent)["Location"].startswith(f"{issuer}/")
