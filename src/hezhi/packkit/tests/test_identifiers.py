"""Two writings of one number give one value; a number that fails its check is refused with a reason, never mended."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hezhi.packkit.api import Finding, identifier_read, values_check
from hezhi.packkit.identifiers import (
    CREDIT_SIGNS,
    PROVINCES,
    SCHEMES,
    credit_check,
    luhn_check,
    resident_check,
)
from hezhi.packkit.shape import Field
from hezhi.packkit.shape.records import SchemeId

DIGITS = "0123456789"


@st.composite
def residents(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
    region = draw(st.sampled_from(sorted(PROVINCES))) + draw(st.text(DIGITS, min_size=4, max_size=4))
    body = f"{region}{born:%Y%m%d}" + draw(st.text(DIGITS, min_size=3, max_size=3))
    return body + resident_check(body)


@st.composite
def companies(draw: st.DrawFn) -> str:
    signs = st.sampled_from(CREDIT_SIGNS)
    head, tail = (draw(st.lists(signs, min_size=size, max_size=size)) for size in (2, 9))
    body = "".join(head) + draw(st.text(DIGITS, min_size=6, max_size=6)) + "".join(tail)
    return body + credit_check(body)


@st.composite
def cards(draw: st.DrawFn) -> str:
    body = "62" + draw(st.text(DIGITS, min_size=13, max_size=16))
    return body + luhn_check(body)


def test_the_examples_of_the_standards_pass() -> None:
    known = [("resident_id", "11010519491231002X"), ("resident_id", "440524188001010014"),
             ("credit_code", "91350100M000100Y43")]  # fmt: skip

    assert [identifier_read(scheme, number).value for scheme, number in known] == [number for _, number in known]
    assert luhn_check("7992739871") == "3"


@pytest.mark.parametrize(
    ("scheme", "raw", "value"),
    [
        ("resident_id", " 110105 19491231 002x ", "11010519491231002X"),
        ("resident_id", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("credit_code", "91350100-m000100y43", "91350100M000100Y43"),
        ("plate", "浙a·12345", "浙A12345"),
        ("plate", "浙A D12345", "浙AD12345"),
        ("plate", "粤B12345D", "粤B12345D"),
        ("plate", "京A1234警", "京A1234警"),
        ("plate", "京O1234警", "京O1234警"),
        ("plate", "粤Z1234港", "粤Z1234港"),
        ("plate", "京X1234应急", "京X1234应急"),
        ("plate", "浙A1234挂", "浙A1234挂"),
        ("phone", "+86 139-0000-0001", "13900000001"),
        ("phone", "8613900000001", "13900000001"),
        ("phone", "(0570) 800 0000", "05708000000"),
        ("phone", "400-800-0000", "4008000000"),
        ("bank_account", "6200 0000 0000 0005", "6200000000000005"),
        ("bank_account", "1202020202020", "1202020202020"),
        ("permit", "（浙）易制毒购字〔2026〕第0012号", "(浙)易制毒购字(2026)0012"),
        ("permit", "(浙)易制毒购字[2026]0012号", "(浙)易制毒购字(2026)0012"),
        ("mmsi", "412 000 001", "412000001"),
    ],
)
def test_a_number_has_one_writing(scheme: str, raw: str, value: str) -> None:
    assert identifier_read(scheme, raw).value == value


@pytest.mark.parametrize(
    ("scheme", "raw", "reason"),
    [
        ("resident_id", "110105491231002", "has the old 15 digits, without a check digit"),
        ("resident_id", "110105194912310021", "has a wrong check digit"),
        ("resident_id", "99010519491231002X", "does not begin with the code of a province"),
        ("resident_id", "110105194902300021", "names a day of birth that does not exist"),
        ("resident_id", "110105", "is not a resident's number of 18 signs"),
        ("resident_id", "110105********002X", "is not a resident's number of 18 signs"),
        ("credit_code", "91350100M000100Y44", "has a wrong check digit"),
        ("credit_code", "9135010OM000100Y43", "is not a unified social credit code of 18 signs"),
        ("plate", "浙A1234O", "is not the number of a civil plate"),
        ("plate", "浙A123456", "is not the number of a civil plate"),
        ("plate", "WJ浙12345", "is not the number of a civil plate"),
        ("phone", "12900000001", "is not a telephone number"),
        ("phone", "٠٥٧٠٨٠٠٠٠٠٠", "is not a telephone number"),
        ("bank_account", "6200000000000000", "is a card's number with a wrong check digit"),
        ("bank_account", "1234567", "is not an account of 8 to 32 digits"),
        ("permit", "无", "is not a permit's number of 4 to 40 signs with a digit"),
        ("permit", "证2026;0012", "holds a sign that no permit's number has"),
        ("mmsi", "012000001", "is not a ship's MMSI of 9 digits"),
    ],
)
def test_what_is_no_such_number_is_refused_with_its_reason(scheme: str, raw: str, reason: str) -> None:
    reading = identifier_read(scheme, raw)

    assert reading.value == ""
    assert reading.reason and reading.reason.en == reason and reading.reason.zh


@given(residents(), st.integers(0, 17), st.sampled_from(DIGITS))
def test_one_wrong_digit_of_a_resident_is_always_found(number: str, at: int, sign: str) -> None:
    assume(number[at] != sign)

    assert identifier_read("resident_id", number).value == number
    assert identifier_read("resident_id", number[:at] + sign + number[at + 1 :]).value == ""


@given(companies(), st.integers(0, 17), st.sampled_from(CREDIT_SIGNS))
def test_one_wrong_sign_of_a_company_is_always_found(number: str, at: int, sign: str) -> None:
    assume(number[at] != sign)

    assert identifier_read("credit_code", number).value == number
    assert identifier_read("credit_code", number[:at] + sign + number[at + 1 :]).value == ""


@given(cards(), st.integers(2, 18), st.sampled_from(DIGITS))
def test_one_wrong_digit_of_a_card_is_always_found(number: str, at: int, sign: str) -> None:
    assume(at < len(number) and number[at] != sign)

    assert identifier_read("bank_account", number).value == number
    assert identifier_read("bank_account", number[:at] + sign + number[at + 1 :]).value == ""


@given(residents(), st.integers(0, 16))
def test_two_neighbouring_digits_of_a_resident_changed_about_are_found(number: str, at: int) -> None:
    assume(number[at] != number[at + 1] and number[at + 1] != "X")

    turned = number[:at] + number[at + 1] + number[at] + number[at + 2 :]

    assert identifier_read("resident_id", turned).value == ""


@given(st.sampled_from(sorted(SCHEMES)), st.text(max_size=45) | residents() | companies() | cards())
@example("phone", "+8600861234567")
def test_anything_is_answered_and_a_value_reads_as_itself(scheme: str, raw: str) -> None:
    reading = identifier_read(scheme, raw)

    assert (reading.value == "") == (reading.reason is not None)
    if reading.value:
        assert identifier_read(scheme, reading.value).value == reading.value


def test_the_format_names_every_scheme() -> None:
    assert sorted(SCHEMES) == sorted(get_args(SchemeId))


def field(**more: Any) -> Field:
    return Field.model_validate(
        {"type": "identifier", "scheme": "plate", "label": {"zh": "车牌", "en": "Plate"}, **more}
    )


def test_a_record_keeps_the_one_writing_or_says_what_is_wrong() -> None:
    good = values_check({"plate": field()}, {"plate": "浙a·12345"})
    bad = values_check({"plate": field()}, {"plate": "浙A1234O"})

    assert (dict(good.values), good.problems) == ({"plate": "浙A12345"}, ())
    assert dict(bad.values) == {}
    assert [(one.rule, one.cause.zh, one.cause.en) for one in bad.problems] == [
        ("identifier", "“车牌”不是民用号牌号码", "'Plate' is not the number of a civil plate")
    ]


def test_a_masked_number_is_told_as_a_mask() -> None:
    told = values_check({"plate": field(sensitivity="secret")}, {"plate": "浙A**345"})

    assert [one.rule for one in told.problems] == ["masked"]


@pytest.mark.parametrize("spoilt", [{"scheme": None}, {"type": "text"}])
def test_an_identifier_and_no_other_field_names_its_scheme(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="names its scheme"):
        field(**spoilt)


@pytest.mark.parametrize(("sensitivity", "is_told"), [("open", True), ("personal", False), ("secret", False)])
def test_a_number_that_leads_to_a_person_is_never_open(spoil: Any, sensitivity: str, is_told: bool) -> None:
    told: list[Finding] = spoil(
        "records.yml", "{type: phone,", f"{{type: identifier, scheme: resident_id, sensitivity: {sensitivity}, "
        "label: {zh: 号码, en: Number}}\n    other_phone: {type: phone,",
    )  # fmt: skip

    assert ("meaning/person-identifier-open" in [one.rule for one in told]) == is_told
