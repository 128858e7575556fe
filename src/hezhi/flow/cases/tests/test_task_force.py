"""Task forces give named people's agencies sight of a case for a time, and take it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.cases.errors import AlreadyThere, CaseNotFound, NameTooLong, NoMembers, NotInFuture
from hezhi.flow.cases.tests.factories import BELL, GATE, LAMP, MONDAY, WELL, Lamps, lines, moment, refused
from hezhi.spine.people.errors import PersonNotFound

ENDS = moment("03-05 18:00")


def form(lamps: Lamps, case: CaseRow, *kinds: str, ends_at: datetime = ENDS, at: datetime = MONDAY) -> CaseRow:
    return cases.case_form_force(
        case_id=case.id, name="路灯专班", purpose="一起看一次", member_ids=[lamps.town.persons[one] for one in kinds],
        ends_at=ends_at, by=lamps.by("coordinator"), at=at,
    )  # fmt: skip


def sees(lamps: Lamps, case: CaseRow, kind: str) -> bool:
    try:
        cases.case_get(case_id=case.id, by=lamps.by(kind))
    except CaseNotFound:
        return False
    return True


def test_a_force_gives_its_members_agencies_sight_until_it_is_dissolved(lamps: Lamps) -> None:
    case = lamps.handled()

    formed = form(lamps, case, WELL, BELL, WELL)

    assert formed.agency_ids == {lamps.agency(kind) for kind in (LAMP, WELL, BELL)}
    (force,) = lamps.view(case).task_forces
    assert (force.name, force.purpose, force.ends_at) == ("路灯专班", "一起看一次", ENDS)
    assert force.member_ids == (lamps.town.persons[WELL], lamps.town.persons[BELL])
    assert [sees(lamps, case, kind) for kind in (WELL, BELL, GATE)] == [True, True, False]

    by = lamps.by("coordinator")
    dissolved = cases.case_dissolve_force(case_id=case.id, force_id=force.id, reason="看完了", by=by, at=ENDS)

    assert dissolved.agency_ids == {lamps.agency(LAMP)}
    assert [sees(lamps, case, kind) for kind in (WELL, BELL)] == [False, False]
    with refused(AlreadyThere):
        cases.case_dissolve_force(case_id=case.id, force_id=force.id, reason="再来", by=by, at=ENDS)


def test_who_takes_part_otherwise_keeps_sight(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    form(lamps, case, WELL, GATE)
    (force,) = lamps.view(case).task_forces

    cases.case_dissolve_force(case_id=case.id, force_id=force.id, reason="完", by=lamps.by("coordinator"), at=ENDS)

    assert [sees(lamps, case, kind) for kind in (WELL, GATE)] == [True, False]


def test_who_was_given_work_meanwhile_keeps_sight(lamps: Lamps) -> None:
    case = lamps.handled()
    form(lamps, case, BELL)
    lamps.do(case, "look", found="broken")  # the bell office's task opens

    cases.cases_sweep(at=ENDS)

    assert sees(lamps, case, BELL)


def test_a_force_ends_by_itself_once(lamps: Lamps) -> None:
    case = lamps.handled()
    form(lamps, case, WELL)

    assert cases.cases_sweep(at=ENDS - timedelta(seconds=1)) == 0
    assert cases.cases_sweep(at=ENDS) == 1
    assert cases.cases_sweep(at=ENDS) == 0

    assert not sees(lamps, case, WELL)
    (line,) = lines(case, "case.dissolve_task_force")
    assert (line.actor, line.body["reason"]) == ("system:sweep", "its time is over")


def test_a_sweep_that_comes_after_a_later_act_still_ends_it(lamps: Lamps) -> None:
    case = lamps.handled()
    form(lamps, case, WELL)
    later = ENDS + timedelta(hours=2)
    cases.case_urge(case_id=case.id, text="请加快", by=lamps.by("supervisor"), at=later)

    assert cases.cases_sweep(at=ENDS) == 1

    assert lines(case)[-1].at == later


def test_a_force_outlives_a_members_post(lamps: Lamps) -> None:
    case = lamps.handled()
    form(lamps, case, WELL)
    lamps.leave(WELL)
    later, by = moment("03-04 09:00"), lamps.by("coordinator")

    moved = cases.case_transfer(case_id=case.id, agency_id=lamps.agency(GATE), reason="转办", by=by, at=later)

    assert moved.agency_ids == {lamps.agency(kind) for kind in (LAMP, WELL, GATE)}


def test_a_force_needs_people_and_an_end_to_come(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(NoMembers):
        form(lamps, case)
    with refused(NotInFuture):
        form(lamps, case, WELL, ends_at=MONDAY)
    with refused(NameTooLong, length=101):
        cases.case_form_force(
            case_id=case.id, name="组" * 101, purpose="会商", member_ids=[1], ends_at=moment("03-09 09:00"),
            by=lamps.by("coordinator"), at=MONDAY,
        )  # fmt: skip
    lamps.leave(WELL)
    with refused(PersonNotFound):
        form(lamps, case, WELL, at=moment("03-04 09:00"))


@pytest.mark.parametrize("other_case", [True, False])
def test_a_force_of_another_case_or_none_is_not_dissolved_here(lamps: Lamps, other_case: bool) -> None:
    case, beside = lamps.handled(), lamps.handled()
    form(lamps, beside, WELL)
    force_id = lamps.view(beside).task_forces[0].id if other_case else 999_999

    with refused(AlreadyThere, force_id=force_id):
        cases.case_dissolve_force(
            case_id=case.id, force_id=force_id, reason="完", by=lamps.by("coordinator"), at=MONDAY
        )
