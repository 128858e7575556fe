"""Log lines say which route was asked and how it went, and nothing of the people it was about."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from hezhi.edge.web.tests.office import VALUES, Office, office  # noqa: F401
from hezhi.kit.errors import HezhiError
from hezhi.project.logs import JsonFormatter, LineFormatter, masked


class Broken(HezhiError):
    """The paper has no page."""

    code = "broken_paper"


PHONE, IDENTITY, NAME = "13900000102", "11010519491231002X", "张三丰"


@pytest.fixture(params=[JsonFormatter, LineFormatter])
def log(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """Everything any logger says, in the house's own form."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.django_db
def test_a_report_leaves_nothing_of_its_author_in_the_logs(office: Office, log: StringIO) -> None:  # noqa: F811
    values = {**VALUES, "contact_phone": PHONE, "spot": f"{NAME} {IDENTITY} 家门口"}
    client = Client()
    client.post(reverse("web:report_form", args=[office.pack.id, "report"]), values)
    client.get(reverse("web:track"), {"number": PHONE, "code": IDENTITY, "q": NAME})
    client.post("/api/v1/records", json.dumps({"pack": office.pack.id, "values": values}), "application/json")
    client.get(f"/{PHONE}/{NAME}/")

    said = log.getvalue()

    assert len(re.findall("web:report_form", said)) >= 1
    assert [one for one in (PHONE, IDENTITY, NAME, NAME.encode("unicode_escape").decode()) if one in said] == []


def test_a_request_is_one_line_of_facts(log: StringIO, rf: object) -> None:
    Client().get("/healthz?q=secret")

    [line] = [one for one in log.getvalue().splitlines() if "health:healthz" in one]
    if line.startswith("{"):
        facts = json.loads(line)
        assert (facts["route"], facts["status"], facts["logger"]) == ("health:healthz", 200, "hezhi.request")
        assert re.fullmatch("[0-9a-f]{12}", facts["request"])
    assert "secret" not in line


def test_what_looks_like_a_person_or_a_token_is_masked_and_other_words_stay() -> None:
    token = "gK3_aZ9-" * 5
    said = f"call {PHONE} or 138-0000-1111 or 0571-87654321, id {IDENTITY}, Bearer {token}"

    assert masked(said) == "call *** or *** or ***, id ***, Bearer ***"
    for harmless in ("case 12345678 took 1200 ms", "sweep:deliveries of 2026-11-30T06:00:01", "hezhi.flow.cases.api"):
        assert masked(harmless) == harmless


def test_a_traceback_tells_places_and_kinds_and_no_word_of_an_error(log: StringIO) -> None:
    try:
        try:
            raise KeyError(f"{NAME} {IDENTITY}")
        except KeyError as cause:
            raise Broken(NAME, phone=PHONE) from cause
    except Broken:
        logging.getLogger("test").exception("broken")

    said = log.getvalue()
    assert re.search(r"test_logs\.py:\d+ test_a_traceback", said)
    assert said.index("builtins.KeyError") < said.index("test_logs.Broken: broken_paper")
    assert [one for one in (PHONE, IDENTITY, NAME, "***") if one in said] == []


@pytest.mark.django_db
def test_a_row_that_the_database_refused_is_not_in_the_log(log: StringIO) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE told (name text CONSTRAINT told_once UNIQUE)")
            cursor.execute("INSERT INTO told VALUES (%s), (%s)", [NAME, NAME])
    except IntegrityError:
        logging.getLogger("test").exception("broken")

    said = log.getvalue()
    assert "psycopg.errors.UniqueViolation: 23505 told_once" in said
    assert NAME not in said
