"""Every test of this room has the village, the invented pack and an ear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hezhi.flow.intake.tests.factories import Ear, listening, pack_base, regions_make, shelf_with


@pytest.fixture
def ear(db: None) -> Iterator[Ear]:
    regions_make()
    with shelf_with(pack_base()), listening() as heard:
        yield heard
