"""A confidential case: seen by those who take part, by no right of a region, told of without its content."""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter, CaseState
from hezhi.flow.cases.errors import CaseNotFound
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import GATE, HOUSE, LAMP, MONDAY, WELL, Lamps, moment, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter
from hezhi.services.notices.models import Notice
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role


def region_officers(lamps: Lamps) -> dict[str, int]:
    """Put roles of the same county into an office that takes no part in anything."""
    roles = (Role.SUPERVISOR, Role.DUTY_OFFICER, Role.COORDINATOR)
    agency = AgencySeed("apart", "旁观处", "apart_office", "890101")
    seeds = [OfficerSeed(f"apart.{role}", f"旁{role}", "apart", role) for role in roles]
    people.people_load(agencies=[agency], officers=seeds, from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    found = {str(role): people.account_find(f"apart.{role}") for role in roles}
    return {role: one.person_id or 0 for role, one in found.items() if one}


def test_it_shows_no_region_only_its_lead_and_the_coordinator_by_name(lamps: Lamps) -> None:
    case = lamps.opened("secret")

    assert case.is_confidential
    assert case.agency_ids == {lamps.agency(GATE), lamps.town.agencies["story_office"]}
    assert Case.objects.get(id=case.id).scope_path == ""
    assert cases.case_get(case_id=case.id, by=lamps.by("coordinator")) == case
    assert cases.case_get(case_id=case.id, by=lamps.by(GATE)) == case


def test_no_right_of_a_region_reaches_it_neither_row_nor_list_nor_task(lamps: Lamps) -> None:
    apart = region_officers(lamps)
    case = lamps.opened("secret")
    cases.case_accept(case_id=case.id, by=lamps.by(GATE), at=MONDAY)

    for person_id in apart.values():
        by = people.actor_get(person_id=person_id, at=MONDAY)
        with refused(CaseNotFound):
            cases.case_get(case_id=case.id, by=by)
        wanted = CaseFilter(is_open=None)
        assert list(cases.case_page(by=by, wanted=wanted, at=MONDAY)) == []
        assert list(tasks.task_page(by=by, wanted=TaskFilter(), at=MONDAY)) == []
        assert cases.agency_board(by=by, at=MONDAY) == []
    for kind in (LAMP, WELL):
        with refused(CaseNotFound):
            cases.case_get(case_id=case.id, by=lamps.by(kind))


def test_it_goes_its_whole_way_among_those_who_take_part(lamps: Lamps) -> None:
    closed = lamps.closed("secret")

    assert closed.state is CaseState.CLOSED


def test_the_coordinator_still_sees_it_after_a_transfer_and_a_return(lamps: Lamps) -> None:
    case = lamps.opened("secret")
    by = lamps.by("coordinator")

    moved = cases.case_return(
        case_id=case.id, reason="not_ours", note="涉及本单位", proposed_kind=WELL, by=lamps.by(GATE), at=MONDAY
    )

    assert cases.case_get(case_id=case.id, by=by) == moved
    told = Notice.objects.get(act="case.return")
    assert told.text_zh == f"{case.number} 被退回：（内容保密）"
    assert told.text_en == f"{case.number} returned: (confidential)"


def test_no_notice_carries_its_title_or_what_was_said(lamps: Lamps) -> None:
    case = lamps.opened("secret", spot="某人家门口")
    cases.case_accept(case_id=case.id, by=lamps.by(GATE), at=MONDAY)
    cases.case_urge(case_id=case.id, text="快查某人", by=lamps.by("supervisor"), at=moment("03-03 09:00"))

    told = [one.text_zh + one.text_en for one in Notice.objects.filter(about=f"case:{case.id}")]
    assert len(told) == 3
    assert [one for one in told if "某人" in one] == []
