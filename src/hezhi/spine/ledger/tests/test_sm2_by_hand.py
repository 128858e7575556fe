"""The stand-alone check of SM2 signatures agrees with the standards' examples and with the library that signs."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hezhi.spine.ledger.sm2 import Sm2Key, is_signed

SCRIPT = Path(__file__).parents[5] / "scripts/verify_sm2.py"
spec = importlib.util.spec_from_file_location("verify_sm2", SCRIPT)
assert spec and spec.loader
verify_sm2 = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify_sm2)

# GB/T 32918.5, example of a signature on the recommended curve
PUBLIC = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
TOLD = b"message digest"
KEY = Sm2Key.new()
MINE = bytes.fromhex(KEY.name.removeprefix("sm2:"))


@pytest.mark.parametrize(
    ("told", "digest"),
    [  # GB/T 32905, both examples
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_the_hash_is_that_of_the_standard(told: bytes, digest: str) -> None:
    assert verify_sm2.sm3(told).hex() == digest


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="this OpenSSL has no SM3 to compare with")
def test_the_hash_agrees_at_every_length_of_a_padding() -> None:
    for length in range(200):
        assert verify_sm2.sm3(b"x" * length) == hashlib.new("sm3", b"x" * length).digest(), length


def test_the_signature_of_the_standard_is_true_and_no_other_is() -> None:
    true = verify_sm2.signature_written(R, S)

    assert verify_sm2.is_signed(PUBLIC, TOLD, true)
    assert not verify_sm2.is_signed(PUBLIC, TOLD + b".", true)
    assert not verify_sm2.is_signed(PUBLIC, TOLD, true, who=b"somebody else")
    assert not verify_sm2.is_signed(MINE, TOLD, true)
    n = verify_sm2.N
    for r, s in ((S, R), (R, n - S), (0, S), (R, 0), (R + n, S), (R, S + n), (n - S, S)):
        assert not verify_sm2.is_signed(PUBLIC, TOLD, verify_sm2.signature_written(r, s))


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 10**6))
def test_it_says_what_the_signing_library_says(told: bytes, at: int) -> None:
    signature = KEY.sign(told)
    assert verify_sm2.is_signed(MINE, told, signature)
    assert is_signed(MINE, told, signature)

    at %= len(signature) * 8
    spoiled = bytearray(signature)
    spoiled[at // 8] ^= 1 << at % 8
    assert not verify_sm2.is_signed(MINE, told, bytes(spoiled))
    assert not verify_sm2.is_signed(MINE, told + b"x", signature)


@pytest.mark.parametrize(
    "public",
    [b"", b"\x04" + bytes(64), b"\x02" + MINE[1:33], MINE[:-1], MINE + b"\0", b"\x04" * 65],
    ids=range(6),  # the key is another in every run, and tests that run beside each other need the same names
)
def test_what_is_no_point_of_the_curve_signed_nothing(public: bytes) -> None:
    assert not verify_sm2.is_signed(public, TOLD, KEY.sign(TOLD))


@pytest.mark.parametrize(
    "signature", [b"", b"0", bytes(8), bytes(70), b"\x30\x06\x02\x01\x01\x02\x01\x01\x00", b"\xff" * 72]
)
def test_what_is_no_signature_is_refused(signature: bytes) -> None:
    assert not verify_sm2.is_signed(MINE, TOLD, signature)
