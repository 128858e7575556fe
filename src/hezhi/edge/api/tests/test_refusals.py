"""Refusals: one shape, one table, nothing personal in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from hezhi.edge.api import auth
from hezhi.edge.api.errors import problem_of
from hezhi.edge.api.tests.factories import Place, post
from hezhi.edge.now import now
from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFound, 404), (NotAllowed, 403), (Invalid, 422), (Refused, 409), (HezhiError, 409)],
)
def test_each_tree_of_errors_has_its_status(error: type[HezhiError], status: int):
    told, problem = problem_of(error(agency="某局", case_id=7))

    assert (told, problem.code) == (status, error.code)
    assert "某局" not in problem.message + str(problem.findings)


def test_every_finding_is_named_at_once(place: Place):
    case = place.case()

    answer = post(place.client("supervisor"), f"/cases/{case.id}/supervise", {"agency_id": 0, "note": "?"})

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert sorted(one["place"] for one in answer.json()["findings"]) == [
        "body.body.agency_id", "body.body.note", "body.body.text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"{", b'{"text": "\\ud800"}', b'{"text": "a\\u0000b"}', b"\xff"], ids=lambda one: str(one)
)
def test_a_body_that_cannot_be_read_is_refused(place: Place, body: bytes):
    case = place.case()

    answer = place.client("supervisor").post(
        f"/api/v1/cases/{case.id}/urge",
        data=body,
        content_type="application/json",
        headers={"Idempotency-Key": "key-000001"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "body_unreadable")


def test_a_text_no_database_keeps_is_refused_in_a_query(place: Place):
    answer = place.client("supervisor").get("/api/v1/cases", {"text": "a\x00b"})

    assert (answer.status_code, answer.json()["code"]) == (422, "text_invalid")


def test_messages_are_in_the_language_of_the_site(place: Place):
    client = place.client("supervisor")
    client.cookies["hezhi_language"] = "en"

    answer = client.get("/api/v1/cases/999999")

    assert answer.json()["message"] == "There is no such case, or you may not see it."


def test_who_asks_too_often_waits(place: Place, monkeypatch):
    monkeypatch.setattr(auth.STRANGERS, "limit", 3)
    client = Client(headers={"X-Report-Code": "ABCDEFGH"})

    answers = [client.get("/api/v1/reports/R-1234") for _ in range(4)]

    assert [one.status_code for one in answers] == [404, 404, 404, 429]
    assert answers[3].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 61


def test_one_asker_does_not_use_up_the_requests_of_another(place: Place, monkeypatch):
    monkeypatch.setattr(auth.USUAL, "limit", 1)
    one, two = place.client("supervisor"), place.client("coordinator")

    assert [one.get("/api/v1/me").status_code, one.get("/api/v1/me").status_code] == [200, 429]
    assert two.get("/api/v1/me").status_code == 200


def test_requests_taken_ahead_are_no_more_than_the_limit_and_end_with_the_minute(place: Place, monkeypatch):
    monkeypatch.setattr(auth.USUAL, "limit", 250)  # a process takes two at a time
    client, start = place.client("supervisor"), now()
    monkeypatch.setattr(auth, "now", lambda: start)

    told = [client.get("/api/v1/me").status_code for _ in range(252)]

    assert told == [200] * 250 + [429] * 2
    monkeypatch.setattr(auth, "now", lambda: start + timedelta(seconds=60))
    assert client.get("/api/v1/me").status_code == 200


def test_an_address_that_is_none_is_refused_like_everything_else():
    answer = Client().post("/api/v1/nothing/here")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_chinese_is_not_escaped(place: Place):
    case = place.case()

    assert case.title in place.client("supervisor").get(f"/api/v1/cases/{case.id}").content.decode()
