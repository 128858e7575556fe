"""Reviewers judge links on a page that gives reasons and names nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.services.entities.models import Judgement
from hezhi.services.entities.tests.scene import link_make
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db


def link_of(office: Office) -> int:
    return link_make(region_path=office.town.region_path, at=now())


def test_a_link_is_shown_with_its_reasons_and_judged_by_a_named_person(office: Office) -> None:
    link, browser = link_of(office), office.client("duty_officer")
    page, act = reverse("web:links"), reverse("web:link_judge", args=[link])

    text = browser.get(page).content.decode()
    assert "姓名：读音相同，用字不同（+6.5）" in text and "record:9" not in text
    told = send(browser, page, act, verdict="same", reason="当面核实为一人").content.decode()
    assert "认定已记录。" in told and "没有等待人工认定的关联。" in told

    [said] = Judgement.objects.all()
    assert (said.link_id, said.verdict, said.judged_by) == (link, "same", office.actor("duty_officer").ref)
    [line] = ledger.lines_of(chain=f"link:{link}")
    assert (line.act, line.body["reason"]) == ("link.judge", "当面核实为一人")
    assert "同一主体 ·" in browser.get(f"{page}?show=all").content.decode()


@pytest.mark.parametrize("sent", [{"verdict": "", "reason": "当面核实为一人"}, {"verdict": "same", "reason": "是"}])
def test_half_a_judgement_is_refused_on_the_page_and_nothing_is_written(office: Office, sent: dict[str, str]) -> None:
    link, browser = link_of(office), office.client("duty_officer")

    answer = browser.post(reverse("web:link_judge", args=[link]), sent)

    assert answer.status_code == 422
    assert 'id="refusal"' in answer.content.decode()
    assert not Judgement.objects.exists()
    assert ledger.lines_of(chain=f"link:{link}") == []
