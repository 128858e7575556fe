"""The town every test of the API asks in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from hezhi.edge.api.tests.factories import Place, place_make


@pytest.fixture
def place(db: None, settings: Any, tmp_path: Path) -> Iterator[Place]:
    """A town, its files in a folder of the test, and nobody who has asked too often."""
    settings.MEDIA_ROOT = tmp_path
    cache.clear()
    yield place_make()
    cache.clear()
