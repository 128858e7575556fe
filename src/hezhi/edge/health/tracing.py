"""Traces of requests, jobs and database statements for an OpenTelemetry collector, where one is set.

Without ``HEZHI_OTLP_ENDPOINT`` nothing of OpenTelemetry is even loaded. A span holds names of routes and tasks,
statuses, ids of requests and jobs, kinds of errors, and statements with every value taken out: no address, no
parameter, no word of anybody. What others send about their own traces is not taken up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

from hezhi.kit.outward import session_for_others

STATEMENT_MOST = 2000  # characters
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_tracer: Any = None
_provider: Any = None


def tracing_start(service: str) -> None:
    """Begin to send spans, once in a process, if a collector is set."""
    global _tracer, _provider
    if _tracer is not None or not settings.HEZHI.otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    address = settings.HEZHI.otlp_endpoint.rstrip("/") + "/v1/traces"
    exporter = OTLPSpanExporter(endpoint=address, session=session_for_others())
    _provider = TracerProvider(resource=Resource({"service.name": f"hezhi-{service}"}))
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("hezhi")
    connection_created.connect(_watch, dispatch_uid="hezhi.tracing")
    for one in connections.all(initialized_only=True):
        _watch(one)


def tracing_stop() -> None:
    """Send what is left, and send no more."""
    global _tracer, _provider
    if _tracer is None:
        return
    connection_created.disconnect(dispatch_uid="hezhi.tracing")
    for one in connections.all(initialized_only=True):
        if _statement in one.execute_wrappers:
            one.execute_wrappers.remove(_statement)
    _provider.shutdown()
    _tracer = _provider = None


@contextmanager
def span(name: str, **facts: str | int) -> Iterator[Any]:
    """Time what the block does; give the span, None where nothing is traced. An error leaves its kind alone."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import Status, StatusCode

    with _tracer.start_as_current_span(
        name, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as one:
        try:
            yield one
        except Exception as problem:
            one.set_status(Status(StatusCode.ERROR, getattr(problem, "code", "") or type(problem).__name__))
            raise


def statement_of(text: str) -> str:
    """Return a statement without the values that stand in it.

    Example:
        >>> statement_of("SELECT 1 FROM people_person WHERE name = '张三' AND id = %s LIMIT 21")
        'SELECT ? FROM people_person WHERE name = ? AND id = %s LIMIT ?'
    """
    return _VALUES.sub("?", text)[:STATEMENT_MOST]


def _watch(connection: Any, **_: Any) -> None:
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(execute: Callable[..., Any], statement: Any, values: Any, many: bool, context: Any) -> Any:
    text = statement if isinstance(statement, str) else type(statement).__name__
    told = statement_of(text)
    facts = {"db.system.name": "postgresql", "db.query.text": told}
    with span(f"database {(told.split(maxsplit=1) or ['none'])[0][:20]}", **facts):
        return execute(statement, values, many, context)
