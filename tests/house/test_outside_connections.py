"""Nothing is told to a server whose certificate does not hold: not self-signed, not another host's.

Each way out is tried three times against the same server: with a certificate nobody vouches for, with one that is
vouched for but names another host, and with a good one; only the last is told anything.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hezhi.edge.devices.listening import Broker, Listener
from hezhi.edge.web import provider
from hezhi.edge.web.errors import ProviderRefused
from hezhi.kit.outward import CallFailed, call, session_for_others
from hezhi.services.notices.contracts import Channel, Outgoing
from hezhi.services.notices.errors import DeliveryFailed
from hezhi.services.notices.senders import Mail, TextMessage
from hezhi.spine.ledger import stamping
from hezhi.spine.ledger.errors import StampFailed

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
MESSAGE = Outgoing("t1", Channel.SMS, "a@example.org", "subject", "text", "case:1", AT)
GREETING = b"220 here\r\n"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Certificates that sign themselves, with their keys: for this machine, and for another host."""
    folder = tmp_path_factory.mktemp("papers")
    return {host: _paper(folder / f"{host}.pem", host) for host in ("localhost", "elsewhere.example")}


def _paper(path: Path, host: str) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    told = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(told + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def server(paper: Path, *, starttls: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A machine that keeps what it is told over TLS and then hangs up; yields its port and what it was told."""
    context, told = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[bytes]()
    context.load_cert_chain(paper)

    def answer(plain: socket.socket) -> None:
        plain.settimeout(5)
        with suppress(OSError), plain:
            if starttls:
                _plain_words(plain)
            with context.wrap_socket(plain, server_side=True) as line:
                if not starttls:
                    line.sendall(GREETING)  # what a mail server says first; the others take it for a wrong answer
                told.append(line.recv(4096))

    def serve() -> None:
        while True:
            try:
                plain, _ = door.accept()
            except OSError:
                return
            answer(plain)

    with socket.create_server(("localhost", 0)) as door:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield door.getsockname()[1], told
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _plain_words(plain: socket.socket) -> None:
    """Speak SMTP up to the word that begins TLS."""
    plain.sendall(GREETING)
    while word := plain.recv(1000).upper():
        if word.startswith(b"STARTTLS"):
            plain.sendall(b"220 go on\r\n")
            return
        plain.sendall(b"250-here\r\n250 STARTTLS\r\n")


def _provider_is(settings: Any, port: int) -> None:
    settings.HEZHI = replace(
        settings.HEZHI, oidc_issuer=f"https://localhost:{port}", oidc_client_id="hezhi", oidc_client_secret="s3"
    )


def gateway(port: int, settings: Any) -> None:
    TextMessage(f"https://localhost:{port}/send", "s3cret").send(MESSAGE)


def mail(port: int, settings: Any) -> None:
    Mail(f"smtps://user:s3cret@localhost:{port}", "hezhi@example.org").send(MESSAGE)


def mail_by_starttls(port: int, settings: Any) -> None:
    Mail(f"smtp://user:s3cret@localhost:{port}", "hezhi@example.org").send(MESSAGE)


def stamp(port: int, settings: Any) -> None:
    stamping.stamp(b"head", url=f"https://localhost:{port}/")


def provider_asked(port: int, settings: Any) -> None:
    _provider_is(settings, port)
    provider.provider_begin("https://here.example/back/")


def provider_code(port: int, settings: Any) -> None:
    _provider_is(settings, port)
    with provider._client("https://here.example/back/") as client:
        client.fetch_token(f"https://localhost:{port}/token", code="c", code_verifier="v")


def traces(port: int, settings: Any) -> None:
    session_for_others().post(f"https://localhost:{port}/v1/traces", data=b"spans", timeout=5)


def broker(port: int, settings: Any) -> None:
    told = Broker("localhost", port, True, "hezhi", "s3cret", "", "hezhi/devices")
    Listener(told, lambda *_: None)._connect()


WAYS: dict[str, tuple[Callable[[int, Any], None], tuple[type[Exception], ...]]] = {
    "gateway": (gateway, (DeliveryFailed,)),
    "mail": (mail, (DeliveryFailed,)),
    "mail by STARTTLS": (mail_by_starttls, (DeliveryFailed,)),
    "time stamp": (stamp, (StampFailed,)),
    "provider": (provider_asked, (ProviderRefused,)),
    "provider's tokens": (provider_code, (CallFailed, AuthlibBaseError)),
    "traces": (traces, (requests.exceptions.SSLError,)),
    "broker": (broker, (ssl.SSLCertVerificationError,)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_server_whose_certificate_does_not_hold_is_told_nothing(
    way: str, papers: dict[str, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, refusals = WAYS[way]
    for paper, trusted in (("localhost", ""), ("elsewhere.example", "elsewhere.example")):
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(papers[trusted]))
        with server(papers[paper], starttls="STARTTLS" in way) as (port, told), pytest.raises(refusals):
            go(port, settings)
        assert told == [], paper


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"traces"}))  # that library knows its own list of authorities alone
def test_the_same_server_with_a_certificate_that_holds_is_spoken_to(
    way: str, papers: dict[str, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(papers["localhost"]))
    paper = papers["localhost"]
    # It answers nothing sensible, so whatever comes of it is left alone.
    with server(paper, starttls="STARTTLS" in way) as (port, told), suppress(Exception):
        WAYS[way][0](port, settings)

    assert [bool(one) for one in told] == [True]


def test_plain_calls_check_too(papers: dict[str, Path]) -> None:
    with server(papers["localhost"]) as (port, told), pytest.raises(CallFailed, match="CERTIFICATE_VERIFY_FAILED"):
        call("GET", f"https://localhost:{port}/", seconds=5)

    assert told == []
