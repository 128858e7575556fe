"""The page of data quality: what is wrong stands first, chart and table say the same, no record is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import VALUES, Office, office  # noqa: F401
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.tests.factories import jsonl
from hezhi.flow.supply import api as supply
from hezhi.services.notices import api as notices
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def hotline(office: Office) -> Office:  # noqa: F811
    """A source that delivered one good row and one bad one for ten days, then a file without a column."""
    at, agency = now() - timedelta(days=10), office.town.agencies["housing_bureau"]
    intake.source_create(
        code="hotline", name="热线工单", pack_id=office.pack.id, kind="report", by=HOUSE, at=at, agency_id=agency
    )
    for day in range(10):
        good = {**VALUES, "spot": f"和畅苑{day}幢", "report_no": f"R{day}"}
        rows = jsonl(good, {**good, "report_no": f"B{day}", "happened_at": "昨天"})
        intake.batch_take(
            source="hotline", content=rows, name="f", format="jsonl", by=HOUSE, at=at + timedelta(days=day)
        )
    intake.batch_take(source="hotline", content=b"a,b\n1,2\n", name="f", format="csv", by=HOUSE, at=now())
    supply.supply_judge(at=now())
    return office


def read(office: Office, who: str) -> str:  # noqa: F811
    return office.client(who).get(reverse("web:quality")).content.decode()


def test_a_source_in_trouble_stands_first_with_what_is_wrong(hotline: Office) -> None:
    shown = read(hotline, "operator")

    assert "最近一次交来的文件未能采用" in shown
    assert "文件无法读取" in shown
    assert "和畅苑" not in shown


def test_the_table_has_the_numbers_of_the_chart_and_shares_say_of_what(hotline: Office) -> None:
    shown = read(hotline, "supervisor")

    assert shown.count("chart-column") == 11  # today, of which nothing was accepted, with a column of no height
    assert shown.count('<td class="is-number">1</td><td class="is-number">1</td>') == 10
    assert "<dd>21</dd>" in shown
    assert '<dd>11 <span class="soft">52%</span>' in shown
    assert "单位：每日采用条数" in shown


def test_who_keeps_sources_and_the_agency_are_told_once(hotline: Office) -> None:
    supply.supply_judge(at=now())

    for who in ("operator", "housing_bureau"):
        told = [one.words.zh for one in notices.notices_page(recipient=hotline.actor(who).ref)]
        assert len([one for one in told if "热线工单" in one]) == 1
