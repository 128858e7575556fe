"""Rights in one's own data over HTTP: number and code open one record, officers see what their cases show."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.api.tests.factories import post
from hezhi.edge.now import now
from hezhi.flow.rights.tests.factories import PHONE, Subject, subject_at
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> Subject:
    return subject_at(now())


def ask(own: Subject, body: dict, *, code: str = "", key: str = ""):
    headers = {"X-Report-Code": code or own.code}
    return post(Client(), f"/rights/{own.number}/requests", body, key=key, **headers)


def read(own: Subject, what: str = "", code: str = ""):
    return Client(headers={"X-Report-Code": code or own.code}).get(f"/api/v1/rights/{own.number}{what}")


def browser(own: Subject, name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(person_id=own.town.persons[name]))
    return client


def test_a_request_is_filed_once_per_key_and_told_with_its_clock(own: Subject):
    answers = [ask(own, {"right": "access"}, key="access-1") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    filed = answers[0].json()
    assert (filed["request"]["right"], filed["request"]["limit"]["source"]["is_verified"]) == ("access", False)
    told = read(own).json()
    assert [one["number"] for one in told["requests"]] == [filed["request"]["number"]]
    assert {one["right"]: one["hindrance"] for one in told["offers"]}["access"] == "open"
    assert (read(own, "/copy").status_code, read(own, "/copy").json()["code"]) == (409, "no_copy")


def test_a_wrong_code_reads_like_a_wrong_number_and_files_nothing(own: Subject):
    before = ledger.last_line_id()

    answers = [ask(own, {"right": "withdrawal"}, code="AAAAAAAAAA"), read(own, code="AAAAAAAAAA")]
    answers.append(read(own, "/copy", code="AAAAAAAAAA"))

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "record_not_found")] * 3
    assert PHONE not in "".join(one.content.decode() for one in answers)
    assert ledger.last_line_id() == before


def test_a_copy_that_was_granted_holds_what_is_held_and_no_answer_of_it_is_kept(own: Subject):
    from hezhi.edge.api.models import Answered
    from hezhi.flow.rights.contracts import RightKind

    own.answer(own.ask(RightKind.ACCESS, now()), "granted", at=now())
    kept = Answered.objects.count()

    copy = read(own, "/copy").json()

    assert {one["name"]: one["value"] for one in copy["fields"]}["contact_phone"] == PHONE
    assert Answered.objects.count() == kept


def test_an_officer_sees_the_requests_of_the_own_cases_and_files_at_the_counter(own: Subject):
    body = {"number": own.number, "right": "access", "checked": "居民身份证"}
    assert post(Client(), "/requests/counter", body).status_code == 401

    filed = post(browser(own, "duty_officer"), "/requests/counter", body)

    assert filed.status_code == 200
    number = filed.json()["request"]["number"]
    due = {who: browser(own, who).get("/api/v1/requests/due").json() for who in ("data_bureau", "public_utilities")}
    assert [one["number"] for one in due["data_bureau"]] == [number]
    assert due["public_utilities"] == []
    hidden = post(browser(own, "public_utilities"), "/requests/counter", body)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "record_not_found")
