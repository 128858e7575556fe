"""Forms, corrections, refusals, changes and matters: each by whom it may, none twice, masks never written back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.intake import api
from hezhi.flow.intake.contracts import RecordFilter, RecordState
from hezhi.flow.intake.errors import (
    MatterUnknown,
    NotWaiting,
    ReasonMissing,
    RecordInvalid,
    RecordNotFound,
)
from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import (
    AT,
    HOUSE,
    OTHER_VILLAGE,
    PATH,
    VILLAGE,
    Ear,
    jsonl,
    officer,
    report,
    row,
    source_make,
    take,
)
from hezhi.kit.errors import NotAllowed
from hezhi.kit.masks import MASK
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Right

CITIZEN = Actor.citizen("new")
CLERK = officer(Right.RECORD_READ, Right.RECORD_CORRECT)
KEEPER = Actor(
    ref="person:9", name="keeper", grants=frozenset(g for g in HOUSE.grants if g.right is Right.SOURCE_MANAGE)
)


def waiting(**more) -> int:
    source_make()
    take(jsonl(row(1, **more)))
    return api.record_page(by=HOUSE).rows[0].id


def acts(record_id: int) -> list[str]:
    return [line.act for line in ledger.lines_of(chain=f"record:{record_id}")]


def test_a_citizens_report_is_accepted_and_answered_by_number_and_code(ear: Ear):
    receipt = report(1, by=CITIZEN)

    assert receipt.record.state is RecordState.ACCEPTED
    assert receipt.record.number == f"JL20260302-{receipt.record.id:06d}"
    seen = api.record_by_number(
        number=f" {receipt.record.number.lower()} ", code=f"{receipt.code[:5]}-{receipt.code[5:]}"
    )
    assert seen == receipt.record
    assert [one.record_id for one in ear.heard] == [receipt.record.id]


def test_a_wrong_code_reads_like_a_wrong_number(ear: Ear):
    receipt = report(1)

    for number, code in [(receipt.record.number, "AAAAAAAAAA"), ("JL20260302-999999", receipt.code), ("\x00", "")]:
        with pytest.raises(RecordNotFound) as caught:
            api.record_by_number(number=number, code=code)
        assert caught.value.facts == {}


def test_the_code_is_kept_as_a_hash_alone(ear: Ear):
    receipt = report(1)

    record = Record.objects.get(id=receipt.record.id)
    assert receipt.code not in str(vars(record))
    assert len(receipt.code) == 10


def test_the_same_form_again_returns_the_same_number_and_code(ear: Ear):
    first = report(1, key="form-7")

    again = report(2, key="form-7", at=AT + timedelta(hours=1))

    assert (again.record.id, again.code) == (first.record.id, first.code)
    assert (Record.objects.count(), len(ear.heard)) == (1, 1)
    assert api.record_by_number(number=first.record.number, code=first.code).id == first.record.id


def test_two_forms_get_two_codes(ear: Ear):
    assert report(1).code != report(1).code


def test_a_seed_makes_the_codes_of_a_replay_the_same(ear: Ear):
    api.codes_seed("replay")
    try:
        first = report(1, key="k")
        Record.objects.filter(id=first.record.id).update(source_key="other", number="JL-other")
        codes = {first.code, report(1, key="k").code}
    finally:
        api.codes_seed("")

    assert len(codes) == 2  # another number, another code: knowing one tells nothing of the next


def test_a_form_that_cannot_be_used_goes_back_with_every_finding_and_nothing_is_stored(ear: Ear):
    with pytest.raises(RecordInvalid) as caught:
        report(1, spot=None, happened_at="soon", contact_phone="x")

    assert {(one.field, one.rule) for one in caught.value.findings} == {
        ("spot", "missing"), ("happened_at", "type"), ("contact_phone", "type"),
    }  # fmt: skip
    assert (Record.objects.count(), ear.heard, list(ledger.chains_lines(prefix="record:"))) == (
        0,
        [],
        [],
    )


def test_a_report_from_an_unknown_place_is_held_for_who_looks_after_the_place_around_it(ear: Ear):
    receipt = report(1, region="339901001999")

    assert (receipt.record.state, ear.heard) == (RecordState.HELD, [])
    street = officer(Right.RECORD_READ, Right.RECORD_CORRECT, path="330000.339900.339901.339901001000")
    corrected = api.record_correct(record_id=receipt.record.id, values={"region": VILLAGE}, by=street, at=AT)
    assert (corrected.state, corrected.region_path) == (RecordState.ACCEPTED, PATH)
    assert [one.record_id for one in ear.heard] == [receipt.record.id]
    assert api.record_by_number(number=corrected.number, code=receipt.code).id == corrected.id


def test_an_officer_reports_where_the_right_reaches(ear: Ear):
    here = officer(Right.RECORD_REPORT, path=PATH)

    assert report(1, by=here).record.state is RecordState.ACCEPTED
    with pytest.raises(NotAllowed):
        report(2, by=here, region=OTHER_VILLAGE)
    with pytest.raises(NotAllowed):
        report(3, by=officer(Right.RECORD_READ))
    with pytest.raises(NotAllowed):
        report(4, by=officer(Right.RECORD_READ), region="339901001999")

    assert Record.objects.count() == 1


def test_secret_values_are_masked_wherever_a_record_is_read(ear: Ear):
    record_id = report(1).record.id

    view = api.record_get(record_id=record_id, by=officer(Right.RECORD_READ))

    assert (view.values["contact_phone"], view.secret_fields) == (MASK, ("contact_phone",))
    assert "13900000101" not in str([view, api.record_values(record_id=record_id), api.record_page(by=HOUSE)])


def test_what_came_in_is_shown_masked_while_a_record_waits_and_kept_no_longer(ear: Ear):
    record_id = waiting(spot=None, phone_of_a_neighbour="13900000102")

    given = api.record_get(record_id=record_id, by=CLERK).given
    assert (given["contact_phone"], given["phone_of_a_neighbour"], given["region"]) == (MASK, MASK, VILLAGE)

    api.record_correct(record_id=record_id, values={"spot": "东门", "phone_of_a_neighbour": None}, by=CLERK, at=AT)
    assert api.record_get(record_id=record_id, by=CLERK).given == {}
    assert Record.objects.get(id=record_id).raw == ""


def test_a_refused_record_is_corrected_told_and_not_corrected_twice(ear: Ear):
    record_id = waiting(spot=None)

    row = api.record_correct(record_id=record_id, values={"spot": "东门"}, by=CLERK, at=AT, reason="问过来源", key="c1")
    again = api.record_correct(record_id=record_id, values={"spot": "西门"}, by=CLERK, at=AT, key="c1")

    assert (row.state, again) == (RecordState.ACCEPTED, row)
    assert len(ear.heard) == 1
    line = ledger.lines_of(chain=f"record:{record_id}")[-1]
    assert (line.act, line.body["changed"], line.body["reason"]) == ("record.correct", ["spot"], "问过来源")
    with pytest.raises(NotWaiting):
        api.record_correct(record_id=record_id, values={"spot": "西门"}, by=CLERK, at=AT)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "missing"),
        ({"spot": "x"}, "range"),
        ({"spot": "东门", "contact_phone": MASK}, "masked"),
        ({"spot": "东门", "contact_phone": "138****1234"}, "masked"),
    ],
)
def test_a_correction_that_still_does_not_do_changes_nothing(ear: Ear, values: dict, rule: str):
    record_id = waiting(spot=None)
    before = Record.objects.filter(id=record_id).values().get()

    with pytest.raises(RecordInvalid) as caught:
        api.record_correct(record_id=record_id, values=values, by=CLERK, at=AT)

    assert [one.rule for one in caught.value.findings] == [rule]
    assert Record.objects.filter(id=record_id).values().get() == before
    assert acts(record_id) == ["record.report"]


def test_a_record_is_not_corrected_into_another_ones_key(ear: Ear):
    source_make()
    take(jsonl(row(1), row(2, spot=None)))
    refused = api.record_page(by=HOUSE, wanted=RecordFilter(states=(RecordState.REFUSED,))).rows[0]

    with pytest.raises(RecordInvalid) as caught:
        api.record_correct(record_id=refused.id, values={"spot": "东门", "report_no": "R-0001"}, by=CLERK, at=AT)

    assert [one.rule for one in caught.value.findings] == ["taken"]


def test_a_person_may_refuse_what_is_held_and_says_why(ear: Ear):
    record_id = waiting(region="339901001999")

    with pytest.raises(ReasonMissing):
        api.record_refuse(record_id=record_id, reason=" ", by=CLERK, at=AT)
    found = api.record_refuse(record_id=record_id, reason="不在本市", by=CLERK, at=AT, key="r1")

    assert (found.state, found.findings[-1].zh) == (RecordState.REFUSED, "人工决定不受理：不在本市")
    assert api.record_refuse(record_id=record_id, reason="again", by=CLERK, at=AT, key="r1") == found
    with pytest.raises(NotWaiting):
        api.record_refuse(record_id=record_id, reason="again", by=CLERK, at=AT)
    assert acts(record_id) == ["record.report", "record.refuse"]


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (officer(Right.RECORD_READ), NotAllowed),
        (officer(Right.RECORD_CORRECT), RecordNotFound),
        (officer(Right.RECORD_READ, Right.RECORD_CORRECT, path="330000.339900.339902"), RecordNotFound),
        (CITIZEN, RecordNotFound),
    ],
    ids=["reader only", "blind", "elsewhere", "citizen"],
)
def test_waiting_records_are_touched_by_who_may_alone(ear: Ear, by: Actor, error: type):
    record_id = waiting(spot=None)

    with pytest.raises(error):
        api.record_correct(record_id=record_id, values={"spot": "东门"}, by=by, at=AT)
    with pytest.raises(error):
        api.record_refuse(record_id=record_id, reason="因为", by=by, at=AT)

    assert acts(record_id) == ["record.report"]


def test_who_keeps_the_sources_sees_and_corrects_what_waits_from_them_and_nothing_else(ear: Ear):
    record_id = waiting(region=None)
    accepted = report(5).record.id

    assert [one.id for one in api.record_page(by=KEEPER)] == [record_id]
    with pytest.raises(RecordNotFound):
        api.record_get(record_id=accepted, by=KEEPER)
    assert api.record_correct(record_id=record_id, values={"region": VILLAGE}, by=KEEPER, at=AT).state == "accepted"


def change_waits() -> tuple[int, int]:
    source_make()
    take(jsonl(row(1)))
    take(jsonl(row(1, details="改了", contact_phone="13900000109")), hours=1)
    change = api.record_page(by=HOUSE, wanted=RecordFilter(states=(RecordState.HELD,))).rows[0]
    assert change.revises_id is not None
    return change.revises_id, change.id


def test_a_sources_change_is_taken_by_a_person_without_a_second_event(ear: Ear):
    original, change = change_waits()

    row = api.record_take_change(record_id=change, by=CLERK, at=AT, reason="核实过", key="t1")
    again = api.record_take_change(record_id=change, by=CLERK, at=AT, key="t1")

    assert (row.id, row.excerpt, again) == (original, "改了", row)
    assert len(ear.heard) == 1
    line = ledger.lines_of(chain=f"record:{original}")[-1]
    assert (line.act, line.body["changed"]) == ("record.take_change", ["contact_phone", "details"])
    assert "13900000109" not in str(line)
    with pytest.raises(NotWaiting):
        api.record_take_change(record_id=change, by=CLERK, at=AT)


def test_a_refused_change_leaves_the_record_and_the_next_file_as_they_were(ear: Ear):
    original, change = change_waits()

    api.record_refuse(record_id=change, reason="来源填错", by=CLERK, at=AT)

    assert api.record_get(record_id=original, by=CLERK).values["details"] == "花坛里有旧家具，没人清理"
    with pytest.raises(NotWaiting):
        api.record_take_change(record_id=change, by=CLERK, at=AT)


def test_a_change_that_cannot_be_used_is_not_taken(ear: Ear):
    source_make()
    take(jsonl(row(1)))
    take(jsonl(row(1, spot=None)), hours=1)
    change = api.record_page(by=HOUSE, wanted=RecordFilter(states=(RecordState.HELD,))).rows[0]

    with pytest.raises(RecordInvalid):
        api.record_take_change(record_id=change.id, by=CLERK, at=AT)
    with pytest.raises(NotWaiting):
        api.record_correct(record_id=change.id, values={"spot": "东门"}, by=CLERK, at=AT)


def test_a_person_names_the_matter_once(ear: Ear):
    record_id = report(1).record.id
    triage = officer(Right.ALERT_TRIAGE)

    for _ in range(2):
        api.matter_confirm(record_id=record_id, matter="damage", by=triage, at=AT)

    assert api.record_get(record_id=record_id, by=CLERK).row.matter == "damage"
    assert acts(record_id) == ["record.report", "record.confirm_matter"]


def test_only_known_matters_are_confirmed_by_who_may(ear: Ear):
    record_id = report(1).record.id

    with pytest.raises(MatterUnknown):
        api.matter_confirm(record_id=record_id, matter="nonsense", by=HOUSE, at=AT)
    with pytest.raises(NotAllowed):
        api.matter_confirm(record_id=record_id, matter="damage", by=officer(Right.RECORD_READ), at=AT)
    with pytest.raises(RecordNotFound):
        api.matter_confirm(record_id=record_id, matter="damage", by=officer(Right.CASE_READ), at=AT)

    assert acts(record_id) == ["record.report"]


def test_records_of_a_confidential_matter_are_hidden_from_the_region(ear: Ear):
    told, asked = report(1, kind="told_in_confidence").record, report(2).record

    assert [one.id for one in api.record_page(by=CLERK)] == [asked.id]
    api.matter_confirm(record_id=asked.id, matter="told_in_confidence", by=HOUSE, at=AT)

    assert list(api.record_page(by=CLERK)) == []
    assert {one.id for one in api.record_page(by=HOUSE)} == {told.id, asked.id}


def test_a_page_has_the_newest_first_and_goes_on_by_its_cursor(ear: Ear):
    ids = [report(n).record.id for n in range(5)]

    first = api.record_page(by=CLERK, size=2)
    second = api.record_page(by=CLERK, size=2, cursor=first.next_cursor)
    last = api.record_page(by=CLERK, size=2, cursor=second.next_cursor)

    assert [one.id for page in (first, second, last) for one in page] == ids[::-1]
    assert (last.next_cursor, api.record_count(by=CLERK)) == ("", 5)


def test_filters_narrow(ear: Ear):
    first, second = report(1).record, report(2, kind="damage", region=OTHER_VILLAGE).record

    def found(**more) -> list[int]:
        return [one.id for one in api.record_page(by=HOUSE, wanted=RecordFilter(**more))]

    assert found(matter="") == [first.id]
    assert found(matter="damage") == [second.id]
    assert found(region_path=PATH) == [first.id]
    assert found(text=second.number) == [second.id]
    assert found(text="花坛1") == [first.id]
    assert found(pack_id="other") == []
