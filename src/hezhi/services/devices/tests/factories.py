"""A village with a smoke detector: an invented pack that takes messages of devices, and what a device sends."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hezhi.flow.intake.models import Record
from hezhi.flow.intake.tests.factories import VILLAGE, pack_base, regions_make
from hezhi.packkit.shape import Field, FromDevices, Pack
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.playbook import Entrance
from hezhi.services.devices import api
from hezhi.services.devices.contracts import DeviceDraft, DeviceRow, Incoming, MessageState, Taken
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten in the morning
HOUSE = Actor.system("test")


def _field(kind: str, **more: Any) -> Field:
    return Field(type=kind, label=Text(zh="项", en="field"), **more)


@cache
def pack_with_devices() -> Pack:
    """The invented pack with one kind of record more, which takes smoke, infrared and gate messages as alerts."""
    pack = pack_base()
    told = pack.records[0]
    shape = told.model_copy(
        update={
            "id": "signal", "key": "signal_no", "matter": None, "text": None, "contact": None, "duplicates": (),
            "late_after_hours": 1,
            "fields": {
                "signal_no": _field("text", required=True), "region": told.fields["region"],
                "spot": told.fields["spot"], "happened_at": told.fields["happened_at"],
                "device": _field("text", required=True), "sensor": _field("text"),
                "reading": _field("number", at_most=1000),
                "is_warm": _field("flag"), "unit": _field("text"), "zone": _field("text"), "plate": _field("text"),
                "note": _field("text", sensitivity="personal"),
            },
            "devices": FromDevices(
                kinds=("smoke", "infrared"), device="device", kind="sensor", number="reading", flag="is_warm",
                unit="unit", more=("plate",),
            ),
        }
    )  # fmt: skip
    matter = pack.matters[0]
    entrances = (*(pack.playbook.entrances or ()), Entrance(record="signal", to="alert"))
    playbook = pack.playbook.model_copy(update={"entrances": entrances})
    return pack.model_copy(update={"records": (*pack.records, shape), "matters": (matter,), "playbook": playbook})


@dataclass(frozen=True)
class Ranger:
    """The agency that owns the devices, and the handler who is told of them."""

    agency_id: int
    person_id: int


def village_make() -> Ranger:
    regions_make()
    people.people_load(
        agencies=[AgencySeed("rangers", "林场", "forestry", "339901")],
        officers=[OfficerSeed("ranger", "林", "rangers", Role.HANDLER)],
        from_on=AT.date() - timedelta(days=30), by=HOUSE, at=AT,
    )  # fmt: skip
    agency = people.agency_by_code("rangers")
    [officer] = people.officers(agency_id=agency.id, at=AT)
    return Ranger(agency.id, officer.id)


def draft(agency_id: int, code: str = "smoke-1", **more: Any) -> DeviceDraft:
    given = {
        "name": "一号烟感", "kind": "smoke", "unit": "ppm", "pack_id": "demo_works", "record": "signal",
        "region_code": VILLAGE, "spot": "东坡防火道", "agency_id": agency_id, "also": {"zone": "core"}, **more,
    }  # fmt: skip
    return DeviceDraft(code=code, **given)


@dataclass(frozen=True)
class Sender:
    """A device that speaks: it knows its key."""

    row: DeviceRow
    key: str

    def says(self, number: int | str, value: Any = 12.5, *, minutes: float = 0, **more: Any) -> Incoming:
        """A message named ``number``, said ``minutes`` after `AT`; a value of None leaves a part out."""
        unit = {"unit": self.row.draft.unit} if self.row.draft.unit else {}
        at = (AT + timedelta(minutes=minutes)).isoformat()
        said = {"id": number, "at": at, "value": value, **unit, **more}
        return self.raw(json.dumps({name: one for name, one in said.items() if one is not None}).encode())

    def beats(self, *, minutes: float = 0) -> Incoming:
        body = json.dumps({"at": (AT + timedelta(minutes=minutes)).isoformat()}).encode()
        return replace(self.raw(body), is_heartbeat=True)

    def raw(self, body: bytes) -> Incoming:
        return Incoming(self.row.code, body, hmac.new(bytes.fromhex(self.key), body, hashlib.sha256).hexdigest())


def sender(agency_id: int, code: str = "smoke-1", **more: Any) -> Sender:
    row, key = api.device_register(draft=draft(agency_id, code, **more), by=HOUSE, at=AT)
    return Sender(row, key)


def take(*messages: Incoming, minutes: float = 1) -> list[Taken]:
    """Take messages that come in ``minutes`` after `AT`."""
    return api.messages_take(messages=messages, at=AT + timedelta(minutes=minutes))


def states(*messages: Incoming, minutes: float = 1) -> list[str]:
    return [str(one.state) for one in take(*messages, minutes=minutes)]


def rules_told(*messages: Incoming, minutes: float = 1) -> list[str]:
    """Return the rule under which each was quarantined, or what else became of it."""
    return [one.finding.rule if one.finding else str(one.state) for one in take(*messages, minutes=minutes)]


def records() -> list[dict[str, Any]]:
    """Return the values of every record that came of a message, in the order in which they were stored."""
    return [one.values for one in Record.objects.filter(kind="signal").order_by("id")]


TAKEN, REPEATED, BRAKED = MessageState.TAKEN, MessageState.REPEATED, MessageState.BRAKED
