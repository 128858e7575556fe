"""Commands about devices themselves: registered, changed, given a new key, retired. Every one writes a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.services.devices import queries, rules, sealing
from hezhi.services.devices.contracts import DeviceDraft, DeviceFinding, DeviceRegistered, DeviceRow
from hezhi.services.devices.errors import DeviceInvalid, DeviceNotFound, DeviceRetired
from hezhi.services.devices.models import Device, Silence
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.errors import RegionCodeInvalid, RegionNotFound

CHANGEABLE = (
    "name", "unit", "region_code", "spot", "agency_id", "every_seconds", "most_per_minute", "also",
)  # fmt: skip


@guard.act
def device_register(*, draft: DeviceDraft, by: Actor, at: datetime) -> tuple[DeviceRow, str]:
    """Make a device known and return it with the key that signs its messages: 64 hexadecimal digits, told this once.

    From now on its silence is noticed. A kind outside the closed list is refused: no device identifies people.

    Raises:
        NotAllowed: the actor does not manage sources everywhere.
        PackUnknown, AgencyNotFound.
        DeviceInvalid: every point that needs a change is named.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    draft, path = _checked(draft)
    if Device.objects.filter(code=draft.code).exists():
        raise DeviceInvalid(findings=(DeviceFinding("code", "taken", "代码已被使用", "The code is taken"),))
    device = Device(code=draft.code, kind=draft.kind, pack_id=draft.pack_id, record=draft.record, registered_at=at)
    _put(device, draft, path)
    device.silent_at = rules.silent_from(at, draft.every_seconds)
    device.save()
    key = sealing.key_new(device)
    device.save(update_fields=["key"])
    body = {"code": draft.code, "kind": draft.kind, "pack": draft.pack_id, "record": draft.record, **_told(draft)}
    _line(device, "device.register", by, at, body)
    bus.publish(DeviceRegistered(draft.pack_id, draft.record, at))
    return queries.device_row(device), key


@guard.act
def device_change(*, device_id: int, changes: dict[str, Any], by: Actor, at: datetime) -> DeviceRow:
    """Change what is written of a device; its code, kind and record stay. The same again changes nothing.

    Args:
        changes: new values of `CHANGEABLE` names.

    Raises:
        NotAllowed, DeviceNotFound, DeviceRetired, AgencyNotFound.
        DeviceInvalid: a name cannot be changed, or the device would not be valid.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    device = _locked(device_id)
    if wrong := sorted(set(changes) - set(CHANGEABLE)):
        zh, en = "这一项不能更改；请停用后重新登记", "This stays as it is; retire the device and register it anew"
        raise DeviceInvalid(findings=tuple(DeviceFinding(name[:40], "fixed", zh, en) for name in wrong))
    before = queries.draft_of(device)
    draft, path = _checked(replace(before, **changes))
    if _told(draft) == _told(before):
        return queries.device_row(device)
    _put(device, draft, path)
    if device.silent_at is not None:
        device.silent_at = rules.silent_from(max(device.heard_at or at, at), draft.every_seconds)
    device.save()
    _line(
        device, "device.change", by, at, {name: one for name, one in _told(draft).items() if one != _told(before)[name]}
    )
    return queries.device_row(device)


@guard.act
def device_key_renew(*, device_id: int, by: Actor, at: datetime) -> str:
    """Give a device a new key and return it, told this once; the old one signs nothing any more.

    Raises:
        NotAllowed, DeviceNotFound, DeviceRetired.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    device = _locked(device_id)
    key = sealing.key_new(device)
    device.save(update_fields=["key"])
    _line(device, "device.key_renew", by, at, {})
    return key


@guard.act
def device_retire(*, device_id: int, reason: str, by: Actor, at: datetime) -> DeviceRow:
    """Take a device out of service: nothing is taken from it any more, and nobody misses it. What it said stays.

    Raises:
        NotAllowed, DeviceNotFound, DeviceRetired.
        DeviceInvalid: no reason.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    device = _locked(device_id)
    if not reason.strip():
        raise DeviceInvalid(findings=(DeviceFinding("reason", "missing", "请写明理由", "Say why"),))
    device.retired_at, device.silent_at = at, None
    device.save(update_fields=["retired_at", "silent_at"])
    Silence.objects.filter(device=device, cleared_at__isnull=True).update(cleared_at=at)
    _line(device, "device.retire", by, at, {"reason": reason.strip()[:300]})
    return queries.device_row(device)


def _locked(device_id: int) -> Device:
    device = Device.objects.select_for_update().filter(id=device_id).first()
    if device is None:
        raise DeviceNotFound(device=device_id)
    if device.retired_at is not None:
        raise DeviceRetired(device=device.code)
    return device


def _checked(draft: DeviceDraft) -> tuple[DeviceDraft, str]:
    """Return the draft with a plain region code, and the path of its region."""
    findings = rules.draft_findings(draft, packkit.shelf().get(draft.pack_id))
    people.agency_get(draft.agency_id)
    path = ""
    try:
        region = regions.region_get(regions.code_read(draft.region_code))
        draft, path = replace(draft, region_code=region.code), region.path
    except (RegionCodeInvalid, RegionNotFound):
        zh, en = "区划树里没有这个代码", "The region tree does not know this code"
        findings.append(DeviceFinding("region_code", "region", zh, en))
    if findings:
        raise DeviceInvalid(findings=tuple(findings))
    return draft, path


def _put(device: Device, draft: DeviceDraft, path: str) -> None:
    for name in CHANGEABLE:
        setattr(device, name, getattr(draft, name))
    device.also = dict(draft.also)
    device.region_path = path


def _told(draft: DeviceDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in CHANGEABLE} | {"also": dict(draft.also)}


def _line(device: Device, act: str, by: Actor, at: datetime, body: dict[str, Any]) -> None:
    ledger.line_append(chain=f"device:{device.id}", act=act, by=by, at=at, body=body)
