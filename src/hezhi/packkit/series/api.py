"""The door to series: counts per period, and readings of sensors, judged against their own history.

Plain functions over numbers. NumPy and SciPy are loaded at the first call: who only imports this door pays nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from hezhi.packkit.series.contracts import (
    CountPlan,
    CountSeries,
    Judgement,
    Kind,
    Readings,
    SensorAlarm,
    SensorPlan,
)

DEFAULT = CountPlan()
USUAL = SensorPlan()
NOBODY: Mapping[Kind, datetime] = {}


def counts_judge(series: Sequence[CountSeries], *, as_of: date, plan: CountPlan = DEFAULT) -> tuple[Judgement, ...]:
    """Judge the newest periods of all series of one report.

    Each period is judged by its own past only. With fewer than ``plan.points_least`` points nothing is said; with less
    than two years EARS speaks, with more Farrington's method. Alarms are held to ``plan.false_share`` over everything
    given here, so give the whole report at once.

    Args:
        as_of: the day of the report; what ends later, or ended less than ``plan.lag_days`` ago, is not complete.

    Returns:
        Series by series in the given order: the ``plan.judged`` newest complete periods, oldest first, then those
        not yet complete.

    Errors:
        None; what cannot be judged comes back silent, with its reason.

    >>> one = CountSeries("noise", "week", date(2024, 1, 1), (3, 4, 2, 5, 3, 4, 4, 3, 5, 4, 19))
    >>> said = counts_judge([one], as_of=date(2024, 3, 18))[0]
    >>> said.method, said.expected, said.is_alarm
    ('c2', 3.5714285714285716, True)
    """
    from hezhi.packkit.series.judging import judged

    return judged(series, plan, as_of)


def readings_judge(
    readings: Readings,
    *,
    plan: SensorPlan = USUAL,
    since: datetime | None = None,
    quiet_until: Mapping[Kind, datetime] = NOBODY,
) -> tuple[SensorAlarm, ...]:
    """Return what is odd about one sensor, oldest first; each reading is judged by those before it only.

    A level or the shape of a day shows once more than half of ``plan.recent`` lies on the other side; the first
    half of ``plan.baseline`` and the day after it (a drift or shape: the first days) teach and raise nothing.

    Args:
        readings: history and new readings together, in one go.
        since: judge readings from this moment on only; what came before is history.
        quiet_until: kinds with an alarm before ``since``, and when (exclusive) their quiet time ends.

    Raises:
        ValueError: readings lie so far apart that millions of slots would be empty.

    >>> from datetime import UTC, timedelta
    >>> at = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(49)]
    >>> water = Readings("well", timedelta(hours=1), at, [3.0, 3.1, 2.9, 3.0] * 12 + [9.0], unit="m")
    >>> alarm = readings_judge(water)[0]
    >>> alarm.kind, alarm.at.day, alarm.because.en
    ('spike', 3, 'spike: 9 m, baseline 3 m, usual range 2.259 to 3.741')
    """
    from hezhi.packkit.series.sensing import sensed

    return sensed(readings, plan, since, quiet_until)
