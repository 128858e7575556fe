"""A file is what its bytes say, and a document that would blow up is not opened to find out."""

from __future__ import annotations

import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hezhi.spine.files import rules
from hezhi.spine.files.errors import FileTypeRefused
from hezhi.spine.files.tests import samples

KINDS = {
    "image/jpeg": samples.JPEG,
    "image/png": samples.PNG,
    "image/webp": samples.WEBP,
    "application/pdf": samples.PDF,
    "audio/mpeg": samples.MP3,
    "video/mp4": samples.MP4,
    rules.XLSX: samples.xlsx(),
    rules.DOCX: samples.docx(),
    "text/plain": samples.TEXT,
}


@pytest.mark.parametrize(("mime", "content"), KINDS.items(), ids=KINDS)
def test_each_allowed_kind_is_known_by_its_bytes_whatever_its_name(mime, content):
    assert rules.mime_of(content) == mime
    assert rules.mime_of(content, "photo.exe") == mime


def test_a_table_is_told_from_text_by_its_name_alone():
    assert rules.mime_of(samples.CSV, "List.CSV") == "text/csv"
    assert rules.mime_of(samples.CSV, "list.txt") == "text/plain"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_may_come_in_the_encodings_of_chinese_offices(encoding):
    assert rules.mime_of("姓名,事项\r\n甲,占道\r\n".encode(encoding), "a.csv") == "text/csv"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(samples.EXE, id="a program named as a picture"),
        pytest.param(samples.GIF, id="a picture of a kind that is not allowed"),
        pytest.param(b"\x7fELF" + bytes(60), id="a program of another system"),
        pytest.param(b"\xff\xd8" + bytes(20), id="a broken picture"),
        pytest.param(b"text with a \x00 in it", id="text with a zero byte"),
        pytest.param(samples.container({"a.txt": b"a"}), id="a plain archive"),
        pytest.param(samples.container({"word/document.xml": b"a"}), id="a document without its table of types"),
        pytest.param(samples.docx()[:-30], id="a cut-off document"),
        pytest.param(samples.docx(**{"vbaProject.bin": b"x"}), id="a document with macros"),
    ],
)
def test_everything_else_is_refused_and_the_message_lists_what_is_allowed(content):
    with pytest.raises(FileTypeRefused, match="JPEG, PNG, WebP, PDF, DOCX, XLSX, CSV, TXT, MP3 and MP4"):
        rules.mime_of(content, "photo.jpg")


def test_an_encrypted_document_is_refused():
    content = bytearray(samples.docx())
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1  # the flag in the table of contents

    with pytest.raises(FileTypeRefused, match="encrypted"):
        rules.mime_of(bytes(content))


def test_a_bomb_is_refused_without_being_unpacked(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("the document was opened")

    dense = samples.docx(media=bytes(30_000_000))
    monkeypatch.setattr(zipfile.ZipFile, "open", never)

    assert len(dense) < 40_000
    with pytest.raises(FileTypeRefused, match="unpack"):
        rules.mime_of(dense)


def test_a_document_that_claims_to_unpack_to_too_much_is_refused():
    content = bytearray(samples.docx())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3_000_000_000)

    with pytest.raises(FileTypeRefused, match="unpack"):
        rules.mime_of(bytes(content))


def test_too_many_parts_are_refused():
    many = {"[Content_Types].xml": b"", "xl/workbook.xml": b"", **{f"xl/{n}": b"" for n in range(5_000)}}

    with pytest.raises(FileTypeRefused, match="too many parts"):
        rules.mime_of(samples.container(many, method=zipfile.ZIP_STORED))


@given(st.binary(max_size=300))
def test_any_bytes_are_judged_or_refused_never_crashed_on(content):
    with suppress(FileTypeRefused):
        assert rules.mime_of(content) in rules.ENDINGS


@given(st.binary(max_size=200), st.sampled_from([samples.docx(), samples.xlsx()]), st.data())
def test_any_damaged_document_is_judged_or_refused_never_crashed_on(noise, document, data):
    at = data.draw(st.integers(0, len(document)))
    with suppress(FileTypeRefused):
        assert rules.mime_of(document[:at] + noise + document[at + len(noise) :]) in rules.ENDINGS


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("现场 照片.JPG", "现场 照片.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\a\\photo.jpeg", "photo.jpeg"),
        ("photo.exe", "photo.exe.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("a\r\nSet-Cookie: b.jpg", "a Set-Cookie_ b.jpg"),
        ("", "file.jpg"),
        (" .. ", "file.jpg"),
        ("长" * 300 + ".jpg", "长" * 116 + ".jpg"),
    ],
)
def test_names_mislead_nobody(name, safe):
    assert rules.safe_name(name, "image/jpeg") == safe


@given(st.text(max_size=200), st.sampled_from(sorted(rules.ENDINGS)))
def test_a_cleaned_name_is_short_has_the_right_ending_and_stays_as_it_is(name, mime):
    safe = rules.safe_name(name, mime)

    assert len(safe) <= 120
    assert safe.endswith(rules.ENDINGS[mime])
    assert "/" not in safe and safe.isprintable() and not safe.startswith(".")
    assert rules.safe_name(safe, mime) == safe
