"""The door of the devices room: who they are, what they send, and whether they still speak.

Comes in: signed messages and signs of life (``messages_take``, ``heartbeat_take``), over whatever line the edge keeps.
Goes out: ``MessagesTaken``, from which intake makes records, and ``DevicesSilent``.
"""

from hezhi.services.devices.queries import (
    braked_count,
    device_get,
    device_page,
    messages_of,
    quarantine_page,
    silences_of,
    silences_page,
)
from hezhi.services.devices.registry import device_change, device_key_renew, device_register, device_retire
from hezhi.services.devices.silence import devices_silent, silence_see
from hezhi.services.devices.taking import (
    MOST_AT_ONCE,
    heartbeat_take,
    message_set_aside,
    message_settle,
    messages_forget,
    messages_purge,
    messages_take,
)

__all__ = [
    "MOST_AT_ONCE",
    "braked_count",
    "device_change",
    "device_get",
    "device_key_renew",
    "device_page",
    "device_register",
    "device_retire",
    "devices_silent",
    "heartbeat_take",
    "message_set_aside",
    "message_settle",
    "messages_forget",
    "messages_of",
    "messages_purge",
    "messages_take",
    "quarantine_page",
    "silence_see",
    "silences_of",
    "silences_page",
]
