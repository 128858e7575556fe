"""What an operator may set: read once from the environment, all mistakes told at once.

Every option is a field of `Options`; its name in the environment is
``HEZHI_`` + the field's name in capitals (only ``DATABASE_URL`` keeps the name
that hosts give it). A variable that begins with ``HEZHI_`` and is no option is a
mistake too: a misspelt setting must not be ignored in silence. The page
``docs/reference/settings.md`` is made from these fields.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hezhi.kit.errors import Invalid

ROOT = Path(__file__).resolve().parents[3]
PREFIX = "HEZHI_"


class OptionsInvalid(Invalid):
    """The settings in the environment cannot be used."""

    code = "options_invalid"

    def __str__(self) -> str:
        return "\n  ".join((self.message, *(str(one) for one in self.findings)))


def _option(default: Any, says: str, *, least: int | None = None, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"says": says, "least": least})


@dataclass(frozen=True)
class Options:
    """Every setting of one installation, typed. Folders are absolute after reading."""

    run_dir: Path = _option(Path(".run"), "Folder for everything a running Hezhi writes: database, media, secrets.")
    packs_dir: Path = _option(Path("packs"), "Folder with the scenario packs.")
    city_dir: Path = _option(Path("city"), "Folder with the invented demo city.")
    host: str = _option("127.0.0.1", "Address the web process listens on.")
    port: int = _option(8000, "Port the web process listens on.", least=1)
    debug: bool = _option(False, "Django's debug pages; never on a machine that others reach.")
    secret_key: str = _option("", "Key that signs sessions; empty: made once and kept in the run folder.", secret=True)
    key_file: str = _option("", "File with the master keys of sealed fields; empty: made once in the run folder.")
    key_command: str = _option(
        "",
        "Program of a key management service that wraps and unwraps the master keys; empty: the file holds them plain.",
    )
    cipher: str = _option("aes-256-gcm", "How sensitive fields are sealed from now on: aes-256-gcm or sm4-gcm.")
    second_factor: str = _option(
        "offered", "offered: officers may sign in with a second factor. needed: without one they see nothing."
    )
    allowed_hosts: tuple[str, ...] = _option(("localhost", "127.0.0.1", "[::1]"), "Host names the site answers to.")
    trusted_origins: tuple[str, ...] = _option((), "Origins (with scheme) whose forms are trusted behind a proxy.")
    https: bool = _option(False, "The site is reached by HTTPS only: secure cookies and strict transport.")
    proxies: tuple[str, ...] = _option(("127.0.0.1", "::1"), "Addresses of the HTTPS proxy; no other is believed.")
    database_url: str = _option("", "Any PostgreSQL 18 server; empty: the embedded one.", secret=True)
    pgbin: str = _option("", "Folder with postgres, initdb and pg_ctl; empty: the wheel's, else the system's.")
    archive_dir: str = _option(
        "", "Folder that takes the embedded database's log, for restores to a moment; empty: it is not kept."
    )
    pool_size: int = _option(4, "Database connections kept per web or worker process; 0: no pool.", least=0)
    web_workers: int = _option(2, "Web processes.", least=1)
    web_threads: int = _option(2, "Threads in each web process.", least=1)
    job_concurrency: int = _option(2, "Jobs one worker process runs at the same time.", least=1)
    worker_silent_seconds: int = _option(
        10, "Silence after which a worker counts as killed and its jobs run again.", least=1
    )
    file_limit_mb: int = _option(20, "Largest file a person or a source may hand in, in megabytes.", least=1)
    scan_command: str = _option(
        "", "Program that gets each file on its input before it is stored; only exit code 0 lets it in. Empty: no scan."
    )
    retention: bool = _option(
        True, "Every night, erase what the packs' rules of keeping no longer allow; off: only `hezhi retention run`."
    )
    smtp_url: str = _option("", "smtp://user:password@host:port for mail; empty: the local sink.", secret=True)
    mail_from: str = _option("hezhi@localhost", "Sender of outgoing mail.")
    sms_url: str = _option("", "HTTP address of the text-message gateway; empty: the local sink.")
    sms_token: str = _option("", "Bearer token for the text-message gateway.", secret=True)
    ledger_keys: str = _option("", "Folder of the keys that sign the ledger; empty: keys in the run folder.")
    ledger_signature: str = _option("ed25519", "How the ledger is signed: ed25519, or sm2 (SM2 with SM3).")
    timestamp_url: str = _option("", "Address of an RFC 3161 time-stamping authority for the ledger; empty: none.")
    oidc_issuer: str = _option("", "Issuer of another sign-in (OpenID Connect), as it calls itself; empty: none.")
    oidc_client_id: str = _option("", "Name of this installation at that issuer.")
    oidc_client_secret: str = _option("", "Secret of this installation at that issuer.", secret=True)
    oidc_name: str = _option("", "What the sign-in page calls that issuer.")
    mqtt_url: str = _option(
        "",
        "Broker of devices: mqtt://user:password@host:port, or mqtts:// over TLS; empty: nobody listens.",
        secret=True,
    )
    mqtt_ca: str = _option("", "File with the authority that signed the broker's certificate; empty: the system's.")
    mqtt_topic: str = _option("hezhi/devices", "Topic under which every device has its own: .../<code>/message.")
    delivery_attempts: int = _option(12, "Tries of one mail or text message before it is given up.", least=1)
    is_web: bool = _option(False, "Connect as the web's own database role; set by `hezhi up` for web processes.")
    clock_offset_seconds: int = _option(
        0, "Seconds added to the machine's clock; set by `make demo` alone, whose city lives in days gone by."
    )
    spark: str = _option("", "Apache Spark cluster for detectors, e.g. spark://host:7077; empty: embedded DuckDB.")
    metrics_token: str = _option(
        "", "Bearer token that opens /metrics to other machines; empty: only this machine may ask.", secret=True
    )
    otlp_endpoint: str = _option(
        "", "OpenTelemetry collector for traces by OTLP over HTTP, e.g. http://127.0.0.1:4318; empty: no traces."
    )
    log_level: str = _option("INFO", "DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = _option(False, "Write log lines as JSON.")

    @property
    def media_dir(self) -> Path:
        """Folder of stored files."""
        return self.run_dir / "media"

    @property
    def lake_dir(self) -> Path:
        """Folder of the lake's files."""
        return self.run_dir / "lake"

    @property
    def sink_dir(self) -> Path:
        """Folder that takes mail and text messages while no gateway is set."""
        return self.run_dir / "sink"


