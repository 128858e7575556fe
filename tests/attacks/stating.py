"""What is asked of the database: the text of every statement, without the values that go beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def stated() -> Iterator[list[str]]:
    """Note the text of every statement, without the values that go beside it."""
    texts: list[str] = []

    def noted(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        texts.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        yield texts
