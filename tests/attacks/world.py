"""What stands in all tables, exactly: with the clock held and sequences put back, the same act writes the same rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from hezhi.edge import now

UNLIKE = ("django_session",)
"""Tables whose rows are drawn at random; nothing that is asked for decides what is in them."""
MANY = 500  # rows; longer tables (the calendar's days) are compared as a whole
EACH = "SELECT '{0}', t::text FROM {0} t"
WHOLE = "SELECT '{0}', left(md5(string_agg(t::text, '|' ORDER BY t::text)), 30) FROM {0} t"
RANDOM = re.compile(r"\\+x[0-9a-f]+|[0-9a-f]{32,}|[A-Za-z0-9_.-]{40,}")  # sealed bytes, hashes, wrapped keys


def tables() -> list[type[models.Model]]:
    return [one for one in apps.get_models() if one._meta.managed and one._meta.db_table not in UNLIKE]


@contextmanager
def clock_held() -> Iterator[None]:
    """Let every command of the edge get the same moment."""
    held = now.now()

    class Held(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return held.astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(now, "datetime", Held)
        yield


class World:
    """All tables as they stand, and the sequences as they stood when this was made."""

    def __init__(self) -> None:
        names = [one._meta.db_table for one in tables()]
        counted = self._asked(" UNION ALL ".join(f"SELECT '{one}', count(*) FROM {one}" for one in names))
        self.all = " UNION ALL ".join((WHOLE if count > MANY else EACH).format(name) for name, count in counted)
        self.sequences = self._asked("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")

    def _asked(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def again(self) -> None:
        """Put the sequences back, so that what is made next gets the same numbers."""
        for name, last in self.sequences:
            self._asked("SELECT setval(%s::regclass, %s, %s)", [name, last or 1, last is not None])

    def rows(self) -> Counter[tuple[str, str]]:
        return Counter((table, RANDOM.sub("~", row)) for table, row in self._asked(self.all))


def extras(agency_id: int) -> list[dict[str, Any]]:
    """Return two sets of values for every column of every model, and for what the house tells commands itself."""
    named: dict[str, models.Field[Any, Any]] = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            named |= {field.name: field, field.attname: field}
    found: list[dict[str, Any]] = []
    for turn in (0, 1):
        given = {name: _value(field, turn, agency_id) for name, field in named.items()}
        given |= {"by": "system:root", "at": "2031-01-01T00:00:00Z", "rights": ["case.read"], "ref": "system:root"}
        given |= {"grants": [], "everywhere": True, "code": "", "shown_at": "2031-01-01T00:00:00Z", "acts": True}
        found.append(given)
    return found


def _value(field: models.Field[Any, Any], turn: int, agency_id: int) -> Any:
    if field.choices:
        return [*field.flatchoices][-1 - turn % len(field.flatchoices)][0]
    if isinstance(field, models.BooleanField):
        return not turn
    if isinstance(field, (models.IntegerField, models.ForeignKey)):
        return (agency_id, 1)[turn]
    if isinstance(field, models.DateTimeField):
        return "2031-01-01T00:00:00Z"
    if isinstance(field, models.DateField):
        return "2031-01-01"
    return ("closed", "green")[turn]


def differing(first: Mapping[Any, int], second: Mapping[Any, int]) -> str:
    """Return the first row that stands in one world and not in the other, empty where there is none."""
    both = Counter(first), Counter(second)
    return next((str(one)[:400] for one in (*(both[1] - both[0]), *(both[0] - both[1]))), "")
