"""The written rules of security say what the code does: every number and every list of the page is compared."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from django.conf import settings

from hezhi.edge import sessions
from hezhi.edge.api import auth, machines
from hezhi.edge.web import limits
from hezhi.edge.web.views import other_ways, public, sign_in
from hezhi.flow.intake import batches, reading
from hezhi.packkit.shape.records import Field
from hezhi.project.options import CHOICES, ROOT, SCHEMES, Options, variable_of
from hezhi.services.devices.sealing import KEY_BYTES
from hezhi.spine.files import rules as files
from hezhi.spine.people import accounts, glass, second
from hezhi.spine.vault import rules as vault
from hezhi.spine.vault.contracts import CipherName

PAGE = (ROOT / "docs/reference/security-rules.md").read_text("utf-8")
FLAT = " ".join(PAGE.split())
WINDOW = f"{limits.WINDOW.total_seconds() / 60:.0f} minutes"
PASSWORD = {one["NAME"].rpartition(".")[2]: one.get("OPTIONS", {}) for one in settings.AUTH_PASSWORD_VALIDATORS}
TOKEN_DAYS = f"at most {machines.MOST_DAYS} days"

NUMBERS = {
    "guesses": f"{sign_in.SIGN_IN.per_name} of a name from one address, {sign_in.SIGN_IN.per_address} from one address,"
    f" {sign_in.SIGN_IN.everywhere} of a name from everywhere, in {WINDOW}",
    "codes": f"and {sign_in.CODE.everywhere} codes of a name",
    "passkeys": f"{other_ways.PASSKEY.everywhere} of a key",
    "reports": f"{public.TRACK.per_name} of a number, {public.TRACK.per_address} of an address, in {WINDOW}",
    "glass": f"for at most {glass.GLASS_HOURS} hours",
    "tokens": f"256 random bits, {TOKEN_DAYS} | {auth.USUAL.limit} requests a minute",
    "devices": f"a key of {KEY_BYTES * 8} random bits",
    "password": f"A password is {PASSWORD['MinimumLengthValidator']['min_length']} characters or longer",
    "first": f"A first password signs in for {accounts.FIRST_HOLDS.total_seconds() / 3600:.0f} hours",
    "idle": f"| Ends unused | {settings.SESSION_COOKIE_AGE / 3600:.0f} hours |",
    "last": f"| Ends in use | {sessions.LASTS.days} days |",
    "half-way": f"before the code | {sign_in.HALF_WAY_SECONDS / 60:.0f} minutes |",
    "asker": f"| Requests of one asker to the API | {auth.USUAL.limit} a minute |",
    "stranger": f"number and code | {auth.STRANGERS.limit} a minute |",
    "rows": f"| {batches.PUSH_LIMIT}, and {reading.ROWS_LIMIT} |",
    "file": f"| {Options().file_limit_mb} MB (`HEZHI_FILE_LIMIT_MB`) |",
    "parts": f"| {files.PARTS_LIMIT}, and {files.UNPACKED_LIMIT // 1_000_000} MB |",
    "ratio": f"above {files.RATIO_FROM // 1_000_000} MB | {files.RATIO_LIMIT} times its packed size |",
    "name": f"| {files.NAME_LIMIT} characters |",
    "nonce": f"a nonce of {vault.NONCE_BYTES * 8} bits",
    "recovery": f"SHA-256 of 256 and of {second.RECOVERY_BYTES * 8} random bits",
}


@pytest.mark.parametrize("what", NUMBERS)
def test_the_page_tells_the_number_of_the_code(what: str) -> None:
    assert NUMBERS[what] in FLAT


def test_the_page_tells_every_word_that_no_password_may_hold() -> None:
    _, _, told = PAGE.partition("one of these words:")

    assert tuple(re.findall("`([^`]+)`", told.partition(". A first")[0])) == accounts.LISTED_WORDS
    assert "CommonPasswordValidator" in PASSWORD and "that Django lists" in FLAT


def test_the_page_tells_every_type_of_file_that_is_taken() -> None:
    _, _, told = PAGE.partition("## Files that are taken")

    assert re.findall(r"`(\.[a-z0-9]+)`", told.partition("##")[0]) == [one[0] for one in files.ENDINGS.values()]


def test_the_page_tells_who_sees_a_field_of_every_sensitivity() -> None:
    _, _, told = PAGE.partition("## Who sees which field")

    assert tuple(re.findall(r"(?m)^\| `([a-z]+)` \|", told)) == Field.model_fields["sensitivity"].annotation.__args__


def test_the_page_tells_everybody_whom_the_house_may_call() -> None:
    _, _, told = PAGE.partition("## Whom the house calls")
    callable_ = {*SCHEMES, "spark", *(one.name for one in fields(Options) if one.name.endswith("_command"))}

    named = set(re.findall("`((?:HEZHI|DATABASE)_[A-Z_]+)`", told))
    assert named == {variable_of(one) for one in fields(Options) if one.name in callable_}


def test_the_page_tells_every_cipher_and_signature_one_can_choose() -> None:
    _, _, told = PAGE.partition("## Keys and ciphers")

    assert set(CHOICES["cipher"]) == {one.value for one in CipherName}
    for name in (*CHOICES["cipher"], *CHOICES["ledger_signature"]):
        assert name in told.lower()


def test_the_page_tells_every_secret_that_the_house_keeps_in_a_file() -> None:
    _, _, told = PAGE.partition("## Keys and ciphers")
    kept = re.findall(r'_kept_secret\(HEZHI, "([a-z_]+)"\)', (ROOT / "src/hezhi/project/settings.py").read_text())

    assert len(kept) == 3
    assert [one for one in (*kept, "pg_password", "master_keys", "keys") if f"`{one}`" not in told] == []


def test_the_page_tells_which_libraries_do_the_cryptography() -> None:
    locked = {line.strip() for line in (ROOT / "requirements.in").read_text().splitlines()}
    _, _, told = PAGE.partition("in the script that is handed out with evidence is done by")

    named = set(re.findall("`([a-z0-9-]+)`", told.partition(" and Python")[0]))
    assert named == {"cryptography", "tongsuopy", "argon2-cffi", "pyotp", "webauthn", "joserfc"}
    assert named <= locked


def test_the_page_tells_how_sessions_here_and_at_another_provider_go_together() -> None:
    assert "Signing out here does not sign out at another provider, and the other way round" in FLAT
    assert "| Sessions of one account | no bound |" in FLAT


def test_the_page_tells_what_a_house_without_a_second_factor_may_choose() -> None:
    assert CHOICES["second_factor"] == ("offered", "needed") and Options().second_factor == "offered"
    assert "`HEZHI_SECOND_FACTOR=needed`" in FLAT and "It is `offered` by default" in FLAT
