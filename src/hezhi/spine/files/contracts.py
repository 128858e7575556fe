"""A stored file, known by the hash of its content."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileRef:
    """``sha256`` is 64 hex digits; ``size`` in bytes; ``mime`` as found in the content, not as claimed."""

    sha256: str
    name: str
    mime: str
    size: int
