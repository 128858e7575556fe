"""What clocks do when the working calendar changes."""

from __future__ import annotations

from hezhi.spine.calendar.contracts import CalendarChanged
from hezhi.spine.clocks import settling


def reproject(event: CalendarChanged) -> None:
    """Compute every open clock anew whose time touches a changed day; running twice moves nothing the second time.

    Stopped clocks stay as they were: what was in time then is in time now. Publishes ``ClockMoved`` for each
    due date that moved, and writes one line per batch to the ledger, chain ``calendar``.
    """
    settling.settle_touched(event)
