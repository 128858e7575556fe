"""The pass goes with the statement: whatever the statement is, and whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DataError, connection, transaction
from psycopg import sql

from hezhi.spine.guard import api as guard
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    with guard.asking():
        guard.asked_by(somebody("person:%s"))
        yield


def somebody(ref: str) -> Actor:
    return Actor(ref, "百分号 100%")


def ref(cursor: object) -> str:
    cursor.execute("SELECT guard_ref()")  # type: ignore[attr-defined]
    return cursor.fetchone()[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "params", "wanted"),
    [
        ("SELECT guard_ref(), '100%'", None, ("person:%s", "100%")),
        ("SELECT guard_ref(), %s || '%%'", ["100"], ("person:%s", "100%")),
        ("SELECT guard_ref(), %(one)s", {"one": "100%"}, ("person:%s", "100%")),
        (sql.SQL("SELECT guard_ref(), {}").format("%s"), None, ("person:%s", "%s")),
    ],
)
def test_a_statement_of_any_form_finds_who_asks_and_gives_its_own_rows(
    query: object, params: object, wanted: tuple[str, str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)

        assert cursor.fetchall() == [wanted]


def test_every_other_way_of_asking_finds_who_asks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE who (ref text)")
    guard.asked_by(somebody("person:2"))
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO who VALUES (guard_ref() || %s)", [("a",), ("b",)])
        cursor.execute("SELECT ref FROM who ORDER BY ref")
        assert cursor.fetchall() == [("person:2a",), ("person:2b",)]
    guard.asked_by(somebody("person:3"))
    with connection.chunked_cursor() as cursor:
        assert ref(cursor) == "person:3"
    guard.asked_by(somebody("person:4"))
    with connection.cursor() as cursor:
        assert list(cursor.stream("SELECT guard_ref()")) == [("person:4",)]
    guard.asked_by(somebody("person:5"))
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT guard_ref()) TO STDOUT") as copy:
        assert list(copy.rows()) == [("person:5",)]


def test_after_a_statement_that_failed_who_asks_is_told_again() -> None:
    with connection.cursor() as cursor:
        assert ref(cursor) == "person:%s"
    guard.asked_by(somebody("person:4"))
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    with connection.cursor() as cursor:
        assert ref(cursor) == "person:4"


def test_a_cursor_that_outlives_a_change_of_askers_asks_for_the_one_of_now() -> None:
    with connection.cursor() as cursor:
        assert ref(cursor) == "person:%s"
        guard.asked_by(somebody("person:5"))
        assert ref(cursor) == "person:5"
