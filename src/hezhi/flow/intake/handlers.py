"""What intake does with what devices say: every message becomes one record, and the devices' room learns which."""

from __future__ import annotations

from hezhi.flow.intake import batches, sources
from hezhi.flow.intake.contracts import RecordState
from hezhi.services.devices import api as devices
from hezhi.services.devices.contracts import DeviceRegistered, MessagesTaken, Settled


def follow_device(event: DeviceRegistered) -> None:
    """Have a source ready for the records of a device; the same kind of record again changes nothing."""
    sources.devices_source(event.pack_id, event.record, event.at)


def follow_messages(event: MessagesTaken) -> None:
    """Make a record of every message; a message that came before is one record already."""
    results = batches.messages_take(
        pack_id=event.pack_id,
        kind=event.record,
        agency_id=event.agency_id,
        rows=[dict(one.values) for one in event.messages],
        at=event.at,
    )
    devices.message_settle(
        settled=[
            Settled(one.id, result.record_id, result.number, result.state in (RecordState.REFUSED, RecordState.HELD))
            for one, result in zip(event.messages, results, strict=True)
        ]
    )
