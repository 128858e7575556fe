"""Masks and subjects: what may be shown, for any input."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hezhi.services.notices.rules import SUBJECT_LENGTH, masked, subject_of, without_address


@given(st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True))
def test_a_masked_phone_number_shows_at_most_seven_digits_and_never_all(phone):
    shown = re.sub(r"\D", "", masked(phone))

    assert len(shown) <= 7
    assert len(shown) < len(re.sub(r"\D", "", phone))


@given(st.text())
def test_a_subject_is_one_short_printable_line(text):
    subject = subject_of(text)

    assert len(subject) <= SUBJECT_LENGTH
    assert subject.isprintable()


def test_what_the_other_side_said_keeps_no_address():
    assert without_address("550 <li@example.org> unknown", "li@example.org") == "550 <l***@example.org> unknown"
