"""What another provider says counts only if its issuer signed it, and its tokens are read once and kept nowhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from hezhi.edge.web import provider
from hezhi.edge.web.tests.office import office  # noqa: F401
from hezhi.edge.web.tests.test_provider import HERE, back_from, issuer, link, sent_to  # noqa: F401
from hezhi.edge.web.tests.test_signing_in import account_id, is_in  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account_id")]


def swapped(monkeypatch: pytest.MonkeyPatch, change: Callable[[str, jwt.Token], str]) -> list[str]:
    """Let another ID token arrive than the provider's, ``change(token, what it says)``; return those that were read."""
    real, read = provider.jwt.decode, []

    def decode(token: str, keys: KeySet, **rest: object) -> object:
        read.append(change(token, real(token, keys)))
        return real(read[-1], keys, **rest)

    monkeypatch.setattr(provider.jwt, "decode", decode)
    return read


def claims(says: jwt.Token) -> dict[str, Any]:
    """Return the claims of somebody else's token about whoever is linked."""
    return {**says.claims, "sub": "u-17"}


def other_name(token: str, says: jwt.Token) -> str:
    """The true head and signature, around claims that name somebody else."""
    head, _, signature = token.split(".")
    return ".".join((head, jwt.encode({"alg": "RS256"}, claims(says), RSAKey.generate_key()).split(".")[1], signature))


def other_key(token: str, says: jwt.Token) -> str:
    """The issuer's own head, signed with another key."""
    return jwt.encode(dict(says.header), claims(says), RSAKey.generate_key())


def no_signature(token: str, says: jwt.Token) -> str:
    return other_name(token, says).rpartition(".")[0] + "."


@pytest.mark.parametrize("change", [other_name, other_key, no_signature])
def test_a_token_whose_signature_does_not_hold_lets_nobody_in(
    account_id: int, issuer: str, change: Any, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    read = swapped(monkeypatch, change)
    client = Client()

    answer = client.get(back_from(sent_to(client), "u-99"))

    assert (len(read), answer.status_code, is_in(client)) == (1, 403, False)
    assert "u-99" not in answer.content.decode()  # what the provider said is not even told


def test_the_same_token_untouched_lets_in(
    account_id: int, issuer: str, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    read = swapped(monkeypatch, lambda token, _: token)
    client = Client()

    answer = client.get(back_from(sent_to(client)))

    assert (len(read), answer.status_code, is_in(client)) == (1, 302, True)


@pytest.mark.parametrize("named", ["https://id.example", "", None, "{issuer}/", "{issuer}.example"])
def test_a_description_that_names_another_issuer_is_refused(
    account_id: int, issuer: str, named: str | None, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    begun = Client()
    address = back_from(sent_to(begun))
    get, asked = provider._get, []

    def described(where: str) -> dict[str, Any]:
        asked.append(where.removeprefix(issuer))
        return {**get(where), "issuer": named.format(issuer=issuer) if named is not None else None}

    monkeypatch.setattr(provider, "_get", described)

    to_it = Client().get("/sign-in/provider/", headers=HERE)
    back = begun.get(address)

    assert (to_it.status_code, "Location" in to_it) == (403, False)
    assert (back.status_code, is_in(begun)) == (403, False)
    assert asked == ["/.well-known/openid-configuration"] * 2  # and nothing else it names is asked


def test_a_token_that_names_another_issuer_is_refused(
    account_id: int, issuer: str, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    client = Client()
    address = back_from(sent_to(client))
    key, real = RSAKey.generate_key(), provider.jwt.decode
    told = {"aud": "hezhi", "sub": "u-17", "nonce": client.session["provider"][0]["nonce"], "exp": time.time() + 60}
    token = jwt.encode({"alg": "RS256"}, {**told, "iss": "https://id.example"}, key)
    monkeypatch.setattr(provider.jwt, "decode", lambda _, __, **rest: real(token, key, **rest))  # well signed

    assert (client.get(address).status_code, is_in(client)) == (403, False)


def kept(words: list[str]) -> Iterator[str]:
    """Yield the tables in whose rows one of the words stands, and the sessions, opened."""
    for model in apps.get_models():
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY (%s)", [[f"%{one}%" for one in words]]
            )
            if cursor.fetchone()[0]:
                yield table
    for one in Session.objects.all():
        if any(word in json.dumps(one.get_decoded()) for word in words):
            yield "a session"


@pytest.mark.parametrize("subject", ["u-17", "u-99"])
def test_tokens_of_the_provider_are_kept_nowhere_and_shown_nowhere(
    account_id: int,  # noqa: F811
    issuer: str,  # noqa: F811
    subject: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    link(account_id, issuer)
    fetch, tokens = provider.OAuth2Client.fetch_token, []

    def fetched(self: Any, *args: Any, **rest: Any) -> Any:
        tokens.append(fetch(self, *args, **rest))
        return tokens[-1]

    monkeypatch.setattr(provider.OAuth2Client, "fetch_token", fetched)
    client = Client()
    begun = sent_to(client)
    caplog.set_level(logging.INFO)  # what the house writes

    answer = client.get(back_from(begun, subject))

    [token] = tokens
    words = [one for name in ("access_token", "id_token", "refresh_token") if (one := token.get(name))]
    assert len(words) >= 2 and all(len(one) > 16 for one in words)
    assert answer.status_code == (302 if subject == "u-17" else 403)
    assert [*kept(words)] == []
    pages = [answer, *(client.get(one) for one in ("/account/", "/account/safety/", "/api/v1/me"))]
    shown = "".join(f"{one.content.decode()}{one.headers}{one.cookies}" for one in pages) + caplog.text
    assert [one for one in words if one in shown] == []


def test_a_token_that_is_kept_is_found(account_id: int) -> None:  # noqa: F811
    client = Client()
    session = client.session
    session["token"] = "x-token-of-the-provider"
    session.save()

    assert [*kept(["token-of-the-provider"])] == ["a session"]
    assert [*kept(["handler1"])] == ["people_account"]
