"""What only the proxy may say is not believed of askers: their address, that they came by HTTPS, the host they asked.

By plain HTTP there is no proxy, and none of its headers counts. With HTTPS one stands before the house, by the name of
its own address; its headers count from there alone, and of its list of addresses the last entry, which it wrote itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from hezhi.edge.api.auth import address_of
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.edge.web.tests.test_signing_in import account_id, is_in, password_given  # noqa: F401
from hezhi.project import asking

SAID = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Server": "evil.example",
    "X-Real-Ip": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
    "X-Original-Url": "/account/",
    "X-Rewrite-Url": "/account/",
    "X-Forwarded-User": "handler1",
    "X-Remote-User": "handler1",
    "Remote-User": "handler1",
}
OUTSIDER, PROXY = "198.51.100.7", "192.0.2.80"


@pytest.fixture
def https(settings: Any) -> Iterator[None]:
    """The house behind a proxy that stands on another machine."""
    settings.HEZHI = replace(settings.HEZHI, https=True, proxies=(PROXY,))
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    yield


@pytest.mark.django_db
@pytest.mark.parametrize("header", SAID)
def test_without_a_proxy_none_of_its_headers_changes_an_answer(office: Office, header: str) -> None:  # noqa: F811
    for address in ("/", "/account/", "/sign-in/", "/api/v1/me", "/no-such-page/"):
        plain, said = (Client().get(address, headers=one) for one in ({}, {header: SAID[header]}))
        told = [(one.status_code, one.get("Location"), sorted(one.cookies), _same(one)) for one in (plain, said)]
        assert told[0] == told[1], address


def _same(answer: Any) -> list[str]:
    """Return the lines of an answer that are alike each time."""
    return [one for one in answer.content.decode().splitlines() if "csrf" not in one and "challenge" not in one]


@pytest.mark.django_db
def test_no_header_frees_a_guesser_from_the_brake(account_id: int) -> None:  # noqa: F811
    told = [
        password_given(
            password="wrong-horse-9", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}", HTTP_X_REAL_IP=f"203.0.113.{number}"
        ).answer.status_code
        for number in range(9)
    ]

    assert told == [403] * 8 + [429]


def through(settings_of_proxy: str, **said: str) -> Any:
    """Return a request as the house sees it after the proxy's headers were looked at."""
    request = RequestFactory().get("/", REMOTE_ADDR=settings_of_proxy, **said)
    asking.ProxyMiddleware(lambda one: one)(request)
    return request


def test_an_asker_beside_the_proxy_is_not_believed(https: None) -> None:
    request = through(OUTSIDER, HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert (request.is_secure(), address_of(request)) == (False, OUTSIDER)
    assert Client(REMOTE_ADDR=OUTSIDER).get("/", headers=SAID).status_code == 301  # led to HTTPS, as by plain HTTP


def test_the_proxy_is_believed_in_what_it_wrote_itself(https: None) -> None:
    request = through(PROXY, HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR=f"203.0.113.9, {OUTSIDER}")

    assert (request.is_secure(), address_of(request)) == (True, OUTSIDER)
    assert Client(REMOTE_ADDR=PROXY).get("/sign-in/").status_code == 301


@pytest.mark.django_db
def test_no_host_but_ours_is_answered_whatever_the_proxy_s_headers_say(https: None) -> None:
    answer = Client(REMOTE_ADDR=PROXY).get("/sign-in/", headers=SAID)

    assert (answer.status_code, b"evil.example" in answer.content) == (200, False)
