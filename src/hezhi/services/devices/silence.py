"""Notices that a device is not heard from: once per silence, cleared when it speaks, noted when somebody looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hezhi.kit import bus
from hezhi.services.devices import queries, rules
from hezhi.services.devices.contracts import DeviceFinding, DevicesSilent, SilenceRow
from hezhi.services.devices.errors import DeviceInvalid, SilenceNotFound, SilenceSeen
from hezhi.services.devices.models import Device, Silence
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("devices")
AT_MOST = 500  # devices told of in one round; the next takes the rest
NOTE_MOST = 300


@guard.act
def devices_silent(*, at: datetime) -> int:
    """Raise one loss for every device that has missed three signs of life in a row; return how many.

    Each is told to the agency that owns it, once, until the device has spoken again. Running this twice, late or not
    at all for a while is harmless: a device that is told as silent is not looked at again.
    """
    overdue = Device.objects.select_for_update(skip_locked=True).filter(silent_at__lte=at).order_by("silent_at", "id")
    devices = list(overdue[:AT_MOST])
    raised = [
        Silence(device=device, since_at=device.heard_at or device.registered_at, raised_at=at) for device in devices
    ]
    Silence.objects.bulk_create(raised)
    Device.objects.filter(id__in=[one.id for one in devices]).update(silent_at=None)
    agencies: dict[int, list[SilenceRow]] = {}
    for one in raised:
        _line(one, "device.silent", HOUSE, at, {"since": one.since_at})
        agencies.setdefault(one.device.agency_id, []).append(queries.silence_row(one))
    for agency_id, silences in sorted(agencies.items()):
        count = Device.objects.filter(agency_id=agency_id, retired_at__isnull=True).count()
        bus.publish(DevicesSilent(agency_id, tuple(silences), count, at))
    return len(raised)


def heard(*, devices: Sequence[Device], heard: Mapping[int, datetime], at: datetime) -> None:
    """Note the newest words of locked devices; a silence ends when what they said is not itself long ago.

    For this room only. WHY the device's own moment counts: a broker may hand out today what a device said yesterday.
    """
    changed = [one for one in devices if one.heard_at is None or heard[one.id] > one.heard_at]
    back = []
    for device in changed:
        device.heard_at = heard[device.id]
        until = rules.silent_from(device.heard_at, device.every_seconds)
        if until > at:
            back += [] if device.silent_at is not None else [device.id]
            device.silent_at = until
    Device.objects.bulk_update(changed, ["heard_at", "silent_at"])
    for silence in Silence.objects.select_related("device").filter(device_id__in=back, cleared_at__isnull=True):
        silence.cleared_at = max(at, silence.raised_at)
        silence.save(update_fields=["cleared_at"])
        _line(silence, "device.heard", HOUSE, at, {"since": silence.since_at})


@guard.act
def silence_see(*, silence_id: int, note: str, by: Actor, at: datetime) -> SilenceRow:
    """Take note of a loss and say what is done about it; whether the device speaks again is another matter.

    Raises:
        SilenceNotFound: there is none, or the actor may not see its device.
        NotAllowed: the actor sees it, but belongs neither to its agency nor to who looks after records there.
        SilenceSeen: somebody has taken note already.
        DeviceInvalid: no note.
    """
    found = Silence.objects.select_for_update(of=("self",)).select_related("device").filter(id=silence_id).first()
    if found is None:
        raise SilenceNotFound(silence=silence_id)
    queries.require_care(by, found.device, hidden=SilenceNotFound(silence=silence_id))
    if found.seen_at is not None:
        raise SilenceSeen(by=found.seen_by)
    if not 0 < len(note.strip()) <= NOTE_MOST:
        zh, en = f"用 1 至 {NOTE_MOST} 个字写明处理情况", f"Say in 1 to {NOTE_MOST} characters what is done"
        raise DeviceInvalid(findings=(DeviceFinding("note", "range", zh, en),))
    found.seen_at, found.seen_by, found.note = at, by.ref, note.strip()
    found.save(update_fields=["seen_at", "seen_by", "note"])
    _line(found, "device.silence_see", by, at, {"silence": found.id, "note": found.note})
    return queries.silence_row(found)


def _line(silence: Silence, act: str, by: Actor, at: datetime, body: dict[str, object]) -> None:
    ledger.line_append(chain=f"device:{silence.device_id}", act=act, by=by, at=at, body=body)
