"""Agencies, posts and people are set up by who may, once, and every change is in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, PeopleCount, Role
from hezhi.spine.people.errors import (
    AgencyEnded,
    AgencyExists,
    AgencyNotFound,
    AlreadyOnPost,
    NotOnPost,
    PeopleInvalid,
    PersonNotFound,
    PostNotFound,
)
from hezhi.spine.people.models import Account, Agency, Duty, Holding, Person, Post
from hezhi.spine.people.tests.factories import (
    AGENCIES,
    AT,
    CITY,
    MAKER,
    NORTH,
    NORTH_A,
    OFFICERS,
    SOUTH,
    START,
    TODAY,
    agency_id,
    city_load,
    person_id,
)
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.permissions.errors import NotAllowed
from hezhi.spine.regions.errors import RegionNotFound

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()


def state() -> list[object]:
    tables = (Agency, Post, Person, Holding, Duty, Account)
    return [list(table.objects.order_by("id").values_list()) for table in tables] + [ledger.lines_of(chain="people")]


def load(agencies=AGENCIES, officers=OFFICERS, by: Actor = MAKER) -> PeopleCount:
    return api.people_load(agencies=agencies, officers=officers, from_on=START, by=by, at=AT)


def test_a_city_loads_with_everything_that_hangs_together() -> None:
    assert (Agency.objects.count(), Post.objects.count(), Person.objects.count(), Holding.objects.count()) == (
        5,
        7,
        7,
        8,
    )
    assert Agency.objects.get(code="north-lamp").parent_id == agency_id("city-lamp")
    (line,) = ledger.lines_of(chain="people")
    assert line.act == "people.load"
    assert (line.body["posts"], line.body["people"], line.body["holdings"]) == (7, 7, 8)


def test_loading_a_city_again_adds_nothing() -> None:
    before = state()

    assert load() == PeopleCount(0, 0, 0, 0)
    assert state() == before


def test_loading_adds_only_what_is_missing(django_assert_max_num_queries) -> None:
    newcomer = OfficerSeed("lamp3", "甲三", "south-lamp", Role.HANDLER)
    agency = AgencySeed("south-lamp", "南区灯局", "lamp", SOUTH, "city-lamp")

    with django_assert_max_num_queries(20):
        assert load((*AGENCIES, agency), (*OFFICERS, newcomer)) == PeopleCount(1, 1, 1, 1)


def test_loading_many_people_costs_as_many_queries_as_loading_one(django_assert_max_num_queries) -> None:
    many = [OfficerSeed(f"many{n}", f"众{n}", "north-lamp", Role.HANDLER, password="right-horse-9") for n in range(300)]

    with django_assert_max_num_queries(20):
        assert load(officers=many) == PeopleCount(0, 0, 300, 300)


def test_everything_wrong_in_a_load_is_named_and_nothing_is_loaded() -> None:
    before = state()
    agencies = [
        AgencySeed("north-lamp", "别名", "lamp", NORTH),
        AgencySeed("other-lamp", "又一灯局", "lamp", CITY),
        AgencySeed("Bad", "", "Lamp", "339999", "no-such"),
    ]
    officers = [
        replace(OFFICERS[0], name="别人"),
        OfficerSeed("x", "己一", "no-such", Role.HANDLER, email="not-mail", phone="call me"),
        OfficerSeed("out1", "己二", "north-lamp", Role.HANDLER, region_code=SOUTH),
    ]

    with pytest.raises(PeopleInvalid) as refusal:
        load(agencies, officers)

    assert set(refusal.value.findings) == {
        "north-lamp: is known as 北区灯局, lamp of 339901",
        "other-lamp: city-lamp is the agency of kind lamp in 339900 already",
        "Bad: needs a name of 1 to 100 characters",
        "Bad: a code has only small letters, digits, . _ -",
        "Bad: 'Lamp' is no word of small letters, digits and _",
        "Bad: there is no region 339999",
        "Bad: there is no agency no-such, its parent",
        "lamp1: is the account of 甲一, not of 别人",
        "x: username: 'x' is not 2 to 32 small letters, digits, . _ -, a letter first",
        "x: email: is no mail address",
        "x: phone: is no telephone number",
        "x: there is no agency no-such",
        "out1: 339902 does not lie in 339901, the agency's region",
    }
    assert state() == before


def test_the_ledger_keeps_ids_and_neither_names_nor_contacts() -> None:
    person = api.person_create(name="庚某某", by=MAKER, at=AT)
    api.account_create(
        username="geng1", password="right-horse-9", person_id=person, email="geng@example.org", phone="13800000009",
        by=MAKER, at=AT,
    )  # fmt: skip

    written = " ".join(str(line.body) for line in ledger.lines_of(chain="people"))
    for secret in ("庚某某", "geng", "13800000009", "right-horse-9", "甲一"):
        assert secret not in written


def test_each_command_writes_one_line() -> None:
    agency = api.agency_create(code="drum", name="鼓局", kind="drum", region_code=SOUTH, by=MAKER, at=AT)
    post = api.post_create(agency_id=agency.id, role=Role.DUTY_OFFICER, title="值班长", by=MAKER, at=AT)
    person = api.person_create(name="辛一", by=MAKER, at=AT)
    api.person_place(person_id=person, post_id=post.id, from_on=TODAY, by=MAKER, at=AT)
    duty = api.duty_set(
        agency_id=agency.id, role=Role.DUTY_OFFICER, person_id=person, from_at=AT, to_at=AT + timedelta(hours=8),
        by=MAKER, at=AT,
    )  # fmt: skip
    api.duty_drop(duty_id=duty.id, by=MAKER, at=AT)
    api.person_leave(person_id=person, post_id=post.id, last_day=TODAY, by=MAKER, at=AT)
    api.agency_end(agency_id=agency.id, last_day=TODAY, by=MAKER, at=AT)

    assert [line.act for line in ledger.lines_of(chain="people")][1:] == [
        "agency.create", "post.create", "person.create", "person.place", "duty.set", "duty.drop", "person.leave",
        "agency.end",
    ]  # fmt: skip
    assert post.region_code == SOUTH


def test_the_same_post_again_is_the_one_there_is() -> None:
    lamp = agency_id("north-lamp")
    first = api.post_create(agency_id=lamp, role=Role.HANDLER, title="队长", region_code=NORTH_A, by=MAKER, at=AT)
    lines = len(ledger.lines_of(chain="people"))

    assert (
        api.post_create(agency_id=lamp, role=Role.HANDLER, title="队长", region_code=NORTH_A, by=MAKER, at=AT) == first
    )
    assert len(ledger.lines_of(chain="people")) == lines


def test_a_city_has_one_agency_of_a_kind_in_a_region() -> None:
    before = state()

    with pytest.raises(AgencyExists):
        api.agency_create(code="lamp-2", name="又一灯局", kind="lamp", region_code=NORTH, by=MAKER, at=AT)
    with pytest.raises(AgencyExists):
        api.agency_create(code="city-lamp", name="钟局", kind="bell", region_code=NORTH, by=MAKER, at=AT)
    assert state() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.create(code="lamp-3", name="暗灯局", kind="lamp", region_code=NORTH, region_path="x")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"code": "Drum"}, PeopleInvalid),
        ({"kind": "drum office"}, PeopleInvalid),
        ({"name": "  "}, PeopleInvalid),
        ({"region_code": "339999"}, RegionNotFound),
        ({"parent_id": 10**9}, AgencyNotFound),
    ],
)
def test_an_agency_that_does_not_fit_is_refused(given: dict[str, object], error: type[Exception]) -> None:
    before = state()
    fit = {"code": "drum", "name": "鼓局", "kind": "drum", "region_code": SOUTH, "by": MAKER, "at": AT}

    with pytest.raises(error):
        api.agency_create(**{**fit, **given})
    assert state() == before


def test_a_post_reaches_no_further_than_its_agency() -> None:
    lamp = agency_id("north-lamp")

    with pytest.raises(PeopleInvalid, match="339902 does not lie in 339901"):
        api.post_create(agency_id=lamp, role=Role.SUPERVISOR, region_code=SOUTH, by=MAKER, at=AT)
    with pytest.raises(PeopleInvalid):
        api.post_create(agency_id=lamp, role=Role.SUPERVISOR, region_code=CITY, by=MAKER, at=AT)


def test_nobody_holds_the_same_post_twice_on_one_day() -> None:
    lamp1 = person_id("lamp1")
    post = api.person_get(lamp1, at=AT).post_id
    place = {"person_id": lamp1, "post_id": post, "by": MAKER, "at": AT}

    with pytest.raises(AlreadyOnPost):
        api.person_place(from_on=TODAY, **place)
    with pytest.raises(AlreadyOnPost):
        api.person_place(from_on=date(2025, 1, 1), to_on=START, **place)
    api.person_leave(person_id=lamp1, post_id=post, last_day=TODAY, by=MAKER, at=AT)
    api.person_place(from_on=TODAY + timedelta(days=1), **place)
    assert Holding.objects.filter(person_id=lamp1).count() == 2


def test_a_placing_that_does_not_fit_is_refused() -> None:
    lamp1 = person_id("lamp1")
    post = api.person_get(lamp1, at=AT).post_id
    api.agency_end(agency_id=agency_id("city-bell"), last_day=TODAY, by=MAKER, at=AT)
    bell_post = api.posts_of(agency_id("city-bell"))[0].id
    before = state()
    rest = {"from_on": TODAY + timedelta(days=1), "by": MAKER, "at": AT}

    with pytest.raises(PersonNotFound):
        api.person_place(person_id=10**9, post_id=post, **rest)
    with pytest.raises(PostNotFound):
        api.person_place(person_id=lamp1, post_id=10**9, **rest)
    with pytest.raises(AgencyEnded):
        api.person_place(person_id=lamp1, post_id=bell_post, **rest)
    with pytest.raises(PeopleInvalid):
        api.person_place(person_id=lamp1, post_id=bell_post, to_on=TODAY, **rest)
    with pytest.raises(NotOnPost):
        api.person_leave(person_id=lamp1, post_id=bell_post, last_day=TODAY, by=MAKER, at=AT)
    with pytest.raises(AgencyEnded):
        api.agency_end(agency_id=agency_id("city-bell"), last_day=TODAY, by=MAKER, at=AT)
    assert state() == before


def test_only_who_manages_accounts_changes_people() -> None:
    before = state()
    handler = api.actor_get(person_id=person_id("lamp1"), at=AT)
    lamp, lamp1 = agency_id("north-lamp"), person_id("lamp1")
    post = api.person_get(lamp1, at=AT).post_id
    who = {"by": handler, "at": AT}

    for attempt in (
        lambda: api.agency_create(code="drum", name="鼓局", kind="drum", region_code=SOUTH, **who),
        lambda: api.agency_end(agency_id=lamp, last_day=TODAY, **who),
        lambda: api.post_create(agency_id=lamp, role=Role.OPERATOR, **who),
        lambda: api.person_create(name="壬一", **who),
        lambda: api.person_place(person_id=lamp1, post_id=post, from_on=TODAY, **who),
        lambda: api.person_leave(person_id=lamp1, post_id=post, last_day=TODAY, **who),
        lambda: api.duty_set(agency_id=lamp, role=Role.HANDLER, person_id=lamp1, from_at=AT, to_at=AT, **who),
        lambda: api.duty_drop(duty_id=1, **who),
        lambda: api.account_create(username="new1", password="", **who),
        lambda: load(by=handler),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert state() == before


def test_an_operator_may_do_what_the_system_may_here() -> None:
    operator = api.actor_get(person_id=person_id("oper1"), at=AT)

    assert api.person_create(name="壬二", by=operator, at=AT) > 0
    assert ledger.lines_of(chain="people")[-1].actor == operator.ref
