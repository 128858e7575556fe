"""A whole pack, as the kernel reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict

from hezhi.packkit.shape.base import Shape, Text
from hezhi.packkit.shape.checks import Check
from hezhi.packkit.shape.decide import Decision
from hezhi.packkit.shape.detect import Detector
from hezhi.packkit.shape.identity import Identity
from hezhi.packkit.shape.matters import Matter
from hezhi.packkit.shape.measure import Expectation, Indicator
from hezhi.packkit.shape.online import OnlineFeature
from hezhi.packkit.shape.playbook import Outcome, Playbook, Task
from hezhi.packkit.shape.quality import QualityNote
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import Scan, ScanBase
from hezhi.packkit.shape.story import Story

T = TypeVar("T", bound=Any)


class Pack(Shape):
    """Everything one folder declares. ``content_hash`` covers every file of the folder but the changelog."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    content_hash: str
    identity: Identity
    records: tuple[Record, ...]
    matters: tuple[Matter, ...]
    detectors: tuple[Detector, ...] = ()
    scans: tuple[Scan, ...] = ()
    decisions: tuple[Decision, ...] = ()
    checks: tuple[Check, ...] = ()
    features: tuple[OnlineFeature, ...] = ()
    playbook: Playbook
    indicators: tuple[Indicator, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    stories: tuple[Story, ...] = ()
    quality: tuple[QualityNote, ...] = ()

    @property
    def id(self) -> str:
        return self.identity.id

    @property
    def stamp(self) -> str:
        """``pack@version``, as every hit, alert and case stores it."""
        return f"{self.identity.id}@{self.identity.version}"

    def record(self, record_id: str) -> Record:
        return _named(self.records, record_id, "record", self.id)

    def matter(self, matter_id: str) -> Matter:
        return _named(self.matters, matter_id, "matter", self.id)

    def task(self, task_id: str) -> Task:
        return _named(self.playbook.tasks, task_id, "task", self.id)

    def outcome(self, outcome_id: str) -> Outcome:
        return _named(self.playbook.outcomes, outcome_id, "outcome", self.id)

    def scan(self, scan_id: str) -> Scan:
        return _named(self.scans, scan_id, "scan", self.id)

    def detector_title(self, detector_id: str) -> Text:
        """Return how lists and headings call a detector, one over the lake too: by its id where it has no title."""
        every: tuple[Detector | ScanBase, ...] = (*self.detectors, *self.scans)
        titles = (one.title for one in every if one.id == detector_id)
        return next(titles, None) or Text(zh=detector_id, en=detector_id)

    def decision(self, decision_id: str) -> Decision:
        return _named(self.decisions, decision_id, "decision", self.id)

    def feature(self, feature_id: str) -> OnlineFeature:
        return _named(self.features, feature_id, "feature", self.id)

    def check(self, check_id: str) -> Check:
        return _named(self.checks, check_id, "check", self.id)


def _named(things: tuple[T, ...], wanted: str, what: str, pack: str) -> T:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise LookupError(f"pack {pack} has no {what} {wanted!r}")
