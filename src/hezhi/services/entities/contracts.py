"""What other rooms see of subjects: links with their reasons, what people said of them, and clusters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hezhi.packkit.shape.base import Text


class LinkVerdict(StrEnum):
    """What a person says of a link; it goes before every score."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Guard(StrEnum):
    """Why a link that is strong enough does not join two clusters by itself."""

    DIFFERENT = "different"  # a person said that two of them are different subjects
    NUMBERS = "numbers"  # two numbers of which a subject has one
    SIZE = "size"  # the cluster would grow beyond what is plausible


@dataclass(frozen=True)
class EntryRow:
    """One record as this room knows it: its number here and its cluster. Nothing of what the record says."""

    id: int
    spec: str
    ref: str
    cluster: int


@dataclass(frozen=True)
class EntrySeed:
    """One record to load. ``values`` are clear, by the comparisons of its spec, and are not kept."""

    ref: str
    values: dict[str, object]
    region_path: str = ""


@dataclass(frozen=True)
class LinkRow:
    """Two records that may be one subject: how much speaks for it, and why. Names and values stand nowhere in it.

    Attributes:
        weight: in bits; 0 is as likely as not. ``probability`` says the same between 0 and 1.
        reasons: the waterfall in words, strongest part first.
        guard: why it joins nothing although it is strong enough.
        is_joined: whether both are in one cluster now.
    """

    id: int
    spec: str
    one: int
    other: int
    weight: float
    probability: float
    reasons: tuple[Text, ...]
    model: int
    guard: Guard | None
    is_joined: bool
    verdict: LinkVerdict | None
    judged_by: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True)
class MatchRow:
    """A known record that may be the same subject as the one asked about."""

    entry: int
    ref: str
    cluster: int
    weight: float
    probability: float
    reasons: tuple[Text, ...]


@dataclass(frozen=True)
class Matches:
    """``rows``: best first. ``dropped``: how many keys were left out because too many records share them."""

    rows: tuple[MatchRow, ...]
    compared: int
    dropped: int


@dataclass(frozen=True)
class ChangeRow:
    """One change of clusters: ``(record, old cluster, new cluster)``; read backwards it is undone."""

    id: int
    cause: str
    moves: tuple[tuple[int, int, int], ...]
    at: datetime


@dataclass(frozen=True)
class ModelRow:
    """One version of a spec's weights. ``report``: rows, seed, seconds, levels that training never saw."""

    id: int
    spec: str
    version: int
    content_hash: str
    report: dict[str, object]
    made_at: datetime
