"""The database server is the one Hezhi was built for."""

import pytest
from django.db import connection

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
