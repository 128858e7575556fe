"""Urging and supervising: orders with their own deadline and their own answer."""

from __future__ import annotations

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, CaseState, OrderKind
from hezhi.flow.cases.errors import NoOpenOrder, NoSuchAgency
from hezhi.flow.cases.tests.factories import BELL, GATE, HOUSE, LAMP, MONDAY, WELL, Lamps, lines, moment, refused
from hezhi.spine.clocks import api as clocks

GIVE = {OrderKind.URGE: cases.case_urge, OrderKind.SUPERVISE: cases.case_supervise}


def order(lamps: Lamps, case: CaseRow, kind: OrderKind = OrderKind.URGE, agency: str | None = None) -> int:
    agency_id = lamps.agency(agency) if agency else None
    GIVE[kind](case_id=case.id, text="请加快", by=lamps.by("supervisor"), at=MONDAY, agency_id=agency_id)
    return lamps.view(case).orders[-1].id


@pytest.mark.parametrize(("kind", "due_at"), [(OrderKind.URGE, "03-04 00:00"), (OrderKind.SUPERVISE, "03-06 00:00")])
def test_an_order_has_a_deadline_of_its_own_by_its_kind(lamps: Lamps, kind: OrderKind, due_at: str) -> None:
    case = lamps.handled()

    order(lamps, case, kind)

    (given,) = lamps.view(case).orders
    assert (given.kind, given.agency_id, given.text) == (kind, lamps.agency(LAMP), "请加快")
    assert (given.due_at, given.answered_at) == (moment(due_at), None)
    assert lamps.case(case.id).due_at == case.due_at


def test_an_order_goes_to_whoever_must_act_or_to_a_named_participant(lamps: Lamps) -> None:
    case = lamps.handled("lamp")

    order(lamps, case)
    order(lamps, case, agency=WELL)

    assert [one.agency_id for one in lamps.view(case).orders] == [lamps.agency(LAMP), lamps.agency(WELL)]
    with refused(NoSuchAgency, agency_id=lamps.agency(GATE)):
        order(lamps, case, agency=GATE)


def test_an_order_on_a_disputed_case_goes_to_the_coordinator(lamps: Lamps) -> None:
    case = lamps.opened("nobody")

    order(lamps, case)

    assert lamps.view(case).orders[0].agency_id == lamps.town.agencies["story_office"]


def test_the_answer_is_kept_with_who_gave_it_and_its_clock_stops(lamps: Lamps) -> None:
    case = lamps.handled()
    order_id, at = order(lamps, case), moment("03-03 15:00")

    told = cases.case_answer_order(case_id=case.id, order_id=order_id, answer="明天换灯", by=lamps.by(LAMP), at=at)

    (answered,) = lamps.view(case).orders
    assert (answered.answer, answered.answered_by, answered.answered_at) == ("明天换灯", lamps.by(LAMP).ref, at)
    assert told.state is CaseState.HANDLING
    (clock,) = clocks.clocks_of(subject=f"order:{case.id}")
    assert clock.stopped_at == at
    (line,) = lines(case, "case.answer")
    assert (line.body["order"], line.body["kind"], line.body["is_late"]) == (order_id, "urge", False)


def test_an_answer_at_the_very_deadline_is_late(lamps: Lamps) -> None:
    case = lamps.handled()
    order_id, at = order(lamps, case), moment("03-04 00:00")

    cases.case_answer_order(case_id=case.id, order_id=order_id, answer="明天换灯", by=lamps.by(LAMP), at=at)

    assert lines(case, "case.answer")[0].body["is_late"] is True


def test_only_the_agency_that_was_asked_answers_and_only_once(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    order_id = order(lamps, case, agency=WELL)
    answer = {"case_id": case.id, "order_id": order_id, "answer": "好的", "at": MONDAY}

    for kind in (LAMP, BELL):
        with refused(NoOpenOrder, order_id=order_id):
            cases.case_answer_order(by=lamps.by(kind), **answer)
    cases.case_answer_order(by=lamps.by(WELL), **answer)
    with refused(NoOpenOrder):
        cases.case_answer_order(by=lamps.by(WELL), **answer)


def test_an_order_is_answered_also_after_the_case_is_closed(lamps: Lamps) -> None:
    case = lamps.handled()
    order_id = order(lamps, case)
    lamps.close(lamps.verify(lamps.submit(case)))

    told = cases.case_answer_order(
        case_id=case.id, order_id=order_id, answer="已办结", by=lamps.by(LAMP), at=moment("03-03 09:00")
    )

    assert told.state is CaseState.CLOSED
    assert cases.orders_owed(by=HOUSE) == []


def test_a_suspended_case_does_not_stop_the_clock_of_an_order(lamps: Lamps) -> None:
    case = lamps.handled()
    order(lamps, case)

    lamps.suspend(case)

    (clock,) = clocks.clocks_of(subject=f"order:{case.id}")
    assert clock.is_running


def test_orders_owed_are_told_to_who_may_read_the_case_those_due_first_on_top(lamps: Lamps) -> None:
    first, second = lamps.handled("lamp"), lamps.handled()
    order(lamps, first, OrderKind.SUPERVISE)
    order(lamps, first, OrderKind.SUPERVISE, agency=WELL)
    order(lamps, second)

    def owed(name: str, agency: str | None = None) -> list[tuple[int, str]]:
        agency_id = lamps.agency(agency) if agency else None
        found = cases.orders_owed(by=lamps.by(name), agency_id=agency_id)
        return [(one.case.id, one.order.kind.value) for one in found]

    assert owed("supervisor") == [(second.id, "urge"), (first.id, "supervise"), (first.id, "supervise")]
    assert owed(WELL) == [(first.id, "supervise")] * 2
    assert owed(WELL, WELL) == [(first.id, "supervise")]
    assert owed(GATE) == []
