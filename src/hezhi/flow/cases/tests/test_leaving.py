"""An officer leaves: nothing is lost, nothing is left to nobody, and both sides get a list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.models import Case, TaskForce
from hezhi.flow.cases.tests.factories import BELL, HOUSE, LAMP, MONDAY, WELL, Lamps, lines, nothing_changes, refused
from hezhi.flow.tasks.contracts import TaskState
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.kit.errors import NotAllowed
from hezhi.services.notices import api as notices
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.people.errors import HandOverNotFound, NobodyLeft, NotOnPost, PeopleInvalid, SamePerson
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

OPERATOR = Actor.system("operator")
LATER = MONDAY + timedelta(hours=1)


def leave(lamps: Lamps, *, to: int | None = None, by: Actor = OPERATOR, who: str = LAMP, reason: str = "调离") -> int:
    return people.officer_leave(
        person_id=lamps.town.persons[who], agency_id=lamps.agency(who), successor_id=to, reason=reason, by=by, at=LATER
    )


def test_everything_goes_to_the_successor_with_one_line_each_and_stands_on_the_list(lamps: Lamps) -> None:
    first, other, second = lamps.handled(), lamps.handled(spot="别处"), lamps.second_person(LAMP)
    closed = lamps.closed(at=MONDAY)
    me = lamps.town.persons[LAMP]
    held = [one for case in (first, other) for one in lamps.tasks(case, TaskState.OPEN) if one.person_id == me]
    assert len(held) == 2

    row = people.hand_over_get(hand_over_id=leave(lamps, to=second.person_id), by=second)

    assert {Case.objects.get(id=one.id).handler_id for one in (first, other)} == {second.person_id}
    assert Case.objects.get(id=closed.id).handler_id == me  # what is over stays as it was
    assert {Task.objects.get(id=one.id).person_id for one in held} == {second.person_id}
    assert not Task.objects.filter(LIVE_Q, person_id=me).exists()
    wanted = {f"case:{first.id}", f"case:{other.id}", *(f"task:{one.id}" for one in held)}
    assert {one.about for one in row.items} == wanted
    assert {one.to_person_id for one in row.items} == {second.person_id}
    for case in (first, other):
        told = [line for line in lines(case, "case.hand_over", "task.hand_over") if line.body.get("hand_over")]
        assert sorted(line.act for line in told) == ["case.hand_over", "task.hand_over"]
        assert {(one.body["from_person"], one.body["person"], one.body["reason"]) for one in told} == {
            (me, second.person_id, "调离")
        }
    assert ledger.ledger_breaks() == []


def test_without_a_successor_it_goes_to_the_desk_where_a_colleague_finds_it(lamps: Lamps) -> None:
    case, second = lamps.handled(), lamps.second_person(LAMP)

    row = people.hand_over_get(hand_over_id=leave(lamps), by=OPERATOR)

    after = lamps.case(case.id)
    assert (after.handler_id, after.lead_agency_id) == (None, lamps.agency(LAMP))
    assert {one.to_person_id for one in row.items} == {None}
    assert {one.person_id for one in lamps.tasks(case, TaskState.OPEN)} == {None}
    cases.case_hand_over(case_id=case.id, person_id=second.person_id, by=second, at=LATER)
    assert lamps.case(case.id).handler_id == second.person_id
    assert notices.unread_count(recipient=second.ref) > 0


def test_the_account_closes_with_its_sessions_and_the_posts_end_with_the_day(lamps: Lamps) -> None:
    second, me = lamps.second_person(LAMP), lamps.town.persons[LAMP]
    account = Account.objects.get(person_id=me)
    people.session_begin(account_id=account.id, session_key="k" * 32, browser="x", at=MONDAY)

    row = people.hand_over_get(hand_over_id=leave(lamps, to=second.person_id), by=OPERATOR)

    account.refresh_from_db()
    assert (account.is_active, row.closed_account_ids) == (False, (account.id,))
    assert people.sessions_of(account_id=account.id, by=OPERATOR) == []
    assert people.person_posts(me, at=MONDAY + timedelta(days=1)) == []


def test_who_holds_a_post_elsewhere_keeps_the_account(lamps: Lamps) -> None:
    lamps.second_person(LAMP)
    me = lamps.town.persons[LAMP]
    post = people.post_create(agency_id=lamps.agency(WELL), role=Role.HANDLER, title="兼", by=HOUSE, at=MONDAY)
    people.person_place(person_id=me, post_id=post.id, from_on=MONDAY.date(), by=HOUSE, at=MONDAY)

    row = people.hand_over_get(hand_over_id=leave(lamps), by=OPERATOR)

    assert row.closed_account_ids == ()
    tomorrow = people.actor_get(person_id=me, at=MONDAY + timedelta(days=1))
    assert tomorrow.agency_id == lamps.agency(WELL)


def test_a_place_in_a_task_force_goes_on_too(lamps: Lamps) -> None:
    case, second = lamps.handled(), lamps.second_person(BELL)
    cases.case_form_force(
        case_id=case.id, name="专班", purpose="会商", member_ids=[lamps.town.persons[BELL]],
        ends_at=MONDAY + timedelta(days=3), by=lamps.by("coordinator"), at=MONDAY,
    )  # fmt: skip

    leave(lamps, to=second.person_id, who=BELL)

    assert TaskForce.objects.get(case_id=case.id).member_ids == [second.person_id]
    assert len(lines(case, "case.force_member")) == 1


def test_a_successor_with_an_interest_does_not_get_the_case(lamps: Lamps) -> None:
    case, second = lamps.handled(), lamps.second_person(LAMP)
    cases.case_recuse(case_id=case.id, person_id=second.person_id, reason="亲属", by=second, at=MONDAY)

    row = people.hand_over_get(hand_over_id=leave(lamps, to=second.person_id), by=OPERATOR)

    assert lamps.case(case.id).handler_id is None
    assert {one.to_person_id for one in row.items} == {None}


def test_refusals_change_nothing(lamps: Lamps) -> None:
    lamps.handled()
    with nothing_changes(), refused(NobodyLeft):
        leave(lamps)
    second = lamps.second_person(LAMP)
    me = lamps.town.persons[LAMP]
    with nothing_changes():
        with refused(NotAllowed):
            leave(lamps, by=second)
        with refused(NotAllowed):
            leave(lamps, by=lamps.by("supervisor"))
        with refused(SamePerson):
            leave(lamps, to=me)
        with refused(NotOnPost):
            leave(lamps, to=lamps.town.persons[WELL])
        with refused(PeopleInvalid):
            leave(lamps, reason=" ")
    assert people.person_get(me, at=MONDAY + timedelta(days=1)).id == me


@pytest.mark.parametrize("name", [WELL, "supervisor"])
def test_the_list_is_for_both_sides_the_head_and_the_operator(lamps: Lamps, name: str) -> None:
    lamps.handled()
    second = lamps.second_person(LAMP)
    head_post = people.post_create(
        agency_id=lamps.agency(LAMP), role=Role.HANDLER, title="局长", is_head=True, by=HOUSE, at=MONDAY
    )
    head_id = people.person_create(name="局长", by=HOUSE, at=MONDAY)
    people.person_place(person_id=head_id, post_id=head_post.id, from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    head = people.actor_get(person_id=head_id, at=LATER)

    done = leave(lamps, to=second.person_id, by=head)

    for actor in (head, second, OPERATOR):
        assert people.hand_over_get(hand_over_id=done, by=actor).ordered_by == head.ref
    with refused(HandOverNotFound):
        people.hand_over_get(hand_over_id=done, by=lamps.by(name))
