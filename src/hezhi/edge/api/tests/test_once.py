"""Acts are done once per key, whatever is sent again."""

from __future__ import annotations

import pytest

from hezhi.edge.api.models import Answered
from hezhi.edge.api.tests.factories import HOUSE, Place, post
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db
KEY = "accept-0001"


def lead_of(place: Place, case) -> str:
    return next(kind for kind, agency_id in place.town.agencies.items() if agency_id == case.lead_agency_id)


def lines(case) -> int:
    return len(ledger.lines_of(chain=f"case:{case.id}"))


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(place: Place):
    case = place.case()
    client = place.client(lead_of(place, case))
    first = post(client, f"/cases/{case.id}/accept", key=KEY)
    written = lines(case)

    again = post(client, f"/cases/{case.id}/accept", key=KEY)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert first.content == again.content
    assert first.json()["state"] == "handling"
    assert lines(case) == written


def test_the_answer_that_is_kept_cannot_be_read_in_the_table(place: Place):
    case = place.case()
    client = place.client(lead_of(place, case))

    answer = post(client, f"/cases/{case.id}/accept", key=KEY)

    kept = Answered.objects.get().answer
    assert answer.json()["title"] and kept.startswith("v1.")
    assert answer.json()["title"] not in kept and answer.content.decode() not in kept


def test_a_key_does_not_serve_two_requests(place: Place):
    case = place.case()
    client = place.client(lead_of(place, case))
    post(client, f"/cases/{case.id}/accept", key=KEY)
    written = lines(case)

    other = post(client, f"/cases/{case.id}/submit", {"outcome": "x", "summary": "y"}, key=KEY)

    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert lines(case) == written


def test_a_refused_request_leaves_its_key_free(place: Place):
    case = place.case()
    client = place.client(lead_of(place, case))

    refused = post(client, f"/cases/{case.id}/resume", key=KEY)
    done = post(client, f"/cases/{case.id}/accept", key=KEY)

    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert (done.status_code, Answered.objects.count()) == (200, 1)


def test_two_askers_may_use_the_same_key(place: Place):
    first, second = place.case(), place.case()
    one, two = place.client(lead_of(place, first)), place.client("supervisor")

    accepted = post(one, f"/cases/{first.id}/accept", key=KEY)
    urged = post(two, f"/cases/{second.id}/urge", {"text": "请尽快办理"}, key=KEY)

    assert (accepted.status_code, urged.status_code) == (200, 200)


@pytest.mark.parametrize("key", ["short", "x" * 101, "with space here", "中文中文中文中文中文"])
def test_a_key_no_program_would_make_is_refused(place: Place, key: str):
    case = place.case()

    answer = place.client(lead_of(place, case)).post(
        f"/api/v1/cases/{case.id}/accept", headers={"Idempotency-Key": key}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert cases.case_get(case_id=case.id, by=HOUSE).state is CaseState.DISPATCHED
