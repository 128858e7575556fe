"""Signing in: the code after the password, the brake on guessing, and sessions that can be ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.edge.web.views import sign_in
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.people.models import Account, SignedIn
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
GOOD = "right-horse-9"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def account_id(office: Office) -> int:  # noqa: F811
    """The account of a handler, with a known password."""
    account = people.account_create(
        username="handler1", password=GOOD, person_id=office.town.persons["housing_bureau"],
        by=Actor.system("test"), at=now(),
    )  # fmt: skip
    Account.objects.filter(id=account.id).update(password_until=None)  # the own choice, not a first one
    return account.id


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The machine's time, to be moved by tests."""
    times = [datetime.now(UTC)]
    monkeypatch.setattr(sign_in, "machine_now", lambda: times[-1])
    monkeypatch.setattr("hezhi.edge.web.views.safety.machine_now", lambda: times[-1])
    return times


def password_given(client: Client | None = None, password: str = GOOD, **over) -> Client:
    client = client or Client(HTTP_USER_AGENT=FIREFOX)
    client.answer = client.post("/sign-in/", {"username": "handler1", "password": password, "next": "/cases/"}, **over)
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def switched_on(client: Client, clock: list[datetime]) -> tuple[str, list[str]]:
    page = client.post("/account/safety/", {"act": "second_begin", "password": GOOD}).content.decode()
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    done = client.post("/account/safety/", {"act": "second_confirm", "code": pyotp.TOTP(secret).at(clock[-1])})
    codes = re.findall(r"<code>((?:[0-9a-f]{5}-){5}[0-9a-f]{5})</code>", done.content.decode())
    clock.append(clock[-1] + timedelta(minutes=2))
    return secret, codes


def test_after_the_password_a_code_is_asked_for_and_the_page_is_not_lost(account_id: int, clock: list) -> None:
    secret, _ = switched_on(password_given(), clock)

    client = password_given()
    assert (client.answer["Location"], is_in(client)) == ("/sign-in/code/", False)
    assert client.get("/sign-in/code/").status_code == 200
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 403
    assert not is_in(client)

    code = pyotp.TOTP(secret).at(clock[-1])
    assert client.post("/sign-in/code/", {"code": code})["Location"] == "/cases/"
    assert is_in(client)

    again = password_given()
    assert again.post("/sign-in/code/", {"code": code}).status_code == 403
    assert not is_in(again)


def test_a_recovery_code_lets_in_once(account_id: int, clock: list) -> None:
    _, codes = switched_on(password_given(), clock)
    assert len(codes) == 10

    first, second = password_given(), password_given()
    assert first.post("/sign-in/code/", {"code": codes[0]}).status_code == 302
    assert second.post("/sign-in/code/", {"code": codes[0]}).status_code == 403
    assert (is_in(first), is_in(second)) == (True, False)


def test_the_password_counts_for_five_minutes_and_for_the_same_browser_only(account_id: int, clock: list) -> None:
    secret, _ = switched_on(password_given(), clock)
    client = password_given()
    clock.append(clock[-1] + timedelta(seconds=301))

    code = {"code": pyotp.TOTP(secret).at(clock[-1])}
    assert client.post("/sign-in/code/", code)["Location"] == "/sign-in/"
    assert Client().post("/sign-in/code/", code)["Location"] == "/sign-in/"
    assert not is_in(client)


def test_wrong_codes_are_braked_for_one_address_and_for_all_together(account_id: int, clock: list) -> None:
    secret, _ = switched_on(password_given(), clock)
    client = password_given()
    told = [client.post("/sign-in/code/", {"code": "000000"}).status_code for _ in range(9)]
    assert told == [403] * 8 + [429]
    right = {"code": pyotp.TOTP(secret).at(clock[-1])}
    assert client.post("/sign-in/code/", right).status_code == 429

    for number in range(12):
        client.post("/sign-in/code/", {"code": "000000"}, REMOTE_ADDR=f"198.51.100.{number}")
    elsewhere = client.post("/sign-in/code/", right, REMOTE_ADDR="198.51.100.99")
    assert (elsewhere.status_code, is_in(client)) == (429, False)


def test_wrong_passwords_are_braked_for_one_address_and_for_all_together(account_id: int) -> None:
    told = [password_given(password="wrong-horse-9").answer.status_code for _ in range(9)]
    assert told == [403] * 8 + [429]
    assert password_given().answer.status_code == 429
    assert password_given(REMOTE_ADDR="192.0.2.7").answer.status_code == 302

    for number in range(92):
        password_given(password="wrong-horse-9", REMOTE_ADDR=f"198.51.100.{number}")
    assert password_given(REMOTE_ADDR="192.0.2.7").answer.status_code == 429


