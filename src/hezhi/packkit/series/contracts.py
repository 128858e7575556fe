"""What goes into the judging of series and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from hezhi.packkit.shape.base import Text

Every = Literal["day", "week", "month"]
Method = Literal["none", "c1", "c2", "c3", "farrington"]
Silence = Literal["not_complete", "no_count", "too_short", "gaps", "too_few", "no_fit"]


@dataclass(frozen=True)
class CountSeries:
    """How often something happened in each of many consecutive periods, oldest first.

    Attributes:
        key: what is counted, in the caller's words; comes back with each judgement.
        every: length of a period.
        first_on: first day of the first period; for months a day before the 29th. The others follow from it.
        counts: one per period; None where nobody knows (the source was down), which is not zero.
        people: population of each period, or nothing; with it, rates are compared instead of counts.

    Raises:
        ValueError: a negative count, another number of populations than of counts, no population, a late day.
    """

    key: str
    every: Every
    first_on: date
    counts: tuple[int | None, ...]
    people: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if any(count is not None and count < 0 for count in self.counts):
            raise ValueError(f"{self.key}: a count is negative")
        if self.people and (len(self.people) != len(self.counts) or min(self.people) <= 0):
            raise ValueError(f"{self.key}: every period needs a population above 0, or none has one")
        if self.every == "month" and self.first_on.day > 28:
            raise ValueError(f"{self.key}: months begin on a day that every month has")


@dataclass(frozen=True)
class Ears:
    """Settings for a short history: mean and spread of the last periods.

    Attributes:
        method: ``c1`` looks at the ``baseline`` periods just before; ``c2`` leaves two periods between, so that the
            beginning of a rise does not raise its own bound; ``c3`` adds up what was high in the two periods before;
            ``auto`` is C2 where the history suffices, else C1.
        baseline: reference periods, at least 3.
        alpha: chance of an alarm in a quiet period if counts were normal with known spread; None: as the CDC has it,
            0.001 for C1 and C2, 0.025 for C3.
        spread_least: smallest standard deviation assumed, so that one case after seven zeros is no alarm.
    """

    method: Literal["auto", "c1", "c2", "c3"] = "auto"
    baseline: int = 7
    alpha: float | None = None
    spread_least: float = 0.5

    def __post_init__(self) -> None:
        if self.baseline < 3 or self.spread_least <= 0:
            raise ValueError("EARS needs at least 3 reference periods and some spread")


@dataclass(frozen=True)
class Farrington:
    """Settings for a long history: a quasi-Poisson model of the same season in earlier years.

    None stands for what fits the length of a period: see `hezhi.packkit.series.periods.fitted`.

    Attributes:
        years: years looked back at most; fewer where the history is shorter, never fewer than 2.
        half_width: periods before and after the same point of an earlier year that form its window.
        blocks: parts of a year with a level of their own, the window being one; 1: only windows are looked at.
        recent_left_out: periods just before the judged one that are no reference.
        trend_p: a trend is kept below this p-value, with 3 years or more, and where it does not lead above every
            reference count; 1: whatever its p-value; 0: never a trend.
        weights_above: references with a larger Anscombe residual count less; None: all count the same.
        bound: ``negative_binomial`` quantile at the expected count, ``muan`` (the same at the upper end of the
            expected count), ``power`` (normal after a 2/3 power).
        alpha: chance of a count above the bound in a quiet period.
        cases_least, cases_periods: silent below so many cases in so many periods up to the judged one.
        periods_per_year: for sources that number 52 weeks in every year; None: by the calendar.
        errors_as: how the error of the expected count is scaled. ``paper``: by the dispersion, as Farrington et al.
            (1996) write. ``surveillance``: as the R package of that name (1.20.3) computes it, which scales by
            squared relative residuals and so understates the error of counts above 1.
    """

    years: int = 5
    half_width: int | None = None
    blocks: int | None = None
    recent_left_out: int | None = None
    trend_p: float = 1.0
    weights_above: float | None = 2.58
    bound: Literal["negative_binomial", "muan", "power"] = "negative_binomial"
    alpha: float = 0.01
    cases_least: int = 5
    cases_periods: int = 4
    periods_per_year: int | None = None
    errors_as: Literal["paper", "surveillance"] = "paper"

    def __post_init__(self) -> None:
        if self.years < 2 or not 0 < self.alpha < 0.5 or self.cases_periods < 1:
            raise ValueError(
                "years are 2 or more, alpha lies between 0 and 0.5, cases are summed over 1 period or more"
            )


@dataclass(frozen=True)
class CountPlan:
    """How series are judged.

    Attributes:
        judged: newest complete periods judged per series, 1 or more.
        lag_days: days after its end until a period's count is complete; later arrivals are rare enough.
        false_share: share of false ones allowed among the alarms of one report (Benjamini-Hochberg); None: every
            count above its bound is an alarm.
        each_period: every period is a report of its own, over all series, so that what is said of it does not hang on
            which other periods are judged along with it.
        points_least: shorter series are silent, the judged period included.
        spans: with a long history, each period is judged alone (1) and summed up with those before it, so that a rise
            too small for one period is seen once it lasts. The chance of a false alarm is shared among the spans.
    """

    judged: int = 1
    lag_days: int = 0
    false_share: float | None = 0.1
    each_period: bool = False
    points_least: int = 8
    spans: tuple[int, ...] = (1, 4)
    ears: Ears = field(default_factory=Ears)
    farrington: Farrington = field(default_factory=Farrington)

    def __post_init__(self) -> None:
        if self.judged < 1 or self.points_least < 4 or self.lag_days < 0:
            raise ValueError("at least 1 period is judged, after at least 4 points; a lag is not negative")
        if not self.spans or self.spans[0] != 1 or any(b <= a for a, b in pairwise(self.spans)):
            raise ValueError("spans rise, and the first is 1")


@dataclass(frozen=True)
class Judgement:
    """What is said of one period of one series.

    Attributes:
        on: first day of the period. ``periods``: how many of the newest were summed up: 1, or a longer span of the
            plan where only that lies above its bound; observed, expected and bounds are of this sum.
        observed: the count; None where unknown.
        method: who judged; ``none`` while silent.
        expected, lower, upper: count of a quiet period, and the bounds between which such counts lie except for
            alpha below and alpha above; they hold the chance of counts and, except with EARS and
            ``negative_binomial``, the error of the expected count.
        excess, excess_low, excess_high: observed minus expected, minus upper, minus lower.
        score: excess in units of (upper minus expected); above 1 is above the bound.
        p: chance of such a count or a higher one in a quiet period.
        p_report: the same, adjusted for all series and periods of the report.
        is_over: the count lies above its bound.
        is_alarm: it does, and the report's share of false alarms allows to say so.
        references: reference periods used.
        silent: why nothing is said, None where something is. ``because`` says it, or the finding, in a sentence.
    """

    key: str
    on: date
    observed: int | None
    because: Text
    method: Method = "none"
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    excess: float | None = None
    excess_low: float | None = None
    excess_high: float | None = None
    score: float | None = None
    p: float | None = None
    p_report: float | None = None
    is_over: bool = False
    is_alarm: bool = False
    references: int = 0
    periods: int = 1
    silent: Silence | None = None


Kind = Literal["spike", "level", "stuck", "drift", "shape"]


@dataclass(frozen=True)
class Readings:
    """What one sensor said, oldest first.

    Attributes:
        key: the sensor, in the caller's words. ``unit``: of its values, for the sentences.
        every: how often it is to speak. Readings fall into slots of this length; of two in a slot the later counts.
        at: aware moments, rising.
        values: one per moment; None or not a number where the sensor said that it does not know.

    Raises:
        ValueError: numbers of moments and values differ, moments do not rise, or a slot has no length.
    """

    key: str
    every: timedelta
    at: Sequence[datetime]
    values: Sequence[float | None]
    unit: str = ""

    def __post_init__(self) -> None:
        if len(self.at) != len(self.values) or self.every <= timedelta():
            raise ValueError(f"{self.key}: one value for each moment, and slots of some length")
        if any(later <= earlier for earlier, later in pairwise(self.at)):
            raise ValueError(f"{self.key}: moments rise")


@dataclass(frozen=True)
class SensorPlan:
    """What counts as odd. Spreads are robust standard deviations (1.4826 × median absolute deviation).

    Attributes:
        kinds: what is looked for.
        baseline: how far back the readings lie that a reading (``spike``) or a level is compared with.
        recent: how long the readings lie together whose median is a level (3 at least); also of the daily shape.
        spike_spreads, level_spreads, shape_spreads, drift_spreads: distances from the baseline that are odd.
        usual_times, usual_over: distances are odd only above so many times what all but 2 % of the sensor's distances
            stayed below over so long; a restless sensor so has a wider range. 0 times: never mind.
        spread_least: smallest spread assumed, in the sensor's unit: its resolution, or what nobody would drive out for.
        stuck_for: a value unchanged for so long is stuck, if it also rests three times as long as any in the baseline.
        drift_blocks: days whose medians must go one way for a drift.
        shape_days: days before whose same time of day is the expected shape; 7 at least are needed.
        quiet: after an alarm, the same kind is silent for so long.
    """

    kinds: tuple[Kind, ...] = ("spike", "level", "stuck", "drift", "shape")
    baseline: timedelta = timedelta(days=2)
    recent: timedelta = timedelta(hours=1)
    spike_spreads: float = 10.0
    level_spreads: float = 6.0
    shape_spreads: float = 8.0
    drift_spreads: float = 6.0
    usual_times: float = 2.0
    usual_over: timedelta = timedelta(days=14)
    spread_least: float = 0.0
    stuck_for: timedelta = timedelta(hours=6)
    drift_blocks: int = 8
    shape_days: int = 14
    quiet: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if not timedelta() < self.recent < self.baseline or self.drift_blocks < 5 or self.shape_days < 7:
            raise ValueError(
                "recent is shorter than the baseline, a drift has 5 blocks or more, a shape 7 days or more"
            )
        if min(self.spike_spreads, self.level_spreads, self.shape_spreads, self.drift_spreads) <= 0:
            raise ValueError("a distance that is odd is above 0")
        if self.usual_times < 0 or self.usual_over < timedelta(days=2):
            raise ValueError("what is usual is looked at over two days or more")


@dataclass(frozen=True)
class SensorAlarm:
    """One odd thing about a sensor, known at ``at`` from readings up to then.

    Attributes:
        value: the reading, the level, where the drift has led, or for how many hours the value rests (``stuck``).
        expected, low, high: the baseline, and the bounds up to which a value is not odd; with ``stuck`` in hours.
        excess: value minus expected, in the sensor's unit or hours.
        spread: uncertainty of the baseline, one robust standard deviation; 0 with ``stuck``.
        ratio: distance in units of the odd distance; 1 is just odd.
    """

    key: str
    kind: Kind
    at: datetime
    value: float
    expected: float
    low: float
    high: float
    excess: float
    spread: float
    ratio: float
    because: Text
