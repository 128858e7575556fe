"""SM2 with SM3 for tree heads, through ``tongsuopy``: imported only where the setting chooses it.

WHY wrapped: the library is of 2023 and warns about Python's own OpenSSL; nothing else may come to depend on it.
"""

from __future__ import annotations

from tongsuopy.crypto import hashes
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InternalError, InvalidSignature
from tongsuopy.crypto.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

SM2_WITH_SM3 = ec.ECDSA(hashes.SM3())  # the library's way to say it: on the curve SM2 this is the SM2 signature


class Sm2Key:
    """An SM2 key; its name holds the uncompressed public point."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @classmethod
    def from_pem(cls, pem: bytes) -> Sm2Key:
        return cls(load_pem_private_key(pem, None))

    @classmethod
    def new(cls) -> Sm2Key:
        return cls(ec.generate_private_key(ec.SM2()))

    @property
    def name(self) -> str:
        return "sm2:" + self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()

    @property
    def pem(self) -> bytes:
        return bytes(self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def sign(self, told: bytes) -> bytes:
        return bytes(self._private.sign(told, SM2_WITH_SM3))


def is_signed(public: bytes, told: bytes, signature: bytes) -> bool:
    """Say whether the key of this public point signed this."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), public).verify(signature, told, SM2_WITH_SM3)
    except (InvalidSignature, InternalError, ValueError):
        return False
    return True
