"""Opening hours: when somebody gets round to something. Plain arithmetic on China's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hezhi.kit.moments import CITY_ZONE, day_of


@dataclass(frozen=True)
class Hours:
    """When someone is at work.

    Attributes:
        spans: from, to on one day, in order, not overlapping.
        is_on: says whether someone works on a day at all.
    """

    spans: tuple[tuple[time, time], ...]
    is_on: Callable[[date], bool]

    @property
    def length(self) -> float:
        """Hours of one working day."""
        return sum((to.hour - frm.hour) + (to.minute - frm.minute) / 60 for frm, to in self.spans)

    def after(self, start: datetime, hours: float) -> datetime:
        """Return the moment (UTC) at which ``hours`` of work are done that begin at ``start``, to the minute.

        With 0 hours: ``start`` itself, or the next opening when it is closed then.
        """
        left = timedelta(minutes=round(hours * 60))
        on = day_of(start)
        while True:
            for opens, closes in self._open_on(on):
                begin = max(opens, start)
                if begin >= closes:
                    continue
                if begin + left < closes:
                    return begin + left
                left -= closes - begin
            on += timedelta(days=1)

    def _open_on(self, on: date) -> list[tuple[datetime, datetime]]:
        if not self.is_on(on):
            return []
        return [(_moment(on, opens), _moment(on, closes)) for opens, closes in self.spans]


def _moment(on: date, at: time) -> datetime:
    return datetime.combine(on, at, CITY_ZONE).astimezone(UTC)
