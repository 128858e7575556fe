"""The dispatch order as an officer gets it: ordered on the case's page, made by its job, downloaded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.edge.now import now
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.dispatch_order import order_facts
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.kit.moments import CITY_ZONE
from hezhi.services.documents import api as documents
from hezhi.services.documents.contracts import DispatchOrder
from hezhi.services.documents.rules import moment_printed
from hezhi.services.documents.tests.factories import words_of

pytestmark = pytest.mark.django_db


def accepted(office: Office) -> CaseRow:
    case = office.opened()
    return cases.case_accept(case_id=case.id, by=office.actor("housing_bureau"), at=now())


def words(office: Office, case: CaseRow, language: str = "zh-hans") -> str:
    """Order the paper on the case's page, let its job run, download it and return its text."""
    browser = office.client("coordinator")
    browser.cookies["hezhi_language"] = language
    send(browser, f"/cases/{case.id}/", "/dispatch-order/")
    ordered = documents.documents_of(about=f"case:{case.id}")[-1]
    made = documents.document_make(document_id=ordered.id, at=now())
    assert made.error == ""
    answer = browser.get(f"/cases/{case.id}/files/{made.file_sha256}/")
    assert answer["Content-Type"] == "application/pdf"
    return words_of(answer.content)


def test_it_tells_whose_order_it_is_what_was_reported_and_how_the_limit_comes_about(office: Office) -> None:
    case = accepted(office)

    told = words(office, case)

    issuer, due = office.town_name("story_office"), "".join(moment_printed(case.due_at).split())
    today = f"{now().astimezone(CITY_ZONE):%Y年}"
    for expected in (
        f"{issuer}事项交办单{case.number}{today}",
        "停放位置和畅苑3幢南侧",
        "影响通行或消防是",
        f"主办{office.town_name('housing_bureau')}30日{due}",
        f"协办{office.town_name('township_government')}30日",
        "合计30日",
        "期限依据：本地治理目标：一个月内清零依据待核",
        "1.到现场查看并拍照（须交：现状照片）",
        "视情况：决定是否清理（须交：清理决定书）",
        f"窗口{issuer}",
        "第1页共2页",
    ):
        assert expected in told, (expected, told)
    assert "13900000102" not in told


def test_it_is_chinese_whatever_language_its_orderer_reads(office: Office) -> None:
    case = accepted(office)

    told = words(office, case, "en")

    assert "类别住宅小区" in told
    assert "影响通行或消防是" in told
    assert "Residential" not in told


def test_an_extended_and_overdue_case_still_gets_its_order(office: Office) -> None:
    case = accepted(office)
    cases.case_extend(case_id=case.id, amount=5, reason="等待鉴定", by=office.actor("coordinator"), at=now())
    later = cases.case_get(case_id=case.id, by=office.actor("coordinator")).due_at + timedelta(days=3)

    file = case_file(case_id=case.id, by=office.actor("coordinator"), at=later)
    facts = DispatchOrder.model_validate(order_facts(file))

    assert facts.assignments[0].limit is not None
    assert facts.assignments[0].limit.budget == 35
    steps = [one.says for one in facts.due_steps if one.says != "rolled"]  # to a working day, on some days of the year
    assert steps == ["started", "ran", "extended", "ran", "due", "late"]
    assert sum(one.counted for one in facts.due_steps) == 35


def test_a_ruling_is_told_in_its_own_words(office: Office) -> None:
    case = office.opened(standing_on="unclear_land")
    agency = office.town.agencies["housing_bureau"]
    cases.case_rule(
        case_id=case.id, agency_id=agency, reason="小区代管空地", by=office.actor("coordinator"), at=now()
    )  # fmt: skip

    assert "交办理由1.协调裁定：小区代管空地" in words(office, case)
