"""An envelope opens at its place with its key, and in no other way."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.vault import rules
from hezhi.spine.vault.contracts import CipherName, Place
from hezhi.spine.vault.errors import EnvelopeRefused

ciphers = st.sampled_from(list(CipherName))
keys = st.binary(min_size=32, max_size=32)
contents = st.binary(max_size=200)
places = st.builds(Place, table=st.text(max_size=8), row=st.text(max_size=8), field=st.text(max_size=8))
HERE = Place("intake_record", "1", "secrets.phone")


@given(ciphers, keys, places, contents)
def test_what_was_sealed_opens_again(cipher: CipherName, key: bytes, place: Place, content: bytes) -> None:
    assert rules.opened(key, place, rules.sealed(cipher, key, place, content)) == content


@given(ciphers, keys, contents, st.data())
def test_any_flipped_bit_is_refused(cipher: CipherName, key: bytes, content: bytes, data: st.DataObject) -> None:
    version, letter, text = rules.sealed(cipher, key, HERE, content).split(".")
    packed = bytearray(base64.urlsafe_b64decode(text))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(EnvelopeRefused):
        rules.opened(key, HERE, f"{version}.{letter}.{base64.urlsafe_b64encode(packed).decode()}")


@given(ciphers, keys, contents, st.data())
def test_any_changed_letter_is_refused(cipher: CipherName, key: bytes, content: bytes, data: st.DataObject) -> None:
    envelope = rules.sealed(cipher, key, HERE, content)
    at = data.draw(st.integers(0, len(envelope) - 1))
    other = data.draw(st.characters().filter(lambda one: one != envelope[at]))

    with pytest.raises(EnvelopeRefused):
        rules.opened(key, HERE, envelope[:at] + other + envelope[at + 1 :])


@given(ciphers, keys, contents, places, places)
def test_a_moved_value_is_refused(cipher: CipherName, key: bytes, content: bytes, one: Place, other: Place) -> None:
    envelope = rules.sealed(cipher, key, one, content)
    if one == other:
        assert rules.opened(key, other, envelope) == content
        return
    with pytest.raises(EnvelopeRefused):
        rules.opened(key, other, envelope)


@given(ciphers, keys, keys, contents)
def test_a_wrong_key_is_refused(cipher: CipherName, key: bytes, other: bytes, content: bytes) -> None:
    envelope = rules.sealed(cipher, key, HERE, content)
    if key == other:
        return
    with pytest.raises(EnvelopeRefused):
        rules.opened(other, HERE, envelope)


@pytest.mark.parametrize("text", ["", "v1", "v1.a", "v1.a.", "v1.a.AAAA", "v2.a." + "A" * 40, "v1.x." + "A" * 40])
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(EnvelopeRefused):
        rules.opened(bytes(32), HERE, text)


def test_the_same_content_never_looks_the_same() -> None:
    made = {rules.sealed(CipherName.AES, bytes(32), HERE, b"13900000101") for _ in range(100)}
    assert len(made) == 100
