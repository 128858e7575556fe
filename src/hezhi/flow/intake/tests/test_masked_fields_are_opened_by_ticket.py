"""Masked fields open for a basis, a purpose and some minutes, to one named officer, and the reporter reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.flow.intake import api, tickets
from hezhi.flow.intake.contracts import TicketRow
from hezhi.flow.intake.errors import CaseNotOfRecord, RecordNotFound, TicketEnded, TicketInvalid, TicketNotFound
from hezhi.flow.intake.models import Record, Ticket
from hezhi.flow.intake.rules import MOST_MINUTES, is_running
from hezhi.flow.intake.tests.factories import AT, HOUSE, PATH, VILLAGE, Ear, officer, report
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace

CASE, TASK = 7, 70
WHY, BASIS, PHONE = "回访核实位置", "示范条例 1（虚构）", "13900000101"
MINUTE = timedelta(minutes=1)


class Later:
    """What later rooms answer: case 7 deals with the first record, and its agency has one task there."""

    def __init__(self, agency_id: int) -> None:
        self.agency_id, self.has_case, self.has_task = agency_id, True, True

    def case_place(self, case_id: int, record_ids: list[int], /) -> RowPlace | None:
        first = Record.objects.order_by("id").values_list("id", flat=True)[0]
        is_here = self.has_case and case_id == CASE and first in record_ids
        return RowPlace(PATH, frozenset({self.agency_id}), CASE) if is_here else None

    def task_lives(self, *, task_id: int, case_id: int, agency_id: int) -> bool:
        return self.has_task and (task_id, case_id, agency_id) == (TASK, CASE, self.agency_id)


@pytest.fixture
def later(ear: Ear) -> Iterator[Later]:
    made = people.agency_create(
        code="bed-keepers", name="花坛办", kind="bed_keepers", region_code=VILLAGE, by=HOUSE, at=AT
    )
    before, answers = list(tickets._asks), Later(made.id)
    api.later_rooms_use(api.Asks(answers.case_place, answers.task_lives))
    yield answers
    tickets._asks[:] = before


def handler(agency_id: int, role: Role = Role.HANDLER, *, phone: str = "") -> Actor:
    person_id = people.person_create(name="甲一", by=HOUSE, at=AT)
    post = people.post_create(agency_id=agency_id, role=role, title=str(role), by=HOUSE, at=AT)
    people.person_place(person_id=person_id, post_id=post.id, from_on=AT.date(), by=HOUSE, at=AT)
    return people.actor_get(person_id=person_id, at=AT)


def opened(record_id: int, by: Actor, **changed: Any) -> TicketRow:
    asked = {"fields": ["contact_phone"], "case_id": CASE, "basis": BASIS, "purpose": WHY, "minutes": 10, "at": AT}
    return api.ticket_open(record_id=record_id, by=by, **{**asked, **changed})


def lines(record_id: int) -> list[str]:
    return [one.act for one in ledger.lines_of(chain=f"record:{record_id}")]


def test_the_holder_reads_as_often_as_needed_and_the_reporter_reads_of_it(later: Later):
    receipt, who = report(1), handler(later.agency_id)

    ticket = opened(receipt.record.id, who)
    first = api.ticket_read(ticket_id=ticket.id, by=who, at=AT + MINUTE)
    [again] = api.tickets_read(case_id=CASE, by=who, at=AT + 3 * MINUTE)

    assert first.values == again.values == {"contact_phone": PHONE}
    [seen] = api.openings_of(number=receipt.record.number, code=receipt.code)
    assert (seen.fields, seen.label_zh, seen.basis, seen.purpose, seen.case_id, seen.agency, seen.role) == (
        ("contact_phone",), "联系电话", BASIS, WHY, CASE, "花坛办", "handler",
    )  # fmt: skip
    assert (seen.at, seen.ends_at, seen.person) == (AT, AT + 10 * MINUTE, "")
    assert (seen.read_count, seen.first_read_at, seen.last_read_at) == (2, AT + MINUTE, AT + 3 * MINUTE)


def test_an_opening_is_one_line_and_a_closing_is_one_and_neither_holds_the_value(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)
    ticket = opened(record_id, who)
    for minutes in (1, 2):
        api.ticket_read(ticket_id=ticket.id, by=who, at=AT + minutes * MINUTE)

    api.ticket_close(ticket_id=ticket.id, by=who, at=AT + 4 * MINUTE)
    api.ticket_close(ticket_id=ticket.id, by=who, at=AT + 5 * MINUTE)

    *_, opening, closing = ledger.lines_of(chain=f"record:{record_id}")
    assert lines(record_id) == ["record.report", "ticket.open", "ticket.close"]
    assert (opening.actor, opening.body) == (
        who.ref,
        {"ticket": ticket.id, "fields": ["contact_phone"], "basis": BASIS, "purpose": WHY, "case": CASE, "task": None,
         "until": opening.body["until"]},
    )  # fmt: skip
    assert datetime.fromisoformat(opening.body["until"]) == AT + 10 * MINUTE
    assert (closing.actor, closing.body["ticket"], closing.body["read_count"]) == (who.ref, ticket.id, 2)
    assert PHONE not in f"{opening}{closing}"
    assert Ticket.objects.get().closed_at == AT + 4 * MINUTE


def test_a_ticket_that_is_over_shows_nothing(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)
    short, closed = opened(record_id, who, minutes=1), opened(record_id, who)
    api.ticket_close(ticket_id=closed.id, by=who, at=AT + MINUTE)

    for ticket in (short, closed):
        with pytest.raises(TicketEnded):
            api.ticket_read(ticket_id=ticket.id, by=who, at=AT + MINUTE)

    assert api.tickets_read(case_id=CASE, by=who, at=AT + MINUTE) == []
    assert api.tickets_running(by=who, at=AT + MINUTE) == []
    assert set(Ticket.objects.values_list("read_count", flat=True)) == {0}


@given(
    minutes=st.integers(1, MOST_MINUTES),
    at=st.timedeltas(-timedelta(hours=2), timedelta(hours=2)),
    closed=st.none() | st.timedeltas(timedelta(0), timedelta(hours=2)),
)
def test_a_ticket_runs_from_its_opening_up_to_its_end_or_closing_and_never_else(
    minutes: int, at: timedelta, closed: timedelta | None
):
    begun = datetime(2026, 3, 2, 2, tzinfo=UTC)
    end = begun + minutes * MINUTE

    runs = is_running(begun, end, None if closed is None else begun + closed, begun + at)

    assert runs == (timedelta(0) <= at < minutes * MINUTE and (closed is None or at < closed))


def test_nobody_else_reads_under_a_ticket_not_even_its_holder_in_another_agency(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)
    other = people.agency_create(code="others", name="别处", kind="others", region_code=VILLAGE, by=HOUSE, at=AT)
    post = people.post_create(agency_id=other.id, role=Role.HANDLER, title="x", by=HOUSE, at=AT)
    people.person_place(person_id=who.person_id, post_id=post.id, from_on=AT.date(), by=HOUSE, at=AT)
    colleague = handler(later.agency_id)
    ticket = opened(record_id, who)

    elsewhere = people.actor_get(person_id=who.person_id, at=AT, agency_id=other.id)
    for reader in (colleague, elsewhere, HOUSE, Actor.citizen("JL1")):
        with pytest.raises(TicketNotFound):
            api.ticket_read(ticket_id=ticket.id, by=reader, at=AT)
        with pytest.raises(TicketNotFound):
            api.ticket_close(ticket_id=ticket.id, by=reader, at=AT)
        assert api.tickets_read(case_id=CASE, by=reader, at=AT) == []

    assert (Ticket.objects.get().read_count, Ticket.objects.get().closed_at) == (0, None)
    assert lines(record_id) == ["record.report", "ticket.open"]


def test_a_ticket_does_not_outlive_what_it_was_opened_with(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)
    plain, bound = opened(record_id, who), opened(record_id, who, task_id=TASK)
    assert api.ticket_read(ticket_id=bound.id, by=who, at=AT).values == {"contact_phone": PHONE}

    later.has_task = False
    with pytest.raises(TicketEnded):
        api.ticket_read(ticket_id=bound.id, by=who, at=AT)
    assert [one.ticket.id for one in api.tickets_read(case_id=CASE, by=who, at=AT)] == [plain.id]
    later.has_case = False
    with pytest.raises(NotFound):
        api.ticket_read(ticket_id=plain.id, by=who, at=AT)
    later.has_case = True
    robbed = Actor(who.ref, who.name, person_id=who.person_id, agency_id=who.agency_id)
    with pytest.raises(NotFound):
        api.ticket_read(ticket_id=plain.id, by=robbed, at=AT)

    assert list(Ticket.objects.order_by("id").values_list("read_count", flat=True)) == [1, 1]


def test_everything_wrong_with_what_is_asked_is_told_at_once_with_the_nearest_valid_name(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)

    with pytest.raises(TicketInvalid) as told:
        opened(
            record_id, who, fields=["contact_fone", "spot"], basis="示范条例 2", purpose="看看", minutes=61, task_id=71
        )

    assert [(one.field, one.rule, one.nearest) for one in told.value.findings] == [
        ("fields", "unknown", "contact_phone"),
        ("fields", "unknown", ""),
        ("basis", "choice", BASIS),
        ("purpose", "range", ""),
        ("minutes", "range", ""),
        ("task_id", "unknown", ""),
    ]
    assert (Ticket.objects.count(), lines(record_id)) == (0, ["record.report"])


@pytest.mark.parametrize(
    "wrong",
    [
        *({"purpose": one} for one in ("", "   ", "x" * 301)),
        *({"minutes": one} for one in (0, -1, 61, 1.5, "10", True)),
        *({"basis": one} for one in ("", "示范条例", f"{BASIS} 等")),
        {"fields": []},
        {"task_id": TASK + 1},
    ],
)
def test_no_ticket_without_all_of_it(later: Later, wrong: dict[str, Any]):
    record_id = report(1).record.id

    with pytest.raises(TicketInvalid) as told:
        opened(record_id, handler(later.agency_id), **wrong)

    assert [one.field for one in told.value.findings] == list(wrong)
    assert (Ticket.objects.count(), lines(record_id)) == (0, ["record.report"])


def test_whoever_lacks_right_role_name_or_part_opens_nothing(later: Later):
    record_id = report(1).record.id
    elsewhere = people.agency_create(
        code="others", name="别处", kind="others", region_code="339901002201", by=HOUSE, at=AT
    )
    refused = [
        (officer(Right.RECORD_READ, Right.CASE_READ), NotAllowed),
        (officer(Right.CASE_READ, Right.FIELD_OPEN), NotAllowed),  # the right, but no post of a named role
        (handler(later.agency_id, Role.COORDINATOR), NotAllowed),  # the right, but the pack names handlers alone
        (HOUSE, NotAllowed),  # every right, but no person
        (handler(elsewhere.id), NotFound),
        (Actor.citizen("JL1"), NotFound),
    ]

    for who, error in refused:
        with pytest.raises(error):
            opened(record_id, who)

    assert (Ticket.objects.count(), lines(record_id)) == (0, ["record.report"])


def test_a_case_that_does_not_deal_with_the_record_opens_nothing_and_tells_strangers_nothing(later: Later):
    first, second = report(1).record.id, report(2).record.id
    reader, who = officer(Right.RECORD_READ, Right.CASE_READ, Right.FIELD_OPEN), handler(later.agency_id)

    with pytest.raises(CaseNotOfRecord):
        opened(second, reader)
    for unseen in (second, second + 99):
        with pytest.raises(RecordNotFound):
            opened(unseen, who)
    api.record_merge(record_ids=[first, second], by=HOUSE, at=AT)

    ticket = opened(second, who)
    assert api.ticket_read(ticket_id=ticket.id, by=who, at=AT).values == {"contact_phone": PHONE}


def test_the_same_key_opens_once(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)

    first, again = opened(record_id, who, key="k"), opened(record_id, who, key="k", purpose="另一个用途")

    assert (first, Ticket.objects.count()) == (again, 1)
    assert lines(record_id) == ["record.report", "ticket.open"]


def test_a_ticket_that_ran_out_gets_its_closing_line_once(later: Later):
    record_id, who = report(1).record.id, handler(later.agency_id)
    ticket = opened(record_id, who)
    api.ticket_read(ticket_id=ticket.id, by=who, at=AT)

    swept = [api.tickets_sweep(at=AT + minutes * MINUTE) for minutes in (9, 12, 13)]

    closing = list(ledger.lines_of(chain=f"record:{record_id}"))[-1]
    assert swept == [0, 1, 0]
    assert lines(record_id) == ["record.report", "ticket.open", "ticket.close"]
    assert (closing.actor, closing.body["read_count"]) == ("system:sweep", 1)
    assert Ticket.objects.get().closed_at == AT + 10 * MINUTE


def test_officers_read_the_openings_of_records_they_may_read_and_supervisors_the_names(later: Later):
    record_id = report(1).record.id
    opened(record_id, handler(later.agency_id))

    told = {
        rights: [one.person for one in api.record_openings(record_id=record_id, by=officer(*rights))]
        for rights in ((Right.RECORD_READ,), (Right.RECORD_READ, Right.CASE_SUPERVISE))
    }

    assert list(told.values()) == [[""], ["甲一"]]
    with pytest.raises(RecordNotFound):
        api.record_openings(record_id=record_id, by=officer(Right.RECORD_READ, path="330000.339900.339902"))


def test_a_reporter_reads_the_openings_of_the_own_record_alone_oldest_first(later: Later):
    first, second, who = report(1), report(2), handler(later.agency_id)
    for hours in (0, 2):
        opened(first.record.id, who, at=AT + timedelta(hours=hours))

    seen = api.openings_of(number=first.record.number, code=first.code)
    assert [(one.at, one.read_count) for one in seen] == [(AT, 0), (AT + timedelta(hours=2), 0)]
    assert api.openings_of(number=second.record.number, code=second.code) == []
    with pytest.raises(RecordNotFound):
        api.openings_of(number=first.record.number, code=second.code)
