"""The ways out of the house: a local sink, a mail server, a text-message gateway.

A sender hands one message over or raises; it knows no table. Every way carries the delivery's token, so that
a message handed over twice (the worker died before it could note the first time) can be told apart from two
messages: the sink overwrites the same file, the gateway gets the same idempotency key, mail the same Message-ID.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings

from hezhi.kit.outward import CallFailed, call
from hezhi.services.notices.contracts import Channel, Outgoing
from hezhi.services.notices.errors import DeliveryFailed, DeliveryRefused

TIMEOUT_SECONDS = 15
_TRY_LATER = {408, 409, 425, 429}  # other 4xx answers are final


class Sender(Protocol):
    """Hands one message over.

    Raises:
        DeliveryFailed: not now.
        DeliveryRefused: never.
    """

    def send(self, message: Outgoing) -> None: ...


@dataclass(frozen=True)
class Sink:
    """Writes each message to one file in a local folder, named by its token; never half a file."""

    folder: Path

    def send(self, message: Outgoing) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = {
            "token": message.token,
            "channel": message.channel.value,
            "to": message.address,
            "subject": message.subject,
            "text": message.text,
            "about": message.about,
            "at": message.at.isoformat(),
        }
        draft = self.folder / f".{message.token}.{os.getpid()}"
        try:
            draft.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(self.folder / f"{message.channel.value}-{message.token}.json")
        except OSError as error:
            raise DeliveryFailed(f"the sink cannot be written: {error.strerror}") from None


@dataclass(frozen=True)
class Mail:
    """Hands mail to one server, ``smtp://`` (STARTTLS where offered) or ``smtps://``; its certificate must hold."""

    url: str
    sender: str

    def send(self, message: Outgoing) -> None:
        try:
            with self._open() as server:
                server.send_message(self._letter(message))
        except smtplib.SMTPRecipientsRefused as error:
            code, told = next(iter(error.recipients.values()))
            raise _refusal(code)(f"{code} {told.decode(errors='replace')}") from None
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed(f"sign-in refused: {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            told = error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode(errors="replace")
            raise _refusal(error.smtp_code)(f"{error.smtp_code} {told}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed(f"the mail server cannot be used: {type(error).__name__}") from None

    def _open(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "localhost", parts.port or 0
        checking = ssl.create_default_context()  # left to itself, smtplib takes any certificate
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=checking)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=checking)
            server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _letter(self, message: Outgoing) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self.sender
        letter["To"] = message.address
        letter["Subject"] = message.subject
        letter["Date"] = format_datetime(message.at)
        letter["Message-ID"] = f"<{message.token}@{self.sender.rpartition('@')[2].strip('>') or 'hezhi'}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter


@dataclass(frozen=True)
class TextMessage:
    """Hands text messages to a gateway: ``POST {"to", "text", "id"}`` with a bearer token and an idempotency key."""

    url: str
    token: str

    def send(self, message: Outgoing) -> None:
        headers = {"Idempotency-Key": message.token}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = {"to": message.address, "text": message.text, "id": message.token}
        try:
            answer = call("POST", self.url, seconds=TIMEOUT_SECONDS, json=body, headers=headers)
        except CallFailed as error:
            raise DeliveryFailed(f"the gateway cannot be reached: {type(error).__name__}") from None
        if answer.is_success:
            return
        told = f"{answer.status_code} {answer.text[:200]}"
        is_final = 400 <= answer.status_code < 500 and answer.status_code not in _TRY_LATER
        raise (DeliveryRefused if is_final else DeliveryFailed)(told)


def _refusal(code: int) -> type[DeliveryFailed]:
    """SMTP: 5xx is final, everything else may work later (RFC 5321, 4.2.1)."""
    return DeliveryRefused if 500 <= code < 600 else DeliveryFailed


def sunk_forget(tokens: Iterable[str]) -> None:
    """Take messages out of the local sink; those that left by another way are where they went."""
    for token in tokens:
        for path in Path(settings.HEZHI.sink_dir).glob(f"*-{token}.json"):
            path.unlink(missing_ok=True)


def sender_for(channel: Channel) -> Sender:
    """Return the way out that the settings name; without any, the local sink."""
    options = settings.HEZHI
    if channel is Channel.MAIL and options.smtp_url:
        return Mail(options.smtp_url, options.mail_from)
    if channel is Channel.SMS and options.sms_url:
        return TextMessage(options.sms_url, options.sms_token)
    return Sink(options.sink_dir)
