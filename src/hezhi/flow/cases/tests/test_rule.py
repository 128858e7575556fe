"""Rulings: the coordinator decides a disputed owner; the decision is offered and asked first the next time."""

from __future__ import annotations

from datetime import datetime, timedelta

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, Part
from hezhi.flow.cases.errors import NoSuchAgency
from hezhi.flow.cases.models import Precedent, Responsibility
from hezhi.flow.cases.tests.factories import (
    BELL,
    GATE,
    HOUSE,
    LAMP,
    MONDAY,
    OTHER_VILLAGE,
    WELL,
    Lamps,
    lines,
    moment,
    refused,
)
from hezhi.spine.clocks import api as clocks
from hezhi.spine.people import api as people

NOON = moment("03-02 12:00")


def rule(lamps: Lamps, case: CaseRow, kind: str, at: datetime = MONDAY, reason: str = "井边的归他们") -> CaseRow:
    by = lamps.by("coordinator")
    return cases.case_rule(case_id=case.id, agency_id=lamps.agency(kind), reason=reason, by=by, at=at)


def test_the_ruled_agency_leads_and_signs_anew(lamps: Lamps) -> None:
    case = lamps.opened("nobody")

    ruled = rule(lamps, case, WELL, at=NOON)

    assert (ruled.state, ruled.lead_agency_id, ruled.owner_agency_id) == (
        CaseState.DISPATCHED,
        *[lamps.agency(WELL)] * 2,
    )
    assert lamps.view(ruled).participants[0].part is Part.LEAD
    found = {one.spec.kind: one for one in clocks.clocks_of(subject=f"case:{case.id}")}
    assert (found["ruling"].stopped_at, found["accept"].stopped_at) == (NOON, None)
    assert (found["main"].agency_id, found["main"].due_at) == (lamps.agency(WELL), case.due_at)


def test_a_ruling_is_kept_with_its_reason_and_offered_the_next_time(lamps: Lamps) -> None:
    first = rule(lamps, lamps.opened("nobody"), WELL)
    second = lamps.opened("post")  # of another matter: no ruling fits
    third = lamps.opened("nobody")

    assert cases.precedents_offer(case_id=second.id) == []
    (offered,) = cases.precedents_offer(case_id=third.id)
    assert (offered.agency_id, offered.reason, offered.case_number) == (
        lamps.agency(WELL),
        "井边的归他们",
        first.number,
    )
    assert offered.by == lamps.by("coordinator").ref
    assert lines(first, "case.rule")[0].body["precedent"] == offered.id


def test_the_next_case_goes_to_the_ruled_agency_before_any_catalogue_is_asked(lamps: Lamps) -> None:
    Responsibility.objects.create(
        pack_id="lamp_out", matter="nobody", region_path="890000.890100", lead_kind=BELL, basis="市里的规定"
    )
    by_the_book = lamps.opened("nobody")
    cases.case_return(
        case_id=by_the_book.id, reason="not_ours", note="不归我们", proposed_kind="", by=lamps.by(BELL), at=MONDAY
    )
    rule(lamps, by_the_book, WELL)
    made = Precedent.objects.get()

    after = lamps.opened("nobody")

    assert (after.state, after.lead_agency_id) == (CaseState.DISPATCHED, lamps.agency(WELL))
    assert lines(after)[0].body["ground"] == f"precedent:{made.id}"


def test_the_newest_ruling_of_the_closest_region_counts(lamps: Lamps) -> None:
    def precedent(kind: str, path: str, days: int) -> None:
        case = lamps.opened("nobody")
        Precedent.objects.create(
            pack_id="lamp_out", matter="nobody", region_path=path, agency_id=lamps.agency(kind), reason="…",
            case_id=case.id, by="person:0", at=MONDAY - timedelta(days=days),
        )  # fmt: skip

    case = lamps.opened("nobody")
    precedent(GATE, "890000.890100", 1)
    precedent(BELL, "890000.890100.890101", 9)
    precedent(WELL, "890000.890100.890101", 5)
    precedent(LAMP, "890000.890100.890102", 0)  # the county beside

    offered = [one.agency_id for one in cases.precedents_offer(case_id=case.id)]
    assert offered == [lamps.agency(kind) for kind in (WELL, BELL, GATE)]
    assert lamps.opened("nobody").lead_agency_id == lamps.agency(WELL)


def test_a_ruling_does_not_reach_into_the_county_beside(lamps: Lamps) -> None:
    lamps.other_county()
    rule(lamps, lamps.opened("nobody"), WELL)

    beside = lamps.report("nobody", kind="call", region=OTHER_VILLAGE).record.id

    case_id = cases.case_of_record(record_ids=[beside])
    assert case_id is not None
    assert lamps.case(case_id).state is CaseState.RETURNED
    assert lamps.opened("nobody").lead_agency_id == lamps.agency(WELL)


def test_an_agency_that_has_ended_is_neither_ruled_nor_given_anything_by_precedent(lamps: Lamps) -> None:
    rule(lamps, lamps.opened("nobody"), WELL)
    people.agency_end(agency_id=lamps.agency(WELL), last_day=MONDAY.date(), by=HOUSE, at=MONDAY)
    later = moment("03-03 09:00")

    case = lamps.opened("nobody", at=later)

    assert case.state is CaseState.RETURNED
    with refused(NoSuchAgency, agency_id=lamps.agency(WELL)):
        rule(lamps, case, WELL, at=later)


def test_an_agency_that_never_was_cannot_be_ruled(lamps: Lamps) -> None:
    case = lamps.opened("nobody")

    with refused(NoSuchAgency, agency_id=999_999):
        cases.case_rule(case_id=case.id, agency_id=999_999, reason="…", by=lamps.by("coordinator"), at=MONDAY)
