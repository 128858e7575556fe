"""What a file is, judged by its bytes, and what it may be called. Pure: reads bytes, never a disk."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
import zipfile
from pathlib import PurePosixPath

import filetype

from hezhi.spine.files.errors import FileTypeRefused

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {  # allowed type -> endings a name may have; the first one is given to names that have another
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
    "audio/mpeg": (".mp3",),
    "video/mp4": (".mp4",),
}
OFFICE_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
PARTS_LIMIT = 5_000  # files inside one document
UNPACKED_LIMIT = 200_000_000  # bytes a document may unpack to
RATIO_LIMIT = 200  # unpacked to packed bytes of one part above RATIO_FROM; real sheets stay below 60
RATIO_FROM = 1_000_000
NAME_LIMIT = 120  # characters
TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
UNSAFE_IN_NAMES = re.compile(r'[<>:"|?*]')


def mime_of(content: bytes, name: str = "") -> str:
    """Return the type of ``content`` as its bytes tell it.

    Args:
        name: decides between plain text and CSV only, which the bytes cannot tell apart.

    Raises:
        FileTypeRefused: the type is not allowed, or the document is encrypted, carries macros or
            would unpack to far more than it is.
    """
    guessed = filetype.guess_mime(content)
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    if guessed in ENDINGS:
        return str(guessed)
    if guessed is None and _is_text(content):
        return "text/csv" if name.lower().endswith(".csv") else "text/plain"
    raise FileTypeRefused(found=guessed or "unknown")


def _office_type(content: bytes) -> str:
    """Judge a zip container by its table of contents alone; nothing inside is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = container.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as cause:
        raise FileTypeRefused("The container cannot be read.", found="application/zip") from cause
    names = [part.filename for part in parts]
    types = [OFFICE_PARTS[name] for name in names if name in OFFICE_PARTS]
    if len(types) != 1 or "[Content_Types].xml" not in names:
        raise FileTypeRefused(found="application/zip")
    if reason := _danger_in(parts):
        raise FileTypeRefused(reason, found=types[0])
    return types[0]


def _danger_in(parts: list[zipfile.ZipInfo]) -> str:
    names = [part.filename for part in parts]
    if len(parts) > PARTS_LIMIT or len(set(names)) != len(names):
        return "The document holds too many parts, or one part twice."
    if any(part.flag_bits & 0x1 for part in parts):
        return "The document is encrypted."
    if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
        return "The document carries macros."
    too_dense = any(
        part.file_size > RATIO_FROM and part.file_size > RATIO_LIMIT * max(part.compress_size, 1) for part in parts
    )
    if too_dense or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        return "The document would unpack to far more than it is."
    return ""


def _is_text(content: bytes) -> bool:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _is_text_in(content, "utf-16")
    return _is_text_in(content, "utf-8") or _is_text_in(content, "gb18030")


def _is_text_in(content: bytes, encoding: str) -> bool:
    try:
        return not TEXT_CONTROLS.search(content.decode(encoding))
    except UnicodeDecodeError:
        return False


def safe_name(name: str, mime: str) -> str:
    """Return a name that no file system, header or reader can be misled by, with an ending that fits the type.

    Folders, control characters, characters that turn the reading direction, and leading dots go;
    an ending that does not belong to the type stays in the name, and the right one follows it.

    Example:
        >>> safe_name("../照片\u202egnp.exe", "image/png")
        '照片gnp.exe.png'
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    signs = (sign for sign in text if unicodedata.category(sign) != "Cf")
    text = "".join(sign if sign.isprintable() else " " for sign in signs)
    text = " ".join(UNSAFE_IN_NAMES.sub("_", text).split()).strip(". ")
    ending = PurePosixPath(text).suffix.lower()
    if ending in ENDINGS[mime]:
        text = text[: -len(ending)]
    else:
        ending = ENDINGS[mime][0]
    return (text[: NAME_LIMIT - len(ending)].strip(". ") or "file") + ending
