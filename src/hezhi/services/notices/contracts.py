"""What is told to whom, and by which way it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Language = Literal["zh", "en"]


class Channel(StrEnum):
    """``in_app`` is a row the recipient finds here; the others leave the house."""

    IN_APP = "in_app"
    MAIL = "mail"
    SMS = "sms"


class DeliveryState(StrEnum):
    """``failed`` will be tried again, ``given_up`` will not unless a person asks for it."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Words:
    """One text in both languages, placeholders already filled."""

    zh: str
    en: str


@dataclass(frozen=True)
class Recipient:
    """Who is told.

    Attributes:
        ref: ``Actor.ref`` of the one who reads it, e.g. ``person:17`` or ``citizen:<record number>``.
        mail, phone: where to, empty when not known; kept apart from the notice and masked in every list.
        language: in which language mail and text messages go out.
    """

    ref: str
    mail: str = ""
    phone: str = ""
    language: Language = "zh"


@dataclass(frozen=True)
class NoticeRow:
    """One notice as its recipient sees it. ``read_at`` is None until then."""

    id: int
    recipient: str
    about: str
    act: str
    words: Words
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    """One way one notice went.

    Attributes:
        address: masked; empty for ``in_app``.
        attempts: tries so far; the one under way is not counted.
        error: what the last try answered, without addresses.
        token: names this delivery to the outside: Message-ID, idempotency key, name of the sink's file.
    """

    id: int
    notice_id: int
    recipient: str
    about: str
    channel: Channel
    state: DeliveryState
    address: str
    attempts: int
    error: str
    token: str
    tried_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True)
class GivenUp:
    """Deliveries of one channel that were given up for one reason.

    Attributes:
        kept_count: of how many the address is still kept, so that they can be tried again.
    """

    channel: Channel
    error: str
    count: int
    kept_count: int
    last_at: datetime | None


@dataclass(frozen=True)
class Outgoing:
    """One message as a sender gets it."""

    token: str
    channel: Channel
    address: str
    subject: str
    text: str
    about: str
    at: datetime
