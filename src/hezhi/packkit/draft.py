"""A pack while it is being read: files, parsed documents, and every typed part that could be made.

A draft survives mistakes: what is wrong becomes a finding, the rest goes on to the next pass, so
that an author sees all findings at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from hezhi.kit.names import nearest_name
from hezhi.packkit.catalogue import RULE_BY_ID
from hezhi.packkit.contracts import Finding
from hezhi.packkit.read import Doc, Loc
from hezhi.packkit.shape import (
    Check,
    Decision,
    Detector,
    Expectation,
    Identity,
    Indicator,
    Matter,
    OnlineFeature,
    Playbook,
    Record,
    Story,
)
from hezhi.packkit.shape.quality import QualityNote
from hezhi.packkit.shape.scan import ScanBase

T = TypeVar("T")


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A typed part and where it stands."""

    it: T
    file: str
    loc: Loc = ()


@dataclass(frozen=True)
class SampleRow:
    line: int
    data: dict[str, Any]


@dataclass
class Draft:
    """``shown`` is the folder as the author named it; ``files`` maps relative paths to content."""

    folder: Path
    shown: str
    files: dict[str, bytes] = field(default_factory=dict)
    docs: dict[str, Doc] = field(default_factory=dict)
    samples: dict[str, list[SampleRow]] = field(default_factory=dict)
    identity: Placed[Identity] | None = None
    playbook: Placed[Playbook] | None = None
    records: list[Placed[Record]] = field(default_factory=list)
    matters: list[Placed[Matter]] = field(default_factory=list)
    detectors: list[Placed[Detector]] = field(default_factory=list)
    scans: list[Placed[ScanBase]] = field(default_factory=list)
    decisions: list[Placed[Decision]] = field(default_factory=list)
    checks: list[Placed[Check]] = field(default_factory=list)
    features: list[Placed[OnlineFeature]] = field(default_factory=list)
    indicators: list[Placed[Indicator]] = field(default_factory=list)
    expectations: list[Placed[Expectation]] = field(default_factory=list)
    stories: list[Placed[Story]] = field(default_factory=list)
    quality: list[Placed[QualityNote]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def report(self, rule: str, file: str, line: int, cause: str, nearest: str = "") -> None:
        """Add one finding about a line of a file; an empty ``file`` means the folder itself."""
        path = f"{self.shown}/{file}" if file else self.shown
        self.findings.append(Finding(path, line, rule, cause, nearest, RULE_BY_ID[rule].is_fixable))

    def say(
        self, rule: str, where: Placed[Any], *loc: str | int, cause: str, given: str = "", valid: Iterable[str] = ()
    ) -> None:
        """Add one finding about a place inside a typed part, with the nearest of the valid names."""
        doc = self.docs[where.file]
        self.report(rule, where.file, doc.line((*where.loc, *loc)), cause, nearest_name(given, valid) if given else "")

    def record(self, record_id: str) -> Record | None:
        return next((one.it for one in self.records if one.it.id == record_id), None)
