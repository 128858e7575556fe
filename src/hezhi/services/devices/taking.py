"""Takes what devices send: each message once, in whatever order it comes, and none held up by a bad one.

One call is one transaction: whoever carries the messages acknowledges them only after it returned. A device's row
is locked first, so that two carriers of the same message wait for each other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncMinute

from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.services.devices import queries, rules, sealing, silence
from hezhi.services.devices.contracts import (
    DeviceDraft,
    DeviceFinding,
    Incoming,
    MessagesTaken,
    MessageState,
    NewMessage,
    Settled,
    Taken,
)
from hezhi.services.devices.models import Device, Message, Quarantine
from hezhi.spine.guard import api as guard

MOST_AT_ONCE = 1_000
MOST_QUARANTINED = 100  # rows of one name and one reason; what is more is counted in one row

Key = tuple[int, str]  # device and message id


@dataclass
class _Desk:
    """What one call has looked up, and what it has made of each message so far."""

    at: datetime
    devices: Mapping[str, Device]
    drafts: Mapping[int, DeviceDraft]
    keys: Mapping[int, bytes]
    answers: dict[int, Taken] = field(default_factory=dict)
    heard: dict[int, datetime] = field(default_factory=dict)


@guard.act
def messages_take(*, messages: Sequence[Incoming], at: datetime) -> list[Taken]:
    """Take what came in, and say of each what became of it, in the same order.

    A message becomes one record, however often and in whatever order it comes; a copy changes nothing. One that
    cannot be trusted or read is quarantined with one finding, and the rest goes on. Of one minute no more become
    records than the device may say; the others are kept as counted, without a record. Every sound message is a sign
    of life too.

    Args:
        messages: at most `MOST_AT_ONCE`.
        at: when they came.
    """
    if len(messages) > MOST_AT_ONCE:
        raise ValueError(f"more than {MOST_AT_ONCE} messages at once")
    desk = _desk(messages, at)
    read = _read(desk, messages)
    known = _known(read)
    room = _room(desk, read, known)
    fresh: dict[Key, tuple[int, Message, rules.Read]] = {}
    for place, (device, said) in read.items():
        digest = hashlib.sha256(messages[place].body).hexdigest()
        key = (device.id, said.message_id)
        before = known.get(key) or (fresh[key][1] if key in fresh else None)
        if before is None:
            state = (
                MessageState.TAKEN if room[device.id, rules.minute_of(said.happened_at)] > 0 else MessageState.BRAKED
            )
            room[device.id, rules.minute_of(said.happened_at)] -= 1
            fresh[key] = (place, _message(device, said, digest, state, at), said)
        elif before.digest in (digest, ""):  # what was erased is not compared any more
            desk.answers[place] = Taken(MessageState.REPEATED, before.record_number)
        else:
            _quarantine(desk, place, messages[place], rules.CHANGED, is_trusted=True)
    _store(desk, fresh)
    silence.heard(devices=[one for one in desk.devices.values() if one.id in desk.heard], heard=desk.heard, at=at)
    return [desk.answers[place] for place in range(len(messages))]


def heartbeat_take(*, code: str, body: bytes, sign: str, at: datetime) -> Taken:
    """Take one sign of life: a signed ``{"at": …}``. An old one, sent again, proves nothing and changes nothing."""
    [answer] = messages_take(messages=[Incoming(code, body, sign, is_heartbeat=True)], at=at)
    return answer


@guard.act
def message_set_aside(*, message: Incoming, cause: str, at: datetime) -> None:
    """Keep a message apart that could not be taken for a mistake of the house's own, so that it is not lost.

    Args:
        cause: kind of the mistake; the log says more.
    """
    finding = DeviceFinding("", "house", f"系统处理出错（{cause}）", f"The house made a mistake ({cause})")
    device = Device.objects.filter(code=message.code, retired_at__isnull=True).first()
    is_trusted = device is not None and rules.is_signed(
        sealing.keys_of([device])[device.id], message.body, message.sign
    )
    _quarantine(_Desk(at, {}, {}, {}), 0, message, finding, is_trusted=is_trusted)


@guard.act
def message_settle(*, settled: Sequence[Settled]) -> None:
    """Note which records messages became; called by the room that took them, in the same transaction."""
    rows = {one.message_id: one for one in settled}
    messages = list(Message.objects.filter(id__in=rows))
    for message in messages:
        told = rows[message.id]
        message.record_id, message.record_number = told.record_id, told.record_number
        message.state = MessageState.REFUSED if told.is_refused else MessageState.TAKEN
    Message.objects.bulk_update(messages, ["record_id", "record_number", "state"])


@guard.act
def messages_forget(*, record_ids: Collection[int]) -> int:
    """Forget what messages said whose records were erased; that there was one, and when, stays. Twice is harmless."""
    return Message.objects.filter(record_id__in=list(record_ids)).update(value=None, digest="")


@guard.act
def messages_purge(*, at: datetime) -> int:
    """Forget messages and quarantined ones older than `rules.KEPT`; return how many. Late or twice is harmless.

    Their records stay. A copy that comes still later is refused for its age.
    """
    gone = Message.objects.filter(received_at__lt=at - rules.KEPT).delete()[0]
    return gone + Quarantine.objects.filter(last_at__lt=at - rules.KEPT).delete()[0]


def _desk(messages: Sequence[Incoming], at: datetime) -> _Desk:
    codes = {one.code for one in messages}
    found = list(Device.objects.select_for_update().filter(code__in=codes).order_by("id"))
    keys = sealing.keys_of([one for one in found if one.retired_at is None])
    return _Desk(at, {one.code: one for one in found}, {one.id: queries.draft_of(one) for one in found}, keys)


def _read(desk: _Desk, messages: Sequence[Incoming]) -> dict[int, tuple[Device, rules.Read]]:
    """Return the sound messages by their places; bad ones are quarantined, heartbeats are noted."""
    read = {}
    for place, one in enumerate(messages):
        device = desk.devices.get(one.code)
        if device is None:
            _quarantine(desk, place, one, rules.UNKNOWN)
        elif device.retired_at is not None:
            _quarantine(desk, place, one, rules.RETIRED)
        elif not rules.is_signed(desk.keys[device.id], one.body, one.sign):
            _quarantine(desk, place, one, rules.FORGED)
        else:
            said = _said(desk, device, place, one)
            if said is not None and not one.is_heartbeat:
                read[place] = (device, said)
    return read


def _said(desk: _Desk, device: Device, place: int, one: Incoming) -> rules.Read | None:
    shape = packkit.shelf().get(device.pack_id).record(device.record)
    try:
        said = rules.message_read(one.body, desk.drafts[device.id], shape, desk.at, is_heartbeat=one.is_heartbeat)
    except rules.Bad as bad:
        _quarantine(desk, place, one, bad.finding, is_trusted=True)
        return None
    desk.heard[device.id] = max(desk.heard.get(device.id, said.happened_at), min(said.happened_at, desk.at))
    desk.answers[place] = Taken(MessageState.TAKEN)
    return said


def _known(read: Mapping[int, tuple[Device, rules.Read]]) -> dict[Key, Message]:
    devices = {device.id for device, _ in read.values()}
    names = {said.message_id for _, said in read.values()}
    rows = Message.objects.filter(device_id__in=devices, message_id__in=names) if read else ()
    return {(one.device_id, one.message_id): one for one in rows}


def _room(
    desk: _Desk, read: Mapping[int, tuple[Device, rules.Read]], known: Mapping[Key, Message]
) -> Counter[tuple[int, datetime]]:
    """Return how many messages of each device and minute may still become records.

    WHY by the device's own minute: what was kept during an outage comes all at once and is no storm.
    """
    minutes = {
        (device.id, rules.minute_of(said.happened_at))
        for device, said in read.values()
        if (device.id, said.message_id) not in known
    }
    if not minutes:
        return Counter()
    first, last = min(at for _, at in minutes), max(at for _, at in minutes)
    counted = (
        Message.objects.filter(
            device_id__in={one for one, _ in minutes},
            happened_at__gte=first,
            happened_at__lt=last + timedelta(minutes=1),
        )
        .exclude(state=MessageState.BRAKED)
        .values_list("device_id", TruncMinute("happened_at"))
        .annotate(Count("id"))
    )
    used = {(device_id, at): count for device_id, at, count in counted}
    most = {one.id: one.most_per_minute for one in desk.devices.values()}
    return Counter({(one, at): most[one] - used.get((one, at), 0) for one, at in minutes})


def _message(device: Device, said: rules.Read, digest: str, state: MessageState, at: datetime) -> Message:
    return Message(
        device=device, message_id=said.message_id, digest=digest, state=state,
        value=None if said.value is None else float(said.value), happened_at=said.happened_at, received_at=at,
        is_late=at - said.happened_at > rules.LATE,
    )  # fmt: skip


def _store(desk: _Desk, fresh: Mapping[Key, tuple[int, Message, rules.Read]]) -> None:
    """Keep new messages, tell of those that become records, and take over what became of them."""
    stored = Message.objects.bulk_create([message for _, message, _ in fresh.values()])
    groups: dict[tuple[str, str, int], list[NewMessage]] = {}
    for message, (_, _, said) in zip(stored, fresh.values(), strict=True):
        if message.state == MessageState.TAKEN:
            device = message.device
            group = groups.setdefault((device.pack_id, device.record, device.agency_id), [])
            group.append(NewMessage(message.id, said.values))
    for (pack_id, record, agency_id), group in groups.items():
        bus.publish(MessagesTaken(pack_id, record, agency_id, tuple(group), desk.at))
    ids = [one.id for one in stored]
    after = {one.id: one for one in Message.objects.filter(id__in=ids)} if groups else {one.id: one for one in stored}
    for message, (place, _, _) in zip(stored, fresh.values(), strict=True):
        kept = after[message.id]
        desk.answers[place] = Taken(MessageState(kept.state), kept.record_number)


_QUARANTINE = """
INSERT INTO devices_quarantine (code, rule, digest, zh, en, count, first_at, last_at, body)
VALUES (%s, %s, %s, %s, %s, 1, %s, %s, %s)
ON CONFLICT (code, rule, digest) DO UPDATE SET count = devices_quarantine.count + 1, last_at = excluded.last_at
"""


def _quarantine(desk: _Desk, place: int, one: Incoming, finding: DeviceFinding, *, is_trusted: bool = False) -> None:
    """Keep a bad message apart. What is not signed by its device leaves a count and no content."""
    desk.answers[place] = Taken(MessageState.QUARANTINED, finding=finding)
    code = one.code if rules.CODE.fullmatch(one.code) else ""
    body, digest = "", ""
    if is_trusted:
        body, digest = one.body[: rules.MOST_BYTES].decode(errors="replace"), hashlib.sha256(one.body).hexdigest()
        body = body.replace("\x00", "\ufffd")
    elif finding is rules.UNKNOWN and not Quarantine.objects.filter(code=code, rule=finding.rule).exists():
        code = "" if _is_full(rule=finding.rule) else code  # whoever tries names fills no table
    if digest and _is_full(code=code, rule=finding.rule):
        body, digest = "", ""
    with connection.cursor() as cursor:
        told = [finding.zh, finding.en]
        if finding.field and is_trusted:
            told = [f"{finding.field}：{finding.zh}", f"{finding.field}: {finding.en}"]
        cursor.execute(_QUARANTINE, [code, finding.rule, digest, *told, desk.at, desk.at, body])


def _is_full(**of: str) -> bool:
    return Quarantine.objects.filter(**of).count() >= MOST_QUARANTINED
