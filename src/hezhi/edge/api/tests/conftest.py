"""The town every test of the API asks in: made once per file, and brought back to the same state after each test."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction

from hezhi.edge.api.tests.factories import Place, place_make


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Place]:
    """The town in a transaction around all tests of the file, each of which runs in one of its own inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield place_make()
        transaction.set_rollback(True)


@pytest.fixture
def place(made: Place, db: None) -> Iterator[Place]:
    """The town, and nobody who has asked too often."""
    yield deepcopy(made)
