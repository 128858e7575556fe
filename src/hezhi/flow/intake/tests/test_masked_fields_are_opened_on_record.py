"""A masked value is opened for a purpose, where the case stands, by a named role, and the reporter reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hezhi.flow.intake import api, openings
from hezhi.flow.intake.errors import CaseNotOfRecord, NotSecret, PurposeMissing, RecordNotFound
from hezhi.flow.intake.models import Opening
from hezhi.flow.intake.tests.factories import AT, HOUSE, PATH, VILLAGE, Ear, officer, report
from hezhi.kit.errors import NotAllowed, NotFound
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor, Right, RowPlace

CASE = 7
WHY = "回访核实位置"


@pytest.fixture
def agency(ear: Ear) -> Iterator[int]:
    """An agency that takes part in case 7, which deals with the first record alone."""
    made = people.agency_create(
        code="bed-keepers", name="花坛办", kind="bed_keepers", region_code=VILLAGE, by=HOUSE, at=AT
    )
    before = list(openings._case_place)

    def ask(case_id: int, record_ids: list[int]) -> RowPlace | None:
        first = api.record_page(by=HOUSE, size=100).rows[-1].id
        return RowPlace(PATH, frozenset({made.id}), CASE) if case_id == CASE and first in record_ids else None

    api.case_place_use(ask)
    yield made.id
    openings._case_place[:] = before


def handler(agency_id: int, role: Role = Role.HANDLER) -> Actor:
    person_id = people.person_create(name="甲一", by=HOUSE, at=AT)
    post = people.post_create(agency_id=agency_id, role=role, title=str(role), by=HOUSE, at=AT)
    people.person_place(person_id=person_id, post_id=post.id, from_on=AT.date(), by=HOUSE, at=AT)
    return people.actor_get(person_id=person_id, at=AT)


def open_it(record_id: int, by: Actor, *, field: str = "contact_phone", purpose: str = WHY, case_id: int = CASE) -> str:
    return api.field_open(record_id=record_id, field=field, purpose=purpose, case_id=case_id, by=by, at=AT)


def test_the_handler_of_the_case_opens_and_the_reporter_reads_it(agency: int):
    receipt = report(1)

    assert open_it(receipt.record.id, handler(agency)) == "13900000101"

    [seen] = api.openings_of(number=receipt.record.number, code=receipt.code)
    assert (seen.field, seen.label_zh, seen.purpose, seen.case_id, seen.agency, seen.at) == (
        "contact_phone", "联系电话", WHY, CASE, "花坛办", AT,
    )  # fmt: skip
    line = ledger.lines_of(chain=f"record:{receipt.record.id}")[-1]
    assert (line.act, line.body) == ("field.open", {"field": "contact_phone", "purpose": WHY, "case": CASE})
    assert "13900000101" not in str(line)


def test_the_case_may_deal_with_a_merged_record(agency: int):
    first, second = report(1).record.id, report(2).record.id
    who = handler(agency)

    with pytest.raises(CaseNotOfRecord):
        open_it(second, who)
    api.record_merge(record_ids=[first, second], by=HOUSE, at=AT)

    assert open_it(second, who) == "13900000101"


@pytest.mark.parametrize("purpose", ["", "   ", "看看", "x" * 301])
def test_no_purpose_no_value(agency: int, purpose: str):
    record_id = report(1).record.id

    with pytest.raises(PurposeMissing):
        open_it(record_id, handler(agency), purpose=purpose)

    assert Opening.objects.count() == 0


def test_whoever_lacks_right_role_or_part_opens_nothing(agency: int):
    record_id = report(1).record.id
    elsewhere = people.agency_create(
        code="others", name="别处", kind="others", region_code="339901002201", by=HOUSE, at=AT
    )
    refused = [
        (officer(Right.RECORD_READ, Right.CASE_READ), NotAllowed),
        (officer(Right.CASE_READ, Right.FIELD_OPEN), NotAllowed),  # the right, but no post of a named role
        (handler(agency, Role.COORDINATOR), NotAllowed),  # the right, but the pack names handlers alone
        (handler(elsewhere.id), NotFound),
        (Actor.citizen("JL1"), NotFound),
    ]

    for who, error in refused:
        with pytest.raises(error):
            open_it(record_id, who)

    assert Opening.objects.count() == 0
    assert [line.act for line in ledger.lines_of(chain=f"record:{record_id}")] == ["record.report"]


def test_only_masked_fields_that_hold_something_are_opened(agency: int):
    record_id, who = report(1).record.id, handler(agency)

    for field in ("spot", "nonsense"):
        with pytest.raises(NotSecret):
            open_it(record_id, who, field=field)
    with pytest.raises(RecordNotFound):
        open_it(record_id + 99, who)


def test_officers_read_the_openings_of_records_they_may_read(agency: int):
    record_id = report(1).record.id
    open_it(record_id, handler(agency))

    assert len(api.record_openings(record_id=record_id, by=officer(Right.RECORD_READ))) == 1
    with pytest.raises(RecordNotFound):
        api.record_openings(record_id=record_id, by=officer(Right.RECORD_READ, path="330000.339900.339902"))


def test_a_reporter_reads_the_openings_of_the_own_record_alone(agency: int):
    first, second = report(1), report(2)
    open_it(first.record.id, handler(agency))

    assert api.openings_of(number=second.record.number, code=second.code) == []
    with pytest.raises(RecordNotFound):
        api.openings_of(number=first.record.number, code=second.code)


def test_openings_are_told_oldest_first(agency: int):
    receipt, who = report(1), handler(agency)
    for hours in (0, 2):
        api.field_open(
            record_id=receipt.record.id, field="contact_phone", purpose=WHY, case_id=CASE, by=who,
            at=AT + timedelta(hours=hours),
        )  # fmt: skip

    seen = api.openings_of(number=receipt.record.number, code=receipt.code)
    assert [one.at for one in seen] == [AT, AT + timedelta(hours=2)]
