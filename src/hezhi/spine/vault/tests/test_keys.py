"""Each subject has one key; a rotation wraps all of them anew and touches nothing that is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hezhi.kit.errors import NotAllowed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api, keyfile
from hezhi.spine.vault.contracts import Place
from hezhi.spine.vault.errors import EnvelopeRefused, MasterKeyMissing, SubjectErased, SubjectKeyMissing
from hezhi.spine.vault.models import SubjectKeyRow

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("test")
SUBJECTS = [f"record:{number}" for number in range(1, 8)]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.VAULT_KEY_FILE = tmp_path / "run" / "master_keys"
    settings.VAULT_KEY_FILE_IS_MADE = True
    api._holder.cache_clear()
    yield settings.VAULT_KEY_FILE
    api._holder.cache_clear()


def place(subject: str) -> Place:
    return Place("table", subject, "field")


def ids(file: Path) -> list[str]:
    return [line.split()[0] for line in file.read_text().splitlines()]


def test_the_key_file_is_for_its_owner_alone(file: Path) -> None:
    api.keys_make(subjects=SUBJECTS)

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(ids(file)) == 1


def test_a_named_key_file_that_is_not_there_is_an_error_and_none_is_made(file: Path, settings: Any) -> None:
    settings.VAULT_KEY_FILE_IS_MADE = False

    with pytest.raises(MasterKeyMissing):
        api.keys_make(subjects=SUBJECTS)

    assert not file.exists()
    assert SubjectKeyRow.objects.count() == 0


def test_a_subject_keeps_its_key_and_shares_it_with_nobody() -> None:
    first = api.keys_make(subjects=SUBJECTS)

    assert api.keys_make(subjects=SUBJECTS) == api.keys_get(subjects=SUBJECTS) == first
    assert len({key.secret for key in first.values()}) == len(SUBJECTS)
    assert SubjectKeyRow.objects.count() == len(SUBJECTS)


def test_keys_are_made_in_one_round_trip(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        api.keys_make(subjects=SUBJECTS)


def test_a_wrapped_key_moved_to_another_subject_is_refused() -> None:
    api.keys_make(subjects=SUBJECTS[:2])
    one, other = SubjectKeyRow.objects.order_by("subject")
    SubjectKeyRow.objects.filter(subject=other.subject).update(wrapped=one.wrapped)

    with pytest.raises(EnvelopeRefused):
        api.keys_get(subjects=[other.subject])


def test_a_subject_without_a_key_is_an_error() -> None:
    with pytest.raises(SubjectKeyMissing):
        api.keys_get(subjects=["record:0"])


def test_contents_stay_readable_by_either_cipher(settings: Any) -> None:
    key = api.keys_make(subjects=SUBJECTS)[SUBJECTS[0]]
    here, made = place(SUBJECTS[0]), {}
    for name in ("aes-256-gcm", "sm4-gcm"):
        settings.VAULT_CIPHER = name
        made[name] = api.seal(key, here, {"phone": "13900000101"})

    assert [one.split(".")[1] for one in made.values()] == ["a", "s"]
    assert [api.unseal(key, here, one) for one in made.values()] == [{"phone": "13900000101"}] * 2


def test_a_rotation_keeps_everything_readable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CHUNK", 3)
    keys = api.keys_make(subjects=SUBJECTS)
    envelopes = {subject: api.seal(key, place(subject), subject) for subject, key in keys.items()}
    [before] = ids(file)

    assert api.keys_rotate(by=HOUSE, at=AT) == 7

    newest, kept = ids(file)
    assert kept == before
    wrapped = SubjectKeyRow.objects.values_list("wrapped", flat=True)
    assert {one.split(".")[0] for one in wrapped} == {newest}
    again = api.keys_get(subjects=SUBJECTS)
    assert {one: api.unseal(again[one], place(one), text) for one, text in envelopes.items()} == {
        one: one for one in SUBJECTS
    }
    [line] = ledger.lines_of(chain="vault")
    assert (line.act, line.body) == ("keys.rotate", {"master": newest, "keys": 7})
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_rotations_later_the_first_master_key_is_gone(file: Path) -> None:
    keys = api.keys_make(subjects=SUBJECTS)
    [first] = ids(file)
    for _ in range(2):
        api.keys_rotate(by=HOUSE, at=AT)

    assert len(ids(file)) == keyfile.KEPT
    assert first not in ids(file)
    assert api.keys_get(subjects=SUBJECTS) == keys


def test_a_rotation_cut_short_loses_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = api.keys_make(subjects=SUBJECTS)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(api, "_rewrapped", lambda after: (_ for _ in ()).throw(KeyboardInterrupt))
        api.keys_rotate(by=HOUSE, at=AT)

    assert api.keys_get(subjects=SUBJECTS) == keys
    assert ledger.lines_of(chain="vault") == []
    assert api.keys_rotate(by=HOUSE, at=AT) == 7
    assert api.keys_get(subjects=SUBJECTS) == keys


def test_another_process_follows_a_rotation(file: Path) -> None:
    other = keyfile.FileKeys(file, is_made=False)
    key = api.keys_make(subjects=SUBJECTS)[SUBJECTS[0]]
    late = other.wrap(key.subject, key.secret)
    api.keys_rotate(by=HOUSE, at=AT)

    row = SubjectKeyRow.objects.get(subject=key.subject)
    assert other.unwrap(key.subject, row.wrapped) == key.secret
    assert other.unwrap(key.subject, late) == key.secret


def test_only_the_house_rotates(file: Path) -> None:
    api.keys_make(subjects=SUBJECTS)
    before = file.read_text()

    with pytest.raises(NotAllowed):
        api.keys_rotate(by=Actor.citizen("JL1"), at=AT)

    assert file.read_text() == before
    assert ledger.lines_of(chain="vault") == []


def test_a_destroyed_key_never_comes_back_and_leaves_others_alone() -> None:
    keys = api.keys_make(subjects=SUBJECTS)
    gone, kept = SUBJECTS[0], SUBJECTS[1:]

    api.keys_destroy(subjects=[gone])
    api.keys_rotate(by=HOUSE, at=AT)

    assert api.keys_find(subjects=SUBJECTS) == {one: keys[one] for one in kept}
    assert api.erased_among(subjects=SUBJECTS) == {gone}
    for ask in (api.keys_make, api.keys_get):
        with pytest.raises(SubjectErased):
            ask(subjects=[gone])
    with pytest.raises(SubjectErased):
        api.key_ready(subject=gone)
    assert SubjectKeyRow.objects.get(subject=gone).wrapped == ""


def test_a_subject_without_a_key_can_be_erased_and_then_gets_none() -> None:
    api.keys_destroy(subjects=["record:99"])

    with pytest.raises(SubjectErased):
        api.key_ready(subject="record:99")


def test_a_known_key_is_read_without_writing(django_assert_num_queries: Any) -> None:
    made = api.key_ready(subject="case:1")

    with django_assert_num_queries(1) as asked:
        assert api.key_ready(subject="case:1") == made
    assert asked[0]["sql"].startswith("SELECT")
