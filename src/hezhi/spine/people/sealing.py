"""Secrets that must be read again are kept sealed, with a key made from this installation's ``SECRET_KEY``.

Whoever changes ``SECRET_KEY`` ends every session and every second factor: what was sealed stays shut.
"""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


def seal(text: str, about: str) -> bytes:
    """Return ``text`` sealed; it opens only with the same ``about``, so that rows cannot be exchanged."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + _key().encrypt(nonce, text.encode(), about.encode())


def unseal(sealed: bytes, about: str) -> str:
    """Return what was sealed.

    Raises:
        cryptography.exceptions.InvalidTag: it was changed, belongs elsewhere, or the key is another.
    """
    return _key().decrypt(sealed[:NONCE], sealed[NONCE:], about.encode()).decode()


def _key() -> AESGCM:
    made = HKDF(hashes.SHA256(), length=32, salt=None, info=b"hezhi people sealing")
    return AESGCM(made.derive(settings.SECRET_KEY.encode()))
