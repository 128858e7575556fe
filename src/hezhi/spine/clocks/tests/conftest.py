from __future__ import annotations

from typing import Any

import pytest

from hezhi.kit import bus
from hezhi.spine.calendar.contracts import CalendarChanged
from hezhi.spine.clocks import handlers
from hezhi.spine.clocks.contracts import ClockMoved, ClocksTouched


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Clocks listen to the calendar; every moved due date lands in this list."""
    events: list[Any] = []
    monkeypatch.setattr(
        bus, "_table", {CalendarChanged: (handlers.reproject,), ClocksTouched: (), ClockMoved: (events.append,)}
    )
    return events
