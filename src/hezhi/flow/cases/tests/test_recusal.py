"""Conflict of interest: whoever has one neither reads a case nor acts on it, in any post, until another lifts it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.errors import AlertNotFound
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseRow, CaseState
from hezhi.flow.cases.errors import CaseNotFound, HasInterest
from hezhi.flow.cases.models import TaskForce
from hezhi.flow.cases.tests.factories import BELL, HOUSE, LAMP, MONDAY, WELL, Lamps, last, nothing_changes, refused
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordFilter
from hezhi.flow.intake.errors import RecordNotFound
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter, TaskState
from hezhi.kit.errors import NotAllowed
from hezhi.services.notices import api as notices
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.errors import PersonNotFound, RecusalHolds, RecusalMissing, SamePerson
from hezhi.spine.people.models import Recusal
from hezhi.spine.permissions.contracts import Actor, Right

LATER = MONDAY + timedelta(hours=1)


def declared(lamps: Lamps, case: CaseRow, name: str) -> Actor:
    """Return an officer, anew, after it declared an interest."""
    me = lamps.by(name)
    cases.case_recuse(case_id=case.id, person_id=me.person_id, reason="报告人是我的兄弟", by=me, at=MONDAY)
    return lamps.by(name)


def set_by_supervisor(lamps: Lamps, case: CaseRow, name: str) -> Actor:
    person_id = lamps.town.persons[name]
    cases.case_recuse(case_id=case.id, person_id=person_id, reason="亲属", by=lamps.by("supervisor"), at=MONDAY)
    return lamps.by(name)


@pytest.mark.parametrize("name", [LAMP, "duty_officer", "coordinator", "supervisor"])
def test_whoever_declares_an_interest_sees_nothing_of_the_case_and_counts_no_longer_hold_it(
    lamps: Lamps, name: str
) -> None:
    case, other = lamps.handled(), lamps.handled(spot="别处")
    record_id = cases.records_of(case_id=case.id)[0]

    me = declared(lamps, case, name)

    assert me.barred >= {f"case:{case.id}", f"record:{record_id}", f"alert:{case.alert_id}"}
    with refused(CaseNotFound):
        cases.case_get(case_id=case.id, by=me)
    with refused(CaseNotFound):
        cases.case_by_number(number=case.number, by=me)
    with refused(RecordNotFound):
        intake.record_get(record_id=record_id, by=me)
    with refused(AlertNotFound):
        alerts.alert_get(alert_id=case.alert_id, by=me)
    wanted = CaseFilter(is_open=None)
    assert [one.id for one in cases.case_page(by=me, wanted=wanted, at=MONDAY)] == [other.id]
    assert cases.case_counts(by=me, at=MONDAY)["open"] == 1
    assert sum(one.open_count for one in cases.agency_board(by=me, at=MONDAY)) == 1
    assert {one.case_id for one in tasks.task_page(by=me, wanted=TaskFilter(), at=MONDAY)} == {other.id}
    assert record_id not in {one.id for one in intake.record_page(by=me, wanted=RecordFilter())}
    assert cases.cases_related(case_id=other.id, by=me) == []


def test_whoever_declares_an_interest_can_do_no_act_on_the_case(lamps: Lamps) -> None:
    case = lamps.handled()
    task = lamps.tasks(case, TaskState.OPEN)[0]

    me = declared(lamps, case, LAMP)

    with nothing_changes():
        with refused(CaseNotFound):
            tasks.work_submit(case_id=case.id, outcome="unknown", summary="完", by=me, at=LATER)
        with refused(CaseNotFound):
            cases.case_lift_recusal(case_id=case.id, person_id=me.person_id, reason="没事了", by=me, at=LATER)
        with refused(tasks.TaskNotFound):
            tasks.task_done(task_id=task.id, result={"answer": "完"}, by=me, at=LATER)
        with refused(tasks.TaskNotFound):
            tasks.task_take(task_id=task.id, by=me, at=LATER)


def test_it_holds_in_a_post_taken_up_later_and_in_an_emergency(lamps: Lamps) -> None:
    case = lamps.handled()
    me = declared(lamps, case, LAMP)
    agency = people.agency_get(lamps.by("coordinator").agency_id)
    people.glass_break(
        person_id=me.person_id, agency_code=agency.code, role="coordinator", hours=2, reason="主管出差，无人值守",
        by=Actor.system("operator"), at=LATER,
    )  # fmt: skip

    now_coordinator = people.actor_get(person_id=me.person_id, at=LATER)

    assert Right.CASE_COORDINATE in {one.right for one in now_coordinator.grants}
    with refused(CaseNotFound):
        cases.case_get(case_id=case.id, by=now_coordinator)


def test_what_the_handler_held_goes_back_to_the_desk_with_one_line(lamps: Lamps) -> None:
    case = lamps.handled()
    held = {one.id for one in lamps.tasks(case, TaskState.OPEN) if one.person_id == lamps.town.persons[LAMP]}
    assert held

    declared(lamps, case, LAMP)

    after = lamps.case(case.id)
    assert (after.handler_id, after.lead_agency_id, after.state) == (None, case.lead_agency_id, CaseState.HANDLING)
    assert {one.person_id for one in lamps.tasks(case, TaskState.OPEN) if one.id in held} == {None}
    line = last(case)
    assert (line.act, line.actor) == ("case.recuse", f"person:{lamps.town.persons[LAMP]}")
    assert line.body["reason"] == "报告人是我的兄弟"
    assert (line.body["person"], line.body["is_own"], line.body["was_handler"]) == (
        lamps.town.persons[LAMP], True, True,
    )  # fmt: skip
    assert ledger.ledger_breaks() == []


def test_a_colleague_takes_the_work_over(lamps: Lamps) -> None:
    case, second = lamps.handled(), lamps.second_person(LAMP)
    task = lamps.tasks(case, TaskState.OPEN)[0]
    me = declared(lamps, case, LAMP)

    cases.case_hand_over(case_id=case.id, person_id=second.person_id, by=second, at=LATER)
    tasks.task_take(task_id=task.id, by=second, at=LATER)

    assert lamps.case(case.id).handler_id == second.person_id
    with nothing_changes():
        with refused(HasInterest, person=me.person_id):
            cases.case_hand_over(case_id=case.id, person_id=me.person_id, by=second, at=LATER)
        with refused(HasInterest, person=me.person_id):
            tasks.task_hand_over(task_id=task.id, person_id=me.person_id, reason="请", by=second, at=LATER)


def test_a_task_force_takes_nobody_in_who_has_an_interest_and_lets_go_who_declares_one(lamps: Lamps) -> None:
    case, coordinator = lamps.handled(), lamps.by("coordinator")
    told = {"case_id": case.id, "name": "专班", "purpose": "会商", "ends_at": MONDAY + timedelta(days=3)}
    cases.case_form_force(**told, member_ids=[lamps.town.persons[BELL]], by=coordinator, at=MONDAY)

    set_by_supervisor(lamps, case, BELL)

    assert TaskForce.objects.get(case_id=case.id).member_ids == []
    with nothing_changes(), refused(HasInterest):
        cases.case_form_force(**told, member_ids=[lamps.town.persons[BELL]], by=coordinator, at=LATER)


def test_anothers_interest_is_set_by_who_supervises_and_by_nobody_else(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    target = lamps.town.persons[BELL]
    for name in (LAMP, WELL, "coordinator", "duty_officer"):
        with nothing_changes(), refused(NotAllowed):
            cases.case_recuse(case_id=case.id, person_id=target, reason="亲属", by=lamps.by(name), at=MONDAY)
    with nothing_changes(), refused(PersonNotFound):
        cases.case_recuse(case_id=case.id, person_id=10**9, reason="亲属", by=lamps.by("supervisor"), at=MONDAY)

    set_by_supervisor(lamps, case, BELL)

    assert [one.person_id for one in people.recusals_of(f"case:{case.id}")] == [target]
    with nothing_changes(), refused(RecusalHolds):
        set_by_supervisor(lamps, case, BELL)


def test_lifting_it_needs_another_person(lamps: Lamps) -> None:
    case, supervisor = lamps.handled(), lamps.by("supervisor")
    me = set_by_supervisor(lamps, case, LAMP)
    with nothing_changes():
        with refused(SamePerson):
            cases.case_lift_recusal(
                case_id=case.id, person_id=me.person_id, reason="没有亲属关系", by=supervisor, at=LATER
            )
        with refused(NotAllowed):
            cases.case_lift_recusal(
                case_id=case.id, person_id=me.person_id, reason="没有", by=lamps.by("coordinator"), at=LATER
            )
        with refused(RecusalMissing):
            cases.case_lift_recusal(
                case_id=case.id, person_id=lamps.town.persons[BELL], reason="没有", by=supervisor, at=LATER
            )
    post_id = people.person_get(lamps.town.persons["supervisor"], at=MONDAY).post_id
    other_id = people.person_create(name="另一位", by=HOUSE, at=MONDAY)
    people.person_place(person_id=other_id, post_id=post_id, from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    other = people.actor_get(person_id=other_id, at=LATER)

    cases.case_lift_recusal(case_id=case.id, person_id=me.person_id, reason="查无亲属关系", by=other, at=LATER)

    assert lamps.by(LAMP).barred == frozenset()
    assert cases.case_get(case_id=case.id, by=lamps.by(LAMP)).id == case.id
    assert {one.lifted_by for one in Recusal.objects.all()} == {other.ref}
    assert last(case).body["reason"] == "查无亲属关系"


def test_a_report_attached_later_is_kept_from_who_has_an_interest(lamps: Lamps) -> None:
    case = lamps.handled()
    declared(lamps, case, "duty_officer")
    record_id = lamps.report(spot="后来的").record.id

    cases.record_attach(case_id=case.id, record_id=record_id, by=Actor.system("cases"), at=LATER)

    me = lamps.by("duty_officer")
    assert f"record:{record_id}" in me.barred
    with refused(RecordNotFound):
        intake.record_get(record_id=record_id, by=me)


def test_who_has_an_interest_is_told_nothing_more_about_the_case(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled()) if False else lamps.handled()
    me = declared(lamps, case, LAMP)
    before = notices.unread_count(recipient=me.ref)

    cases.case_urge(case_id=case.id, text="请抓紧", by=lamps.by("supervisor"), at=LATER)

    assert notices.unread_count(recipient=me.ref) == before


def test_who_is_kept_out_of_a_case_does_not_check_the_whole_ledger(lamps: Lamps) -> None:
    case = lamps.handled()
    person_id = lamps.town.persons[LAMP]
    operator = {"person_id": person_id, "role": "operator", "hours": 2, "reason": "接管系统运维", "at": MONDAY}
    people.glass_break(**operator, agency_code=people.agency_get(lamps.agency(LAMP)).code, by=Actor.system("operator"))
    assert Right.LEDGER_VERIFY in {one.right for one in lamps.by(LAMP).grants}

    me = declared(lamps, case, LAMP)

    assert Right.LEDGER_VERIFY not in {one.right for one in me.grants}
    assert Right.ACCOUNT_MANAGE in {one.right for one in me.grants}
