"""The pack format, version 1, as typed shapes; unknown keys are errors everywhere."""

from hezhi.packkit.shape.base import Shape, Text
from hezhi.packkit.shape.checks import Check
from hezhi.packkit.shape.decide import Decision
from hezhi.packkit.shape.detect import Detector
from hezhi.packkit.shape.devices import DEVICE_KINDS, DeviceKind, FromDevices
from hezhi.packkit.shape.identity import Identity
from hezhi.packkit.shape.matters import Matter
from hezhi.packkit.shape.measure import Expectation, Indicator
from hezhi.packkit.shape.online import OnlineFeature
from hezhi.packkit.shape.pack import Pack
from hezhi.packkit.shape.playbook import Playbook
from hezhi.packkit.shape.quality import QualityNote
from hezhi.packkit.shape.records import Field, Record
from hezhi.packkit.shape.scan import SCANS, Scan, ScanBase
from hezhi.packkit.shape.story import Story

__all__ = [
    "DEVICE_KINDS",
    "SCANS",
    "Check",
    "Decision",
    "Detector",
    "DeviceKind",
    "Expectation",
    "Field",
    "FromDevices",
    "Identity",
    "Indicator",
    "Matter",
    "OnlineFeature",
    "Pack",
    "Playbook",
    "QualityNote",
    "Record",
    "Scan",
    "ScanBase",
    "Shape",
    "Story",
    "Text",
]
