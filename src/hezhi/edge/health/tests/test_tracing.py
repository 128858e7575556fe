"""Spans tell what took how long, and nothing of the people it was about; without a collector nothing is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from procrastinate.contrib.django import app

from hezhi.edge.health import tracing
from hezhi.edge.jobs.worker import worker_run
from hezhi.services.notices.tests.factories import options

PHONE, NAME, NUMBER = "13900000102", "张三丰", "JL20260302-0001"


class Collector:
    """What a collector on this machine was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        got = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        told = [ExportTraceServiceRequest.FromString(one) for one in self.bodies]
        return [
            span for one in told for sent in one.resource_spans for scope in sent.scope_spans for span in scope.spans
        ]


@pytest.fixture
def collector(settings: Any) -> Iterator[Collector]:
    found = Collector()
    settings.HEZHI = options(otlp_endpoint=found.address)
    yield found
    tracing.tracing_stop()
    found.server.shutdown()
    found.server.server_close()


def facts(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.mark.django_db
def test_a_request_is_a_span_with_its_statements_below_it_and_no_word_of_anybody(collector: Collector) -> None:
    client = Client()  # the spans begin with the middleware
    client.get("/api/v1/me", {"number": NUMBER, "q": NAME}, headers={"Authorization": f"Bearer {PHONE}"})
    with connection.cursor() as cursor, tracing.span("by hand"):
        cursor.execute("SELECT %s, '13900000102', 'O''Neill ' FROM people_person WHERE name = %s", [NAME, PHONE])
    client.get(f"/{NAME}/{PHONE}/")
    tracing.tracing_stop()

    spans = collector.spans()
    [asked] = [one for one in spans if one.name == "GET api:me"]
    assert facts(asked) == {
        "http.route": "api:me", "http.response.status_code": 401, "request": facts(asked)["request"],
    }  # fmt: skip
    below = [one for one in spans if one.parent_span_id == asked.span_id]
    assert {facts(one)["db.system.name"] for one in below} == {"postgresql"}
    assert all(one.trace_id == asked.trace_id and one.name.startswith("database ") for one in below)
    [by_hand] = [one for one in spans if "people_person WHERE name" in str(facts(one).get("db.query.text"))]
    assert facts(by_hand)["db.query.text"] == "SELECT %s, ?, ? FROM people_person WHERE name = %s"
    assert "GET none" in {one.name for one in spans}
    sent = b"".join(collector.bodies)
    assert [one for one in (PHONE, NAME, NUMBER, "Neill") if one.encode() in sent] == []


@pytest.mark.django_db(transaction=True)
def test_a_job_is_a_span_without_its_arguments_and_an_error_leaves_its_kind_alone(collector: Collector) -> None:
    before = dict(app.tasks)

    @app.task(name="test.broken")
    def broken(phone: str) -> None:
        raise ValueError(f"{NAME} cannot be reached at {phone}")

    broken.defer(phone=PHONE)
    try:
        worker_run(concurrency=1, wait=False)
    finally:
        app.tasks.clear()
        app.tasks.update(before)

    [job] = [one for one in collector.spans() if one.name == "job test.broken"]
    assert (job.status.code, job.status.message) == (2, "ValueError")
    assert set(facts(job)) == {"queue", "job", "attempts"}
    assert list(job.events) == []
    sent = b"".join(collector.bodies)
    assert b"hezhi-worker" in sent
    assert [one for one in (PHONE, NAME) if one.encode() in sent] == []


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    asked = "import sys, hezhi.project.wsgi; print([one for one in sys.modules if one.startswith('opentelemetry')])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
