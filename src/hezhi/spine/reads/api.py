"""Reads that acts repeat thousands of times: their SQL is written once in a process.

WHY: writing the SQL of a wide table costs Django two to four times what PostgreSQL takes to
answer it, and an act reads its case, its tasks and its alert again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import F, Lookup, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import get_related_populators

from hezhi.spine.reads.contracts import Given

__all__ = ["FixedRead", "any_of"]

Row = TypeVar("Row", bound=Model)


class _AnyOf(Lookup):
    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, before = self.process_lhs(compiler, connection)
        listed, after = self.process_rhs(compiler, connection)
        return f"{column} = ANY({listed})", (*before, *after)


def any_of(column: str, listed: object) -> Lookup:
    """Return the condition that a column holds one of a list: ``filter(any_of("id", given("ids")))``.

    WHY not ``__in``: its SQL has a place for every element, so it would have to be written anew.
    """
    return _AnyOf(F(column), listed)


@dataclass(frozen=True)
class _Mark:
    """Stands for one value of a call."""

    name: str


@dataclass(frozen=True)
class _Written:
    sql: str
    params: tuple[Any, ...]
    names: frozenset[str]
    compiler: Any
    attnames: list[str]
    columns: slice
    populators: list[Any]
    annotations: dict[str, int]
    locks: bool


class FixedRead(Generic[Row]):
    """A queryset of fixed shape, read again and again with other values.

    ``select_related``, ``order_by``, ``annotate``, slices and ``select_for_update`` work; ``prefetch_related``
    and ``values`` do not.

    Example:
        >>> from django.contrib.contenttypes.models import ContentType
        >>> by_label = FixedRead(lambda given: ContentType.objects.filter(app_label=given("label")))
        >>> by_label.all(label="none")
        []
    """

    def __init__(self, rows: Callable[[Given], QuerySet[Row]]) -> None:
        self._rows = rows

    def all(self, **values: Any) -> list[Row]:
        """Return the rows for these values, one for each mark.

        Raises:
            TypeError: the values are not those of the marks.
            TransactionManagementError: the read locks and there is no transaction.
        """
        written = self._written
        if values.keys() != written.names:
            raise TypeError(f"asked for {sorted(written.names)}, given {sorted(values)}: {written.sql}")
        if written.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("A read that locks needs a transaction.")
        params = [values[one.name] if isinstance(one, _Mark) else one for one in written.params]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, params)
            found = cursor.fetchall()
        return [self._model(written, row) for row in written.compiler.results_iter([found])]

    def first(self, **values: Any) -> Row | None:
        """Return the first row, None when there is none."""
        return next(iter(self.all(**values)), None)

    def sql(self) -> str:
        """Return the statement as it is sent, values left open."""
        return self._written.sql

    @staticmethod
    def _model(written: _Written, row: Any) -> Row:
        model = written.compiler.klass_info["model"].from_db(DEFAULT_DB_ALIAS, written.attnames, row[written.columns])
        for populator in written.populators:
            populator.populate(row, model)
        for name, place in written.annotations.items():
            setattr(model, name, row[place])
        return model

    @cached_property
    def _written(self) -> _Written:
        query = self._rows(lambda name: RawSQL("%s", [_Mark(name)])).query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        selected, info = compiler.select, compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        return _Written(
            sql=sql,
            params=tuple(params),
            names=frozenset(one.name for one in params if isinstance(one, _Mark)),
            compiler=compiler,
            attnames=[field[0].target.attname for field in selected[first:last]],
            columns=slice(first, last),
            populators=get_related_populators(info, selected, DEFAULT_DB_ALIAS),
            annotations=dict(compiler.annotation_col_map or {}),
            locks=query.select_for_update,
        )
