"""What is sealed, under which key and where it lies; and who keeps the master key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CipherName(StrEnum):
    """How contents are sealed; the value is the setting."""

    AES = "aes-256-gcm"
    SM4 = "sm4-gcm"


@dataclass(frozen=True)
class Place:
    """Where a content lies; its envelope opens there and nowhere else."""

    table: str
    row: str
    field: str


@dataclass(frozen=True)
class SubjectKey:
    """The key of one subject: of everything that is sealed, and erased, together."""

    subject: str
    secret: bytes = field(repr=False)


class Signer(Protocol):
    """Whoever has a command done; the vault needs no more than the reference."""

    @property
    def ref(self) -> str: ...


@dataclass(frozen=True)
class KeysRotated:
    """All keys were wrapped anew by a new master key."""

    master: str  # its id
    keys: int  # how many
    by: Signer
    at: datetime


@dataclass(frozen=True)
class PurposeKeyRenewed:
    """Pseudonyms of one purpose are made with a new key from now on."""

    purpose: str
    generation: int
    by: Signer
    at: datetime


class KeyHolder(Protocol):
    """Whoever keeps the master key: a file, or a file that a key management service wrapped."""

    def wrap(self, subject: str, secret: bytes) -> str:
        """Return a subject's key sealed by the newest master key."""

    def unwrap(self, subject: str, wrapped: str) -> bytes:
        """Return a subject's key, whichever kept master key wrapped it."""

    def is_newest(self, wrapped: str) -> bool:
        """Say whether the newest master key wrapped this."""

    def renew(self) -> str:
        """Make a new master key beside the old ones and return its id."""

    def retire(self) -> None:
        """Forget all but the newest master key and the one before it."""
