"""``detectors/*.yml`` that look over the lake: what they read, what they reckon, when they hit.

Streams are what a scan reads: records of one kind, each row under the subject its ``per`` fields name. All texts
that reckon (``where``, ``when``, ``of`` …) are written in the small language of `hezhi.packkit.expressions`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hezhi.packkit.shape.base import Id, Shape, Text
from hezhi.packkit.shape.detect import Colour

Period = Literal["day", "week", "month", "quarter"]
Agg = Literal["count", "sum", "distinct", "min", "max", "last", "before"]
Cell = str | int | float | bool
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
"""Name of a stream, feature or parameter inside one scan."""


class Stream(Shape):
    """Rows of one record kind; the ``per`` fields of all streams of a scan name the same subject, in the same order."""

    reads: Id
    per: tuple[str, ...] = Field(min_length=1)
    where: str = Field(default="", description="rows for which this does not hold are left out")


class Number(Shape):
    """One parameter: a whole number with its unit, its source, and the bounds within which it may be tuned."""

    value: int
    unit: str = Field(min_length=1, description="days, hours, count, permille, or the unit of the field it is held to")
    source: str = Field(min_length=2)
    at_least: int | None = None
    at_most: int | None = None


class Feature(Shape):
    """One number reckoned per window or period.

    ``last`` is the value of the newest row; ``before`` is what ``last`` was in the period before, nothing without one.
    """

    agg: Agg
    of: str = Field(default="", description="what is counted, summed …; a count without it counts rows")
    stream: str = Field(default="", description="needed where the scan reads several streams")
    where: str = ""


class Peers(Shape):
    """Compare features with those of like subjects in the same period.

    For each compared name ``x`` there are then ``x_median``, ``x_ratio`` (permille of the median) and ``x_far``
    (distance from the median in thousandths of the median absolute deviation), and ``peer_count``.
    """

    group: tuple[str, ...] = Field(min_length=1, description="features or derived values that likes have in common")
    compare: tuple[str, ...] = Field(min_length=1)
    at_least: Number = Field(description="with fewer peers nothing is compared")


class Persist(Shape):
    """The condition must have held in ``at_least`` of the last ``of`` periods, this one among them."""

    at_least: int = Field(gt=0)
    of: int = Field(gt=1, le=60)


class Band(Shape):
    """One line of a scorecard: ``score`` is added where ``when`` holds."""

    when: str
    score: int
    says: Text


class ScanTest(Shape):
    """``given`` holds rows by record kind; ``hits`` how many episodes are expected, on which ``subjects``.

    ``as_of`` is the moment of the run (city time); without it everything given was known and complete.
    """

    name: str = Field(min_length=4)
    given: dict[str, tuple[dict[str, Cell], ...]]
    hits: int = Field(ge=0)
    subjects: tuple[str, ...] = ()
    as_of: str | None = None


class ScanBase(Shape):
    id: Id
    title: Text | None = Field(default=None, description="a few words for lists and headings")
    says: Text = Field(
        description="what was found; {names} of features and parameters are filled in, {name:yuan} tells cents as yuan"
    )
    streams: dict[Word, Stream] = Field(min_length=1)
    params: dict[Word, Number] = {}
    grade: Colour
    matter: str = Field(default="", description="what its alerts are about, where the pack has several matters")
    quiet: Number = Field(description="a hit within this time after the last one goes on with the same episode")
    late: Number | None = Field(default=None, description="how long after their moment rows may still arrive")
    shadow: bool = Field(default=True, description="hits are kept, alerts are not raised")
    compare_by: tuple[Word, ...] = Field(
        default=(),
        description="by what errors are compared: the region, or features that are the last value of a choice or flag",
    )
    blind_spots: tuple[Text, ...] = Field(min_length=1)
    innocent_reasons: tuple[Text, ...] = Field(min_length=1)
    tests: tuple[ScanTest, ...] = Field(min_length=2)


class WindowScan(ScanBase):
    """Features over a closed trailing window, reckoned at every row; rows of one moment are peers of one another."""

    kind: Literal["window"]
    within: Number
    features: dict[Word, Feature] = Field(min_length=1)
    derived: dict[Word, str] = {}
    when: str


class AbsenceScan(ScanBase):
    """``first`` without a row of ``then`` under the same subject within the time after it."""

    kind: Literal["absence"]
    first: Word
    then: Word
    within: Number


class SequenceScan(ScanBase):
    """Steps one after the other under one subject, each later than the one before and within the time after it."""

    kind: Literal["sequence"]
    steps: tuple[Word, ...] = Field(min_length=2, max_length=6)
    within: Number


class PeriodScan(ScanBase):
    """What scans by calendar periods have in common; a period is judged when it and its lateness are over."""

    period: Period
    features: dict[Word, Feature] = Field(min_length=1)
    derived: dict[Word, str] = {}
    persist: Persist | None = None


class RatioScan(PeriodScan):
    """A subject beside its peers in the same period."""

    kind: Literal["ratio_to_peers"]
    peers: Peers
    when: str


class BalanceScan(PeriodScan):
    """What went in, came out and lies in stock must add up within a tolerance."""

    kind: Literal["mass_balance"]
    balance: str
    tolerance: str


class ScoreScan(PeriodScan):
    """A sum of scores; each band that holds says its reason."""

    kind: Literal["scorecard"]
    peers: Peers | None = None
    bands: tuple[Band, ...] = Field(min_length=1)
    at_least: Number


class SeriesScan(ScanBase):
    """Counts per subject and period against their own history; how they are judged stands in ``packkit.series``."""

    kind: Literal["count_series"]
    period: Literal["day", "week", "month"]
    false_share: Number = Field(description="share of false findings borne among all subjects of a period, in permille")
    at_least: Number = Field(description="below this count nothing is found, however rare it is")


class MatchScan(ScanBase):
    """A row of ``left`` and one of ``right`` under the same subject, no further apart than ``within``.

    Fields of the two are written ``left.x`` and ``right.x``.
    """

    kind: Literal["match"]
    left: Word
    right: Word
    within: Number
    when: str = "true"


class SelectScan(ScanBase):
    """The last resort: one checked SELECT over the streams; it gives subject, at (microseconds) and key."""

    kind: Literal["select"]
    why: Text = Field(description="why no other kind will do")
    reach: Number = Field(description="rows this much older than a change may still matter")
    evidence: tuple[Word, ...] = ()
    sql: str


SCANS = {
    "window": WindowScan,
    "absence": AbsenceScan,
    "sequence": SequenceScan,
    "ratio_to_peers": RatioScan,
    "mass_balance": BalanceScan,
    "scorecard": ScoreScan,
    "count_series": SeriesScan,
    "match": MatchScan,
    "select": SelectScan,
}
"""The closed list of kinds."""

Scan = Annotated[
    WindowScan | AbsenceScan | SequenceScan | RatioScan | BalanceScan | ScoreScan | SeriesScan | MatchScan | SelectScan,
    Field(discriminator="kind"),
]
