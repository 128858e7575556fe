from __future__ import annotations

from collections.abc import Iterator

import pytest

from hezhi.kit import bus
from hezhi.spine.calendar.contracts import CalendarChanged


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[CalendarChanged]]:
    """Every change that was published, in order."""
    events: list[CalendarChanged] = []
    monkeypatch.setattr(bus, "_table", {CalendarChanged: (events.append,)})
    yield events