def test_switching_off_needs_password_and_code(account_id: int, clock: list) -> None:
    client = password_given()
    secret, _ = switched_on(client, clock)
    code = pyotp.TOTP(secret).at(clock[-1])
    before = ledger.last_line_id()

    for sent in ({"password": "wrong-horse-9", "code": code}, {"password": GOOD, "code": "000000"}):
        assert client.post("/account/safety/", {"act": "second_off", **sent}).status_code == 403
    assert (people.second_is_on(account_id), ledger.last_line_id()) == (True, before)

    client.post("/account/safety/", {"act": "second_off", "password": GOOD, "code": code})
    assert not people.second_is_on(account_id)
    assert is_in(password_given())


def test_setting_up_needs_the_password(account_id: int) -> None:
    answer = password_given().post("/account/safety/", {"act": "second_begin", "password": "wrong-horse-9"})

    assert answer.status_code == 403
    assert "<svg" not in answer.content.decode()


def test_the_own_sessions_are_listed_and_can_be_ended_one_by_one(account_id: int) -> None:
    here, there, third = password_given(), password_given(), password_given()
    page = here.get("/account/safety/").content.decode()
    assert page.count("Windows 上的 Firefox") == 3
    assert page.count("chip-accent") == 1
    ids = {one.session_key: one.id for one in sessions(account_id)}

    here.post("/account/safety/", {"act": "session_end", "session": ids[there.cookies["hezhi_session"].value]})
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, True)

    here.post("/account/safety/", {"act": "sessions_end_others"})
    assert (is_in(here), is_in(third)) == (True, False)
    assert [one.session_key for one in sessions(account_id)] == [here.cookies["hezhi_session"].value]


def test_nobody_ends_a_session_of_somebody_else(account_id: int, office: Office) -> None:  # noqa: F811
    mine = password_given()
    [session] = sessions(account_id)
    before = ledger.last_line_id()

    office.client("coordinator").post("/account/safety/", {"act": "session_end", "session": session.id})

    assert (is_in(mine), ledger.last_line_id()) == (True, before)


def test_whoever_manages_accounts_ends_all_sessions_of_one(account_id: int, office: Office) -> None:  # noqa: F811
    clients = [password_given(), password_given()]

    ended = people.sessions_end(account_id=account_id, by=office.actor("operator"), at=now())

    assert (ended, [is_in(one) for one in clients], sessions(account_id)) == (2, [False, False], [])
    last = list(ledger.lines_of(chain="people"))[-1]
    assert (last.act, last.body) == ("account.sessions_end", {"account": account_id, "sessions": 2})


def test_closing_an_account_ends_its_sessions_for_good(account_id: int) -> None:
    client = password_given()

    people.account_switch(account_id=account_id, is_active=False, by=Actor.system("test"), at=now())
    assert (is_in(client), client.get("/api/v1/me").status_code) == (False, 401)

    people.account_switch(account_id=account_id, is_active=True, by=Actor.system("test"), at=now())
    assert (is_in(client), sessions(account_id)) == (False, [])


def test_closing_an_account_between_password_and_code_lets_nobody_in(account_id: int, clock: list) -> None:
    secret, _ = switched_on(password_given(), clock)
    client = password_given()
    people.account_switch(account_id=account_id, is_active=False, by=Actor.system("test"), at=now())

    answer = client.post("/sign-in/code/", {"code": pyotp.TOTP(secret).at(clock[-1])})

    assert (answer["Location"], is_in(client)) == ("/sign-in/", False)


def test_a_new_password_ends_all_sessions_but_this_one(account_id: int) -> None:
    here, there = password_given(), password_given()

    here.post("/account/", {"old": GOOD, "new": "other-horse-9"})

    assert (is_in(here), is_in(there)) == (True, False)
    assert [one.session_key for one in sessions(account_id)] == [here.cookies["hezhi_session"].value]


