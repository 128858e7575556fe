"""Reads of devices, their messages, their silences and what was quarantined, as frozen rows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from hezhi.kit.paging import Page, number_read
from hezhi.services.devices.contracts import (
    DeviceDraft,
    DeviceRow,
    MessageRow,
    MessageState,
    QuarantineRow,
    SilenceRow,
)
from hezhi.services.devices.errors import CursorDamaged, DeviceNotFound
from hezhi.services.devices.models import Device, Message, Quarantine, Silence
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace
from hezhi.spine.permissions.errors import NotAllowed, NotFound

PLACE = Fields(region="region_path")
SILENCES_SHOWN = 200


def visible(by: Actor) -> QuerySet[Device]:
    """Return the devices the actor may see: of the own agency, in the own region, or all for who manages sources."""
    if permissions.may_everywhere(by, Right.SOURCE_MANAGE):
        return Device.objects.all()
    own = Q(agency_id__in=permissions.scopes(by, Right.CASE_READ).agency_ids)
    return Device.objects.filter(permissions.scope_q(by, Right.RECORD_READ, PLACE) | own)


def require_care(by: Actor, device: Device, *, hidden: NotFound) -> None:
    """Return only if the actor looks after a device: of its agency, or who corrects records there.

    Raises:
        NotFound (``hidden``), NotAllowed.
    """
    place = RowPlace(device.region_path, frozenset({device.agency_id}))
    here, own = RowPlace(device.region_path), RowPlace(agency_ids=place.agency_ids)
    manages = permissions.may_everywhere(by, Right.SOURCE_MANAGE)
    if manages or permissions.may(by, Right.RECORD_CORRECT, here) or permissions.may(by, Right.CASE_HANDLE, own):
        return
    if permissions.may(by, Right.RECORD_READ, here) or permissions.may(by, Right.CASE_READ, own):
        raise NotAllowed(right=str(Right.CASE_HANDLE))
    raise hidden


def draft_of(device: Device) -> DeviceDraft:
    """Return what a device is registered with."""
    return DeviceDraft(
        code=device.code, name=device.name, kind=device.kind, unit=device.unit, pack_id=device.pack_id,
        record=device.record, region_code=device.region_code, spot=device.spot, agency_id=device.agency_id,
        every_seconds=device.every_seconds, most_per_minute=device.most_per_minute, also=device.also,
    )  # fmt: skip


def device_row(device: Device, silence: Silence | None = None) -> DeviceRow:
    """Return a device as other rooms see it."""
    return DeviceRow(
        id=device.id,
        draft=draft_of(device),
        region_path=device.region_path,
        registered_at=device.registered_at,
        retired_at=device.retired_at,
        heard_at=device.heard_at,
        silence=silence_row(silence) if silence else None,
    )


def silence_row(silence: Silence) -> SilenceRow:
    """Return a loss; its device is loaded with it."""
    return SilenceRow(
        id=silence.id, device_id=silence.device_id, device_code=silence.device.code, device_name=silence.device.name,
        spot=silence.device.spot, agency_id=silence.device.agency_id, since_at=silence.since_at,
        raised_at=silence.raised_at, cleared_at=silence.cleared_at, seen_at=silence.seen_at, seen_by=silence.seen_by,
        note=silence.note,
    )  # fmt: skip


def device_get(*, device_id: int, by: Actor) -> DeviceRow:
    """Return one device with its silence where it is silent.

    Raises:
        DeviceNotFound: there is none, or the actor may not see it.
    """
    device = visible(by).filter(id=device_id).first()
    if device is None:
        raise DeviceNotFound(device=device_id)
    return device_row(device, _open([device.id]).get(device.id))


def device_page(
    *, by: Actor, text: str = "", is_silent: bool | None = None, cursor: str = "", size: int = 50
) -> Page[DeviceRow]:
    """Return devices the actor may see, by code; retired ones last of all are left out unless ``text`` names one.

    Args:
        text: part of code, name or spot; empty for all that are in service.
        is_silent: only those that are silent, or only those that are not.

    Raises:
        CursorDamaged.
    """
    rows = visible(by).order_by("id")
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(spot__icontains=text))
    else:
        rows = rows.filter(retired_at__isnull=True)
    if is_silent is not None:
        rows = rows.filter(retired_at__isnull=True, silent_at__isnull=is_silent)
    if cursor:
        after = number_read(cursor)
        if after is None:
            raise CursorDamaged(cursor=cursor[:20])
        rows = rows.filter(id__gt=after)
    found = list(rows[: size + 1])
    silences = _open([one.id for one in found])
    following = str(found[size - 1].id) if len(found) > size else ""
    return Page(tuple(device_row(one, silences.get(one.id)) for one in found[:size]), following)


def _open(device_ids: list[int]) -> dict[int, Silence]:
    rows = Silence.objects.select_related("device").filter(device_id__in=device_ids, cleared_at__isnull=True)
    return {one.device_id: one for one in rows}


def silences_page(*, by: Actor, is_over: bool = False) -> list[SilenceRow]:
    """Return losses of devices the actor may see, the newest first, at most `SILENCES_SHOWN`.

    Args:
        is_over: those that ended, instead of those that last.
    """
    rows = Silence.objects.select_related("device").filter(device__in=visible(by), cleared_at__isnull=not is_over)
    return [silence_row(one) for one in rows.order_by("-id")[:SILENCES_SHOWN]]


def silences_of(*, device_id: int, by: Actor) -> list[SilenceRow]:
    """Return the losses of one device, the newest first, at most twenty.

    Raises:
        DeviceNotFound.
    """
    device_get(device_id=device_id, by=by)
    return [
        silence_row(one)
        for one in Silence.objects.select_related("device").filter(device_id=device_id).order_by("-id")[:20]
    ]


def messages_of(*, device_id: int, by: Actor, size: int = 50) -> list[MessageRow]:
    """Return the newest messages of one device by its own clock.

    Raises:
        DeviceNotFound.
    """
    device = device_get(device_id=device_id, by=by)
    is_flag = not device.draft.unit
    rows = Message.objects.filter(device_id=device_id).order_by("-happened_at", "-id")[:size]
    return [
        MessageRow(
            one.id, one.message_id, MessageState(one.state),
            bool(one.value) if is_flag and one.value is not None else one.value,
            one.happened_at, one.received_at, one.is_late, one.record_number,
        )
        for one in rows
    ]  # fmt: skip


def braked_count(*, device_id: int, by: Actor, at: datetime) -> int:
    """Return how many messages of the last day were held back by the brake.

    Raises:
        DeviceNotFound.
    """
    device_get(device_id=device_id, by=by)
    since = at - timedelta(days=1)
    return Message.objects.filter(device_id=device_id, state=MessageState.BRAKED, received_at__gt=since).count()


def quarantine_page(*, by: Actor, code: str = "", size: int = 100) -> list[QuarantineRow]:
    """Return what was quarantined, the newest first; ``code`` narrows to one device.

    Raises:
        NotAllowed: the actor does not manage sources everywhere.
    """
    permissions.require_everywhere(by, Right.SOURCE_MANAGE)
    rows = Quarantine.objects.filter(code=code) if code else Quarantine.objects.all()
    return [
        QuarantineRow(one.id, one.code, one.rule, one.zh, one.en, one.count, one.first_at, one.last_at, one.body)
        for one in rows.order_by("-last_at", "-id")[:size]
    ]
