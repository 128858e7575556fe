"""The one place where the keys of devices are sealed and opened."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from hezhi.services.devices.models import Device
from hezhi.services.devices.rules import KEY_BYTES
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.contracts import Place


def key_new(device: Device) -> str:
    """Give a device a new key and return it in hexadecimal digits, told this once; the row is not saved."""
    key = secrets.token_hex(KEY_BYTES)
    device.key = vault.seal(vault.key_ready(subject=_subject(device.id)), _place(device.id), key)
    return key


def keys_of(devices: Sequence[Device]) -> dict[int, bytes]:
    """Return the keys of devices by their ids."""
    found = vault.keys_get(subjects=[_subject(one.id) for one in devices])
    return {
        one.id: bytes.fromhex(str(vault.unseal(found[_subject(one.id)], _place(one.id), one.key))) for one in devices
    }


def _subject(device_id: int) -> str:
    return f"device:{device_id}"


def _place(device_id: int) -> Place:
    return Place("devices_device", str(device_id), "key")
