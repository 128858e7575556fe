"""Which characters the papers' font can print, read from the font file itself.

WHY: an archival PDF (PDF/A) may not hold a character without a glyph, so one emoji in a citizen's text
would stop the whole paper. Asking the font first lets the paper print a mark instead.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

SOURCE = "OpenType 1.9, tables 'ttcf', 'cmap' subtable format 12"


@lru_cache(maxsize=4)
def covered(font: Path, index: int) -> frozenset[int]:
    """Return every code point for which face ``index`` of the collection ``font`` has a glyph.

    Raises:
        ValueError: the file is not a font collection, or its face has no full Unicode table.
    """
    data = font.read_bytes()
    if data[:4] != b"ttcf":
        raise ValueError(f"{font.name} is not a font collection")
    (face_at,) = struct.unpack_from(">I", data, 12 + 4 * index)
    return frozenset(_code_points(data, _subtable_at(data, _table_at(data, face_at, b"cmap"))))


def _table_at(data: bytes, face_at: int, wanted: bytes) -> int:
    (count,) = struct.unpack_from(">H", data, face_at + 4)
    for number in range(count):
        tag, _, at, _ = struct.unpack_from(">4sIII", data, face_at + 12 + 16 * number)
        if tag == wanted:
            return int(at)
    raise ValueError(f"the font has no table {wanted!r}")


def _subtable_at(data: bytes, cmap_at: int) -> int:
    (count,) = struct.unpack_from(">H", data, cmap_at + 2)
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap_at + 4 + 8 * number)
        (form,) = struct.unpack_from(">H", data, cmap_at + offset)
        if (platform, encoding, form) == (3, 10, 12):
            return int(cmap_at + offset)
    raise ValueError("the font has no full Unicode table")


def _code_points(data: bytes, at: int) -> list[int]:
    (groups,) = struct.unpack_from(">I", data, at + 12)
    found: list[int] = []
    for number in range(groups):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * number)
        found.extend(range(first + (1 if glyph == 0 else 0), last + 1))
    return found
