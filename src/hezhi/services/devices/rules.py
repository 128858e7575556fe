"""What a message must be, and when a device is silent. Plain Python: no table, no clock.

A message is signed bytes: JSON with ``id``, ``at``, ``value``, ``unit`` and, where the record's shape lets it,
``more``. Nothing else is read, and nothing longer than `MOST_BYTES`: there is no room for a picture or a voice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hezhi.kit.names import nearest_name
from hezhi.packkit.shape import DEVICE_KINDS, Pack, Record
from hezhi.services.devices.contracts import DeviceDraft, DeviceFinding

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{1,47}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
MOST_BYTES = 2_000
MOST_WORD = 60  # characters of a text in ``more``
AHEAD = timedelta(minutes=5)  # by how much a device's clock may be before ours
OLDEST = timedelta(days=7)  # how late a message may come: a device that was cut off sends what it kept
KEPT = timedelta(days=30)  # how long a message's name is remembered: longer than any copy of it is let in
LATE = timedelta(minutes=5)
MISSED = 3  # expected signs of life that must be missing in a row before a device counts as silent
KNOWN = ("id", "at", "value", "unit", "more")
KEY_BYTES = 32


@dataclass(frozen=True)
class Read:
    """A message that can be used. ``values`` are the fields of its record."""

    message_id: str
    happened_at: datetime
    value: float | bool | None
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)


class Bad(Exception):
    """A message that cannot be used, with the one finding that says why."""

    def __init__(self, field: str, rule: str, zh: str, en: str, nearest: str = "") -> None:
        self.finding = DeviceFinding(field, rule, zh, en, nearest)
        super().__init__(str(self.finding))


UNKNOWN = DeviceFinding("device", "unknown", "没有登记这台设备", "No such device is registered")
RETIRED = DeviceFinding("device", "retired", "设备已停用", "The device is out of service")
FORGED = DeviceFinding("sign", "sign", "签名不符", "The signature is wrong")
CHANGED = DeviceFinding(
    "id", "changed", "同一编号的消息内容不同", "A message of this id came before and said something else"
)


def is_signed(key: bytes, body: bytes, sign: str) -> bool:
    """Say whether ``sign`` is the HMAC-SHA256 of the body in hexadecimal digits.

    Example:
        >>> is_signed(b"k", b"{}", hmac.new(b"k", b"{}", "sha256").hexdigest()), is_signed(b"k", b"{}", "00")
        (True, False)
    """
    return sign.isascii() and hmac.compare_digest(hmac.new(key, body, hashlib.sha256).hexdigest(), sign.lower())


def message_read(body: bytes, device: DeviceDraft, shape: Record, at: datetime, *, is_heartbeat: bool = False) -> Read:
    """Return what a message says.

    Args:
        body: bytes whose signature was right.
        at: when it came.
        is_heartbeat: only ``at`` is read.

    Raises:
        Bad: with one finding, the first in the order size, form, names, moment, id, value, unit, more.
    """
    given = _json(body)
    if unknown := [name for name in given if name not in KNOWN]:
        raise Bad(str(unknown[0])[:40], "field", "消息里有约定之外的内容", "The message says more than was agreed",
                  nearest_name(str(unknown[0])[:40], KNOWN))  # fmt: skip
    happened_at = _moment(given.get("at"), at)
    if is_heartbeat:
        return Read("", happened_at, None)
    message_id = given.get("id")
    if type(message_id) is int:
        message_id = str(message_id)
    if not isinstance(message_id, str) or not MESSAGE_ID.fullmatch(message_id):
        raise Bad("id", "id", "消息没有可用的编号", "The message has no usable id")
    value = _value(given, device)
    return Read(message_id, happened_at, value, _values(given, device, shape, message_id, happened_at, value))


def _json(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise Bad("", "size", f"消息超过 {MOST_BYTES} 字节", f"The message is longer than {MOST_BYTES} bytes")
    try:
        given = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Bad("", "form", "消息不是 JSON", "The message is not JSON") from None
    if not isinstance(given, dict):
        raise Bad("", "form", "消息不是一个 JSON 对象", "The message is not one JSON object")
    return given


def _no_number(text: str) -> float:
    raise ValueError(text)


def _moment(given: Any, at: datetime) -> datetime:
    try:
        said = datetime.fromisoformat(given) if isinstance(given, str) else None
        moment = said.astimezone(UTC) if said is not None and said.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise Bad("at", "type", "没有带时区的时间", "There is no moment with a time zone")
    if moment > at + AHEAD:
        raise Bad("at", "clock", "设备时钟快于收到时间", "The device's clock is ahead of the moment it came in")
    if moment < at - OLDEST:
        raise Bad(
            "at",
            "clock",
            f"早于 {OLDEST.days} 天前，设备时钟可疑",
            f"It is older than {OLDEST.days} days; the clock is doubtful",
        )
    return moment


def _value(given: Mapping[str, Any], device: DeviceDraft) -> float | bool:
    value, unit = given.get("value"), given.get("unit", "")
    kind = DEVICE_KINDS[device.kind]
    if kind.is_flag:
        if not isinstance(value, bool):
            raise Bad("value", "type", "应为是或否", "It must be true or false")
        if unit:
            raise Bad("unit", "unit", "是或否没有单位", "True and false have no unit")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e12:
        raise Bad("value", "type", "应为数字", "It must be a number")
    if unit != device.unit:
        raise Bad("unit", "unit", f"单位应为 {device.unit}", f"The unit must be {device.unit}")
    return float(value)


def _values(
    given: Mapping[str, Any], device: DeviceDraft, shape: Record, message_id: str, happened_at: datetime,
    value: float | bool,
) -> dict[str, Any]:  # fmt: skip
    takes = shape.devices
    assert takes is not None
    more = given.get("more", {})
    if not isinstance(more, dict):
        raise Bad("more", "type", "附加内容应为对象", "It must be an object")
    for name, one in more.items():
        if name not in takes.more:
            raise Bad(
                f"more.{name[:40]}",
                "field",
                "约定之外的内容",
                "It was not agreed on",
                nearest_name(name[:40], takes.more),
            )
        if not isinstance(one, str | int | float) or len(str(one)) > MOST_WORD:
            raise Bad(
                f"more.{name}",
                "type",
                f"应为 {MOST_WORD} 字以内的文字或数字",
                f"It must be a word of at most {MOST_WORD} characters or a number",
            )
    said = {
        **device.also,
        **more,
        takes.kind: device.kind,
        (takes.flag if isinstance(value, bool) else takes.number): value,
        takes.unit: device.unit,
        takes.device: device.code,
        shape.subject: device.spot,
        shape.place: device.region_code,
        shape.key: f"{device.code}:{message_id}",
        shape.happened: happened_at.isoformat(),
    }
    return {name: one for name, one in said.items() if name is not None and one != ""}


def silent_from(heard_at: datetime, every_seconds: int) -> datetime:
    """Return from when a device counts as silent that was last heard at ``heard_at``.

    Example:
        >>> silent_from(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), 600).isoformat()
        '2026-03-02T01:30:00+00:00'
    """
    return heard_at + MISSED * timedelta(seconds=every_seconds)


def minute_of(moment: datetime) -> datetime:
    """Return the beginning of the minute in which a moment lies."""
    return moment.replace(second=0, microsecond=0)


def draft_findings(draft: DeviceDraft, pack: Pack) -> list[DeviceFinding]:
    """Return all that is wrong with what a device is registered with, as far as its pack can tell."""
    shapes = {one.id: one for one in pack.records if one.devices is not None}
    shape = shapes.get(draft.record)
    found = [*_plain_findings(draft), *_kind_findings(draft)]
    if shape is None:
        zh, en = (
            "场景包里没有接收设备消息的这种记录",
            "The pack has no record of this name that takes messages of devices",
        )
        return [*found, DeviceFinding("record", "record", zh, en, nearest_name(draft.record[:48], shapes))]
    return [*found, *_shape_findings(draft, shape)]


RANGES = (("every_seconds", 5, 7 * 86_400), ("most_per_minute", 1, 6_000))


def _plain_findings(draft: DeviceDraft) -> Iterator[DeviceFinding]:
    if not CODE.fullmatch(draft.code):
        zh = "代码为 2 至 48 个小写字母、数字、点、下划线或连字符"
        yield DeviceFinding(
            "code", "pattern", zh, "A code is 2 to 48 small letters, digits, dots, underscores and dashes"
        )
    for name, most in (("name", 100), ("spot", 200)):
        if not 0 < len(getattr(draft, name).strip()) <= most:
            yield DeviceFinding(name, "range", f"需要 1 至 {most} 个字", f"It needs 1 to {most} characters")
    for name, least, most in RANGES:
        if not least <= getattr(draft, name) <= most:
            yield DeviceFinding(name, "range", f"应在 {least} 至 {most} 之间", f"It lies between {least} and {most}")


def _kind_findings(draft: DeviceDraft) -> Iterator[DeviceFinding]:
    kind = DEVICE_KINDS.get(draft.kind)
    if kind is None:
        zh = "不在设备种类清单里：设备只看护地点和物件，不识别人"
        en = "It is not on the closed list: devices watch places and things, and identify nobody"
        yield DeviceFinding("kind", "kind", zh, en, nearest_name(draft.kind[:40], DEVICE_KINDS))
    elif kind.is_flag and draft.unit:
        yield DeviceFinding("unit", "unit", "这种设备只说是或否，没有单位", "This kind says yes or no and has no unit")
    elif not kind.is_flag and draft.unit not in kind.units:
        zh, en = f"单位为 {'、'.join(kind.units)} 之一", f"The unit is one of {', '.join(kind.units)}"
        yield DeviceFinding("unit", "unit", zh, en, nearest_name(draft.unit[:12], kind.units))


def _shape_findings(draft: DeviceDraft, shape: Record) -> Iterator[DeviceFinding]:
    assert shape.devices is not None
    if draft.kind in DEVICE_KINDS and draft.kind not in shape.devices.kinds:
        near = nearest_name(draft.kind, shape.devices.kinds)
        yield DeviceFinding("kind", "kind", "这种记录不接收此类设备", "This record takes no such device", near)
    for name in draft.also:
        field = shape.fields.get(name)
        if field is None:
            near = nearest_name(name[:40], shape.fields)
            yield DeviceFinding(f"also.{name[:40]}", "field", "记录没有这一项", "The record has no such field", near)
        elif field.sensitivity != "open":
            zh, en = "固定值只能填写公开项", "Only open fields can be filled once for all"
            yield DeviceFinding(f"also.{name}", "field", zh, en)
