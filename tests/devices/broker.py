"""A Mosquitto of the test's own: on this machine's own address, with a password, and kept between restarts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from scripts.broker import broker_found

USER, PASSWORD = "field", "p@ss/word:1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker. It may be stopped and started again on the same port; what nobody has taken is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.ca = _certificates(folder)
        passwords = folder / "passwords"
        tool = shutil.which("mosquitto_passwd")
        assert tool is not None
        subprocess.run([tool, "-b", "-c", str(passwords), USER, PASSWORD], check=True, capture_output=True)
        (folder / "kept").mkdir()
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"listener {self.tls_port} 127.0.0.1",
            f"certfile {folder}/server.pem",
            f"keyfile {folder}/server.key",
            "allow_anonymous false",
            f"password_file {passwords}",
            "persistence true",
            f"persistence_location {folder}/kept/",
            "max_queued_messages 0",
            "max_inflight_messages 0",
            "log_dest none",
        ]
        if os.geteuid() == 0:  # without this it would become a user who may not read the test's folder
            lines.append("user root")
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        return f"mqtt://{USER}:p%40ss%2Fword%3A1@127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"mqtts://{USER}:p%40ss%2Fword%3A1@localhost:{self.tls_port}"

    def start(self) -> None:
        program = broker_found()
        assert program is not None
        self.process = subprocess.Popen([program, "-c", str(self.folder / "mosquitto.conf")])
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return
            time.sleep(0.05)
        raise AssertionError("the broker does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self, name: str) -> Client:
        """Return a connected device: QoS 1, its own thread, and it sends again what was not acknowledged."""
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        client.username_pw_set(USER, PASSWORD)
        client.reconnect_delay_set(1, 1)
        client.max_queued_messages_set(0)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        return client


def _certificates(folder: Path) -> Path:
    """Write an authority and a certificate for ``localhost``; return the authority's file."""
    now = datetime.now(UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def made(subject: str, key: ec.EllipticCurvePrivateKey, *, is_ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named("test authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = made("test authority", authority, is_ca=True).sign(authority, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = made("localhost", server, is_ca=False).add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(certificate.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "server.key").write_bytes(
        server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert ssl.create_default_context(cafile=str(folder / "ca.pem")).cert_store_stats()["x509_ca"] == 1
    return folder / "ca.pem"
