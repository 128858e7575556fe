"""Passwords may be long and are never cut, stay good for years, and secrets of second factors cannot be foreseen."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import override_settings

from hezhi.project import settings as real_settings
from hezhi.spine.people import api
from hezhi.spine.people.models import Account
from hezhi.spine.people.tests.factories import AT, city_load, person_id
from hezhi.spine.people.tests.test_second_factor import switched_on

pytestmark = pytest.mark.django_db
YEARS = timedelta(days=20 * 365)
LONG = [
    "correct horse battery staple " * 2 + "ninety",
    "".join(chr(33 + at % 90) for at in range(128)),
    "长口令也要收下" * 10,
    "x7-quart " * 110,
]


@pytest.fixture
def mine() -> dict[str, Any]:
    """The arguments of every act on the own account."""
    city_load()
    account = api.account_find("lamp1")
    assert account is not None
    return {"account_id": account.id, "by": api.actor_get(person_id=person_id("lamp1"), at=AT)}


@pytest.mark.parametrize("password", LONG, ids=lambda one: str(len(one)))
@override_settings(PASSWORD_HASHERS=real_settings.PASSWORD_HASHERS)
def test_a_long_password_is_taken_and_every_letter_of_it_counts(mine: dict[str, Any], password: str) -> None:
    assert len(password) >= 64

    api.account_password_set(password=password, at=AT, **mine)

    tries = (password, password[:-1], password[:64], password[:72], password[:-1] + "?", password + "?")
    known = [authenticate(username="lamp1", password=one) is not None for one in dict.fromkeys(tries)]
    assert known == [True] + [False] * (len(known) - 1)


def test_a_password_of_one_s_own_has_no_end(mine: dict[str, Any]) -> None:
    api.account_password_set(password="right-horse-9", at=AT, **mine)

    assert Account.objects.get(id=mine["account_id"]).password_until is None
    assert authenticate(username="lamp1", password="right-horse-9") is not None
    assert api.actor_for_account(mine["account_id"], AT + YEARS).person_id == mine["by"].person_id


class _Counted:
    """What the operating system would give, made the same each time."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, count: int) -> bytes:
        self.asked += count
        return hashlib.shake_128(str(self.asked).encode()).digest(count)


def _begun_anew(mine: dict[str, Any]) -> tuple[str, list[str]]:
    random.seed(7)
    secret, codes = switched_on(mine)
    api.second_off(code=codes.pop(), shown_at=AT, at=AT, **mine)
    return secret, codes


def test_secrets_of_second_factors_are_not_what_a_known_seed_gives(mine: dict[str, Any]) -> None:
    first, second = _begun_anew(mine), _begun_anew(mine)

    assert first[0] != second[0]
    assert not set(first[1]) & set(second[1])


def test_they_are_made_of_what_the_operating_system_gives(
    mine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, asked = [], []
    for _ in range(2):
        counted = _Counted()
        monkeypatch.setattr(random, "_urandom", counted)
        made.append(_begun_anew(mine))
        asked.append(counted.asked)

    assert made[0] == made[1]
    assert min(asked) >= 32 + 10 * 8  # a letter of the secret takes a byte of it at least, a recovery code eight