def test_when_a_session_was_last_used_is_kept_to_five_minutes(account_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    client = password_given()
    begun, later = now(), now() + timedelta(minutes=6)
    monkeypatch.setattr("hezhi.edge.web.actor.now", lambda: later)

    client.get("/account/")

    [session] = sessions(account_id)
    assert session.used_at == later and session.begun_at <= begun


def test_sessions_that_ran_out_are_forgotten(account_id: int) -> None:
    client = password_given()

    assert people.sessions_purge(at=now() + timedelta(hours=11)) == 0
    assert is_in(client)
    assert people.sessions_purge(at=now() + timedelta(hours=13)) == 1
    assert (SignedIn.objects.count(), Session.objects.count()) == (0, 0)


def sessions(account_id: int):
    return people.sessions_of(account_id=account_id, by=Actor.system("test"))


def test_emergency_rights_are_told_on_every_page_while_they_last(office: Office, account_id: int) -> None:  # noqa: F811
    client = password_given()
    assert 'id="emergency"' not in client.get(reverse("web:work")).content.decode()
    person_id = office.town.persons["housing_bureau"]
    code = people.agency_get(office.town.agencies["market_supervision"]).code
    people.glass_break(
        person_id=person_id, agency_code=code, role=Role.SUPERVISOR, hours=1, reason="系统演练测试",
        by=Actor.system("operator"), at=now(),
    )  # fmt: skip

    names = ("web:work", "web:home", "web:board")
    told = ['id="emergency"' in client.get(reverse(one)).content.decode() for one in names]

    assert told == [True, True, True]
    assert 'id="emergency"' not in office.client("supervisor").get(reverse("web:work")).content.decode()


def first_given(account_id: int) -> tuple[Client, str]:
    """Return a browser that typed a first password, and that password."""
    by = Actor.system("operator")
    password = people.account_password_reset(account_id=account_id, reason="新入职", by=by, at=now())
    return password_given(password=password), password


def test_a_first_password_leads_to_choosing_the_own_one_and_to_nothing_else(account_id: int) -> None:
    client, first = first_given(account_id)

    assert client.answer["Location"] == "/sign-in/new-password/"
    assert not is_in(client)
    assert client.get("/api/v1/me").status_code == 401
    for given, status in (({"old": "x", "new": GOOD}, 403), ({"old": first, "new": first}, 422),
                          ({"old": first, "new": "password123"}, 422)):  # fmt: skip
        assert client.post("/sign-in/new-password/", given).status_code == status
    assert not is_in(client)

    done = client.post("/sign-in/new-password/", {"old": first, "new": "an own horse"})

    assert done["Location"] == "/cases/"
    assert is_in(client)
    assert not is_in(password_given(password=first))
    assert is_in(password_given(password="an own horse"))


def test_a_first_password_runs_out(account_id: int) -> None:
    by = Actor.system("operator")
    password = people.account_password_reset(account_id=account_id, reason="新入职", by=by, at=now())
    Account.objects.filter(id=account_id).update(password_until=now())

    client = password_given(password=password)

    assert client.answer.status_code == 403
    assert client.get("/sign-in/new-password/").status_code == 302
    assert not is_in(client)


def test_a_change_of_the_own_password_asks_for_the_old_one(account_id: int) -> None:
    client, before = password_given(), ledger.last_line_id()

    for old in ("", "wrong-horse-9", GOOD + " "):
        assert client.post("/account/", {"old": old, "new": "another-horse-9"}).status_code == 403

    assert ledger.last_line_id() == before
    assert is_in(password_given())


def test_a_session_s_key_is_random_and_made_anew_for_each_sign_in(account_id: int) -> None:
    stranger = Client()
    stranger.get("/sign-in/")
    session = stranger.session
    session["kept"] = 1
    session.save()
    before = session.session_key

    password_given(stranger)
    keys = [stranger.session.session_key, *(password_given().session.session_key for _ in range(3))]

    assert before not in keys
    assert len(set(keys)) == 4
    assert all(re.fullmatch(r"[a-z0-9]{32}", one) for one in keys)  # 165 random bits
    assert not Session.objects.filter(session_key=before).exists()


def test_fields_for_passwords_hide_what_is_typed_and_hinder_no_manager(account_id: int) -> None:
    client = password_given()
    pages = [
        Client().get("/sign-in/"),
        client.get("/account/"),
        first_given(account_id)[0].get("/sign-in/new-password/"),
    ]

    fields = [
        one
        for page in pages
        for one in re.findall(r'<input[^>]* name="(?:password|old|new)"[^>]*>', page.content.decode())
    ]

    assert len(fields) == 5
    for one in fields:
        assert 'type="password"' in one
        assert re.search(r'autocomplete="(current|new)-password"', one), one
        assert "onpaste" not in one and "maxlength" not in one and "readonly" not in one


def test_an_empty_house_has_no_account() -> None:
    assert not Account.objects.exists()
