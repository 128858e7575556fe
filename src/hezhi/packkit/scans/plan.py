"""What one run of a scan asks of an engine: which SELECT, over which moments, and what its rows mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit.expressions import Dialect
from hezhi.packkit.scans import moving, periods, selected
from hezhi.packkit.scans.compile import MICROSECONDS, Compiled, Scene, Span, microseconds
from hezhi.packkit.shape.records import Record
from hezhi.packkit.shape.scan import (
    AbsenceScan,
    BalanceScan,
    MatchScan,
    Number,
    PeriodScan,
    RatioScan,
    Scan,
    ScoreScan,
    SelectScan,
    SequenceScan,
    SeriesScan,
    WindowScan,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = date(1970, 1, 1)
DAY = MICROSECONDS["days"]
LONGEST = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "quarter": 92 * DAY}
SERIES_BACK = {"day": 730, "week": 52 * 7, "month": 12 * 7, "quarter": 4 * 7}
"""How many periods of history a series is judged by."""


def scan_sql(
    scan: Scan,
    records: Mapping[str, Record],
    span: Span,
    as_of: int,
    *,
    dialect: Dialect = "duckdb",
    params: Mapping[str, int] | None = None,
) -> Compiled:
    """Return the SELECT that finds the hits of ``scan`` whose moment lies in ``span``, as known at ``as_of``.

    A hit that needs time to pass (an absence, a period) is found once that time and the lateness of its rows are over.

    Args:
        records: shapes of the records that the streams read, by id.
        as_of: the moment of the run, microseconds; nothing later is looked at.
        params: other values for parameters, by name.

    Raises:
        ExpressionBad: a text of the scan is wrong; packs are checked for it before they run.
    """
    scene = Scene(scan, records, dialect, params or {})
    ready = as_of - microseconds(scan.late)
    match scan:
        case WindowScan():
            return moving.window_sql(scene, scan, _until(span, as_of + 1))
        case SequenceScan():
            return moving.sequence_sql(scene, scan, _until(span, as_of + 1))
        case MatchScan():
            return moving.match_sql(scene, scan, _until(span, as_of + 1))
        case AbsenceScan():
            return moving.absence_sql(scene, scan, _until(span, ready - microseconds(scan.within)))
        case SelectScan():
            return selected.select_sql(scene, scan, _until(span, as_of + 1), as_of)
        case SeriesScan():
            first, last = periods_judged(scan, span, as_of)
            begin = period_start(scan.period, first - SERIES_BACK[scan.period])
            return periods.series_sql(scene, scan, Span(begin, period_start(scan.period, last)))
    return _by_period(scene, scan, periods_judged(scan, span, as_of))


def periods_judged(scan: PeriodScan | SeriesScan, span: Span, as_of: int) -> tuple[int, int]:
    """Return the periods (first included, last excluded) that touch a span and are complete at ``as_of``."""
    return _whole_periods(scan.period, span, as_of - microseconds(scan.late))


def _by_period(scene: Scene, scan: PeriodScan, whole: tuple[int, int]) -> Compiled:
    # `before` needs one period more, and what must persist needs those before it.
    back = 1 + (scan.persist.of - 1 if scan.persist else 0)
    span = Span(period_start(scan.period, whole[0] - back), period_start(scan.period, whole[1]))
    match scan:
        case RatioScan():
            return periods.ratio_sql(scene, scan, span, whole)
        case BalanceScan():
            return periods.balance_sql(scene, scan, span, whole)
        case ScoreScan():
            return periods.score_sql(scene, scan, span, whole)
    raise TypeError(type(scan).__name__)


def _until(span: Span, end: int) -> Span:
    return Span(span.start, max(span.start, min(span.end, end)))


def _whole_periods(period: str, span: Span, ready: int) -> tuple[int, int]:
    """Return the periods (first included, last excluded) that touch ``span`` and are over at ``ready``."""
    first = period_of(period, span.start)
    last = period_of(period, span.end - 1) + 1 if span.end > span.start else first
    return first, max(first, min(last, period_of(period, ready)))


def reach_of(scan: Scan) -> tuple[int, int]:
    """Return how far before and behind its own moment a changed row can make or unmake hits, microseconds.

    A nightly run looks at these moments around what changed, and rescans nothing else.
    """
    late = microseconds(scan.late)
    match scan:
        case WindowScan() | MatchScan():
            within = microseconds(scan.within)
            return (within if isinstance(scan, MatchScan) else 0), within
        case AbsenceScan():
            return microseconds(scan.within), late
        case SequenceScan():
            return 0, microseconds(scan.within) * (len(scan.steps) - 1)
        case SelectScan():
            return microseconds(scan.reach), microseconds(scan.reach)
    longest = LONGEST[scan.period]
    if isinstance(scan, SeriesScan):
        return longest, longest
    return longest, longest * (2 + (scan.persist.of if scan.persist else 0))


def ripening_of(scan: Scan) -> int:
    """Return how long after its rows a hit may become due although nothing new arrives, microseconds."""
    late = microseconds(scan.late)
    match scan:
        case AbsenceScan():
            return microseconds(scan.within) + late
        case PeriodScan() | SeriesScan():
            return LONGEST[scan.period] + late
    return 0


def history_of(scan: Scan) -> int:
    """Return how much older than a span the rows may be that its hits stand on, microseconds; never too little."""
    if isinstance(scan, SeriesScan):
        return LONGEST[scan.period] * (SERIES_BACK[scan.period] + 1)
    if isinstance(scan, PeriodScan):
        return LONGEST[scan.period] * (2 + (scan.persist.of if scan.persist else 0))
    return max(reach_of(scan)) + DAY


def length_of(length: Number) -> timedelta:
    """Return a length of time."""
    return timedelta(microseconds=microseconds(length))


def micros(at: datetime) -> int:
    """Return a moment in microseconds since 1970, UTC.

    Example:
        >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        1000000
    """
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """Return the moment of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def day_number(at: datetime) -> int:
    """Return the day in the city at a moment, counted from 1970-01-01."""
    return (at.astimezone(CITY_ZONE).date() - FIRST_DAY).days


def period_number(period: str, day: int) -> int:
    """Return the number of the period that holds a day; weeks begin on Monday.

    Example:
        >>> [period_number(one, 31) for one in ("day", "week", "month", "quarter")]  # 1970-02-01, a Sunday
        [31, 4, 1, 0]
    """
    if period == "day":
        return day
    if period == "week":
        return (day + 3) // 7
    on = FIRST_DAY + timedelta(days=day)
    month = (on.year - 1970) * 12 + on.month - 1
    return month if period == "month" else month // 3


def period_of(period: str, us: int) -> int:
    """Return the number of the period that holds a moment, in the city's days."""
    return period_number(period, day_number(moment(us)))


def period_first_day(period: str, number: int) -> date:
    """Return the first day of a period.

    Example:
        >>> period_first_day("week", 4), period_first_day("quarter", 0)
        (datetime.date(1970, 1, 26), datetime.date(1970, 1, 1))
    """
    if period == "day":
        return FIRST_DAY + timedelta(days=number)
    if period == "week":
        return FIRST_DAY + timedelta(days=number * 7 - 3)
    months = number * (3 if period == "quarter" else 1)
    return date(1970 + months // 12, months % 12 + 1, 1)


def period_start(period: str, number: int) -> int:
    """Return the moment at which a period begins in the city, microseconds."""
    on = period_first_day(period, number)
    return micros(datetime(on.year, on.month, on.day, tzinfo=CITY_ZONE))
