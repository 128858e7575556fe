"""Public numbers, query codes and tokens.

A query code opens one record's answers to whoever knows it, so it is a secret: told once, kept as a
keyed hash. It is derived from the form's one-time key where there is one, so that a form sent twice
by an impatient finger gets the same code again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date

from django.conf import settings

from hezhi.flow.intake.models import Source
from hezhi.kit.canonical import canonical

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs that nobody mixes up on paper
CODE_LENGTH = 10  # 50 bits
_seed: list[str] = []


def codes_seed(seed: str) -> None:
    """Derive codes from ``seed`` instead of this installation's secret: a replayed demo tells the same codes.

    An empty seed goes back to the secret. Codes told before stay good, only their hashes are kept.
    """
    _seed[:] = [seed] if seed else []


def number_of(record_id: int, on: date) -> str:
    """Return the public number of a record.

    Example:
        >>> number_of(123, date(2026, 3, 1))
        'JL20260301-000123'
    """
    return f"JL{on:%Y%m%d}-{record_id:06d}"


def code_of(number: str, key: str) -> str:
    """Return a new query code; the same for the same number and key, unguessable without a key."""
    secret = _seed[0] if _seed else settings.SECRET_KEY
    told = f"code|{number}|{key or secrets.token_hex(16)}"
    digest = hmac.new(secret.encode(), told.encode(), hashlib.sha256).digest()
    return "".join(ALPHABET[byte % 32] for byte in digest[:CODE_LENGTH])


def code_hash(number: str, code: str) -> str:
    """Return what is kept of a code; spaces, dashes and small letters make no difference."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hmac.new(settings.SECRET_KEY.encode(), f"{number}|{plain}".encode(), hashlib.sha256).hexdigest()


def code_fits(number: str, code: str, kept: str) -> bool:
    """Say whether a code opens a record, in the same time whether or not it does."""
    return bool(kept) & hmac.compare_digest(code_hash(number, code), kept or "0" * 64)


def key_erased(source: Source | None, kind: str, key: str) -> str:
    """Return what is kept of the key of an erased row: enough to know it again, nothing to read it from."""
    told = canonical([source.id if source else None, kind, key])
    return "erased:" + hmac.new(settings.SECRET_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()[:40]


def token_new() -> str:
    """Return a token for a source; 256 bits, told once."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what is kept of a token; long random tokens need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
