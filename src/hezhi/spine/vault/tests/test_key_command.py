"""The master key may be kept by a program of the operator's: the file alone opens nothing, and no key gets lost."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api
from hezhi.spine.vault.contracts import Place
from hezhi.spine.vault.errors import KeyCommandFailed, MasterKeyMissing
from hezhi.spine.vault.models import SubjectKeyRow

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("test")
HERE = Place("table", "1", "field")
pytestmark = pytest.mark.django_db

SERVICE = """
import base64, sys
from pathlib import Path
from cryptography.fernet import Fernet
here = Path(__file__).parent
with (here / "calls").open("a") as calls: calls.write(" ".join(sys.argv[1:]) + "\\n")
service = Fernet((here / "service").read_bytes())
told = sys.stdin.read().strip().encode()
print((service.encrypt(told) if sys.argv[1] == "wrap" else service.decrypt(told)).decode())
"""


@pytest.fixture(autouse=True)
def service(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Play a key management service: a program, and a key that nobody else has."""
    from cryptography.fernet import Fernet

    (tmp_path / "service").write_bytes(Fernet.generate_key())
    (tmp_path / "client.py").write_text(SERVICE)
    settings.VAULT_KEY_FILE, settings.VAULT_KEY_FILE_IS_MADE = tmp_path / "run/master_keys", True
    settings.VAULT_KEY_COMMAND = f"{sys.executable} {tmp_path / 'client.py'}"
    api._holder.cache_clear()
    yield tmp_path
    api._holder.cache_clear()


def another_process() -> None:
    api._holder.cache_clear()


def calls(service: Path) -> list[str]:
    return (service / "calls").read_text().split()


def lines(settings: Any) -> list[str]:
    return settings.VAULT_KEY_FILE.read_text().splitlines()


def test_what_is_sealed_opens_in_every_process_that_may_ask_the_service(service: Path) -> None:
    key = api.key_ready(subject="case:1")
    envelope = api.seal(key, HERE, "words")

    another_process()

    assert api.unseal(api.key_ready(subject="case:1"), HERE, envelope) == "words"


def test_the_file_alone_opens_nothing(service: Path, settings: Any) -> None:
    api.key_ready(subject="case:1")

    [line] = lines(settings)
    assert re.fullmatch(r"[0-9a-f]{12} wrapped:\S{100,}", line)
    settings.VAULT_KEY_COMMAND = ""
    another_process()
    with pytest.raises(MasterKeyMissing):
        api.key_ready(subject="case:1")


def test_the_service_is_asked_once_for_each_process_and_never_by_its_words(service: Path) -> None:
    api.keys_make(subjects=[f"case:{number}" for number in range(50)])
    assert calls(service) == ["wrap", "unwrap", "unwrap"]  # made, tried, read

    another_process()
    api.keys_get(subjects=[f"case:{number}" for number in range(50)])

    assert calls(service)[3:] == ["unwrap"]


def test_a_rotation_wraps_a_plain_file_that_was_there_before(service: Path, settings: Any) -> None:
    command, settings.VAULT_KEY_COMMAND = settings.VAULT_KEY_COMMAND, ""
    key = api.key_ready(subject="case:1")
    [plain] = lines(settings)
    settings.VAULT_KEY_COMMAND = command
    another_process()
    assert api.key_ready(subject="case:1") == key

    api.keys_rotate(by=HOUSE, at=AT)

    assert [" wrapped:" in one for one in lines(settings)] == [True, True]
    assert plain.split()[1] not in settings.VAULT_KEY_FILE.read_text()
    another_process()
    assert api.key_ready(subject="case:1") == key


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit(3)", "ended with 3"),
        ("print('two words')", "one line of ASCII"),
        ("print('中')", "one line of ASCII"),
        ("", "one line of ASCII"),
        ("import sys; print('x' if sys.argv[1] == 'wrap' else 'AAAA')", "does not unwrap again"),
    ],
)
def test_a_program_that_cannot_give_a_key_back_locks_nothing_away(
    service: Path, settings: Any, program: str, says: str
) -> None:
    (service / "client.py").write_text(program)

    with pytest.raises(KeyCommandFailed, match=says):
        api.key_ready(subject="case:1")

    assert not settings.VAULT_KEY_FILE.exists()
    assert SubjectKeyRow.objects.count() == 0


def test_a_program_that_is_not_there_is_told(settings: Any) -> None:
    settings.VAULT_KEY_COMMAND = "/nowhere/kms"

    with pytest.raises(KeyCommandFailed, match="was not run"):
        api.key_ready(subject="case:1")


def test_a_service_that_fails_in_a_rotation_leaves_everything_as_it_was(service: Path, settings: Any) -> None:
    key = api.key_ready(subject="case:1")
    before = settings.VAULT_KEY_FILE.read_text()
    program = (service / "client.py").read_text()
    (service / "client.py").write_text("import sys; sys.exit(1)")

    with pytest.raises(KeyCommandFailed):
        api.keys_rotate(by=HOUSE, at=AT)

    assert settings.VAULT_KEY_FILE.read_text() == before
    (service / "client.py").write_text(program)
    another_process()
    assert api.key_ready(subject="case:1") == key


def test_no_error_tells_what_went_in(service: Path) -> None:
    (service / "client.py").write_text(
        "import sys; told = sys.stdin.read(); print(told, file=sys.stderr); print(told, told)"
    )

    with pytest.raises(KeyCommandFailed) as refused:
        api.key_ready(subject="case:1")

    assert not re.search(r"[A-Za-z0-9+/]{20,}", f"{refused.value!r} {refused.value}")
