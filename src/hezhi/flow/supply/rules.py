"""What is wrong with a source, by its deliveries and what the pack expects. Pure: no table, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from hezhi.flow.intake.contracts import BatchState
from hezhi.flow.supply.contracts import Band, Day, Delivered, Trouble, What
from hezhi.kit.moments import day_of, day_starts_at
from hezhi.packkit.series.api import counts_judge
from hezhi.packkit.series.contracts import CountPlan, CountSeries, Judgement
from hezhi.packkit.shape.base import Text
from hezhi.packkit.shape.measure import Expectation, Fresh

PERIODS = {"day": Text(zh="日", en="day"), "week": Text(zh="周", en="week"), "month": Text(zh="月", en="month")}
DaysBetween = Callable[[date, date], int]
ONE_DAY = timedelta(days=1)
JUDGED = CountPlan(false_share=None)  # one source is looked at by itself


def troubles_of(
    told: Delivered, expected: Sequence[Expectation], days_between: DaysBetween, at: datetime
) -> tuple[Trouble, ...]:
    """Return everything that is wrong with one source at a moment, at most one trouble per kind and expectation.

    Args:
        expected: what the pack expects of the record kind that the source sends.
        days_between: counts working days by the city's calendar, for freshness.
    """
    return tuple(_troubles(told, expected, days_between, at))


def _troubles(
    told: Delivered, expected: Sequence[Expectation], days_between: DaysBetween, at: datetime
) -> Iterator[Trouble]:
    if told.newest is not None and told.newest.state is BatchState.HELD:
        found = [one for one in told.newest.findings if one.stops][:1] or list(told.newest.findings[:1])
        for one in found:
            yield Trouble(What.LAYOUT, "", told.newest.at, Text(
                zh=f"最近一次交来的文件未能采用：{one.zh}", en=f"The newest file could not be taken: {one.en}"
            ))  # fmt: skip
    for one in expected:
        if one.newest_within is not None and (stale := _stale(told, one.id, one.newest_within, days_between, at)):
            yield stale
        yield from _volume(told, one, day_of(at))


def _stale(told: Delivered, id_: str, fresh: Fresh, days_between: DaysBetween, at: datetime) -> Trouble | None:
    newest = told.newest_at or told.first_at
    if fresh.unit == "hours":
        is_late = at - newest > timedelta(hours=fresh.value)
        zh, en = f"{fresh.value}小时", f"{fresh.value} hours"
    else:
        is_late = days_between(day_of(newest), day_of(at)) > fresh.value
        zh, en = f"{fresh.value}个工作日", f"{fresh.value} working days"
    since = f"{day_of(newest)}"
    if told.newest_at is None:
        says = Text(
            zh=f"{since}至今没有可以采用的数据，约定不超过{zh}",
            en=f"No row could be accepted since {since}; {en} at most were agreed",
        )
    else:
        says = Text(
            zh=f"最新一条数据是{since}收到的，约定不超过{zh}",
            en=f"Its newest row came on {since}; {en} at most were agreed",
        )
    return Trouble(What.STALE, id_, newest, says) if is_late else None


def period_of(per: str, on: date) -> tuple[date, date]:
    """Return the first day of the day, week (from Monday) or month that holds ``on``, and of the next one.

    >>> period_of("month", date(2026, 12, 31))
    (datetime.date(2026, 12, 1), datetime.date(2027, 1, 1))
    """
    if per == "day":
        return on, on + ONE_DAY
    if per == "week":
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=7)
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _volume(told: Delivered, bound: Expectation, today: date) -> Iterator[Trouble]:
    running, _ = period_of(bound.per, today)
    whole, _ = period_of(bound.per, running - ONE_DAY)
    per = PERIODS[bound.per]
    last, now = _accepted(told, whole, running), _accepted(told, running, today + ONE_DAY)
    if last < bound.at_least and whole > day_of(told.first_at):
        yield Trouble(What.FEW, bound.id, day_starts_at(whole), Text(
            zh=f"{whole}起一{per.zh}采用{last}条，约定至少{bound.at_least}条",
            en=f"{last} rows were accepted in the {per.en} from {whole}; {bound.at_least} at least were agreed",
        ))  # fmt: skip
    for first, count in ((running, now), (whole, last)):
        if count > bound.at_most:
            yield Trouble(What.MANY, bound.id, day_starts_at(first), Text(
                zh=f"{first}起一{per.zh}采用{count}条，约定至多{bound.at_most}条",
                en=f"{count} rows were accepted in the {per.en} from {first}; {bound.at_most} at most were agreed",
            ))  # fmt: skip
            return


def _accepted(told: Delivered, first: date, until: date) -> int:
    return sum(counts.accepted for on, counts in told.days.items() if first <= on < until)


def days_of(told: Delivered | None, first: date, last: date) -> tuple[Day, ...]:
    """Return every day of a span; what lies before the first delivery is not known, which is not zero."""
    days = []
    for number in range((last - first).days + 1):
        on = first + number * ONE_DAY
        counts = told.days.get(on) if told else None
        accepted = counts.accepted if counts else 0
        is_known = told is not None and on >= day_of(told.first_at)
        days.append(Day(on, accepted if is_known else None, counts.refused + counts.held if counts else 0))
    return tuple(days)


def band_of(days: Sequence[Day]) -> Band:
    """Return how many rows yesterday was to have by the source's own past; the last day given still runs.

    >>> days = [Day(date(2026, 3, day), count, 0) for day, count in enumerate([9, 11, 10, 9, 11, 10, 9, 11, 10, 9], 1)]
    >>> band = band_of(days)
    >>> round(band.low, 1), round(band.high, 1)
    (7.4, 12.9)
    """
    known = [one for one in days[:-1] if one.accepted is not None]
    if not known:
        return Band(None, None, Text(zh="尚无数据", en="no data yet"))
    series = CountSeries("rows", "day", known[0].on, tuple(one.accepted for one in known))
    judged: Judgement = counts_judge([series], as_of=days[-1].on, plan=JUDGED)[0]
    low = None if judged.lower is None else max(0.0, judged.lower)
    return Band(low, judged.upper, judged.because)
