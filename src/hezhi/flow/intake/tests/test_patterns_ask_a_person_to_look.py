"""What stands out among openings: by stated thresholds, compared with the same role, and never from too little."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.intake import api
from hezhi.flow.intake.errors import PeriodInvalid
from hezhi.flow.intake.models import Ticket
from hezhi.flow.intake.patterns import Look, is_much, is_odd, pattern_rows
from hezhi.flow.intake.tests.factories import AT, HOUSE, officer, report
from hezhi.flow.intake.tests.test_masked_fields_are_opened_by_ticket import (
    CASE,
    MINUTE,
    PHONE,
    Later,
    handler,
    later,
    opened,
)
from hezhi.kit.errors import NotAllowed
from hezhi.kit.moments import day_of
from hezhi.spine.calendar import api as calendar
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Relation
from hezhi.spine.permissions.contracts import Right

__all__ = ["later"]
MORNING = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday, ten o'clock in China
LATER = MORNING + timedelta(days=10)


def look(officer: str = "person:1", **changed: object) -> Look:
    usual = Look(officer, 1, "handler", MORNING, MORNING + 10 * MINUTE, 1, "", MORNING + 5 * MINUTE)
    return replace(usual, **changed)


def told(looks: list[Look]) -> dict[str, tuple[str, ...]]:
    return {one.officer: one.findings for one in pattern_rows(looks, WorkCalendar(), LATER)}


def test_who_works_as_others_do_stands_out_in_nothing() -> None:
    assert told([look(f"person:{one}") for one in range(5) for _ in range(4)]) == {
        f"person:{one}": () for one in range(5)
    }


def test_many_openings_are_told_against_colleagues_of_the_same_role_alone() -> None:
    others = [look(f"person:{one}") for one in (2, 3, 4) for _ in range(3)]

    assert told([look()] * 10 + others)["person:1"] == ("much",)
    assert told([look()] * 9 + others)["person:1"] == ()
    assert told([look()] * 10 + others[:6])["person:1"] == (), "two colleagues are no comparison"
    assert told([look(role="supervisor")] * 10 + others)["person:1"] == (), "none of this role"


@given(count=st.integers(0, 200), others=st.lists(st.integers(1, 50), max_size=8))
def test_much_is_over_three_times_the_median_and_at_least_ten(count: int, others: list[int]) -> None:
    expected = count >= 10 and len(others) >= 3 and count > 3 * median(others)

    assert is_much(count, others) == expected


@given(hours=st.integers(0, 24 * 14), minutes=st.integers(0, 59))
def test_odd_hours_are_all_but_eight_to_six_on_working_days(hours: int, minutes: int) -> None:
    at = datetime(2026, 3, 1, 16, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes)  # midnight of a Monday on
    day, hour = divmod(hours, 24)

    assert is_odd(WorkCalendar(), at) == (day % 7 >= 5 or not 8 <= hour < 18)


def test_a_make_up_day_is_no_odd_day_and_a_holiday_is_one() -> None:
    saturday, monday = datetime(2026, 3, 7, 2, tzinfo=UTC), MORNING
    listed = WorkCalendar(exceptions={saturday.date(): True, monday.date(): False})

    assert (is_odd(listed, saturday), is_odd(listed, monday)) == (False, True)


@pytest.mark.parametrize(
    ("finding", "changed"),
    [
        ("odd_hours", {"opened_at": MORNING + timedelta(hours=12), "acted_at": MORNING + timedelta(hours=13)}),
        ("unread", {"read_count": 0}),
        ("idle", {"acted_at": None}),
        ("idle", {"acted_at": MORNING - MINUTE}),
    ],
)
def test_three_tickets_speak_and_two_do_not(finding: str, changed: dict[str, object]) -> None:
    assert told([look(**changed)] * 3) == {"person:1": (finding,)}
    assert told([look(**changed)] * 2) == {"person:1": ()}
    assert told([look(**changed)] * 3 + [look()] * 7) == {"person:1": ()}


def test_an_act_may_still_come_within_days() -> None:
    fresh = look(opened_at=LATER - timedelta(days=2), ended_at=LATER - timedelta(days=2), acted_at=None)

    assert told([fresh] * 9)["person:1"] == ()


def test_one_look_at_the_own_family_speaks() -> None:
    assert told([look(near="spouse"), *[look()] * 9]) == {"person:1": ("near",)}


def near_of(later: Later, number: str) -> str:
    who = handler(later.agency_id)
    if number:
        people.kin_declare(relation=Relation.SPOUSE, number=number, by=who, at=AT)
    opened(report(1).record.id, who)
    return Ticket.objects.get().near


@pytest.mark.parametrize("number", [PHONE, "+86 139-0000-0101", "0086 13900000101"])
def test_a_declared_relatives_number_is_found_however_it_is_written(later: Later, number: str):
    assert near_of(later, number) == "spouse"


@pytest.mark.parametrize("number", ["", "13900000102", "33010619900101002x"])
def test_other_numbers_are_nobodys(later: Later, number: str):
    assert near_of(later, number) == ""


def test_the_officers_own_telephone_is_found(later: Later):
    who = handler(later.agency_id)
    account = people.account_create(username="jia", password="", by=HOUSE, at=AT, person_id=who.person_id)
    people.account_contact_set(account_id=account.id, email="", phone="139 0000 0101", by=HOUSE, at=AT)

    opened(report(1).record.id, who)

    assert Ticket.objects.get().near == "self"


def test_a_supervisor_reads_who_opened_what_in_the_own_region(later: Later):
    calendar.calendar_seed()
    who, record_id = handler(later.agency_id), report(1).record.id
    ticket = opened(record_id, who)
    api.ticket_read(ticket_id=ticket.id, by=who, at=AT)
    opened(record_id, who)
    ledger.line_append(chain=f"case:{CASE}", act="case.note", by=who, at=AT + MINUTE, body={})
    supervisor = officer(Right.CASE_SUPERVISE)

    found = api.openings_patterns(by=supervisor, at=AT + timedelta(days=4))

    [row] = found.rows
    assert (found.from_on, found.to_on) == (day_of(AT) - timedelta(days=25), day_of(AT) + timedelta(days=4))
    assert (row.person, row.agency, row.role, row.opened_count, row.read_count) == ("甲一", "花坛办", "handler", 2, 1)
    assert (row.peer_count, row.peer_median, row.odd_count, row.unread_count, row.idle_count, row.findings) == (
        0, None, 0, 1, 0, (),
    )  # fmt: skip
    early = api.openings_patterns(by=supervisor, at=AT, to_on=day_of(AT) - timedelta(days=1))
    elsewhere = officer(Right.CASE_SUPERVISE, path="330000.339900.339902")
    assert (early.rows, api.openings_patterns(by=elsewhere, at=AT).rows) == ((), ())


def test_who_supervises_nowhere_reads_no_patterns_and_no_period_is_endless(later: Later):
    with pytest.raises(NotAllowed):
        api.openings_patterns(by=officer(Right.CASE_READ, Right.FIELD_OPEN), at=AT)
    for days in (-1, 366):
        with pytest.raises(PeriodInvalid):
            last = day_of(AT)
            api.openings_patterns(
                by=officer(Right.CASE_SUPERVISE), at=AT, from_on=last - timedelta(days=days), to_on=last
            )
