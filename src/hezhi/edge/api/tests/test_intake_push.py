"""Pushing records: every row gets an answer, and the same row again changes nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from hezhi.edge.api.tests.factories import HOUSE, Place
from hezhi.edge.now import now
from hezhi.flow.intake import api as intake

pytestmark = pytest.mark.django_db


def push(rows: list[dict], token: str):
    client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})
    return client.post("/api/v1/intake/records", data={"records": rows}, content_type="application/json")


def row(place: Place, **over) -> dict:
    return {**place.values, place.pack.record(place.kind).key: str(uuid4()), **over}


def stored() -> int:
    return intake.record_count(by=HOUSE)


def test_each_row_is_accepted_refused_or_held_with_a_reason(place: Place):
    happened = place.pack.record(place.kind).happened

    answer = push([row(place), row(place, **{happened: "yesterday-ish"})], place.source_token())

    told = answer.json()
    assert (answer.status_code, told["row_count"], told["accepted_count"], told["refused_count"]) == (200, 2, 1, 1)
    good, bad = told["records"]
    assert (good["state"], bad["state"]) == ("accepted", "refused")
    assert [one["field"] for one in bad["findings"] if one["stops"]] == [happened]


def test_the_same_row_again_changes_nothing(place: Place):
    one = row(place)
    first = push([one], place.source_token()).json()

    again = push([one], place.source_token()).json()

    assert (again["accepted_count"], again["repeated_count"], again["records"][0]["state"]) == (0, 1, "repeated")
    assert again["records"][0]["number"] == first["records"][0]["number"]
    assert stored() == 1


@pytest.mark.parametrize("token", ["", "another token"], ids=["no token", "wrong token"])
def test_whoever_cannot_show_the_token_learns_nothing(place: Place, token: str):
    place.source_token()

    answer = push([row(place)], token)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert stored() == 0


def test_a_closed_source_is_told_so(place: Place):
    token = place.source_token()
    intake.source_switch(code="src1", is_active=False, by=HOUSE, at=now())

    answer = push([row(place)], token)

    assert (answer.status_code, answer.json()["code"]) == (409, "source_inactive")
    assert stored() == 0


@pytest.mark.parametrize("count", [0, 1001])
def test_a_push_has_one_to_a_thousand_rows(place: Place, count: int):
    answer = push([{"x": "y"}] * count, place.source_token())

    assert (answer.status_code, stored()) == (422, 0)


def test_a_machine_of_an_agency_is_no_source(place: Place):
    answer = push([row(place)], place.token("coordinator"))

    assert (answer.status_code, stored()) == (401, 0)
