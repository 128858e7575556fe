"""Officers judge what no detector found and what only a candidate found, on pages that name nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.detection.models import Label, ReviewItem
from hezhi.flow.detection.tests.scene import learning_make
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db


def made(office: Office) -> dict[str, int]:
    return learning_make(region_path=office.town.region_path, at=now())


@pytest.mark.parametrize("who", ["duty_officer", "coordinator", "supervisor"])
def test_a_line_of_the_sample_is_judged_by_whoever_triages_or_supervises_there(office: Office, who: str) -> None:
    ids, browser = made(office), office.client(who)
    page = reverse("web:review", args=[ids["review"]])
    act = reverse("web:review_answer", args=[ids["review"], ids["line"]])

    assert "看过的太少，无法说出查全程度" in browser.get(page).content.decode()
    told = send(browser, page, act, answer="missed", reason="现场确有其事").content.decode()

    assert "答复已记录。" in told and "是，本应找出" in told
    assert office.actor(who).name in told and "person:" not in told
    [line] = ReviewItem.objects.all()
    assert (line.answer, line.answered_by) == ("missed", office.actor(who).ref)
    [told_line] = ledger.lines_of(chain=f"review:{ids['review']}")
    assert (told_line.act, told_line.body["reason"]) == ("review.answer", "现场确有其事")


def test_an_analyst_reads_the_figures_and_no_line(office: Office) -> None:
    ids, browser = made(office), office.client("analyst")

    text = browser.get(reverse("web:review", args=[ids["review"]])).content.decode()

    assert "这份样本中没有归您判断的。" in text
    assert browser.get(reverse("web:reviews")).status_code == 200


@pytest.mark.parametrize("sent", [{"answer": "", "reason": "现场确有其事"}, {"answer": "missed", "reason": "有"}])
def test_half_an_answer_is_refused_on_the_page_and_nothing_is_written(office: Office, sent: dict[str, str]) -> None:
    ids, browser = made(office), office.client("supervisor")

    answer = browser.post(reverse("web:review_answer", args=[ids["review"], ids["line"]]), sent)

    assert answer.status_code == 422
    assert 'id="refusal"' in answer.content.decode()
    assert not ReviewItem.objects.exclude(answer="").exists()
    assert ledger.lines_of(chain=f"review:{ids['review']}") == []


def test_what_only_the_candidate_found_is_shown_beside_the_one_in_use_and_judged(office: Office) -> None:
    ids, browser = made(office), office.client("supervisor")
    page = reverse("web:candidate", args=[ids["candidate"]])
    act = reverse("web:shadow_judge", args=[ids["candidate"], ids["shadow"]])

    text = browser.get(page).content.decode()
    assert "least 3 → 2" in text and "只有影子找出的" in text and "尚不能评价" in text
    told = send(browser, page, act, verdict="false", reason="现场没有问题").content.decode()

    assert "认定已记录。" in told
    assert office.actor("supervisor").name in told and "person:" not in told
    [label] = Label.objects.all()
    assert (label.hit_id, label.verdict, label.given_by) == (ids["shadow"], "false", office.actor("supervisor").ref)


def test_half_a_verdict_is_refused_on_the_page_and_nothing_is_written(office: Office) -> None:
    ids, browser = made(office), office.client("supervisor")

    answer = browser.post(reverse("web:shadow_judge", args=[ids["candidate"], ids["shadow"]]), {"verdict": "false"})

    assert answer.status_code == 422
    assert not Label.objects.exists()


def test_the_list_of_detectors_leads_to_candidates_and_shows_no_brace(office: Office) -> None:
    ids, browser = made(office), office.client("analyst")

    text = browser.get(reverse("web:detectors")).content.decode()

    assert reverse("web:candidate", args=[ids["candidate"]]) in text
    assert reverse("web:review", args=[ids["review"]]) in text
    assert all(f"<strong>{one.title.zh}</strong>" in text for one in office.pack.detectors if one.title)
    main = text[text.index("<main") : text.index("</main>")]
    assert "{" not in main
