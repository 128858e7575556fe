"""A reporter's own view: number and code open one report and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.api.tests.factories import HOUSE, Place, post
from hezhi.flow.cases import api as cases

pytestmark = pytest.mark.django_db


def ask(number: str, code: str):
    return Client(headers={"X-Report-Code": code}).get(f"/api/v1/reports/{number}")


def test_number_and_code_open_the_own_report(place: Place):
    receipt = place.report()

    answer = ask(receipt.record.number, receipt.code)

    assert (answer.status_code, answer.json()["record_number"]) == (200, receipt.record.number)
    assert "phone" not in answer.content.decode()


def test_a_wrong_code_reads_like_a_wrong_number(place: Place):
    mine, other = place.report(), place.report()

    answers = [ask(mine.record.number, other.code), ask("R-00000", mine.code)]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "record_not_found")] * 2
    assert answers[0].json() == answers[1].json()


def test_an_open_matter_cannot_be_rated_yet(place: Place):
    receipt = place.report()

    answer = post(
        Client(),
        f"/reports/{receipt.record.number}/rating",
        {"stars": 1},
        key="rating-1",
        **{"X-Report-Code": receipt.code},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_closed_yet")


def test_a_reporter_contests_once_per_key(place: Place):
    receipt = place.report()
    case = place.case_of(receipt)
    told, shown = {"text": "处理结果与事实不符"}, {"X-Report-Code": receipt.code}

    answers = [
        post(Client(), f"/reports/{receipt.record.number}/contests", told, key="contest-1", **shown) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert [one.text for one in cases.case_view(case_id=case.id, by=HOUSE).contests] == [told["text"]]


def test_a_report_without_a_case_cannot_be_contested(place: Place):
    receipt = place.report()
    if cases.case_of_record(record_ids=[receipt.record.id]) is not None:
        pytest.skip("this pack opens a case at once")
    shown = {"X-Report-Code": receipt.code}

    answer = post(Client(), f"/reports/{receipt.record.number}/contests", {"text": "不同意"}, **shown)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_case_yet")


def test_a_reporter_reads_who_looked_at_the_own_masked_fields(place: Place):
    receipt = place.report()

    answer = Client(headers={"X-Report-Code": receipt.code}).get(f"/api/v1/reports/{receipt.record.number}/openings")

    assert (answer.status_code, answer.json()) == (200, [])
