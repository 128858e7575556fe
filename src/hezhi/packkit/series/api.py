"""The door to series: counts per period judged against their own history.

Plain functions over numbers. NumPy and SciPy are loaded at the first call: who only imports this door pays nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hezhi.packkit.series.contracts import CountPlan, CountSeries, Judgement

DEFAULT = CountPlan()


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
