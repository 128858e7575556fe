"""The village of intake's tests, with detection listening and an ear for hits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hezhi.flow.detection import handlers
from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.intake.contracts import RecordAccepted
from hezhi.flow.intake.tests.factories import pack_base, shelf_with
from hezhi.kit import bus
from hezhi.packkit.shape import Detector, Pack
from hezhi.packkit.shape.detect import Param


def detector(**more: Any) -> Detector:
    """The invented pack's own detector, three reports from one spot within thirty days, with changes."""
    return pack_base().detectors[0].model_copy(update=more)


def days(value: int) -> Param:
    return Param(value=value, unit="days", source="test")


def count(value: int) -> Param:
    return Param(value=value, unit="count", source="test")


def pack_with(*detectors: Detector, status: str = "active") -> Pack:
    base = pack_base()
    identity = base.identity.model_copy(update={"status": status})
    return base.model_copy(update={"detectors": detectors, "identity": identity})


@contextmanager
def watching(pack: Pack) -> Iterator[list[HitFound]]:
    """Work with one pack and hear its hits."""
    heard: list[HitFound] = []
    before = dict(bus._table)
    bus.connect([(RecordAccepted, (handlers.follow_record,)), (HitFound, (heard.append,))])
    with shelf_with(pack):
        yield heard
    bus._table.clear()
    bus._table.update(before)
