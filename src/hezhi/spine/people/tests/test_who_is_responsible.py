"""For any place the nearest agency, the officers of a post, and who is on duty are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hezhi.spine.people import api
from hezhi.spine.people.contracts import Role
from hezhi.spine.people.errors import AgencyNotFound, DutyNotFound, DutyTaken, NotOnPost, PersonNotFound
from hezhi.spine.people.models import Duty
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
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import SplitPart
from hezhi.spine.regions.errors import RegionNotFound

pytestmark = pytest.mark.django_db
EIGHT, SIXTEEN = datetime(2026, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()


def found(kind: str, region_code: str) -> str | None:
    agency = api.agency_find(kind=kind, region_code=region_code, on=TODAY)
    return agency.code if agency else None


@pytest.mark.parametrize(
    ("kind", "region_code", "code"),
    [
        pytest.param("lamp", NORTH, "north-lamp", id="the region's own"),
        pytest.param("lamp", NORTH_A1, "north-lamp", id="the nearest above"),
        pytest.param("lamp", SOUTH, "city-lamp", id="the city's where the district has none"),
        pytest.param("hub", NORTH_A1, "one-hub", id="a street's"),
        pytest.param("hub", NORTH_B, "city-hub", id="not a neighbour's"),
        pytest.param("lamp", "330000", None, id="never one from below"),
        pytest.param("drum", NORTH, None, id="a kind the city lacks"),
        pytest.param("lamp", "", None, id="a place nobody knows"),
    ],
)
def test_the_nearest_agency_of_a_kind_is_found(kind: str, region_code: str, code: str | None) -> None:
    assert found(kind, region_code) == code


def test_several_kinds_are_found_at_once() -> None:
    nearest = api.agencies_find(kinds=["lamp", "hub", "drum"], region_code=NORTH_A1, on=TODAY)

    assert {kind: agency.code for kind, agency in nearest.items()} == {"lamp": "north-lamp", "hub": "one-hub"}


def test_an_unknown_region_is_an_error_and_not_a_missing_agency() -> None:
    with pytest.raises(RegionNotFound):
        found("lamp", "339999")


def test_an_agency_is_not_found_before_it_began_or_after_it_ended() -> None:
    api.agency_end(agency_id=agency_id("north-lamp"), last_day=TODAY, by=MAKER, at=AT)
    tomorrow = TODAY + timedelta(days=1)
    api.agency_create(
        code="north-lamp-2", name="北区新灯局", kind="lamp", region_code=NORTH, valid_from=tomorrow, by=MAKER, at=AT
    )

    assert found("lamp", NORTH) == "north-lamp"
    assert api.agency_find(kind="lamp", region_code=NORTH, on=tomorrow).code == "north-lamp-2"
    assert [one.code for one in api.agencies_of_kind("lamp", on=tomorrow)] == ["city-lamp", "north-lamp-2"]
    assert len(api.agencies_list(on=TODAY)) == 5


def test_for_a_region_that_was_split_the_agency_of_all_its_land_is_found() -> None:
    parts = [SplitPart("339903", "西区", takes=(NORTH_A,)), SplitPart("339904", "东区", takes=(NORTH_B,))]
    regions.region_split(code=NORTH, parts=parts, on=TODAY, source="决定 1", by=MAKER, at=AT)
    api.agency_create(code="west-lamp", name="西区灯局", kind="lamp", region_code="339903", by=MAKER, at=AT)

    assert found("lamp", NORTH) == "city-lamp"
    assert found("lamp", NORTH_A1) == "west-lamp"
    assert found("lamp", NORTH_B) == "city-lamp"


def test_the_holder_of_a_role_nearest_to_a_place_is_found() -> None:
    hub = agency_id("city-hub")

    def nearest(role: Role, region_code: str) -> int | None:
        agency = api.agency_for_role(role=role, region_code=region_code, at=AT)
        return agency.id if agency else None

    assert nearest(Role.COORDINATOR, NORTH_A1) == hub
    assert nearest(Role.DUTY_OFFICER, NORTH) == hub
    assert nearest(Role.GRID_WORKER, NORTH_A1) == agency_id("one-hub")
    assert nearest(Role.GRID_WORKER, NORTH_B) is None
    assert nearest(Role.SUPERVISOR, NORTH) is None
    assert nearest(Role.COORDINATOR, "") is None


def test_a_vacant_post_is_no_coordinator() -> None:
    one = agency_id("one-hub")
    api.post_create(agency_id=one, role=Role.COORDINATOR, by=MAKER, at=AT)

    assert api.agency_for_role(role=Role.COORDINATOR, region_code=NORTH_A1, at=AT).code == "city-hub"


def test_agencies_are_read_by_id_and_by_code() -> None:
    lamp = api.agency_by_code("north-lamp")

    assert (lamp.name, lamp.kind, lamp.region_code, lamp.region_path) == ("北区灯局", "lamp", NORTH, path(NORTH))
    assert api.agency_get(lamp.id) == lamp
    assert api.agencies_get([lamp.id, 10**9]) == {lamp.id: lamp}
    with pytest.raises(AgencyNotFound):
        api.agency_get(10**9)
    with pytest.raises(AgencyNotFound):
        api.agency_by_code("no-such")


def test_officers_of_an_agency_are_those_on_the_post_now() -> None:
    lamp = agency_id("north-lamp")

    assert [one.name for one in api.officers(agency_id=lamp, role=Role.HANDLER, at=AT)] == ["甲一", "甲二"]
    assert api.officers(agency_id=lamp, role=Role.COORDINATOR, at=AT) == []
    assert {one.name for one in api.officers(agency_id=agency_id("city-hub"), at=AT)} == {
        "乙一",
        "乙二",
        "乙三",
        "丁一",
    }


def test_a_person_is_shown_on_the_post_held_then_or_last() -> None:
    lamp1 = person_id("lamp1")
    row = api.person_get(lamp1, at=AT)
    api.person_leave(person_id=lamp1, post_id=row.post_id, last_day=TODAY, by=MAKER, at=AT)

    assert (row.name, row.agency_name, row.role) == ("甲一", "北区灯局", Role.HANDLER)
    assert api.person_get(lamp1) == row
    with pytest.raises(PersonNotFound):
        api.person_get(lamp1, at=AT + timedelta(days=1))
    assert [one.role for one in api.person_posts(person_id("hub1"), at=AT)] == [Role.COORDINATOR, Role.HANDLER]
    assert api.person_names([lamp1, 10**9]) == {lamp1: "甲一"}
    assert api.contact_get(lamp1).email == "lamp1@example.org"


def test_a_person_is_found_on_the_post_in_a_named_agency() -> None:
    hub1, bell = person_id("hub1"), agency_id("city-bell")

    assert api.person_get(hub1, at=AT).role is Role.COORDINATOR
    assert api.person_get(hub1, at=AT, agency_id=bell).role is Role.HANDLER
    with pytest.raises(PersonNotFound):
        api.person_get(hub1, at=AT, agency_id=agency_id("north-lamp"))


def duty(username: str, from_at: datetime = EIGHT, to_at: datetime = SIXTEEN, **other: object):
    given = {"agency_id": agency_id("city-hub"), "role": Role.DUTY_OFFICER, "by": MAKER, "at": AT}
    return api.duty_set(person_id=person_id(username), from_at=from_at, to_at=to_at, **{**given, **other})


def on_duty(at: datetime) -> str | None:
    person = api.on_duty(agency_id=agency_id("city-hub"), role=Role.DUTY_OFFICER, at=at)
    return person.name if person else None


def test_a_duty_lasts_from_its_first_moment_to_before_its_last() -> None:
    duty("hub2")
    duty("hub3", SIXTEEN, SIXTEEN + timedelta(hours=8))

    assert on_duty(EIGHT - timedelta(seconds=1)) is None
    assert on_duty(EIGHT) == "乙二"
    assert on_duty(SIXTEEN - timedelta(seconds=1)) == "乙二"
    assert on_duty(SIXTEEN) == "乙三"
    assert api.on_duty(agency_id=agency_id("city-hub"), role=Role.COORDINATOR, at=EIGHT) is None
    rostered = api.duties_of(agency_id=agency_id("city-hub"), from_at=EIGHT, to_at=SIXTEEN)
    assert [one.person_id for one in rostered] == [person_id("hub2")]


def test_two_people_are_never_on_duty_at_once() -> None:
    duty("hub2")

    with pytest.raises(DutyTaken):
        duty("hub3", SIXTEEN - timedelta(seconds=1), SIXTEEN + timedelta(hours=8))
    assert Duty.objects.count() == 1


def test_a_duty_that_is_dropped_can_be_given_to_somebody_else() -> None:
    first = duty("hub2")
    api.duty_drop(duty_id=first.id, by=MAKER, at=AT)
    duty("hub3")

    assert on_duty(EIGHT) == "乙三"
    with pytest.raises(DutyNotFound):
        api.duty_drop(duty_id=first.id, by=MAKER, at=AT)


@pytest.mark.parametrize("username", ["lamp1", "hub1"], ids=["another agency", "another role"])
def test_only_who_holds_the_post_is_put_on_duty(username: str) -> None:
    with pytest.raises(NotOnPost):
        duty(username)
    assert Duty.objects.count() == 0


def test_who_left_the_post_is_not_on_duty_any_more() -> None:
    duty("hub2", SIXTEEN, SIXTEEN + timedelta(days=2))
    hub2 = person_id("hub2")
    post = api.person_get(hub2, at=AT).post_id
    api.person_leave(person_id=hub2, post_id=post, last_day=TODAY, by=MAKER, at=AT)

    assert on_duty(datetime(2026, 3, 2, 15, 59, tzinfo=UTC)) == "乙二"
    assert on_duty(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) is None
    with pytest.raises(NotOnPost):
        duty("hub2", datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 8, 8, tzinfo=UTC))


def test_the_last_shift_before_leaving_may_end_at_midnight() -> None:
    hub2 = person_id("hub2")
    post = api.person_get(hub2, at=AT).post_id
    api.person_leave(person_id=hub2, post_id=post, last_day=TODAY, by=MAKER, at=AT)

    duty("hub2", SIXTEEN, datetime(2026, 3, 2, 16, tzinfo=UTC))
    assert on_duty(SIXTEEN) == "乙二"


def test_look_ups_cost_what_they_say(django_assert_num_queries) -> None:
    lamp, lamp1, hub = agency_id("north-lamp"), person_id("lamp1"), agency_id("city-hub")
    reads = (
        (2, lambda: api.agency_find(kind="lamp", region_code=NORTH_A1, on=TODAY)),
        (2, lambda: api.agencies_find(kinds=["lamp", "hub", "bell"], region_code=NORTH_A1, on=TODAY)),
        (2, lambda: api.agency_for_role(role=Role.COORDINATOR, region_code=NORTH, at=AT)),
        (1, lambda: api.agency_get(lamp)),
        (1, lambda: api.agencies_get([lamp, hub])),
        (1, lambda: api.agencies_of_kind("lamp", on=TODAY)),
        (1, lambda: api.officers(agency_id=lamp, role=Role.HANDLER, at=AT)),
        (1, lambda: api.on_duty(agency_id=hub, role=Role.DUTY_OFFICER, at=AT)),
        (1, lambda: api.person_get(lamp1, at=AT)),
        (1, lambda: api.person_get(lamp1)),
        (1, lambda: api.contact_get(lamp1)),
        (1, lambda: api.posts_of(hub)),
    )
    for count, read in reads:
        with django_assert_num_queries(count):
            read()
