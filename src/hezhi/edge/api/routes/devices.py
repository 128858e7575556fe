"""Devices: what they send themselves, and what officers see and do about them."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from ninja.errors import AuthenticationError
from pydantic import Field

from hezhi.edge.api.auth import Signature, by
from hezhi.edge.api.errors import MessageBad, answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import AgencyId, Cursor, In, Name, ReasonIn, RowId, Rows, Size, page
from hezhi.edge.now import now
from hezhi.services.devices import api as devices
from hezhi.services.devices.contracts import DeviceRow, Incoming, MessageRow, MessageState, SilenceRow

router = Router(tags=["devices"])
Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{1,47}$")]
SIGNED = "The body's exact bytes are signed with the device's key: HMAC-SHA256, in hexadecimal digits, in the header."
TAKES_MESSAGE = f"Take one message: it becomes one record, however often it comes. {SIGNED}"
TAKES_HEARTBEAT = f"Take one sign of life; an old one, sent again, proves nothing. {SIGNED}"


def _body(**properties: Any) -> dict[str, Any]:
    moment = {"type": "string", "format": "date-time", "description": "By the device's clock, with a time zone."}
    shape = {"type": "object", "required": ["at", *properties], "properties": {"at": moment, **properties}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": shape}}}}


MESSAGE = _body(
    id={"type": "string", "description": "Names the message: the same one again is taken once."},
    value={"anyOf": [{"type": "number"}, {"type": "boolean"}]},
)
MESSAGE["requestBody"]["content"]["application/json"]["schema"]["properties"] |= {
    "unit": {"type": "string", "description": "The registered one; left out by devices that say true or false."},
    "more": {"type": "object", "description": "Further words, where the record's shape agrees to them."},
}


class Received(Schema):
    """``taken``, ``repeated``, ``refused`` by the record's contract, or ``braked``: counted, and no record.

    ``number`` is that of the record, where there is one.
    """

    state: MessageState
    number: str = ""


class DeviceView(Schema):
    """One device with its newest messages and its losses; ``braked_count`` counts those of the last day."""

    device: DeviceRow
    messages: list[MessageRow]
    silences: list[SilenceRow]
    braked_count: int


class DeviceChange(In):
    """What is left out stays as it is."""

    name: Name | None = None
    spot: Annotated[str, Field(max_length=200)] | None = None
    unit: Annotated[str, Field(max_length=12)] | None = None
    region_code: Annotated[str, Field(max_length=15)] | None = None
    agency_id: AgencyId | None = None
    every_seconds: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    most_per_minute: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    also: dict[Name, Annotated[str, Field(max_length=200)]] | None = None


class NoteIn(In):
    note: Annotated[str, Field(min_length=1, max_length=300)]


@router.post(
    "/{code}/messages", response=answers(Received, 401, anonymous=True), auth=Signature(), openapi_extra=MESSAGE,
    summary="Say what was measured", description=TAKES_MESSAGE,
)  # fmt: skip
def message(request: HttpRequest, code: Code) -> Received:
    return _take(request, code, is_heartbeat=False)


@router.post(
    "/{code}/heartbeat", response=answers(Received, 401, anonymous=True), auth=Signature(), openapi_extra=_body(),
    summary="Say that one is there", description=TAKES_HEARTBEAT,
)  # fmt: skip
def heartbeat(request: HttpRequest, code: Code) -> Received:
    return _take(request, code, is_heartbeat=True)


def _take(request: Any, code: str, *, is_heartbeat: bool) -> Received:
    incoming = Incoming(code, request.body, request.auth, is_heartbeat=is_heartbeat)
    [taken] = devices.messages_take(messages=[incoming], at=now())
    if taken.finding is not None:
        if taken.finding.rule in ("unknown", "sign", "retired"):  # who cannot prove who it is learns no more
            raise AuthenticationError
        raise MessageBad(findings=(taken.finding,))
    return Received(state=taken.state, number=taken.record_number)


@router.get("", response=answers(Rows[DeviceRow]), summary="Devices")
def page_(
    request: HttpRequest, text: Annotated[str, Query(max_length=100)] = "", is_silent: bool | None = None,
    cursor: Cursor = "", size: Size = 50,
) -> Any:  # fmt: skip
    """Return devices I may see: of my agency, or in my region. Retired ones only where ``text`` finds them."""
    return page(devices.device_page(by=by(request), text=text, is_silent=is_silent, cursor=cursor, size=size))


@router.get("/silences", response=answers(list[SilenceRow]), summary="Devices that are not heard from")
def silences(request: HttpRequest, is_over: bool = False) -> list[SilenceRow]:
    """Return losses that last, or those that are over, the newest first."""
    return devices.silences_page(by=by(request), is_over=is_over)


@router.post("/silences/{silence_id}/see", response=answers(SilenceRow, 404, 409), summary="Take note of a loss")
def see(request: HttpRequest, silence_id: RowId, body: NoteIn, key: Key) -> SilenceRow:
    """Say what is done about a loss; whether the device speaks again is another matter."""
    return once(
        request, key, lambda who, at, _: devices.silence_see(silence_id=silence_id, note=body.note, by=who, at=at)
    )


@router.get("/{device_id}", response=answers(DeviceView, 404), summary="One device")
def get(request: HttpRequest, device_id: RowId) -> DeviceView:
    """Return one device with its newest messages."""
    who = by(request)
    return DeviceView(
        device=devices.device_get(device_id=device_id, by=who),
        messages=devices.messages_of(device_id=device_id, by=who),
        silences=devices.silences_of(device_id=device_id, by=who),
        braked_count=devices.braked_count(device_id=device_id, by=who, at=now()),
    )


@router.post("/{device_id}/change", response=answers(DeviceRow, 404, 409), summary="Change a device")
def change(request: HttpRequest, device_id: RowId, body: DeviceChange, key: Key) -> DeviceRow:
    """Change where a device stands, whose it is or how often it is expected. Registering is done on the machine
    itself (``hezhi devices register``), for the key is told once and answers of this API are noted."""
    changes = body.model_dump(exclude_none=True)
    return once(
        request, key, lambda who, at, _: devices.device_change(device_id=device_id, changes=changes, by=who, at=at)
    )


@router.post("/{device_id}/retire", response=answers(DeviceRow, 404, 409), summary="Take a device out of service")
def retire(request: HttpRequest, device_id: RowId, body: ReasonIn, key: Key) -> DeviceRow:
    """Take nothing from a device any more; what it said stays."""
    return once(
        request, key, lambda who, at, _: devices.device_retire(device_id=device_id, reason=body.reason, by=who, at=at)
    )
