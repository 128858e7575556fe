"""What is known of a device: where it stands and whose it is, what it said last, and whether it still speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageState(StrEnum):
    """What became of one message."""

    TAKEN = "taken"  # it is a record
    REFUSED = "refused"  # the record's contract says no; it stands among the records that wait for a person
    BRAKED = "braked"  # more than the device may say in that minute; counted, and no record
    # The following two are answers only: nothing new is stored as a message.
    REPEATED = "repeated"  # it came before, word for word
    QUARANTINED = "quarantined"  # it cannot be trusted or read; kept apart, with the reason


@dataclass(frozen=True)
class DeviceFinding:
    """Why a message or a registration cannot be used. ``rule`` is a stable word; ``nearest`` a valid name like it."""

    field: str
    rule: str
    zh: str
    en: str
    nearest: str = ""

    def __str__(self) -> str:
        hint = f" Did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.field or 'message'} [{self.rule}] {self.en}.{hint}"


@dataclass(frozen=True)
class DeviceDraft:
    """What a device is registered with.

    Attributes:
        kind: of the closed list ``packkit.DEVICE_KINDS``.
        unit: in which it speaks; empty for kinds that say yes or no.
        pack_id, record: which records its messages become.
        region_code, spot: where it stands; ``spot`` is what alerts about it are grouped by.
        agency_id: who owns it, and is told when it falls silent.
        every_seconds: how often it is heard from when all is well.
        most_per_minute: messages of one minute that become records; what is more is counted and held.
        also: further fields of the record that are always the same, e.g. the zone it stands in.
    """

    code: str
    name: str
    kind: str
    unit: str
    pack_id: str
    record: str
    region_code: str
    spot: str
    agency_id: int
    every_seconds: int = 600
    most_per_minute: int = 30
    also: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class DeviceRow:
    """One device. ``heard_at``: the moment of its newest word, by its own clock but never later than it came."""

    id: int
    draft: DeviceDraft = field(hash=False)
    region_path: str
    registered_at: datetime
    retired_at: datetime | None
    heard_at: datetime | None
    silence: SilenceRow | None = None

    @property
    def code(self) -> str:
        return self.draft.code


@dataclass(frozen=True)
class SilenceRow:
    """A device that was not heard from. Two axes: it may be over or not, and somebody may have taken note or not.

    Attributes:
        since_at: when it was last heard; of one that never spoke, when it was registered.
        raised_at: when the loss was noticed and told.
        cleared_at: when it spoke again, None while it is silent.
        seen_at, seen_by, note: who took note, and what is done about it.
    """

    id: int
    device_id: int
    device_code: str
    device_name: str
    spot: str
    agency_id: int
    since_at: datetime
    raised_at: datetime
    cleared_at: datetime | None
    seen_at: datetime | None
    seen_by: str
    note: str


@dataclass(frozen=True)
class MessageRow:
    """One message of a device, as it was kept."""

    id: int
    message_id: str
    state: MessageState
    value: float | bool | None
    happened_at: datetime
    received_at: datetime
    is_late: bool
    record_number: str


@dataclass(frozen=True)
class QuarantineRow:
    """Bad messages of one name and one reason: how many, since when, and the newest of them as it came."""

    id: int
    code: str
    rule: str
    zh: str
    en: str
    count: int
    first_at: datetime
    last_at: datetime
    body: str


@dataclass(frozen=True)
class Incoming:
    """What came over the line.

    Attributes:
        code: the device that the address or the topic names.
        body: the exact bytes that were signed.
        sign: HMAC-SHA256 of the body under the device's key, 64 hexadecimal digits.
        is_heartbeat: it only says "here I am".
    """

    code: str
    body: bytes = field(repr=False)
    sign: str
    is_heartbeat: bool = False


@dataclass(frozen=True)
class Taken:
    """What became of one that came; ``finding`` where it was quarantined, ``record_number`` where it is a record."""

    state: MessageState
    record_number: str = ""
    finding: DeviceFinding | None = None


@dataclass(frozen=True)
class DeviceRegistered:
    """A device is known from now on, and sends records of this kind."""

    pack_id: str
    record: str
    at: datetime


@dataclass(frozen=True)
class NewMessage:
    """One message that is new and sound; ``values`` are the fields of its record."""

    id: int
    values: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class MessagesTaken:
    """Messages that become records of one kind, for one agency, in the order in which they came."""

    pack_id: str
    record: str
    agency_id: int
    messages: tuple[NewMessage, ...]
    at: datetime


@dataclass(frozen=True)
class Settled:
    """What intake made of one message."""

    message_id: int
    record_id: int
    record_number: str
    is_refused: bool


@dataclass(frozen=True)
class DevicesSilent:
    """Devices of one agency fell silent; each is told of once, until it spoke again.

    ``device_count`` is how many devices the agency has: when all are silent, the line is to be looked at first.
    """

    agency_id: int
    silences: tuple[SilenceRow, ...]
    device_count: int
    at: datetime
