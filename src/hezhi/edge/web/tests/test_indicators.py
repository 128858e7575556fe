"""The indicators page and its file show a reader what the own regions count, and say so."""

from __future__ import annotations

import re

import pytest

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import PACK, Office
from hezhi.flow.cases.models import Case
from hezhi.flow.indicators import api as indicators
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
CITY = "890000.890100"


def closed(office: Office, path: str, number: int) -> None:
    """Write the ledger of a case that ended as a wrongful removal."""
    opened = {"region": path.rpartition(".")[2], "region_path": path, "matter": "compound", "lead": 1}
    done = {"outcome": "wrongly_removed", "verdict": "false", "is_on_time": True, "is_wrongful": True}
    for act, body in (("case.open", opened), ("case.close", done)):
        chain, by = f"case:{900_000 + number}", Actor.system("test")
        ledger.line_append(chain=chain, act=act, by=by, at=now(), body=body, pack=office.pack.stamp)


def test_a_county_reads_its_own_regions_and_that_it_is_no_total(office: Office) -> None:
    paths = [f"{CITY}.890101.890101001"] * 31 + [f"{CITY}.890102.890102001"] * 57
    for number, path in enumerate(paths):
        closed(office, path, number)
    indicators.indicators_recompute(at=now())
    browser = office.client("analyst")

    whole = browser.get(f"/indicators/?pack={PACK}").content.decode()
    rows = browser.get(f"/indicators/{PACK}.csv").content.decode()
    groups = browser.get(f"/indicators/{PACK}.csv?by=region").content.decode()

    assert "仅统计您所辖区域" in whole
    assert "中位数只按全市计算" in whole
    assert ",part,,31.0,count,31,31" in rows
    assert ",region,890101001,31.0,count,31,31" in groups
    for page in (rows, groups):
        assert {line.rpartition(",")[2] for line in page.splitlines()[1:]} <= {"31", "0", ""}
    assert "890102001" not in whole + rows + groups


def test_a_title_that_begins_a_formula_is_text_in_the_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(31):
        closed(office, f"{CITY}.890101.890101001", number)
    indicators.indicators_recompute(at=now())
    monkeypatch.setattr("hezhi.edge.web.views.indicators.said", lambda words: '=HYPERLINK("a")')

    lines = office.client("analyst").get(f"/indicators/{PACK}.csv").content.decode().splitlines()

    assert len(lines) > 1
    assert all(',"\'=HYPERLINK(""a"")",' in line for line in lines[1:])


def test_a_number_leads_to_the_page_that_says_where_it_comes_from(office: Office) -> None:
    case, at = office.opened("k1"), now()
    done = {"outcome": "wrongly_removed", "verdict": "false", "is_on_time": True, "is_wrongful": True}
    ledger.line_append(chain=f"case:{case.id}", act="case.close", by=Actor.system("test"), at=at, body=done)
    Case.objects.filter(id=case.id).update(closed_at=at)
    indicators.indicators_recompute(at=at)
    browser = office.client("supervisor")

    listed = browser.get(f"/indicators/?pack={PACK}").content.decode()
    linked = re.search(r'href="(/indicators/[^"]*indicator=wrongful[^"]*)"', listed)
    assert linked is not None
    shown = browser.get(linked[1].replace("&amp;", "&")).content.decode()

    assert "这个数字从哪里来" in shown
    assert "全部记录来自表单上报" in shown
    assert f">{case.number}</a>" in shown
    assert browser.get(f"/indicators/{PACK}/lineage/?indicator=none").status_code == 404
