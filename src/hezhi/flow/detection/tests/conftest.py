"""Every test of this room has the village."""

from __future__ import annotations

import pytest

from hezhi.flow.intake.tests.factories import regions_make


@pytest.fixture
def village(db: None) -> None:
    regions_make()
