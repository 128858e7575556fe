"""A file is stored whole, once, and comes back as it was handed in or not at all."""

from __future__ import annotations

import hashlib
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connections

from hezhi.spine.files import api, models, scanning, storage
from hezhi.spine.files.errors import FileDamaged, FileEmpty, FileNotClean, FileTooLarge, FileTypeRefused, FileUnknown
from hezhi.spine.files.tests import samples
from hezhi.spine.permissions.contracts import Actor

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def put(content=samples.PNG, name="照片.png", by="person:17"):
    return api.file_put(content=content, name=name, by=Actor(by, by), at=AT)


def on_disk(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db
def test_a_file_comes_back_as_it_was_handed_in(media):
    told = put()

    sha256 = hashlib.sha256(samples.PNG).hexdigest()
    assert (told.sha256, told.name, told.mime, told.size) == (sha256, "照片.png", "image/png", len(samples.PNG))
    assert api.file_read(sha256) == samples.PNG
    assert api.file_get(sha256) == replace(told, name=f"{sha256[:12]}.png")
    assert (media / sha256[:2] / sha256[2:4] / sha256).is_file()


@pytest.mark.django_db
def test_the_same_content_is_stored_once_and_keeps_its_first_bringer(media):
    first, second = put(), put(name="copy.png", by="person:18")

    assert (first.sha256, second.name) == (second.sha256, "copy.png")
    assert on_disk(media) == [first.sha256]
    assert models.StoredFile.objects.get().created_by == "person:17"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", FileEmpty, id="nothing"),
        pytest.param(samples.PNG + bytes(1_000_000), FileTooLarge, id="one byte too many and more"),
        pytest.param(samples.EXE, FileTypeRefused, id="a program"),
    ],
)
def test_a_refused_file_leaves_nothing(settings, media, content, error):
    settings.HEZHI = replace(settings.HEZHI, file_limit_mb=1)

    with pytest.raises(error):
        put(content)

    assert on_disk(media) == []
    assert models.StoredFile.objects.count() == 0


@pytest.mark.django_db
def test_a_file_of_exactly_the_limit_is_taken(settings):
    settings.HEZHI = replace(settings.HEZHI, file_limit_mb=1)

    assert put(samples.PNG + bytes(1_000_000 - len(samples.PNG))).size == 1_000_000


@pytest.mark.django_db
@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", ""])
def test_an_unknown_hash_is_not_found(sha256):
    with pytest.raises(FileUnknown):
        api.file_read(sha256)
    with pytest.raises(FileUnknown):
        api.file_get(sha256)


@pytest.mark.django_db
def test_damage_on_the_disk_is_told_and_repaired_by_handing_in_again(media):
    told = put()
    storage.place(media, told.sha256).write_bytes(b"x" * told.size)
    with pytest.raises(FileDamaged):
        api.file_read(told.sha256)

    put()
    assert api.file_read(told.sha256) == samples.PNG

    storage.place(media, told.sha256).unlink()
    with pytest.raises(FileDamaged):
        api.file_read(told.sha256)


def test_a_crash_while_writing_leaves_no_half_file(media, monkeypatch):
    def crash(self, target):
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        storage.put(media, "ab" * 32, b"content")

    assert on_disk(media) == []


@pytest.mark.django_db(transaction=True)
def test_many_hands_at_once_store_one_content(media):
    def work() -> None:
        try:
            put()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(on_disk(media)) == 1
    assert models.StoredFile.objects.count() == 1


def scanner(folder: Path, body: str) -> str:
    script = folder / "scan me.py"
    script.write_text(f"import sys, time\nfile = sys.stdin.buffer.read()\n{body}\n")
    return f"{sys.executable} '{script}'"


@pytest.mark.django_db
def test_a_file_that_the_scanner_calls_clean_is_stored(settings, media, tmp_path_factory):
    told = tmp_path_factory.mktemp("scanner") / "told"
    command = scanner(told.parent, f"open({str(told)!r}, 'wb').write(file)")
    settings.HEZHI = replace(settings.HEZHI, scan_command=command)

    stored = put().sha256

    assert on_disk(media) == [stored]
    assert told.read_bytes() == samples.PNG


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sys.exit(1)", "scanner refused"),
        ("sys.exit(2)", "cannot scan"),
        ("time.sleep(60)", "no answer"),
        (None, "not run"),
    ],
)
def test_nothing_is_stored_that_the_scanner_does_not_call_clean(
    settings, media, tmp_path_factory, monkeypatch, body, why
):
    monkeypatch.setattr(scanning, "WAIT_SECONDS", 2)
    folder = tmp_path_factory.mktemp("scanner")
    command = scanner(folder, body) if body else str(folder / "none")
    settings.HEZHI = replace(settings.HEZHI, scan_command=command)

    with pytest.raises(FileNotClean, match=why):
        put()

    assert on_disk(media) == []
    assert not models.StoredFile.objects.exists()
