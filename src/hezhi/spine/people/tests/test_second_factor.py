"""A second factor: its secret is never readable in the table, and each of its codes counts once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api
from hezhi.spine.people.errors import AccountNotFound, SecondIsOff, SecondIsOn, WrongCode
from hezhi.spine.people.models import RecoveryCode, SecondFactor
from hezhi.spine.people.tests.factories import AT, city_load, person_id
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.errors import EnvelopeRefused
from hezhi.spine.vault.models import SubjectKeyRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> dict:
    """The arguments of every act on the own account."""
    city_load()
    account = api.account_find("lamp1")
    assert account is not None
    return {"account_id": account.id, "by": api.actor_get(person_id=person_id("lamp1"), at=AT)}


def code(secret: str, at=AT) -> str:
    return pyotp.TOTP(secret).at(at)


def switched_on(mine: dict) -> tuple[str, list[str]]:
    secret = api.second_begin(**mine)
    return secret, api.second_confirm(code=code(secret), shown_at=AT, at=AT, **mine)


def acts(mine: dict) -> list[str]:
    return [one.act for one in ledger.lines_of(chain="people") if one.act.startswith(("account.second", "account.rec"))]


def test_it_holds_only_once_a_code_confirmed_it(mine: dict) -> None:
    secret = api.second_begin(**mine)
    with pytest.raises(WrongCode):
        api.second_confirm(code="000000", shown_at=AT, at=AT, **mine)
    assert (api.second_is_on(mine["account_id"]), acts(mine)) == (False, [])

    codes = api.second_confirm(code=code(secret), shown_at=AT, at=AT, **mine)

    assert api.second_is_on(mine["account_id"])
    assert (len(set(codes)), api.recovery_left(mine["account_id"])) == (10, 10)
    with pytest.raises(SecondIsOn):
        api.second_begin(**mine)


def test_neither_secret_nor_recovery_codes_can_be_read_anywhere(mine: dict) -> None:
    secret, codes = switched_on(mine)

    assert all(re.fullmatch(r"(?:[0-9a-f]{5}-){5}[0-9a-f]{5}", one) for one in codes)  # 120 random bits each
    kept = SecondFactor.objects.get().sealed
    assert kept.startswith("v1.") and secret not in kept
    hashes = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not hashes & set(codes) and all(len(one) == 64 for one in hashes)
    told = str([one.body for one in ledger.lines_of(chain="people")])
    assert secret not in told and not any(one in told for one in codes)


def test_a_code_counts_once_and_so_does_every_earlier_one(mine: dict) -> None:
    secret, _ = switched_on(mine)
    later = AT + timedelta(seconds=60)

    api.second_check(code=code(secret, later), shown_at=later, at=AT, **mine)

    for used in (code(secret, later), code(secret, later - timedelta(seconds=30)), code(secret)):
        with pytest.raises(WrongCode):
            api.second_check(code=used, shown_at=later, at=AT, **mine)


def test_a_code_of_a_minute_ago_is_too_old(mine: dict) -> None:
    secret, _ = switched_on(mine)
    later = AT + timedelta(minutes=5)

    with pytest.raises(WrongCode):
        api.second_check(code=code(secret, later - timedelta(seconds=60)), shown_at=later, at=AT, **mine)
    api.second_check(code=code(secret, later - timedelta(seconds=30)), shown_at=later, at=AT, **mine)


def test_a_recovery_code_lets_in_once_and_is_written_down(mine: dict) -> None:
    _, codes = switched_on(mine)

    api.second_check(code=codes[3].upper().replace("-", " "), shown_at=AT, at=AT, **mine)

    assert api.recovery_left(mine["account_id"]) == 9
    assert acts(mine) == ["account.second_on", "account.recovery_used"]
    with pytest.raises(WrongCode):
        api.second_check(code=codes[3], shown_at=AT, at=AT, **mine)
    assert acts(mine) == ["account.second_on", "account.recovery_used"]


def test_switching_off_takes_a_code_and_forgets_everything(mine: dict) -> None:
    secret, codes = switched_on(mine)
    with pytest.raises(WrongCode):
        api.second_off(code="123456", shown_at=AT, at=AT, **mine)
    assert api.second_is_on(mine["account_id"])
    later = AT + timedelta(minutes=1)

    api.second_off(code=code(secret, later), shown_at=later, at=AT, **mine)

    assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert acts(mine) == ["account.second_on", "account.second_off"]
    with pytest.raises(SecondIsOff):
        api.second_check(code=codes[0], shown_at=later, at=AT, **mine)


def test_nobody_sets_up_the_keys_of_somebody_else(mine: dict) -> None:
    for other in (api.actor_get(person_id=person_id("lamp2"), at=AT), Actor.system("operator")):
        with pytest.raises(AccountNotFound):
            api.second_begin(account_id=mine["account_id"], by=other)
    assert SecondFactor.objects.count() == 0


def test_a_secret_put_into_the_row_of_another_account_opens_nothing(mine: dict) -> None:
    secret, _ = switched_on(mine)
    other = api.account_find("lamp2")
    assert other is not None
    theirs = {"account_id": other.id, "by": api.actor_get(person_id=person_id("lamp2"), at=AT)}
    switched_on(theirs)
    SecondFactor.objects.filter(account_id=other.id).update(
        sealed=SecondFactor.objects.get(account_id=mine["account_id"]).sealed
    )
    later = AT + timedelta(minutes=1)

    with pytest.raises(EnvelopeRefused):
        api.second_check(code=code(secret, later), shown_at=later, at=AT, **theirs)


def test_a_new_master_key_leaves_every_second_factor_working(mine: dict) -> None:
    secret, _ = switched_on(mine)
    wrapped = SubjectKeyRow.objects.get(subject=f"account:{mine['account_id']}").wrapped

    vault.keys_rotate(by=Actor.system("test"), at=AT)

    assert SubjectKeyRow.objects.get(subject=f"account:{mine['account_id']}").wrapped != wrapped
    later = AT + timedelta(minutes=1)
    api.second_check(code=code(secret, later), shown_at=later, at=AT, **mine)


def test_another_secret_key_of_the_installation_leaves_every_second_factor_working(mine: dict, settings: Any) -> None:
    secret, _ = switched_on(mine)
    settings.SECRET_KEY = "another"
    later = AT + timedelta(minutes=1)

    api.second_check(code=code(secret, later), shown_at=later, at=AT, **mine)


@pytest.mark.parametrize("role", ["reader", "command"])
def test_a_stranger_signs_in_by_code_and_never_reads_the_key(mine: dict, role: str) -> None:
    """Nobody is known yet when the code is asked for, and the web's role is shown no key of an account."""
    secret, _ = switched_on(mine)
    later = AT + timedelta(minutes=1)

    with guard.asking():
        if role == "reader":
            assert list(SubjectKeyRow.objects.values_list("subject", flat=True)) == []
        else:
            api.second_check(code=code(secret, later), shown_at=later, at=AT, **mine)
