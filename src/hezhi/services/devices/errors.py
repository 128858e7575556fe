"""What the room of devices cannot do.

HezhiError
├── NotFound
│   ├── DeviceNotFound
│   └── SilenceNotFound
├── Invalid
│   ├── DeviceInvalid
│   └── CursorDamaged
└── Refused
    ├── DeviceRetired
    └── SilenceSeen
"""

from __future__ import annotations

from hezhi.kit.errors import Invalid, NotFound, Refused


class DeviceNotFound(NotFound):
    """There is no such device, or you may not see it."""

    code = "device_not_found"


class SilenceNotFound(NotFound):
    """There is no such loss of a device, or you may not see it."""

    code = "silence_not_found"


class DeviceInvalid(Invalid):
    """The device cannot be registered as it is; every point that needs a change is named."""

    code = "device_invalid"


class CursorDamaged(Invalid):
    """This page address is damaged; start from the first page."""

    code = "bad_page"


class DeviceRetired(Refused):
    """This device is out of service."""

    code = "device_retired"


class SilenceSeen(Refused):
    """Somebody has taken note of this already."""

    code = "silence_seen"
