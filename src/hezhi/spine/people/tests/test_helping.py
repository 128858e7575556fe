"""What an operator does for somebody's account: with a reason, told to its owner, and for nobody else to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hezhi.services.notices import api as notices
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api
from hezhi.spine.people.contracts import Role
from hezhi.spine.people.errors import (
    AccountNotFound,
    GlassWhole,
    LinkNotFound,
    PeopleInvalid,
    PersonNotFound,
    SamePerson,
    SecondIsOff,
)
from hezhi.spine.people.models import Link, RecoveryCode, SecondFactor
from hezhi.spine.people.tests.factories import AT, MAKER, city_load, person_id
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db
WHY = {"reason": "手机遗失", "at": AT}


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()


def account_id(username: str) -> int:
    found = api.account_find(username)
    assert found is not None
    return found.id


def second_on(username: str) -> None:
    SecondFactor.objects.create(account_id=account_id(username), sealed=b"x", confirmed_at=AT)
    RecoveryCode.objects.create(account_id=account_id(username), code_hash="0" * 64)


def test_a_lost_phone_is_helped_with_and_its_owner_is_told() -> None:
    second_on("lamp1")
    api.session_begin(account_id=account_id("lamp1"), session_key="k" * 32, browser="x", at=AT)
    operator = api.actor_get(person_id=person_id("oper1"), at=AT)

    api.second_reset(account_id=account_id("lamp1"), by=operator, **WHY)

    assert not api.second_is_on(account_id("lamp1"))
    assert api.recovery_left(account_id("lamp1")) == 0
    assert api.sessions_of(account_id=account_id("lamp1"), by=MAKER) == []
    line = ledger.lines_of(chain="people")[-1]
    assert (line.act, line.actor, line.body["reason"]) == ("account.second_reset", operator.ref, "手机遗失")
    told = notices.notices_page(recipient=f"person:{person_id('lamp1')}")
    assert ["手机遗失" in one.words.zh for one in told] == [True]


def test_a_link_is_cut_and_its_owner_is_told() -> None:
    api.account_link(account_id=account_id("lamp1"), issuer="https://id", subject="s1", by=MAKER, at=AT)

    api.link_cut(account_id=account_id("lamp1"), issuer="https://id", subject="s1", by=MAKER, **WHY)

    assert not Link.objects.exists()
    assert notices.unread_count(recipient=f"person:{person_id('lamp1')}") == 1


def test_rights_in_an_emergency_end_before_their_time() -> None:
    api.glass_break(
        person_id=person_id("lamp1"), agency_code="city-hub", role=Role.COORDINATOR, hours=4, reason="抢险指挥需要",
        by=MAKER, at=AT,
    )  # fmt: skip
    later = AT + timedelta(hours=1)
    held = {one.right for one in api.actor_get(person_id=person_id("lamp1"), at=later).grants}
    assert Right.CASE_COORDINATE in held

    assert api.glass_end(person_id=person_id("lamp1"), reason="抢险结束", by=MAKER, at=later) == 1

    actor = api.actor_get(person_id=person_id("lamp1"), at=later)
    assert Right.CASE_COORDINATE not in {one.right for one in actor.grants}
    assert actor.emergency_until is None
    with pytest.raises(GlassWhole):
        api.glass_end(person_id=person_id("lamp1"), reason="抢险结束", by=MAKER, at=later)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda me, op: api.second_reset(account_id=account_id("lamp1"), by=me, **WHY), NotAllowed),
        (lambda me, op: api.second_reset(account_id=account_id("lamp2"), by=op, **WHY), SecondIsOff),
        (lambda me, op: api.second_reset(account_id=account_id("oper1"), by=op, **WHY), SamePerson),
        (lambda me, op: api.second_reset(account_id=10**9, by=op, **WHY), AccountNotFound),
        (lambda me, op: api.second_reset(account_id=account_id("lamp1"), by=op, reason=" ", at=AT), PeopleInvalid),
        (
            lambda me, op: api.link_cut(account_id=account_id("lamp1"), issuer="a", subject="b", by=op, **WHY),
            LinkNotFound,
        ),
        (
            lambda me, op: api.link_cut(account_id=account_id("lamp1"), issuer="a", subject="b", by=me, **WHY),
            NotAllowed,
        ),
        (lambda me, op: api.glass_end(person_id=person_id("lamp1"), by=me, **WHY), NotAllowed),
        (lambda me, op: api.glass_end(person_id=10**9, by=op, **WHY), PersonNotFound),
        (lambda me, op: api.account_password_reset(account_id=account_id("lamp1"), by=me, **WHY), NotAllowed),
        (
            lambda me, op: api.account_password_reset(account_id=account_id("lamp1"), by=op, reason="", at=AT),
            PeopleInvalid,
        ),
    ],
)
def test_refusals_write_nothing(act: Callable[..., object], error: type[Exception]) -> None:
    second_on("lamp1")
    me, operator = (api.actor_get(person_id=person_id(name), at=AT) for name in ("lamp2", "oper1"))
    before = ledger.last_line_id()

    with pytest.raises(error):
        act(me, operator)

    assert ledger.last_line_id() == before
    assert api.second_is_on(account_id("lamp1"))
