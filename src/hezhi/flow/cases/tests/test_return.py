"""Returning: at once to the proposed owner, past the budget or in a circle to the coordinator."""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Part
from hezhi.flow.cases.errors import NoCoordinator, RulingStands, UnknownReason
from hezhi.flow.cases.tests.factories import BELL, GATE, LAMP, MONDAY, WELL, Lamps, last, lines, moment, refused
from hezhi.services.notices.models import Notice
from hezhi.spine.clocks import api as clocks

OFFICE = "story_office"


def back(lamps: Lamps, case: CaseRow, propose: str, at: str = "03-02 10:00", **other: str) -> CaseRow:
    told = {"reason": "not_ours", "note": "不归我们管", **other}
    return cases.case_return(case_id=case.id, proposed_kind=propose, by=lamps.lead(case), at=moment(at), **told)


def test_a_first_return_goes_at_once_to_the_proposed_agency_with_a_new_time_to_sign(lamps: Lamps) -> None:
    case = lamps.opened()

    moved = back(lamps, case, WELL, at="03-03 10:00")

    assert (moved.state, moved.lead_agency_id, moved.owner_agency_id) == (
        CaseState.DISPATCHED,
        *[lamps.agency(WELL)] * 2,
    )
    assert (moved.bounce_count, moved.handler_id) == (1, None)
    assert moved.due_at == case.due_at  # the citizen does not wait longer for it
    assert moved.agency_ids == {lamps.agency(LAMP), lamps.agency(WELL)}
    signing = [one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "accept"]
    assert [(one.agency_id, one.stopped_at, one.due_at) for one in signing] == [
        (lamps.agency(LAMP), moment("03-03 10:00"), moment("03-04 00:00")),
        (lamps.agency(WELL), None, moment("03-05 00:00")),
    ]
    body = lines(case, "case.return")[0].body
    assert {name: body[name] for name in ("reason_id", "reason", "proposed", "bounces", "owner", "to")} == {
        "reason_id": "not_ours", "reason": "不归我们管", "proposed": WELL, "bounces": 1,
        "owner": lamps.agency(WELL), "to": "dispatched",
    }  # fmt: skip


def test_the_main_clock_runs_on_the_account_of_whoever_has_the_case(lamps: Lamps) -> None:
    case = lamps.opened()
    back(lamps, case, WELL, at="03-02 10:00")

    told = clocks.waiting(subject=f"case:{case.id}", at=moment("03-02 13:00")).total

    assert [(one.agency_id, one.seconds) for one in told] == [(lamps.agency(LAMP), 3600), (lamps.agency(WELL), 10800)]


def test_two_agencies_that_point_at_each_other_need_a_ruling(lamps: Lamps) -> None:
    case = back(lamps, lamps.opened(), WELL)

    stuck = back(lamps, case, LAMP, at="03-02 11:30")

    assert (stuck.state, stuck.lead_agency_id) == (CaseState.RETURNED, None)
    assert stuck.owner_agency_id == lamps.town.agencies[OFFICE]
    ruling = next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "ruling")
    assert ruling.due_at == moment("03-02 23:30")  # full hours left of the same day
    assert [one.part for one in lamps.view(stuck).participants] == []


def test_an_agency_that_does_not_exist_here_cannot_be_given_the_case(lamps: Lamps) -> None:
    assert back(lamps, lamps.opened(), "no_such_kind").state is CaseState.RETURNED
    assert back(lamps, lamps.opened(), "").state is CaseState.RETURNED


def test_an_agency_that_proposes_itself_gets_a_ruling(lamps: Lamps) -> None:
    assert back(lamps, lamps.opened(), LAMP).state is CaseState.RETURNED


def test_past_the_bounce_budget_the_coordinator_has_it(lamps: Lamps) -> None:
    case = lamps.opened()
    for propose in (WELL, BELL):  # the pack allows two
        case = back(lamps, case, propose)
        assert case.state is CaseState.DISPATCHED

    case = back(lamps, case, GATE)

    assert (case.state, case.bounce_count) == (CaseState.RETURNED, 3)
    assert [one.agency_name for one in lamps.view(case).returns] == [
        "故事lamp_office",
        "故事well_office",
        "故事bell_office",
    ]


def test_a_co_handler_that_becomes_lead_keeps_one_place_and_one_clock(lamps: Lamps) -> None:
    case = lamps.opened("lamp")

    moved = back(lamps, case, WELL)

    parts = [(one.agency_id, one.part) for one in lamps.view(moved).participants]
    assert parts == [(lamps.agency(BELL), Part.SUPPORT), (lamps.agency(WELL), Part.LEAD)]
    co = next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "co")
    assert co.stopped_at == moment("03-02 10:00")


def test_a_ruled_case_cannot_be_returned_again(lamps: Lamps) -> None:
    case = lamps.opened("nobody")
    by = lamps.by("coordinator")
    ruled = cases.case_rule(case_id=case.id, agency_id=lamps.agency(WELL), reason="井归他们", by=by, at=MONDAY)

    with refused(RulingStands, case=case.number):
        back(lamps, ruled, LAMP)


def test_a_reason_outside_the_catalogue_is_refused(lamps: Lamps) -> None:
    case = lamps.opened()

    with refused(UnknownReason, reason="no_time", known="not_ours"):
        back(lamps, case, WELL, reason="no_time")


def test_a_return_that_nobody_could_rule_is_refused(lamps: Lamps) -> None:
    case = lamps.opened()
    lamps.leave("coordinator")

    with refused(NoCoordinator):
        back(lamps, case, "no_such_kind", at="03-04 09:00")


def test_the_coordinator_is_told_why_with_no_second_full_stop(lamps: Lamps) -> None:
    case = lamps.opened()

    back(lamps, case, WELL, note="不归我们管。")

    told = Notice.objects.get(act="case.return")
    assert told.recipient == f"person:{lamps.town.persons['coordinator']}"
    assert told.text_zh == f"{case.number} 被退回：不归我们管"
    assert last(case).act == "case.return"
