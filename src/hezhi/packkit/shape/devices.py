"""Devices whose messages become records: the closed list of what a device may be, and how a record takes a message.

Every kind watches a place or a thing. There is none for cameras, voices, plates or faces, and none can be added by a
pack: a message is one number or one flag of at most a few short words, so that it can hold no picture of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field as F

from hezhi.packkit.shape.base import Shape, Text

DeviceKindId = Literal[
    "smoke", "infrared", "temperature", "gate", "water_level", "water_flow", "water_quality", "rain", "gas", "air",
    "noise", "tilt", "weighbridge", "tank_level", "power",
]  # fmt: skip


@dataclass(frozen=True)
class DeviceKind:
    """What one kind of device watches and says.

    Attributes:
        label: what pages call it.
        units: in which units it may speak; empty for one that says yes or no.
    """

    label: Text
    units: tuple[str, ...] = ()

    @property
    def is_flag(self) -> bool:
        return not self.units


def _kind(zh: str, en: str, *units: str) -> DeviceKind:
    return DeviceKind(Text(zh=zh, en=en), units)


DEVICE_KINDS: Mapping[str, DeviceKind] = {
    "smoke": _kind("烟感", "smoke detector", "%/m", "ppm"),
    "infrared": _kind("红外感应（有无热源）", "infrared detector: something warm, or nothing"),
    "temperature": _kind("温度", "temperature", "°C"),
    "gate": _kind("门闸开闭", "gate, open or shut"),
    "water_level": _kind("水位", "water level", "m"),
    "water_flow": _kind("流量", "flow", "m3/h", "m3/s"),
    "water_quality": _kind("水质", "water quality", "mg/L", "NTU", "pH"),
    "rain": _kind("雨量", "rain", "mm"),
    "gas": _kind("可燃或有毒气体", "gas", "%LEL", "ppm"),
    "air": _kind("空气质量", "air quality", "ug/m3"),
    "noise": _kind("噪声声级", "sound level, never sound", "dB"),
    "tilt": _kind("倾斜", "tilt of a slope or a wall", "deg", "mm"),
    "weighbridge": _kind("地磅", "weighbridge", "kg", "t"),
    "tank_level": _kind("罐液位", "level in a tank", "m", "%"),
    "power": _kind("电量", "power", "kWh", "kW"),
}
"""The closed list. What a kind may say is a number in one of its units, or yes and no."""


class FromDevices(Shape):
    """How a message of a device becomes a record of this shape.

    Key, subject, place and moment are filled by the house: device code and message id, the device's point, its
    region, its own moment.
    """

    kinds: tuple[DeviceKindId, ...] = F(min_length=1, description="kinds of the closed list that may send")
    device: str = F(description="field of type text that takes the device's code")
    kind: str | None = F(default=None, description="field of type text or choice that takes the device's kind")
    number: str | None = F(default=None, description="field of type number that takes what it measured")
    flag: str | None = F(default=None, description="field of type flag that takes what it says where that is yes or no")
    unit: str | None = F(default=None, description="field of type text or choice that takes the unit")
    more: tuple[str, ...] = F(default=(), description="further fields that a device may fill, open ones only")
