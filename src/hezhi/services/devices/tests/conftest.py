"""Every test of this room has the village, its agency and the invented pack; the wiring is the real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hezhi.flow.intake.tests.factories import shelf_with
from hezhi.services.devices.tests.factories import Ranger, pack_with_devices, village_make


@pytest.fixture
def ranger(db: None) -> Iterator[Ranger]:
    with shelf_with(pack_with_devices()):
        yield village_make()
