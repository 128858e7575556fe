"""Seals and opens one text, and makes pseudonyms. Pure but for the random nonce: no table, no clock, no file.

An envelope is ``v1.<a or s>.<base64 of nonce, sealed content and tag>``. The version, the cipher and the
place are authenticated with the content, so that none of them can be swapped.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hezhi.kit.canonical import canonical
from hezhi.spine.vault.contracts import CipherName, Place
from hezhi.spine.vault.errors import EnvelopeRefused

VERSION = "v1"
LETTERS = {"a": CipherName.AES, "s": CipherName.SM4}
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
PSEUDONYM_SIGNS = 32


def sealed(cipher: CipherName, key: bytes, place: Place, content: bytes) -> str:
    """Return the envelope of a content at its place; the same content never gives the same envelope twice."""
    letter = next(one for one, name in LETTERS.items() if name is cipher)
    nonce = os.urandom(NONCE_BYTES)
    bound = _bound(letter, place)
    if cipher is CipherName.AES:
        body = AESGCM(key).encrypt(nonce, content, bound)
    else:
        worker = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
        worker.authenticate_additional_data(bound)
        body = worker.update(content) + worker.finalize() + worker.tag
    return f"{VERSION}.{letter}.{base64.urlsafe_b64encode(nonce + body).decode()}"


def opened(key: bytes, place: Place, envelope: str) -> bytes:
    """Return the content of an envelope, by whichever cipher it was sealed.

    Raises:
        EnvelopeRefused: not an envelope, changed, moved, or of another key.
    """
    letter, packed = _parts(envelope)
    nonce, body, bound = packed[:NONCE_BYTES], packed[NONCE_BYTES:], _bound(letter, place)
    try:
        if LETTERS[letter] is CipherName.AES:
            return AESGCM(key).decrypt(nonce, body, bound)
        worker = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce, body[-TAG_BYTES:])).decryptor()
        worker.authenticate_additional_data(bound)
        return worker.update(body[:-TAG_BYTES]) + worker.finalize()
    except InvalidTag:
        raise EnvelopeRefused(table=place.table, row=place.row, field=place.field) from None


def pseudonym_sign(key: bytes, scheme: str, value: str) -> str:
    """Return the first 128 bits of the HMAC-SHA-256 of a value of one scheme, in hex.

    Example:
        >>> pseudonym_sign(b"k", "plate", "浙A12345")
        '4de8b8c5c584aa0d69b180637a5ff137'
    """
    told = f"{len(scheme)}.{scheme}{value}".encode()  # the length keeps scheme and value apart
    return hmac.digest(key, told, "sha256").hex()[:PSEUDONYM_SIGNS]


def _parts(envelope: str) -> tuple[str, bytes]:
    version, _, rest = envelope.partition(".")
    letter, _, text = rest.partition(".")
    try:
        packed = base64.b64decode(text, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise EnvelopeRefused() from None
    # Base64 leaves some bits of its last letter unused; only the one true writing is taken.
    is_true = base64.urlsafe_b64encode(packed).decode() == text
    if version != VERSION or letter not in LETTERS or not is_true or len(packed) < NONCE_BYTES + TAG_BYTES:
        raise EnvelopeRefused()
    return letter, packed


def _bound(letter: str, place: Place) -> bytes:
    return canonical([VERSION, letter, place.table, place.row, place.field]).encode()


def _sm4_key(key: bytes) -> bytes:
    """SM4 takes 16 bytes; they are derived, so that no key serves two ciphers."""
    return HKDF(SHA256(), 16, salt=None, info=b"hezhi sm4-gcm").derive(key)
