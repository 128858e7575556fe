"""Hits: what a detector found on one subject, with the facts that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hezhi.packkit.shape.base import Text


@dataclass(frozen=True)
class LabelRow:
    """What reality said of a hit. ``verdict`` is true, false, harmless or cannot_verify."""

    verdict: str
    by: str
    at: datetime


@dataclass(frozen=True)
class HitRow:
    """One hit.

    Attributes:
        pack: ``pack@version`` whose detector hit; ``content_hash`` of that pack.
        subject: values of the detector's ``per`` fields, joined by ``|``.
        record_ids: records in the window, oldest first; ``count`` of them.
        first_at, last_at: moments at which the oldest and newest of them happened.
        quiet_until: until then (exclusive) the same subject is not hit again.
        is_shadow: the hit is kept and judged, no alert is raised.
        label: the newest verdict, None while nobody knows.
    """

    id: int
    pack: str
    pack_id: str
    content_hash: str
    detector: str
    subject: str
    title: str
    matter: str
    region_code: str
    region_path: str
    grade: str
    reasons: tuple[Text, ...]
    record_ids: tuple[int, ...]
    count: int
    first_at: datetime
    last_at: datetime
    quiet_until: datetime
    is_shadow: bool
    found_at: datetime
    label: LabelRow | None


@dataclass(frozen=True)
class HitFilter:
    """Empty fields do not narrow."""

    pack_id: str = ""
    detector: str = ""
    is_shadow: bool | None = None


@dataclass(frozen=True)
class Precision:
    """How often a detector's hits were right.

    ``share`` is ``true / (true + false + harmless)``, None without such labels: no data must not look
    like zero. Hits that could not be verified, or wait for a verdict, are counted apart.
    """

    pack: str
    detector: str
    hit_count: int
    true_count: int
    false_count: int
    harmless_count: int
    cannot_verify_count: int
    waiting_count: int
    share: float | None


@dataclass(frozen=True)
class HitFound:
    """A detector hit. ``title`` is in Chinese; ``reasons`` say what was counted, and the innocent reasons."""

    hit_id: int
    pack: str
    pack_id: str
    detector: str
    subject: str
    title: str
    matter: str
    region_code: str
    region_path: str
    grade: str
    reasons: tuple[Text, ...]
    record_ids: tuple[int, ...]
    count: int
    is_shadow: bool
    at: datetime


@dataclass(frozen=True)
class RunRow:
    """One run of one scan.

    Attributes:
        snapshot: of the lake, on which the run can be repeated.
        hit_count: hits found; of the episodes they make, ``new_count`` are new and ``grown_count`` went on.
        is_whole: all history was looked at, not only what can have changed.
        error: why the scan could not run, empty where it did.
    """

    id: int
    pack: str
    pack_id: str
    scan: str
    engine: str
    snapshot: int
    as_of: datetime
    hit_count: int
    new_count: int
    grown_count: int
    milliseconds: int
    is_whole: bool
    error: str


class ProposalKind(StrEnum):
    """What verdicts propose for a detector; a person decides."""

    RETIRE = "retire"
    TIGHTEN = "tighten"
    KEEP = "keep"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class Proposal:
    """What is proposed for one version of one detector, and why; ``low`` and ``high`` bound its precision (95 %)."""

    pack: str
    detector: str
    kind: ProposalKind
    because: Text
    low: float | None
    high: float | None


class Answer(StrEnum):
    """What a person says of a subject that no detector found."""

    MISSED = "missed"  # it should have been found
    NOTHING = "nothing"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class ReviewItemRow:
    """One subject to be looked at. ``parts`` name it field by field, people only by the end of a pseudonym.

    ``region`` is a name; ``record_ids`` are its newest records in the time, oldest first.
    """

    id: int
    parts: tuple[tuple[Text, Text | str], ...]
    region: str
    record_ids: tuple[int, ...]
    answer: Answer | None
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Recall:
    """One sample of what was not found, and the share of all true ones that was, as far as it can be told.

    Attributes:
        first_at, last_at: the time looked at, the second excluded.
        found_count, judged_count, true_count: subjects found, those with a verdict, those rightly found.
        unfound_count, answered_count, missed_count: subjects not found, those of the sample with a yes or no, and
            those that should have been found.
        cannot_tell_count, waiting_count: lines of the sample that say nothing, or nothing yet.
        share, low, high: recall with at least 95 % certainty; None while too few were looked at.
    """

    review_id: int
    pack: str
    pack_id: str
    detector: str
    first_at: datetime
    last_at: datetime
    seed: int
    snapshot: int
    found_count: int
    judged_count: int
    true_count: int
    unfound_count: int
    answered_count: int
    missed_count: int
    cannot_tell_count: int
    waiting_count: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Side:
    """Hits of one side of a comparison: how many, and of those judged how many were true."""

    hit_count: int
    judged_count: int
    true_count: int
    low: float | None  # of the share of true ones, 95 %; None below thirty verdicts
    high: float | None

    @property
    def share(self) -> float | None:
        return self.true_count / self.judged_count if self.low is not None else None


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the detector in use, over the hits the reader may see.

    Two hits are the same where subject and time overlap. ``live`` and ``shadow`` are each side whole; ``both``,
    ``only_live`` and ``only_shadow`` part what the two found. ``hits`` are the newest found by one side alone.

    Attributes:
        name: of the candidate's hits and runs, ``<detector>~<id>``.
        changes: what is changed against the detector as it was when the candidate began.
        looked_at: the candidate's newest run, None before the first.
    """

    id: int
    pack_id: str
    detector: str
    name: str
    changes: tuple[str, ...]
    since_at: datetime
    ended_at: datetime | None
    looked_at: datetime | None
    error: str
    live: Side
    shadow: Side
    both: Side
    only_live: Side
    only_shadow: Side
    hits: tuple[HitRow, ...]


@dataclass(frozen=True)
class Group:
    """One group of a detector's hits. ``side`` counts them; ``is_apart``: its interval lies wholly beside all hits'."""

    value: Text
    side: Side
    is_apart: bool


@dataclass(frozen=True)
class Groups:
    """How often a detector is right in each group that its pack compares; ``whole`` counts all that can be grouped."""

    pack_id: str
    detector: str
    label: Text
    whole: Side
    groups: tuple[Group, ...]
