"""Rights come from the posts somebody holds, reach as far as these do, and end with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hezhi.spine.people import api
from hezhi.spine.people.contracts import Role
from hezhi.spine.people.errors import AccountClosed, AccountNotFound, PersonNotFound
from hezhi.spine.people.rules import HEAD, RIGHTS, Held, grants_of
from hezhi.spine.people.tests.factories import (
    AT,
    MAKER,
    NORTH,
    NORTH_A,
    NORTH_A1,
    NORTH_B,
    SOUTH,
    TODAY,
    agency_id,
    city_load,
    path,
    person_id,
)
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Grant, Right, RowPlace, Scope, ScopeKind, ScopeSet
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import SplitPart


@pytest.fixture
def city(db: None) -> None:
    city_load()


def actor(username: str, at: datetime = AT) -> Actor:
    return api.actor_get(person_id=person_id(username), at=at)


def test_every_role_has_rights_and_everybody_reads_packs() -> None:
    assert set(RIGHTS) == set(Role)
    for role in Role:
        granted = grants_of([Held(role, 7, frozenset({"33"}))])
        assert Grant(Right.PACK_READ, Scope(ScopeKind.EVERYWHERE)) in granted
    given = {right for rights in (*RIGHTS.values(), HEAD) for right, _ in rights}
    assert given == set(Right)


def test_no_officer_reaches_everywhere_except_into_packs() -> None:
    for role in set(Role) - {Role.OPERATOR}:
        granted = grants_of([Held(role, 7, frozenset({"33"}))])
        everywhere = {grant.right for grant in granted if grant.scope.kind is ScopeKind.EVERYWHERE}
        assert everywhere == {Right.PACK_READ}


def test_an_operator_reads_no_case_and_no_record() -> None:
    rights = {right for right, _ in RIGHTS[Role.OPERATOR]}

    assert not rights & {Right.RECORD_READ, Right.CASE_READ, Right.FIELD_OPEN, Right.ALERT_TRIAGE}


def test_a_post_in_an_unknown_region_reaches_no_region() -> None:
    granted = grants_of([Held(role, 7, frozenset()) for role in Role])

    assert ScopeKind.REGION not in {grant.scope.kind for grant in granted}


def test_a_handler_handles_cases_of_the_own_agency_only(city: None) -> None:
    lamp = agency_id("north-lamp")
    who = actor("lamp1")

    assert (who.ref, who.name, who.agency_id) == (f"person:{who.person_id}", "甲一", lamp)
    assert permissions.scopes(who, Right.CASE_HANDLE) == ScopeSet(agency_ids=frozenset({lamp}))
    assert permissions.may(who, Right.CASE_READ, RowPlace(path(NORTH), frozenset({lamp, 99})))
    assert not permissions.may(who, Right.CASE_READ, RowPlace(path(NORTH), frozenset({99})))


def test_a_duty_officer_reaches_the_region_of_the_post(city: None) -> None:
    north, whole = actor("hub2"), actor("hub3")

    assert permissions.scopes(north, Right.ALERT_TRIAGE).region_paths == {path(NORTH)}
    assert permissions.scopes(whole, Right.ALERT_TRIAGE).region_paths == {path()}
    assert permissions.may(north, Right.RECORD_READ, RowPlace(path(NORTH, NORTH_A, NORTH_A1)))
    assert not permissions.may(north, Right.RECORD_READ, RowPlace(path(SOUTH)))


def test_two_posts_give_the_union_of_their_rights(city: None) -> None:
    hub, bell = agency_id("city-hub"), agency_id("city-bell")
    who = actor("hub1")

    here = frozenset({path()})
    assert permissions.scopes(who, Right.CASE_COORDINATE) == ScopeSet(region_paths=here, agency_ids=frozenset({hub}))
    assert permissions.scopes(who, Right.CASE_HANDLE) == ScopeSet(agency_ids=frozenset({bell}))
    assert permissions.scopes(who, Right.CASE_READ) == ScopeSet(region_paths=here, agency_ids=frozenset({hub, bell}))
    assert who.agency_id in {hub, bell}
    for chosen in (hub, bell):
        assert api.actor_get(person_id=who.person_id, at=AT, agency_id=chosen).agency_id == chosen
    with pytest.raises(PersonNotFound):
        api.actor_get(person_id=who.person_id, at=AT, agency_id=agency_id("north-lamp"))


def test_rights_begin_and_end_with_the_post(city: None) -> None:
    lamp1 = person_id("lamp1")
    post = api.person_get(lamp1, at=AT).post_id
    api.person_leave(person_id=lamp1, post_id=post, last_day=TODAY, by=MAKER, at=AT)

    # days are days in China: the last one ends at 16:00 UTC
    before = actor("lamp1", datetime(2026, 1, 4, 15, 59, tzinfo=UTC))
    last = actor("lamp1", datetime(2026, 3, 2, 15, 59, tzinfo=UTC))
    after = actor("lamp1", datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    assert before.grants == after.grants == frozenset()
    assert after.agency_id is None
    assert not permissions.scopes(last, Right.CASE_HANDLE).is_empty


def test_an_agency_that_ended_gives_no_rights(city: None) -> None:
    api.agency_end(agency_id=agency_id("north-lamp"), last_day=TODAY - timedelta(days=1), by=MAKER, at=AT)

    assert actor("lamp1").grants == frozenset()
    assert api.officers(agency_id=agency_id("north-lamp"), role=Role.HANDLER, at=AT) == []


def test_an_officer_keeps_seeing_what_was_filed_before_a_split(city: None) -> None:
    parts = [SplitPart(NORTH, takes=(NORTH_A,)), SplitPart("339903", "东区", takes=(NORTH_B,))]
    regions.region_split(code=NORTH, parts=parts, on=TODAY, source="决定 1", by=MAKER, at=AT)
    east = api.agency_create(code="east-hub", name="东区枢纽", kind="hub", region_code="339903", by=MAKER, at=AT)
    post = api.post_create(agency_id=east.id, role=Role.SUPERVISOR, by=MAKER, at=AT)
    newcomer = api.person_create(name="戊一", by=MAKER, at=AT)
    api.person_place(person_id=newcomer, post_id=post.id, from_on=TODAY, by=MAKER, at=AT)

    old_record = RowPlace(path(NORTH, NORTH_B))  # by the code and path it had
    of_the_rest = RowPlace(path(NORTH, NORTH_A))
    of_the_district = RowPlace(path(NORTH))
    new_officer, city_officer = api.actor_get(person_id=newcomer, at=AT), actor("hub3")
    assert permissions.scopes(new_officer, Right.CASE_READ).region_paths == {path("339903"), path(NORTH, NORTH_B)}
    assert permissions.may(new_officer, Right.CASE_READ, old_record)
    assert not permissions.may(new_officer, Right.CASE_READ, of_the_rest)
    assert not permissions.may(new_officer, Right.CASE_READ, of_the_district)
    for place in (old_record, of_the_rest, of_the_district):
        assert permissions.may(city_officer, Right.CASE_READ, place)


def test_a_post_in_a_district_that_was_merged_keeps_its_old_rows_and_gets_no_new_ones(city: None) -> None:
    regions.region_merge(codes=[NORTH], into=SOUTH, on=TODAY, source="决定 1", by=MAKER, at=AT)

    assert permissions.scopes(actor("hub2"), Right.CASE_READ).region_paths == {path(NORTH)}


def test_an_account_acts_for_its_person(city: None) -> None:
    account = api.account_find("hub1")

    assert api.actor_for_account(account.id, AT) == actor("hub1")


def test_an_account_without_a_person_may_do_nothing(city: None) -> None:
    account = api.account_create(username="nobody", password="right-horse-9", by=MAKER, at=AT)

    who = api.actor_for_account(account.id, AT)
    assert (who.ref, who.grants, who.person_id) == (f"account:{account.id}", frozenset(), None)


def test_a_closed_account_acts_for_nobody(city: None) -> None:
    account = api.account_find("hub1")
    api.account_switch(account_id=account.id, is_active=False, by=MAKER, at=AT)

    with pytest.raises(AccountClosed):
        api.actor_for_account(account.id, AT)
    with pytest.raises(AccountNotFound):
        api.actor_for_account(10**9, AT)


def test_an_unknown_person_is_told_as_such(city: None) -> None:
    with pytest.raises(PersonNotFound):
        api.actor_get(person_id=10**9, at=AT)


def test_an_actor_costs_two_queries(city: None, django_assert_num_queries) -> None:
    person, account = person_id("hub1"), api.account_find("hub1")

    with django_assert_num_queries(2):
        api.actor_get(person_id=person, at=AT)
    with django_assert_num_queries(2):
        api.actor_for_account(account.id, AT)
