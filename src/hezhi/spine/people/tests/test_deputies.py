"""Deputies: who stands in, for how long, with which rights, and that every line says for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.people import api
from hezhi.spine.people.contracts import DeputyRow, Role
from hezhi.spine.people.errors import DeputyNotFound, DeputyUnfit, NotOnPost, PeopleInvalid
from hezhi.spine.people.models import Deputy
from hezhi.spine.people.rules import RIGHTS, STANDS_IN
from hezhi.spine.people.tests.factories import AT, MAKER, agency_id, city_load, person_id
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.permissions.errors import NotAllowed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def city() -> None:
    city_load()


def actor(username: str, at: datetime = AT) -> Actor:
    return api.actor_get(person_id=person_id(username), at=at)


def post_of(username: str) -> int:
    return api.person_get(person_id(username), at=AT).post_id


def named(
    who: str, deputy: str, *, by: Actor | None = None, from_at: datetime = AT, to_at: datetime = AT + 3 * DAY
) -> DeputyRow:
    return api.deputy_name(
        person_id=person_id(who), post_id=post_of(who), deputy_id=person_id(deputy), from_at=from_at, to_at=to_at,
        by=by or actor(who), at=AT,
    )  # fmt: skip


def stands_in(span: DeputyRow, who: str, at: datetime = AT) -> Actor:
    return api.actor_standing_in(deputy_id=span.id, person_id=person_id(who), at=at)


def test_a_deputy_acts_with_the_rights_of_that_post_alone_and_is_known_to() -> None:
    span = named("hub3", "hub1")

    acting, other = stands_in(span, "hub1"), actor("hub3")

    assert acting.grants == other.grants
    assert (acting.ref, acting.on_behalf, acting.person_id) == (actor("hub1").ref, other.ref, person_id("hub1"))
    assert acting.name == "乙一（代乙三）"
    assert Right.CASE_COORDINATE not in {one.right for one in acting.grants}


def test_it_begins_and_ends_by_itself() -> None:
    span = named("lamp1", "lamp2", from_at=AT + DAY, to_at=AT + 2 * DAY)

    for at in (AT, AT + DAY - timedelta(seconds=1), AT + 2 * DAY):
        with pytest.raises(DeputyNotFound):
            stands_in(span, "lamp2", at)
    assert stands_in(span, "lamp2", AT + DAY).on_behalf == f"person:{person_id('lamp1')}"
    assert stands_in(span, "lamp2", AT + 2 * DAY - timedelta(seconds=1)).on_behalf != ""
    assert api.deputies_of(person_id("lamp2"), at=AT + 2 * DAY) == []


def test_nobody_else_acts_in_the_span() -> None:
    span = named("lamp1", "lamp2")

    with pytest.raises(DeputyNotFound):
        stands_in(span, "hub1")


def test_a_line_of_a_deputy_says_for_whom() -> None:
    acting = stands_in(named("lamp1", "lamp2"), "lamp2")

    one = ledger.line_append(chain="test", act="test.act", by=acting, at=AT, body={"n": 1})
    ledger.lines_append(lines=[NewLine("test", "test.act", {"n": 2})], by=acting, at=AT)
    ledger.line_append(chain="test", act="test.act", by=actor("lamp2"), at=AT, body={"n": 3})

    behalf = f"person:{person_id('lamp1')}"
    assert one.body == {"n": 1, "for": behalf}
    assert [line.body.get("for") for line in ledger.lines_of(chain="test")] == [behalf, behalf, None]
    assert ledger.ledger_breaks() == []


@pytest.mark.parametrize("role", list(Role))
def test_nobody_who_handles_stands_in_for_who_verifies(role: Role) -> None:
    handles = {one for one, rights in RIGHTS.items() if Right.CASE_HANDLE in dict(rights)}
    verifies = Right.CASE_VERIFY in dict(RIGHTS[role])

    assert role in STANDS_IN[role]
    assert not (verifies and STANDS_IN[role] & handles)


@pytest.mark.parametrize(
    ("who", "deputy"), [("lamp1", "hub1"), ("hub1", "grid1"), ("lamp1", "lamp1"), ("oper1", "hub3")]
)
def test_who_does_not_fit_is_refused_and_nothing_is_written(who: str, deputy: str) -> None:
    before = ledger.last_line_id()

    with pytest.raises(DeputyUnfit):
        named(who, deputy)

    assert (Deputy.objects.count(), ledger.last_line_id()) == (0, before)


def test_only_one_stands_in_at_a_time() -> None:
    named("lamp1", "lamp2")

    with pytest.raises(DeputyUnfit):
        named("lamp1", "lamp2", from_at=AT + DAY, to_at=AT + 5 * DAY)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (1, -1), (-3, -1), (0, 93)])
def test_a_span_that_is_over_backwards_or_too_long_is_refused(first: int, last: int) -> None:
    before = ledger.last_line_id()

    with pytest.raises(PeopleInvalid):
        named("lamp1", "lamp2", from_at=AT + first * DAY, to_at=AT + last * DAY)

    assert ledger.last_line_id() == before


def test_another_s_deputy_is_named_by_the_head_or_the_operator_and_by_nobody_else() -> None:
    before = ledger.last_line_id()
    for name in ("lamp2", "hub1"):
        with pytest.raises(NotAllowed):
            named("lamp1", "lamp2", by=actor(name))
    assert ledger.last_line_id() == before
    head_post = api.post_create(
        agency_id=agency_id("north-lamp"), role=Role.HANDLER, title="局长", is_head=True, by=MAKER, at=AT
    )
    head = api.person_create(name="局长", by=MAKER, at=AT)
    api.person_place(person_id=head, post_id=head_post.id, from_on=AT.date(), by=MAKER, at=AT)

    span = named("lamp1", "lamp2", by=api.actor_get(person_id=head, at=AT))

    assert span.deputy_id == person_id("lamp2")
    with pytest.raises(NotAllowed):
        named("hub3", "hub1", by=api.actor_get(person_id=head, at=AT))
    api.deputy_end(deputy_id=span.id, by=actor("oper1"), at=AT + DAY)
    with pytest.raises(DeputyNotFound):
        stands_in(span, "lamp2", AT + DAY)


def test_a_deputy_passes_nothing_on_and_does_not_look_after_people() -> None:
    post = api.post_create(
        agency_id=agency_id("north-lamp"), role=Role.HANDLER, title="局长", is_head=True, by=MAKER, at=AT
    )
    head = api.person_create(name="局长", by=MAKER, at=AT)
    api.person_place(person_id=head, post_id=post.id, from_on=AT.date(), by=MAKER, at=AT)
    mine = {"person_id": head, "post_id": post.id, "from_at": AT, "to_at": AT + DAY, "at": AT}
    span = api.deputy_name(**mine, deputy_id=person_id("lamp1"), by=api.actor_get(person_id=head, at=AT))

    acting = stands_in(span, "lamp1")

    assert Right.STAFF_MANAGE not in {one.right for one in acting.grants}
    with pytest.raises(NotAllowed):
        api.deputy_name(**mine, deputy_id=person_id("lamp2"), by=acting)


def test_a_span_is_ended_by_either_side_and_by_no_stranger() -> None:
    span = named("lamp1", "lamp2")
    before = ledger.last_line_id()
    with pytest.raises(DeputyNotFound):
        api.deputy_end(deputy_id=span.id, by=actor("hub1"), at=AT)
    assert ledger.last_line_id() == before

    api.deputy_end(deputy_id=span.id, by=actor("lamp2"), at=AT + DAY)

    with pytest.raises(DeputyNotFound):
        stands_in(span, "lamp2", AT + DAY)
    with pytest.raises(DeputyNotFound):
        api.deputy_end(deputy_id=span.id, by=actor("lamp2"), at=AT + DAY)
    assert stands_in(named("lamp1", "lamp2", from_at=AT + DAY), "lamp2", AT + DAY).on_behalf


def test_who_left_the_post_is_stood_in_for_by_nobody() -> None:
    span = named("lamp1", "lamp2", to_at=AT + 10 * DAY)
    api.person_leave(person_id=person_id("lamp1"), post_id=post_of("lamp1"), last_day=AT.date(), by=MAKER, at=AT)

    with pytest.raises(DeputyNotFound):
        stands_in(span, "lamp2", AT + DAY)
    with pytest.raises(NotOnPost):
        api.deputy_name(
            person_id=person_id("lamp1"), post_id=post_of("hub3"), deputy_id=person_id("lamp2"), from_at=AT,
            to_at=AT + DAY, by=actor("lamp1"), at=AT,
        )  # fmt: skip


def test_a_deputy_is_kept_out_of_what_either_is_kept_out_of() -> None:
    span = named("lamp1", "lamp2")
    api.recusal_set(person_id=person_id("lamp1"), cause="case:5", about=["record:9"], by=MAKER, at=AT)
    api.recusal_set(person_id=person_id("lamp2"), cause="case:6", about=[], by=MAKER, at=AT)

    assert stands_in(span, "lamp2").barred == {"case:5", "record:9", "case:6"}
