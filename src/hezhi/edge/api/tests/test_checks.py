"""A check asked over HTTP: once per key, with reasons, and never a refusal of the matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from hezhi.edge.api.tests.factories import HOUSE, Place, post
from hezhi.edge.now import now
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import FeatureIn
from hezhi.flow.checks.models import Answer
from hezhi.packkit import api as packkit

pytestmark = pytest.mark.django_db
UNTIL = (now() + timedelta(days=100)).date().isoformat()
GIVEN = {"spot": "东门花坛", "holder_no": "P-0001", "weight_kg": 80, "permit_until": UNTIL}
CHECK = "/checks/demo_works/place_planter"


@pytest.fixture(autouse=True)
def demo() -> Iterator[None]:
    """The invented pack on the shelf, and what is known of the spot and the holder of `GIVEN`."""
    before = packkit.shelf()
    packkit.shelf_use(packkit.Shelf([settings.HEZHI.packs_dir / "_demo_works", settings.HEZHI.packs_dir]))
    subjects = [("reports_30d", GIVEN["spot"]), ("things_unreturned", GIVEN["holder_no"])]
    keys = checks.subjects_key(pack_id="demo_works", subjects=subjects, by=HOUSE)
    at = now()
    rows = [
        FeatureIn("demo_works", keys[subject], name, 0, at, "test", at + timedelta(days=9))
        for subject, name in zip(subjects, ("reports_30d", "things_unreturned"), strict=True)
    ]
    checks.features_put(rows=rows, by=HOUSE, at=at)
    yield
    packkit.shelf_use(before)


def test_a_machine_asks_and_is_told_with_reasons(place: Place) -> None:
    told = post(place.client("duty_officer"), CHECK, {"given": {**GIVEN, "weight_kg": 301}})

    answer = told.json()
    assert (told.status_code, answer["answer"], answer["colour"]) == (200, "refer", "red")
    assert answer["reasons"][0] == {"zh": "超过花坛边承重", "en": "Heavier than the edge of the bed bears"}
    assert answer["would_change"][0]["to"] == "300 kg"
    assert answer["asker"].startswith("machine:")
    assert answer["given"]["holder_no"].startswith("keyed:")


def test_the_same_question_with_the_same_key_gets_the_same_answer(place: Place) -> None:
    client = place.client("duty_officer")
    first = post(client, CHECK, {"given": GIVEN}, key="question-1")
    again = post(client, CHECK, {"given": GIVEN}, key="question-1")
    other = post(client, CHECK, {"given": {**GIVEN, "weight_kg": 81}}, key="question-1")

    assert (first.status_code, first.json()["answer"]) == (200, "ok")
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (409, "check_key_reused")
    assert Answer.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [({}, 422), ({**GIVEN, "weight_kg": "heavy"}, 422), ({**GIVEN, "shoe": 1}, 422), ({**GIVEN, "spot": ["x"]}, 422)],
)
def test_a_form_that_cannot_be_read_is_refused_with_every_problem(
    place: Place, given: dict[str, Any], status: int
) -> None:
    told = post(place.client("duty_officer"), CHECK, {"given": given})

    assert told.status_code == status
    assert told.json()["findings"]
    assert Answer.objects.count() == 0


def test_who_may_not_ask_is_refused_and_sees_no_check(place: Place) -> None:
    client = place.client("supervisor")

    assert post(client, CHECK, {"given": GIVEN}).status_code == 403
    assert client.get("/api/v1/checks").json() == []
    assert Answer.objects.count() == 0


def test_checks_are_listed_with_their_form(place: Place) -> None:
    listed = place.client("duty_officer").get("/api/v1/checks").json()

    [line] = [one for one in listed if one["pack_id"] == "demo_works"]
    assert (line["check"], line["form"]["weight_kg"]["unit"]) == ("place_planter", "kg")


def test_supervisors_read_the_answers_of_their_region(place: Place) -> None:
    told = post(place.client("duty_officer"), CHECK, {"given": GIVEN}).json()
    supervisor = place.client("supervisor")

    assert [one["id"] for one in supervisor.get("/api/v1/checks/answers").json()["rows"]] == [told["id"]]
    assert supervisor.get("/api/v1/checks/answers?answer=refer").json()["rows"] == []
    assert supervisor.get(f"/api/v1/checks/answers/{told['id']}").json() == told
    assert place.client("grid_worker").get(f"/api/v1/checks/answers/{told['id']}").status_code == 404


def test_an_unknown_check_is_not_found(place: Place) -> None:
    assert post(place.client("duty_officer"), "/checks/demo_works/none", {"given": GIVEN}).status_code == 404
