"""A request becomes a case with a clock; what its closing grants is carried out, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases.tests.factories import refused
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import HoldKind
from hezhi.flow.intake.errors import RecordInvalid, RecordKept, RecordNotFound
from hezhi.flow.rights import api as rights
from hezhi.flow.rights.contracts import RequestRow, RightKind
from hezhi.flow.rights.errors import (
    AlreadyErased,
    AskedAlready,
    FieldNotCorrectable,
    GroundMissing,
    NoCopy,
    NothingByConsent,
    ProofMissing,
)
from hezhi.flow.rights.tests.factories import HOUSE, MONDAY, PHONE, Subject, moment, subject_again
from hezhi.spine.ledger import api as ledger


def told(subject: Subject, at=MONDAY):
    return rights.rights_of(number=subject.number, code=subject.code, at=at)


def acts(subject: Subject) -> list[str]:
    return [line.act for line in ledger.lines_of(chain=f"record:{subject.record_id}")]


def of_request(row: RequestRow) -> list[str]:
    return [line.act for line in ledger.lines_of(chain=f"rights:{row.id}")]


def test_a_request_is_a_confidential_case_of_the_pack_with_a_clock(subject: Subject):
    filed = subject.ask(RightKind.ACCESS, asks="想看看存了什么")

    case = subject.case(filed)
    assert (case.matter, case.state, case.is_confidential, case.lead_agency_name) == (
        "access", "dispatched", True, "故事data_bureau",
    )  # fmt: skip
    row = filed.request
    assert (row.right, row.record_number, row.state, row.due_at, row.is_late) == (
        RightKind.ACCESS, subject.number, "dispatched", case.due_at, False,
    )  # fmt: skip
    assert (row.limit.budget, row.limit.unit, row.limit.source.is_verified) == (15, "working_day", False)
    assert told(subject).requests == (row,)
    assert of_request(row) == ["rights.ask"]
    assert acts(subject) == ["record.report"]  # whoever handles the report learns nothing of it


def test_access_opens_a_copy_for_thirty_days_and_writes_down_each_fetching(subject: Subject):
    subject.confirm()
    filed = subject.ask(RightKind.ACCESS)
    with refused(NoCopy):
        rights.copy_take(number=subject.number, code=subject.code, at=MONDAY)

    subject.answer(filed, "granted", at=moment("03-03 10:00"))

    copy = rights.copy_take(number=subject.number, code=subject.code, at=moment("03-04 10:00"))
    values = {one.name: (one.value, one.rests_on) for one in copy.fields}
    assert values["contact_phone"] == (PHONE, "consent")
    assert values["body"] == ("村口路灯坏了三盏。", "duty")
    assert copy.receivers == ("故事public_utilities", "故事township_government")
    assert [one.grade for one in copy.explained] == ["green"]
    assert (copy.keeping.until - copy.received_at, copy.keeping.law) == (timedelta(days=1825), "个人信息保护法 19")
    assert copy.open_until == moment("03-03 10:00") + timedelta(days=30)
    assert of_request(filed.request) == ["rights.ask", "rights.carry_out", "rights.copy"]
    with refused(NoCopy):
        rights.copy_take(number=subject.number, code=subject.code, at=copy.open_until)
    assert filed.code and rights.copy_take(number=filed.request.number, code=filed.code, at=moment("03-05 10:00"))


def test_a_refused_access_opens_nothing_and_tells_reasons_and_remedy(subject: Subject):
    filed = subject.ask(RightKind.ACCESS)
    subject.answer(filed, "refused", at=moment("03-03 10:00"), words="依法不予提供，理由如下")

    [row] = told(subject, moment("03-04 10:00")).requests
    assert (row.state, row.outcome, row.outcome_label.zh, row.answer) == (
        "closed", "refused", "不予满足，说明理由和救济途径", "依法不予提供，理由如下",
    )  # fmt: skip
    assert (row.can_contest, row.open_until, row.done) == (True, None, ())
    with refused(NoCopy):
        rights.copy_take(number=subject.number, code=subject.code, at=moment("03-04 10:00"))


def test_a_granted_correction_changes_the_record_and_a_refused_one_does_not(subject: Subject):
    kept = subject.whole()
    first = subject.ask(RightKind.CORRECTION, field="contact_phone", value="13900000502")
    assert intake.record_get(record_id=intake.record_by_number(
        number=first.request.number, code=first.code).id, by=HOUSE).values["wanted"] == "••••••"  # fmt: skip
    subject.answer(first, "refused")
    assert subject.whole() == kept

    second = subject.ask(RightKind.CORRECTION, field="contact_phone", value="13900000502")
    subject.answer(second, "granted")

    assert subject.whole() == {**kept, "contact_phone": "13900000502"}
    assert told(subject).requests[0].done == ("contact_phone",)
    assert acts(subject)[-1] == "record.take_change"
    assert of_request(second.request) == ["rights.ask", "rights.carry_out"]


def test_a_correction_that_the_record_could_not_hold_is_refused_at_once(subject: Subject):
    with refused(FieldNotCorrectable):
        subject.ask(RightKind.CORRECTION, field="region", value="330000")
    with refused(FieldNotCorrectable):
        subject.ask(RightKind.CORRECTION, field="topic", value=" ")
    with refused(RecordInvalid):
        subject.ask(RightKind.CORRECTION, field="contact_phone", value="not a phone")
    with refused(RecordInvalid):
        subject.ask(RightKind.CORRECTION, field="contact_phone", value="••••••")


def test_consent_taken_back_blanks_at_once_and_nobody_is_reached_any_more(subject: Subject):
    subject.confirm()
    [before] = intake.contacts_of(record_ids=[subject.record_id])
    assert before.phone == PHONE

    filed = subject.ask(RightKind.WITHDRAWAL)

    assert filed.request.done == ("contact_phone",)
    assert filed.request.state == "dispatched"  # a person still looks what else rests on consent
    assert "contact_phone" not in subject.whole()
    assert [one.phone for one in intake.contacts_of(record_ids=[subject.record_id])] == [""]
    assert acts(subject)[-1] == "record.withdraw_consent"
    subject.answer(filed, "granted")
    with refused(NothingByConsent):
        subject.ask(RightKind.WITHDRAWAL)


def test_a_colour_is_explained_at_once_and_a_person_looks_again_when_asked(subject: Subject):
    filed = subject.ask(RightKind.EXPLANATION)

    assert (filed.code, filed.request.number, filed.request.state) == ("", "", "answered")
    [told_] = told(subject).explained
    assert (told_.grade, told_.is_decided) == ("green", False)
    assert told_.reasons[0] == ("单件来件，仍在当日派单时间内", "One message, still within the day")
    assert any(one.startswith("red if") for _, one in told_.reasons)
    assert told_.until_at == MONDAY + timedelta(days=3)
    assert [one.grade for one in told(subject, MONDAY + timedelta(days=3)).explained] == ["grey"]

    again = subject.ask(RightKind.REVIEW, asks="请由人看一看")
    assert subject.case(again).matter == "review"


def test_the_same_right_waits_once_and_the_same_form_is_filed_once(subject: Subject):
    first = subject.ask(RightKind.ACCESS, key="form-1")
    assert subject.ask(RightKind.ACCESS, key="form-1") == first
    with refused(AskedAlready):
        subject.ask(RightKind.ACCESS, key="form-2")
    subject.answer(first, "refused")
    assert subject.ask(RightKind.ACCESS, key="form-3").request.id != first.request.id


def test_a_wrong_code_reveals_nothing(subject: Subject):
    with refused(RecordNotFound):
        rights.request_file(number=subject.number, code="AAAAAAAAAA", asked=rights.Asked(RightKind.ACCESS), at=MONDAY)
    with pytest.raises(RecordNotFound):
        rights.rights_of(number=subject.number, code="AAAAAAAAAA", at=MONDAY)


def test_an_erasure_is_granted_only_on_a_ground_of_the_law_and_against_no_duty_to_keep(subject: Subject):
    filed = subject.ask(RightKind.ERASURE)
    with pytest.raises(GroundMissing):
        subject.answer(filed, "granted")
    other = subject_again(subject)
    filed = other.ask(RightKind.ERASURE)
    with pytest.raises(RecordKept) as caught:
        other.answer(filed, "granted", ground="purpose_ended")
    assert [hold.kind for hold in caught.value.holds] == [HoldKind.ALERT_WAITS]
    assert (other.case(filed).state, other.whole()["contact_phone"]) == ("handling", PHONE)


def test_a_granted_erasure_leaves_nothing_to_read_but_the_request_and_its_answer(subject: Subject):
    filed = subject.ask(RightKind.ERASURE)
    alert_id = alerts.alerts_of_records(record_ids=[subject.record_id])[subject.record_id]
    by = subject.by("duty_officer")
    alerts.alert_dismiss(alert_id=alert_id, verdict="harmless", reason="路灯已修好", by=by, at=MONDAY)

    subject.answer(filed, "granted", ground="purpose_ended")

    assert subject.whole() == {}
    own = told(subject)
    assert (own.explained, {one.hindrance for one in own.offers}) == ((), {"erased"})
    [row] = own.requests
    assert (row.outcome, row.answer, row.done) == ("granted", "已按请求办理", ("*",))
    assert rights.rights_of(number=row.number, code=filed.code, at=MONDAY) == own
    [line] = [one for one in ledger.lines_of(chain=f"record:{subject.record_id}") if one.act == "record.erase"]
    assert (line.body["law"], line.body["request"]) == ("个人信息保护法 47(1)", subject.case(filed).number)
    with refused(AlreadyErased):
        subject.ask(RightKind.ACCESS)


def test_an_erasure_granted_in_part_blanks_what_rests_on_consent_alone(subject: Subject):
    kept = subject.whole()
    subject.answer(subject.ask(RightKind.ERASURE), "partly", words="依法须保存，只清空联系电话")

    assert subject.whole() == {name: value for name, value in kept.items() if name != "contact_phone"}
    assert told(subject).requests[0].done == ("contact_phone",)


def test_at_a_counter_an_officer_who_saw_a_document_files_the_request(subject: Subject):
    asked, duty = rights.Asked(RightKind.ACCESS), subject.by("duty_officer")
    given = {"record_number": subject.number, "asked": asked, "at": MONDAY}
    with refused(ProofMissing):
        rights.request_file_at_counter(**given, checked="身份证330102199001011234", by=duty)
    with refused(RecordNotFound):
        rights.request_file_at_counter(**given, checked="居民身份证", by=subject.by("public_utilities"))

    filed = rights.request_file_at_counter(**given, checked="居民身份证", by=duty)

    sheet = rights.request_sheet(case_id=subject.case(filed).id, by=subject.by("data_bureau"), at=MONDAY)
    assert (sheet.proof, sheet.checked, sheet.filed_by) == ("counter", "居民身份证", duty.ref)
    assert [one.number for one in rights.requests_due(by=subject.by("data_bureau"), at=MONDAY)] == [
        filed.request.number
    ]
    assert rights.requests_due(by=subject.by("public_utilities"), at=MONDAY) == []
