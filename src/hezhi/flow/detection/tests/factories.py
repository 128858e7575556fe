"""The village of intake's tests, with detection listening and an ear for hits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import TypeAdapter

from hezhi.flow.detection import handlers
from hezhi.flow.detection.contracts import HitFound
from hezhi.flow.intake.contracts import RecordAccepted, RecordChanged, RecordErased
from hezhi.flow.intake.tests.factories import pack_base, shelf_with
from hezhi.kit import bus
from hezhi.packkit.shape import Detector, Pack
from hezhi.packkit.shape.detect import Param
from hezhi.packkit.shape.scan import Scan


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


def scan(**more: Any) -> Scan:
    """Three reports from one spot within thirty days, looked for in the lake, with changes."""
    text = {"zh": "同一位置 {n} 次", "en": "{n} times at one spot"}
    told = {
        "id": "often_seen", "kind": "window", "title": text, "says": text, "grade": "yellow", "shadow": False,
        "streams": {"seen": {"reads": "report", "per": ["region", "spot"]}}, "within": number(30, "days"),
        "features": {"n": {"agg": "count"}}, "when": "n >= p.least", "params": {"least": number(3, "count")},
        "quiet": number(10, "days"), "blind_spots": [text], "innocent_reasons": [{"zh": "施工", "en": "Works"}],
        "tests": [{"name": "试一条记录", "given": {}, "hits": 0}, {"name": "试两条记录", "given": {}, "hits": 0}],
    }  # fmt: skip
    return TypeAdapter(Scan).validate_python({**told, **more})


def number(value: int, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "本地约定"}


def pack_scanning(*scans: Scan) -> Pack:
    return pack_with().model_copy(update={"scans": scans})


@contextmanager
def watching(pack: Pack) -> Iterator[list[HitFound]]:
    """Work with one pack and hear its hits."""
    heard: list[HitFound] = []
    before = dict(bus._table)
    bus.connect(
        [
            (RecordAccepted, (handlers.follow_record,)),
            (RecordChanged, (handlers.follow_changed,)),
            (RecordErased, (handlers.follow_erased,)),
            (HitFound, (heard.append,)),
        ]
    )
    with shelf_with(pack):
        yield heard
    bus._table.clear()
    bus._table.update(before)
