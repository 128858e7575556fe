"""The key that signs tree heads. It lives in files that only the owner reads, never in the database.

A signer is named by its algorithm and its public key, ``ed25519:<64 hex digits>``, and the name is part of what
is signed. Ed25519 by default; SM2 with SM3 where the setting says so (see `sm2`). Beside each key lies its name in a
file of its own (``.pub``, one name a line), so that whoever only checks, like a web process, opens no private key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from hezhi.spine.ledger import rules
from hezhi.spine.ledger.contracts import Seal
from hezhi.spine.ledger.errors import SigningKeyMissing

ALGORITHMS = ("ed25519", "sm2")


class HeadKey(Protocol):
    """Signs what it is given; ``name`` is the algorithm and the public key."""

    @property
    def name(self) -> str: ...

    def sign(self, told: bytes) -> bytes: ...


class Ed25519Key:
    """The default key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def from_pem(cls, pem: bytes) -> Ed25519Key:
        private = load_pem_private_key(pem, None)
        if not isinstance(private, Ed25519PrivateKey):
            raise SigningKeyMissing("The key file holds another kind of key.")
        return cls(private)

    @classmethod
    def new(cls) -> Ed25519Key:
        return cls(Ed25519PrivateKey.generate())

    @property
    def name(self) -> str:
        return "ed25519:" + self._private.public_key().public_bytes_raw().hex()

    @property
    def pem(self) -> bytes:
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, told: bytes) -> bytes:
        return self._private.sign(told)


def key_path() -> Path:
    """Return where the key of the chosen algorithm lies."""
    return Path(settings.LEDGER_KEYS) / f"ledger_{settings.LEDGER_SIGNATURE}.pem"


def key_make() -> bool:
    """Make the key where there is none, readable by the owner alone; say whether one was made."""
    path = key_path()
    if path.exists():
        names_keep()
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_bytes(_kind(settings.LEDGER_SIGNATURE).new().pem)
    try:
        os.link(draft, path)  # refused where another process was faster, so that its key stays
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    names_keep()
    return True


def names_keep() -> None:
    """Write the name of each key that is there beside it, where it does not stand there yet."""
    for algorithm in ALGORITHMS:
        path = Path(settings.LEDGER_KEYS) / f"ledger_{algorithm}.pem"
        public = path.with_suffix(".pub")
        if path.exists() and not public.exists():
            draft = public.with_name(f"{public.name}.{secrets.token_hex(4)}")
            draft.write_text(_kind(algorithm).from_pem(path.read_bytes()).name + "\n")
            draft.replace(public)


def key_read() -> HeadKey:
    """Return the key.

    Raises:
        SigningKeyMissing: there is none; a new one in silence would look like a forged ledger.
    """
    try:
        key: HeadKey = _kind(settings.LEDGER_SIGNATURE).from_pem(key_path().read_bytes())
    except FileNotFoundError as cause:
        raise SigningKeyMissing(path=str(key_path())) from cause
    return key


def is_ours() -> Callable[[Seal], bool]:
    """Return the question whether a key of this house signed a seal: one of those whose names it keeps."""
    found = [Path(settings.LEDGER_KEYS) / f"ledger_{name}.pub" for name in ALGORITHMS]
    names = {name for path in found if path.exists() for name in path.read_text().split()}
    return lambda seal: seal.signer in names and is_signed(seal)


def is_signed(seal: Seal) -> bool:
    """Say whether the signer that a seal names signed it; False for what cannot be read."""
    algorithm, _, public = seal.signer.partition(":")
    told = rules.seal_text(seal).encode()
    try:
        point, signature = bytes.fromhex(public), bytes.fromhex(seal.signature)
        if algorithm == "sm2":
            from hezhi.spine.ledger import sm2

            return sm2.is_signed(point, told, signature)
        if algorithm == "ed25519":
            Ed25519PublicKey.from_public_bytes(point).verify(signature, told)
            return True
    except (ValueError, InvalidSignature):
        pass
    return False


def _kind(algorithm: str) -> Any:
    if algorithm == "sm2":
        from hezhi.spine.ledger import sm2  # an old library: loaded only where it is wanted

        return sm2.Sm2Key
    return Ed25519Key