def variable_of(option: Field[Any]) -> str:
    """Return the name of an option in the environment."""
    return "DATABASE_URL" if option.name == "database_url" else PREFIX + option.name.upper()


def options_read(environ: Mapping[str, str] = os.environ) -> Options:
    """Return the options that ``environ`` sets, defaults for the rest.

    Raises:
        OptionsInvalid: with one finding per mistake, all at once.
    """
    findings: list[str] = []
    values: dict[str, Any] = {}
    known = {variable_of(option): option for option in fields(Options)}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            findings.append(f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "."))
    for name, option in known.items():
        try:
            values[option.name] = _parse(option, environ.get(name, "").strip())
        except ValueError as mistake:
            findings.append(f"{name}: {mistake}")
    if findings:
        raise OptionsInvalid(findings=tuple(findings))
    return Options(**values)


def _parse(option: Field[Any], text: str) -> Any:
    default = option.default
    if isinstance(default, Path):
        return (ROOT / (text or default)).absolute()
    if not text:
        return default
    if isinstance(default, bool):
        return _flag(text)
    if isinstance(default, int):
        return _number(text, option.metadata["least"])
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return _checked_text(option.name, text)


def _flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"'{text}' is neither yes nor no.")


def _number(text: str, least: int | None) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a whole number.") from None
    if least is not None and number < least:
        raise ValueError(f"{number} is below the least value {least}.")
    return number


CHOICES = {
    "cipher": ("aes-256-gcm", "sm4-gcm"),
    "ledger_signature": ("ed25519", "sm2"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "second_factor": ("offered", "needed"),
}
HTTP = ("http", "https")
SCHEMES = {
    "database_url": ("postgres", "postgresql"),
    "smtp_url": ("smtp", "smtps"),
    "sms_url": HTTP,
    "timestamp_url": HTTP,
    "otlp_endpoint": HTTP,
    "oidc_issuer": HTTP,
    "mqtt_url": ("mqtt", "mqtts"),
}


def _checked_text(name: str, text: str) -> str:
    if name in SCHEMES and urlsplit(text).scheme not in SCHEMES[name]:
        raise ValueError(f"must begin with {' or '.join(one + '://' for one in SCHEMES[name])}.")
    if name == "log_level":
        text = text.upper()
    if name in CHOICES and text not in CHOICES[name]:
        raise ValueError(f"'{text}' is none of {', '.join(CHOICES[name])}.")
    if name == "archive_dir" and not Path(text).is_absolute():
        raise ValueError(f"'{text}' must be a whole path, beginning with /.")
    return text
