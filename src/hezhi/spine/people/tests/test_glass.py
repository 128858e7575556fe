"""Rights in an emergency: given by an operator, for hours, told to everybody who watches, gone by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.services.notices import api as notices
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api
from hezhi.spine.people.contracts import OfficerSeed, Role
from hezhi.spine.people.errors import AgencyNotFound, PeopleInvalid, PersonNotFound
from hezhi.spine.people.models import Glass
from hezhi.spine.people.tests.factories import AT, MAKER, START, agency_id, city_load, path, person_id
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Right
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()
    watcher = OfficerSeed("super1", "戊一", "north-lamp", Role.SUPERVISOR, email="super1@example.org")
    gone = OfficerSeed("gone1", "己一", "city-bell", Role.SUPERVISOR)
    api.people_load(agencies=[], officers=[watcher, gone], from_on=START, by=MAKER, at=AT)
    [post] = [one for one in api.posts_of(agency_id("city-bell")) if one.role is Role.SUPERVISOR]
    last_day = AT.date() - timedelta(days=1)
    api.person_leave(person_id=person_id("gone1"), post_id=post.id, last_day=last_day, by=MAKER, at=AT)


def broken(**over):
    given = {
        "person_id": person_id("lamp1"), "agency_code": "city-hub", "role": Role.COORDINATOR, "hours": 4,
        "reason": "值班主任联系不上", "by": MAKER, "at": AT,
    }  # fmt: skip
    return api.glass_break(**{**given, **over})


def rights(at) -> tuple[frozenset, object]:
    actor = api.actor_get(person_id=person_id("lamp1"), at=at)
    return permissions.scopes(actor, Right.CASE_COORDINATE).region_paths, actor.emergency_until


def test_the_rights_begin_now_and_end_by_themselves() -> None:
    assert rights(AT) == (frozenset(), None)

    until = broken()

    assert until == AT + timedelta(hours=4)
    assert rights(AT) == (frozenset({path()}), until)
    assert rights(until - timedelta(seconds=1)) == (frozenset({path()}), until)
    assert rights(until) == (frozenset(), None)


def test_the_account_acts_with_them_too_and_keeps_its_own_agency() -> None:
    broken()
    account = api.account_find("lamp1")
    assert account is not None

    actor = api.actor_for_account(account.id, AT)

    assert (actor.agency_id, actor.emergency_until) == (agency_id("north-lamp"), AT + timedelta(hours=4))
    assert permissions.scopes(actor, Right.CASE_HANDLE).agency_ids == {agency_id("north-lamp")}
    assert permissions.scopes(actor, Right.CASE_COORDINATE).region_paths == {path()}


def test_no_work_goes_to_it() -> None:
    broken(agency_code="city-bell", role=Role.COORDINATOR)

    assert api.officers(agency_id=agency_id("city-bell"), role=Role.COORDINATOR, at=AT) == []


def test_every_supervisor_and_operator_of_today_is_told_with_the_reason() -> None:
    broken()

    told = {
        name: [one.words.zh for one in notices.notices_page(recipient=f"person:{person_id(name)}").rows]
        for name in ("super1", "oper1", "gone1", "hub1", "lamp1")
    }
    says = ["应急授权：甲一获得甲市枢纽的权限，至2026-03-02 13:00止。事由：值班主任联系不上"]
    assert told == {"super1": says, "oper1": says, "gone1": [], "hub1": [], "lamp1": []}


def test_it_is_written_down() -> None:
    broken()

    last = list(ledger.lines_of(chain="people"))[-1]
    glass = Glass.objects.get()
    assert (last.act, last.actor) == ("glass.break", MAKER.ref)
    assert (last.body["person"], last.body["post"], last.body["reason"]) == (
        person_id("lamp1"), glass.post_id, "值班主任联系不上",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"hours": 0}, PeopleInvalid),
        ({"hours": 25}, PeopleInvalid),
        ({"reason": " 急 "}, PeopleInvalid),
        ({"person_id": 10**9}, PersonNotFound),
        ({"agency_code": "nowhere"}, AgencyNotFound),
    ],
)
def test_what_has_no_bounds_or_no_reason_is_refused_and_nothing_is_written(over: dict, error: type) -> None:
    before = ledger.last_line_id()
    with pytest.raises(error):
        broken(**over)
    assert (Glass.objects.count(), ledger.last_line_id()) == (0, before)


def test_nobody_gives_them_to_oneself() -> None:
    before = ledger.last_line_id()
    with pytest.raises(NotAllowed):
        broken(by=api.actor_get(person_id=person_id("lamp1"), at=AT))
    assert (Glass.objects.count(), ledger.last_line_id()) == (0, before)
