"""A database for one run: made fresh on the server that runs, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

NAME = "hezhi_real_input"


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Let the block work in a database of its own; one that a killed run left behind is replaced."""
    from django.db import connection

    usual = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with connection.cursor() as cursor:  # nobody misses the last seconds of a database that is thrown away
            cursor.execute("SET synchronous_commit TO off")
        yield
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)
