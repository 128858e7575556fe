"""An officer at a counter fills in a form and is told at once, with reasons, and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.flow.checks import api as checks
from hezhi.flow.checks.contracts import FeatureIn
from hezhi.flow.checks.models import Answer
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
FORM = "/checks/demo_works/place_planter/"
GIVEN = {"spot": "东门花坛", "holder_no": "P-0001", "weight_kg": "80", "key": "k1"}


@pytest.fixture(autouse=True)
def demo(db: None) -> Iterator[None]:
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


def filled(office: Office, days: int = 100, who: str = "duty_officer", **change: str) -> HttpResponse:
    until = (now() + timedelta(days=days)).date().isoformat()
    return office.client(who).post(FORM, {**GIVEN, "permit_until": until, **change}, follow=True)


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_form_asks_with_units_and_says_why_it_asks(office: Office) -> None:
    page = office.client("duty_officer").get(FORM)

    assert page.status_code == 200
    assert "kg" in words(page) and "查询持证人名下未领回的物品" in words(page)


def test_what_is_fine_is_told_at_once(office: Office) -> None:
    told = words(filled(office))

    assert "可继续" in told and "可以继续办理。" in told and "没有需要提醒的" in told
    assert "东门花坛" in told and "P-0001" not in told
    assert Answer.objects.get().answer == "ok"


def test_what_goes_to_a_person_says_why_and_what_would_change_it(office: Office) -> None:
    told = words(filled(office, weight_kg="301"))

    assert "转人工" in told and "请转负责人查看后决定。" in told
    assert "超过花坛边承重" in told and "“花箱重量”如为 300 kg，则为绿" in told


def test_what_cannot_be_read_comes_back_as_it_was_typed_and_nothing_is_logged(office: Office) -> None:
    page = filled(office, weight_kg="heavy")

    assert page.status_code == 422
    assert 'value="heavy"' in page.content.decode() and "不是整数" in words(page)
    assert Answer.objects.count() == 0


def test_a_form_sent_twice_is_answered_once_and_another_one_anew(office: Office) -> None:
    filled(office)
    filled(office)
    filled(office, weight_kg="81")

    assert Answer.objects.count() == 2


def test_the_log_shows_own_answers_and_a_supervisor_those_of_the_region(office: Office) -> None:
    filled(office)
    answer_id = Answer.objects.get().id
    link = f"/checks/answers/{answer_id}/"

    assert link in office.client("duty_officer").get("/checks/").content.decode()
    assert link in office.client("supervisor").get("/checks/").content.decode()
    assert link not in office.client("supervisor").get("/checks/?answer=refer").content.decode()
    assert link not in office.client("grid_worker").get("/checks/").content.decode()
    opened = {name: office.client(name).get(link).status_code for name in ("supervisor", "grid_worker", "analyst")}
    assert opened == {"supervisor": 200, "grid_worker": 404, "analyst": 403}


def test_more_answers_cost_no_more_queries(office: Office) -> None:
    client = office.client("duty_officer")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/checks/").status_code == 200
        return len(seen)

    filled(office)
    few = queries()
    for weight in range(81, 88):
        filled(office, weight_kg=str(weight))
    assert queries() == few
