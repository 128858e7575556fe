"""Signing in through another provider, against a real one that runs beside the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from django.conf import settings
from django.test import Client
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet

from hezhi.edge.now import now
from hezhi.edge.web import provider
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.edge.web.tests.test_signing_in import GOOD, account_id, is_in, password_given  # noqa: F401
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account, Link
from hezhi.spine.permissions.contracts import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account_id")]
HOUSE = Actor.system("test")


@pytest.fixture
def issuer(settings) -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        address = f"http://localhost:{server.server_port}"
        settings.HEZHI = replace(
            settings.HEZHI, oidc_issuer=address, oidc_client_id="hezhi", oidc_client_secret="s3", oidc_name="省门户"
        )
        yield address


HERE = {"Sec-Fetch-Site": "same-origin"}  # what a browser says where a page of this site is the one that asks


def sent_to(client: Client) -> str:
    return client.get("/sign-in/provider/?next=/cases/", headers=HERE)["Location"]


def back_from(address: str, subject: str = "u-17") -> str:
    """Sign in at the provider; return the address it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject})
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def link(account_id: int, issuer: str) -> None:  # noqa: F811
    people.account_link(account_id=account_id, issuer=issuer, subject="u-17", by=HOUSE, at=now())


def test_who_is_linked_is_let_in(account_id: int, issuer: str) -> None:  # noqa: F811
    link(account_id, issuer)
    client = Client()
    assert "省门户" in client.get("/sign-in/").content.decode()

    answer = client.get(back_from(sent_to(client)))

    assert (answer.status_code, answer["Location"], is_in(client)) == (302, "/cases/", True)


def test_the_browser_is_sent_with_state_nonce_and_a_hashed_verifier(issuer: str) -> None:
    client = Client()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent_to(client)).query).items()}
    kept = client.session["provider"][0]

    hashed = base64.urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).rstrip(b"=").decode()
    assert (asked["state"], asked["nonce"]) == (kept["state"], kept["nonce"])
    assert (asked["code_challenge"], asked["code_challenge_method"], asked["response_type"]) == (hashed, "S256", "code")
    assert asked["redirect_uri"] == "http://testserver/sign-in/provider/back/"


def test_who_is_not_linked_is_let_in_to_nothing_even_with_the_same_address(account_id: int, issuer: str) -> None:  # noqa: F811
    Account.objects.filter(id=account_id).update(email="u-17@example.org")
    client, before = Client(), Account.objects.count()

    answer = client.get(back_from(sent_to(client), "u-17@example.org"))

    assert (answer.status_code, is_in(client), Account.objects.count()) == (403, False, before)
    assert f"{issuer} u-17@example.org" in answer.content.decode()


def test_an_answer_to_another_browser_is_refused_and_so_is_the_same_again(account_id: int, issuer: str) -> None:  # noqa: F811
    link(account_id, issuer)
    mine, other = Client(), Client()
    answer = back_from(sent_to(mine))
    sent_to(other)

    assert (other.get(answer).status_code, is_in(other)) == (403, False)
    assert Client().get(answer).status_code == 403
    assert mine.get(answer).status_code == 302
    assert mine.get(answer).status_code == 403


