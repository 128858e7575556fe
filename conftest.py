"""What every test of the house may count on: a database server, and nothing from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from hezhi.edge.cli import ready
from hezhi.edge.cli.assets import assets_copy
from hezhi.edge.cli.words import words_compile

QUEUE_EMPTIED = "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"
SEEDED = ("calendar_year", "calendar_day", "calendar_edition")
"""Tables that a migration fills: a test that empties all tables leaves them as it found them filled at first."""
settings.register_profile(
    "house",
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault
    derandomize="CI" in os.environ,  # no change is held up by what it did not touch; at home each run tries others
)
settings.load_profile("house")
OTHERS_LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Bring the database server up before pytest-django makes the test database, one for each process of tests."""
    with ready.database_up():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep a copy of what migrations filled in; at the end let no forgotten thread's session hold the database."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS seeded CASCADE; CREATE SCHEMA seeded")
        for name in SEEDED:
            cursor.execute(f"CREATE TABLE seeded.{name} AS TABLE {name}")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(OTHERS_LEAVE)


@pytest.fixture(scope="session", autouse=True)
def _pages_have_their_texts_and_styles() -> None:
    """Compile the translations and copy third-party files, as set-up does before serving.

    WHY read again: Django read the translations while it loaded, the former ones, or none in a fresh clone.
    """
    from django.test.signals import language_changed
    from django.utils.translation.reloader import translation_file_changed

    words_compile()
    language_changed(setting="LOCALE_PATHS")
    translation_file_changed(None, Path("django.mo"))
    assets_copy()


@pytest.fixture(scope="session", autouse=True)
def _append_only_tables_can_be_emptied() -> Iterator[None]:
    """Let tests with real transactions empty the tables afterwards, guarded ones too.

    WHY here: the guards have no back door of their own; only an owner's ALTER TABLE switches them off.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    switch = (
        "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT DISTINCT tgrelid FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgtype & 32 <> 0 LOOP"
        " EXECUTE format('ALTER TABLE %s {0} TRIGGER USER', t); END LOOP; END $$"
    )
    plain = DatabaseOperations.sql_flush

    def guarded(self, style, tables, **kwargs):
        flush = plain(self, style, tables, **kwargs)
        if flush:  # the queue's tables are not managed by Django, so its flush leaves them out
            filled = [f"INSERT INTO {name} SELECT * FROM seeded.{name}" for name in SEEDED]  # noqa: S608
            flush = [switch.replace("{0}", "DISABLE"), *flush, QUEUE_EMPTIED, *filled, switch.replace("{0}", "ENABLE")]
        return flush

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", guarded)
        yield
