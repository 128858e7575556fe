"""What this service says about texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Suggestion:
    """One label offered for a text.

    Attributes:
        confidence_share: 0–1, calibrated on held-out folds of the training samples; over all labels of
            the classifier the shares sum to 1.
        words: words of this very text that spoke for the label, the strongest first; empty when no known
            word did.
    """

    label: str
    confidence_share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class LabelScore:
    """How well one label is recognised. ``sample_count`` is the number of true samples in the test."""

    label: str
    precision_share: float
    recall_share: float
    f1: float
    sample_count: int


@dataclass(frozen=True)
class Evaluation:
    """How well a classifier does on samples it has not seen.

    Attributes:
        macro_f1: mean of the labels' F1, each label counting the same, 0–1.
        calibration_error: mean gap between confidence and hit rate over ten equal bins, weighted by
            their samples, 0–1 (expected calibration error).
    """

    macro_f1: float
    accuracy_share: float
    calibration_error: float
    sample_count: int
    labels: tuple[LabelScore, ...]


@dataclass(frozen=True)
class SplitEvaluation:
    """One data set, evaluated on its fixed split.

    Attributes:
        clean: exact copies removed before the split; the figure to quote.
        with_copies: every row kept, split by row; copies stand on both sides and flatter the figure.
        copy_count: rows removed because the same text with the same label was already there.
        conflict_count: rows removed because the same text carried two different labels.
    """

    clean: Evaluation
    with_copies: Evaluation
    copy_count: int
    conflict_count: int


@dataclass(frozen=True)
class Message:
    """One text for clustering.

    Attributes:
        place: anything equal for messages of one place (a region code), empty when unknown.
        support_count: others who backed the message (likes and the like), 0 or more.
        reporter: a pseudonym; ten messages of one reporter count once. Empty: counts by itself.
    """

    id: str
    text: str
    at: datetime
    place: str = ""
    support_count: int = 0
    reporter: str = ""


@dataclass(frozen=True)
class HotIssue:
    """Several messages about one thing.

    Attributes:
        members: message ids, oldest first.
        keywords: words most members share and few others use, the strongest first.
        places: places of the members, the most frequent first, without the unknown ones.
        span_days: days between the first and the last message, rounded up, at least 1.
        heat: see ``hot_issues``.
    """

    members: tuple[str, ...]
    keywords: tuple[str, ...]
    places: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    span_days: int
    reporter_count: int
    support_count: int
    heat: float

    @property
    def size(self) -> int:
        return len(self.members)