@pytest.mark.parametrize("changed", ["nonce", "client"])
def test_a_token_for_another_try_or_for_another_client_is_refused(
    account_id: int, issuer: str, changed: str, settings  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    client = Client()
    answer = back_from(sent_to(client))
    if changed == "nonce":
        session = client.session
        session["provider"][0]["nonce"] = "another"
        session.save()
    else:
        settings.HEZHI = replace(settings.HEZHI, oidc_client_id="somebody-else")

    assert (client.get(answer).status_code, is_in(client)) == (403, False)


def test_the_code_is_still_asked_for_where_the_account_asks_for_one(
    account_id: int, issuer: str, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    monkeypatch.setattr(people, "second_is_on", lambda _: True)
    client = Client()

    assert client.get(back_from(sent_to(client)))["Location"] == "/sign-in/code/"
    assert not is_in(client)


def test_a_signed_in_person_links_the_own_account_after_the_password(account_id: int, issuer: str) -> None:  # noqa: F811
    client = password_given()
    assert client.post("/account/safety/", {"act": "link_begin", "password": "wrong-horse-9"}).status_code == 403
    client.get(back_from(sent_to(client), "u-99"))
    assert Link.objects.count() == 0, "without the password nothing is linked"

    client = password_given()
    client.post("/account/safety/", {"act": "link_begin", "password": GOOD})
    client.get(back_from(sent_to(client), "u-99"))

    assert Link.objects.values_list("account_id", "issuer", "subject").get() == (account_id, issuer, "u-99")
    last = list(ledger.lines_of(chain="people"))[-1]
    assert (last.act, "u-99" in str(last.body)) == ("account.link", False)
    client.post("/account/safety/", {"act": "unlink", "link": Link.objects.get().id})
    assert Link.objects.count() == 0


def test_a_closed_account_is_not_let_in(account_id: int, issuer: str) -> None:  # noqa: F811
    link(account_id, issuer)
    people.account_switch(account_id=account_id, is_active=False, by=HOUSE, at=now())
    client = Client()

    assert (client.get(back_from(sent_to(client))).status_code, is_in(client)) == (403, False)


def test_a_provider_that_is_away_leaves_the_password(issuer: str, settings) -> None:
    settings.HEZHI = replace(settings.HEZHI, oidc_issuer="http://localhost:9")
    answer = Client().get("/sign-in/provider/", headers=HERE)

    assert (answer.status_code, 'name="password"' in answer.content.decode()) == (403, True)


def test_without_settings_there_is_no_other_provider() -> None:
    assert not settings.HEZHI.oidc_issuer
    assert [Client().get(f"/sign-in/provider/{one}").status_code for one in ("", "back/")] == [404, 404]


@pytest.mark.parametrize("where", ["javascript:alert(1)", "https://elsewhere.example/a", "//elsewhere.example/a", 7])
def test_a_provider_cannot_send_the_browser_to_another_kind_of_address(
    issuer: str, where: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = provider._get(f"{issuer}/.well-known/openid-configuration")
    monkeypatch.setattr(provider, "_get", lambda address: {**told, "authorization_endpoint": where})

    answer = Client().get("/sign-in/provider/", headers=HERE)

    assert (answer.status_code, "Location" in answer) == (403, False)


def _forged(kind: str, claims: dict[str, object], public: bytes, address: str) -> str:
    """Return an ID token with true claims, signed by somebody who is not the provider."""
    own = ECKey.generate_key("P-256")
    if kind in ("embedded", "elsewhere"):
        extra = {"embedded": {"jwk": own.as_dict(private=False)}, "elsewhere": {"jku": f"{address}/own-keys"}}
        loose = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        return jwt.encode({"alg": "ES256", **extra[kind]}, claims, own, registry=loose)
    head = {"alg": "none" if kind == "none" else "HS256", "typ": "JWT"}
    text = ".".join(_encoded(json.dumps(one).encode()) for one in (head, claims))
    # What everybody knows, used as if it were a shared secret.
    return f"{text}." + ("" if kind == "none" else _encoded(hmac.digest(public, text.encode(), "sha256")))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@pytest.mark.parametrize("kind", ["none", "secret", "embedded", "elsewhere"])
def test_a_token_is_believed_only_by_a_listed_algorithm_and_by_the_issuer_s_own_keys(
    account_id: int, issuer: str, kind: str, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    link(account_id, issuer)
    real, taken = provider.jwt.decode, []

    def swapped(token: str, keys: KeySet, **rest: object) -> object:
        true = real(token, keys, **rest)
        public = next(iter(keys.keys)).as_pem(private=False)
        taken.append(_forged(kind, dict(true.claims), public, issuer))
        return real(taken[0], keys, **rest)

    monkeypatch.setattr(provider.jwt, "decode", swapped)
    client = Client()

    answer = client.get(back_from(sent_to(client)))

    assert len(taken) == 1
    assert (answer.status_code, is_in(client)) == (403, False)
