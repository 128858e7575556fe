"""Accounts are opened, closed and given passwords by who may; passwords never stand in clear text."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.test import override_settings

from hezhi.project import settings as real_settings
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api
from hezhi.spine.people.errors import AccountNotFound, PeopleInvalid, PersonNotFound, UsernameTaken
from hezhi.spine.people.models import Account
from hezhi.spine.people.tests.factories import AT, MAKER, city_load, person_id
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db
GOOD = "right-horse-9"


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()


def create(**other: object):
    given = {"username": "new1", "password": GOOD, "person_id": person_id("lamp1"), "by": MAKER, "at": AT}
    return api.account_create(**{**given, **other})


def test_who_has_an_account_can_sign_in() -> None:
    account = create()

    assert authenticate(username="new1", password=GOOD).pk == account.id
    assert authenticate(username="new1", password="wrong-horse-9") is None
    assert (account.person_id, account.is_active) == (person_id("lamp1"), True)


def test_nobody_signs_in_to_an_account_without_a_password() -> None:
    create(password="")

    for guess in ("", None, "!", "None"):
        assert authenticate(username="new1", password=guess) is None
    assert authenticate(username="lamp1", password="") is None


@override_settings(PASSWORD_HASHERS=real_settings.PASSWORD_HASHERS)
def test_passwords_are_kept_as_argon2() -> None:
    account = create()

    stored = Account.objects.get(id=account.id).password
    assert identify_hasher(stored).algorithm == "argon2"
    assert GOOD not in stored
    assert authenticate(username="new1", password=GOOD).pk == account.id


@pytest.mark.parametrize(
    ("given", "findings"),
    [
        ({"username": "New"}, 1),
        ({"username": "a b"}, 1),
        ({"username": "x" * 33}, 1),
        ({"password": "short"}, 1),
        ({"password": "1234567890"}, 1),
        ({"username": "zhanghua", "password": "zhanghua2026"}, 1),
        ({"phone": "13800001234", "password": "x13800001234"}, 1),
        ({"email": "nobody"}, 1),
        ({"phone": "call me"}, 1),
        ({"username": "N", "password": "x7-quart", "email": "y", "phone": "z"}, 4),
    ],
)
def test_every_unusable_detail_is_named_at_once(given: dict[str, str], findings: int) -> None:
    with pytest.raises(PeopleInvalid) as refusal:
        create(**given)
    assert len(refusal.value.findings) == findings
    assert not Account.objects.filter(username=given.get("username", "new1")).exists()


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "四海之内皆兄弟也何必曰利",
        "7391826450",
        " leading and trailing ",
        "ÅÅÅÅÅÅÅÅÅÅ",
        "x" * 128,
    ],
)
def test_a_password_of_any_letters_is_taken_exactly_as_typed(password: str) -> None:
    create(password=password)

    assert authenticate(username="new1", password=password) is not None
    for other in (password.strip() + "!", password.upper() + ".", password[:-1], f" {password}"):
        assert authenticate(username="new1", password=other) is None


@pytest.mark.parametrize("password", ["password123", "qwertyuiop", "1q2w3e4r5t", "iloveyou123"])
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(PeopleInvalid):
        create(password=password)


def test_a_password_that_somebody_else_gave_is_a_first_one_and_the_own_one_is_not() -> None:
    account = create()
    until = Account.objects.get(id=account.id).password_until
    me = api.actor_get(person_id=person_id("lamp1"), at=AT)

    with pytest.raises(PeopleInvalid):
        api.account_password_set(account_id=account.id, password=GOOD, by=me, at=AT)
    api.account_password_set(account_id=account.id, password="other-horse-9", by=me, at=AT)

    assert until == AT + timedelta(hours=72)
    assert Account.objects.get(id=account.id).password_until is None


def test_a_reset_gives_a_random_password_once_ends_sessions_and_says_why() -> None:
    account = create()
    api.session_begin(account_id=account.id, session_key="k" * 32, browser="x", at=AT)

    first, second = (
        api.account_password_reset(account_id=account.id, reason="忘记密码", by=MAKER, at=AT) for _ in range(2)
    )

    assert first != second and len(first) >= 16
    assert authenticate(username="new1", password=second) is not None
    assert authenticate(username="new1", password=first) is None
    assert api.sessions_of(account_id=account.id, by=MAKER) == []
    line = ledger.lines_of(chain="people")[-1]
    assert (line.act, line.body) == ("account.password_reset", {"account": account.id, "reason": "忘记密码"})
    assert second not in str([one.body for one in ledger.lines_of(chain="people")])


def test_a_username_is_given_once() -> None:
    with pytest.raises(UsernameTaken):
        create(username="lamp1")
    with pytest.raises(PersonNotFound):
        create(person_id=10**9)


def test_a_new_password_ends_the_old_one_and_its_sessions() -> None:
    account = create()
    before = Account.objects.get(id=account.id).get_session_auth_hash()
    api.account_password_set(account_id=account.id, password="other-horse-9", by=MAKER, at=AT)

    assert authenticate(username="new1", password=GOOD) is None
    assert authenticate(username="new1", password="other-horse-9") is not None
    assert Account.objects.get(id=account.id).get_session_auth_hash() != before


def test_everybody_may_change_the_own_password_and_contact_and_nobody_elses() -> None:
    mine, other = api.account_find("lamp1"), api.account_find("lamp2")
    me = api.actor_get(person_id=person_id("lamp1"), at=AT)
    lines = len(ledger.lines_of(chain="people"))

    api.account_password_set(account_id=mine.id, password=GOOD, by=me, at=AT)
    api.account_contact_set(account_id=mine.id, email="new@example.org", phone="", by=me, at=AT)
    for attempt in (
        lambda: api.account_password_set(account_id=other.id, password=GOOD, by=me, at=AT),
        lambda: api.account_contact_set(account_id=other.id, email="", phone="", by=me, at=AT),
        lambda: api.account_switch(account_id=mine.id, is_active=False, by=me, at=AT),
        lambda: api.account_password_set(account_id=10**9, password=GOOD, by=me, at=AT),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert api.contact_get(person_id("lamp1")).email == "new@example.org"
    assert authenticate(username="lamp2", password=GOOD) is None
    acts = [line.act for line in ledger.lines_of(chain="people")][lines:]
    assert acts == ["account.password_set", "account.contact_set"]


def test_a_closed_account_opens_again_with_its_password() -> None:
    account = create()
    api.account_switch(account_id=account.id, is_active=False, by=MAKER, at=AT)
    lines = len(ledger.lines_of(chain="people"))
    api.account_switch(account_id=account.id, is_active=False, by=MAKER, at=AT)

    assert authenticate(username="new1", password=GOOD) is None
    assert len(ledger.lines_of(chain="people")) == lines
    api.account_switch(account_id=account.id, is_active=True, by=MAKER, at=AT)
    assert authenticate(username="new1", password=GOOD).pk == account.id
    with pytest.raises(AccountNotFound):
        api.account_switch(account_id=10**9, is_active=True, by=MAKER, at=AT)


def test_contacts_come_from_open_accounts_only() -> None:
    api.account_switch(account_id=api.account_find("lamp1").id, is_active=False, by=MAKER, at=AT)

    contact = api.contact_get(person_id("lamp1"))
    assert (contact.email, contact.phone) == ("", "")
