"""The papers of a case are told by the pack's names, with who handed them in and when; never by an id."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hezhi.edge.now import now
from hezhi.edge.stories.town import PHOTO
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.tasks import api as tasks
from hezhi.spine.people import api as people

pytestmark = pytest.mark.django_db


def card(page: str) -> str:
    """Return the text of the papers' card, tags left out."""
    found = re.search(r'<h2 id="papers">.*?</section>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def verified(office: Office) -> CaseRow:
    """Bring a case to its verification with one paper."""
    case = office.opened()
    handler = office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=handler, at=now())
    for agency in ("housing_bureau", "township_government"):
        by = office.actor(agency)
        for task in tasks.tasks_of_case(case_id=case.id, by=by):
            if task.agency_id == by.agency_id and task.element == "kernel_assist":
                tasks.task_done(task_id=task.id, result={"answer": "已协助"}, by=by, at=now())
    page = f"/cases/{case.id}/"
    check = next(one for one in tasks.tasks_of_case(case_id=case.id, by=handler) if one.element == "check_on_site")
    given = {"finding": "in_use", "photo_before": photo("IMG_1.png")}
    send(office.client("housing_bureau"), page, f"/tasks/{check.id}/done/", **given)
    send(office.client("housing_bureau"), page, "/case.submit/", outcome="not_abandoned", summary="车辆正常使用")
    send(office.client("supervisor"), page, "/case.verify/", **{"paper-cleared_photo": photo("现场照 2.png")})
    return case


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PHOTO, "image/png")


@pytest.mark.parametrize(
    ("language", "title", "field"),
    [("zh-hans", "清理后现场照片", "现状照片"), ("en", "Photo of the cleared place", "Photo as found")],
)
def test_a_paper_is_told_by_its_title_its_own_name_and_who_handed_it_in(
    office: Office, language: str, title: str, field: str
) -> None:
    case = verified(office)
    browser = office.client("supervisor")
    browser.cookies["hezhi_language"] = language

    told = card(browser.get(f"/cases/{case.id}/").content.decode())

    names = {kind: people.person_names({office.town.persons[kind]}) for kind in ("supervisor", "housing_bureau")}
    who = {kind: next(iter(found.values())) for kind, found in names.items()}
    assert f"{title} {who['supervisor']} ·" in told
    assert f"{field} {who['housing_bureau']} ·" in told
    assert told.count("现场照 2.png") == 1
    assert "cleared_photo" not in told and "cleared photo" not in told


def test_a_file_is_downloaded_under_its_own_name(office: Office) -> None:
    case = verified(office)
    browser = office.client("supervisor")
    page = browser.get(f"/cases/{case.id}/").content.decode()

    address = re.search(rf"/cases/{case.id}/files/[0-9a-f]{{64}}/", page)
    assert address
    answer = browser.get(address[0])

    assert (answer.status_code, answer.content) == (200, PHOTO)
