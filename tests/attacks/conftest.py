"""The attacked town, made once for each file and brought back to the same state after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from tests.attacks.scene import Scene, scene_make


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """The town in a transaction around all tests of the file, each of which runs in one of its own inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield scene_make()
        transaction.set_rollback(True)


@pytest.fixture
def scene(made: Scene, db: None) -> Scene:
    return made


@pytest.fixture
def failures_are_answers(scene: Scene) -> Iterator[None]:
    """Let the browsers of the town see a broken page as an answer of 500, as a real one would."""
    for client in scene.office.clients.values():
        client.raise_request_exception = False
    yield
    for client in scene.office.clients.values():
        client.raise_request_exception = True
