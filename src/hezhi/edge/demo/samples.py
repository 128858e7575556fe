"""Small stored files that robots attach: drawn pictures and one-page letters. Nobody is on them."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime

from hezhi.spine.files import api as files
from hezhi.spine.permissions.contracts import Actor

ROBOT = Actor.system("founder")


Colour = tuple[int, int, int]
WIDTH, HEIGHT = 320, 200
GROUND: Colour = (85, 85, 85)
BODY: Colour = (68, 85, 102)


def sample_contents() -> dict[str, bytes]:
    """Return every sample by name; the bytes are the same at every call."""
    vehicle = [(90, 95, 230, 145), (105, 145, 130, 160), (190, 145, 215, 160)]
    lines = [(30, 30 + row * 12, 290 - (row % 3) * 40, 33 + row * 12) for row in range(12)]
    return {
        "vehicle": _picture((154, 167, 176), vehicle),
        "street": _picture((201, 214, 184), []),
        "lane": _picture((217, 184, 168), vehicle),
        "letter": _picture((255, 255, 255), lines),
    }


def samples_put(*, at: datetime) -> dict[str, str]:
    """Store the samples and return ``name -> content hash``."""
    return {
        name: files.file_put(content=content, name=f"{name}.png", by=ROBOT, at=at).sha256
        for name, content in sample_contents().items()
    }


def _picture(colour: Colour, boxes: list[tuple[int, int, int, int]]) -> bytes:
    """Return a PNG: a ground line and dark boxes (left, top, right, bottom) on one colour."""
    rows = []
    for y in range(HEIGHT):
        row = bytearray(bytes(colour) * WIDTH)
        for left, top, right, bottom in [*boxes, (0, 165, WIDTH, 168)]:
            if top <= y < bottom:
                row[left * 3 : right * 3] = bytes(BODY if top < 165 else GROUND) * (right - left)
        rows.append(b"\0" + bytes(row))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
