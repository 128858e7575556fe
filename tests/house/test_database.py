"""The database server is the one Hezhi was built for."""

import psycopg
import pytest
from django.db import connection

from hezhi.edge.cli.setup import DatabaseUnfit, database_check

pytestmark = pytest.mark.django_db


def test_trigrams_of_chinese_are_not_empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT cardinality(show_trgm('北京市朝阳区'))")
        assert cursor.fetchone() == (7,)


def test_the_server_is_postgresql_18() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (18,)


def test_this_server_passes_the_check_of_set_up() -> None:
    assert database_check() == "PostgreSQL 18"


def test_a_database_without_chinese_letters_is_refused_with_the_remedy() -> None:
    plain = "CREATE DATABASE hezhi_plain_c LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    address = connection.get_connection_params() | {"dbname": "postgres"}
    for key in ("cursor_factory", "context", "options"):
        address.pop(key, None)
    with psycopg.connect(**address, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS hezhi_plain_c")
        server.execute(plain)
        try:
            other = connection.copy()
            other.settings_dict = {**connection.settings_dict, "NAME": "hezhi_plain_c"}
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("django.db.connection", other)
                with pytest.raises(DatabaseUnfit, match=r"BUILTIN_LOCALE 'C\.UTF-8'"):
                    database_check()
            other.close()
        finally:
            server.execute("DROP DATABASE hezhi_plain_c WITH (FORCE)")
