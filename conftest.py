"""What every test of the house may count on: a database server, and nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hezhi.edge.cli import ready


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Bring the database server up before pytest-django makes the test database."""
    with ready.database_up():
        yield
