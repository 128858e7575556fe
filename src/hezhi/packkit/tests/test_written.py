"""What people write comes to the house as they meant it, and what the house tells comes back as it was kept."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from hezhi.packkit.api import cents_read, number_told, values_check
from hezhi.packkit.shape.records import Field

MONEY = Field(type="integer", label={"zh": "金额", "en": "Sum"}, unit="cents")  # type: ignore[arg-type]


@given(st.integers(-(10**15), 10**15))
def test_a_sum_told_and_written_again_is_the_same(cents: int) -> None:
    told = str(number_told(cents, ":yuan")).replace(",", "")

    assert cents_read(told) == str(cents)
    assert Decimal(told) * 100 == cents


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?", fullmatch=True)))
@example("5.000")
@example("5.0000000000000001")
@example("12345678901234567")
def test_what_is_no_sum_is_refused_and_never_taken_for_another(text: str) -> None:
    read = values_check({"sum": MONEY}, {"sum": cents_read(text)}).values.get("sum")

    if read is not None:
        assert Decimal(text.strip()) * 100 == read
