"""One matter goes round the whole loop through plain forms: no script, no shortcut."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hezhi.edge.stories.town import PHOTO, VILLAGE
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.models import Case

pytestmark = pytest.mark.django_db

FORM = "/report/zombie_vehicles/report/"


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.png", PHOTO, "image/png")


def reported(client: Client) -> tuple[str, str]:
    """Report a vehicle as a citizen; return number and code."""
    page = client.post(
        FORM,
        {
            "key": "k1",
            "place": VILLAGE_TRAIL,
            "spot": "和畅苑3幢南侧",
            "standing_on": "compound",
            "happened_at": "2026-03-02T08:50",
            "found_by": "citizen",
            "vehicle": "白色轿车",
            "blocks": "true",
            "wrecked": "false",
            "contact_phone": "13900000102",
        },
        follow=True,
    )
    text = page.content.decode()
    number = re.search(r'id="number">([^<]+)<', text)
    code = re.search(r'id="code">([^<]+)<', text)
    assert number and code, text[:4000]
    return number[1], code[1]


def work(client: Client, case: str, **result: object) -> None:
    """Finish the one task that waits for this officer on a case."""
    task = re.search(r"/tasks/(\d+)/done/", client.get(case).content.decode())
    assert task
    send(client, case, f"/tasks/{task[1]}/done/", **result)


VILLAGE_TRAIL = ["890000", "890100", "890101", "890101001000", VILLAGE]


def test_a_matter_goes_round_the_loop_by_plain_forms(office: Office, client: Client) -> None:
    number, code = reported(client)

    alert = re.search(r"/alerts/(\d+)/", office.client("duty_officer").get("/alerts/").content.decode())
    assert alert
    page = send(office.client("duty_officer"), f"/alerts/{alert[1]}/", "/confirm/", matter="compound")
    case = Case.objects.get()
    assert page.redirect_chain[-1][0] == f"/cases/{case.id}/"
    url = f"/cases/{case.id}/"

    housing, market = office.client("housing_bureau"), office.client("market_supervision")
    send(housing, url, "/case.return/", reason="not_our_duty", proposed_kind="market_supervision", note="在店门口")
    send(market, url, "/case.return/", reason="not_our_area", proposed_kind="housing_bureau", note="在小区内")
    case.refresh_from_db()
    assert case.state == "returned"
    coordinator = office.client("coordinator")
    send(
        coordinator, url, "/case.rule/", agency_id=str(office.town.agencies["housing_bureau"]), reason="小区由住建牵头"
    )
    send(housing, url, "/case.accept/")

    task = cases.case_get(case_id=case.id, by=office.actor("housing_bureau"))
    assert task.state == "handling"
    work(housing, url, finding="in_use", photo_before=photo(), note="业主每周使用")
    refused = send(housing, url, "/case.submit/", outcome="not_abandoned", summary="车辆正常使用，已请业主挪车")
    assert refused.status_code == 409
    assert office.town_name("township_government") in refused.content.decode()
    work(office.client("township_government"), url, answer="已协助联系业主")
    send(housing, url, "/case.submit/", outcome="not_abandoned", summary="车辆正常使用，已请业主挪车")
    supervisor = office.client("supervisor")
    send(supervisor, url, "/case.verify/", **{"paper-cleared_photo": photo()})
    send(supervisor, url, "/case.close/")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "not_abandoned")

    tracked = client.post("/track/", {"number": number, "code": code})
    assert "车辆正常使用" in tracked.content.decode()
    rated = client.post("/track/", {"number": number, "code": code, "act": "rate", "stars": "5", "comment": "很快"})
    assert "5 / 5" in rated.content.decode()
