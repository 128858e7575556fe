"""Pages speak in names, not in codes, and lead each officer to what waits for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hezhi.edge.now import machine_day, now
from hezhi.edge.web.labels import QUALITY_RULES
from hezhi.edge.web.sentences import Names, who_of
from hezhi.edge.web.templatetags import hz
from hezhi.edge.web.templatetags.hz import due
from hezhi.edge.web.tests.office import PACK, Office
from hezhi.flow.cases import api as cases
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HEAD = "report_no,region,spot,standing_on,happened_at,found_by,vehicle,blocks,wrecked"
ROW = f"{HEAD}\nA1,,某处,nowhere,昨天,patrol,旧车,no,yes"


def test_my_work_leads_a_duty_officer_to_the_alerts_that_wait(office: Office) -> None:
    alert = office.alerted()

    duty, handler = (
        office.client(who).get(reverse("web:work")).content.decode() for who in ("duty_officer", "housing_bureau")
    )

    assert f'href="/alerts/{alert.id}/"' in duty and "待研判的预警" in duty
    assert "/alerts/" not in handler and "待研判的预警" not in handler


def test_a_source_is_told_by_its_name(office: Office) -> None:
    house, operator = Actor.system("test"), office.client("operator")
    intake.source_create(code="patrol_cars", name="巡查车", pack_id=PACK, kind="report", by=house, at=now())
    batch = intake.batch_take(
        source="patrol_cars", content=ROW.encode(), name="a.csv", format="csv", by=house, at=now()
    )
    [record] = intake.record_page(by=office.actor("operator")).rows

    for page in (f"/intake/batches/{batch.id}/", f"/intake/records/{record.id}/"):
        text = operator.get(page).content.decode()
        assert "巡查车" in text and "patrol_cars" not in text


def test_a_pack_names_the_agencies_and_the_rules_it_is_measured_by(office: Office) -> None:
    text = office.client("housing_bureau").get(f"/packs/{PACK}/").content.decode()

    assert f">{office.town_name('housing_bureau')}</td>" in text and ">housing_bureau</td>" not in text
    score = packkit.pack_score(office.pack.folder, today=machine_day())
    assert {one.rule for one in score.rows} == set(QUALITY_RULES)
    assert "写明法定依据且一年内核对过" in text and "lawful-basis-stated" not in text


def test_a_pack_shows_every_detector_with_its_numbers_and_where_it_errs_and_every_check(office: Office) -> None:
    browser, absent, count = office.client("housing_bureau"), [], 0
    for pack in packkit.shelf().packs():
        text = unescape(browser.get(f"/packs/{pack.id}/").content.decode())
        wanted = [
            *(f"<strong>{one.title.zh}</strong> · {says.zh}</summary>"
              for one, says in detection.detectors_readable(pack) if one.title),
            *(f"<li>{told.zh}</li>" for one in (*pack.detectors, *pack.scans)
              for told in (*one.blind_spots, *one.innocent_reasons)),
            *(f"<code>{name}</code> {hz.number_words(number)} "
              for one in pack.scans for name, number in one.params.items()),
            *(f"<h3>{one.says.zh}</h3>" for one in pack.checks),
            *(told.says.zh for one in pack.checks for told in one.answers.values()),
        ]  # fmt: skip
        absent += [f"{pack.id}: {part}" for part in wanted if part not in text]
        count += len(wanted)
    assert absent == []
    assert count > 200


def test_a_case_names_its_pack_with_the_version_alone(office: Office) -> None:
    case = office.opened()

    text = office.client("housing_bureau").get(f"/cases/{case.id}/").content.decode()

    assert office.pack.stamp not in text
    assert re.search(rf'<span class="soft">{re.escape(office.pack.identity.version)}</span>', text)


@pytest.mark.parametrize(
    ("late", "says"),
    [
        (timedelta(minutes=40), "刚刚逾期"),
        (timedelta(hours=20), "逾期 20 小时"),
        (timedelta(hours=49), "逾期 2 天"),
    ],
)
def test_what_is_late_by_hours_is_not_said_to_be_late_by_a_day(
    late: timedelta, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 3, 4, 4, tzinfo=UTC)
    monkeypatch.setattr(hz, "now", lambda: noon)

    assert says in due(noon - late)


def test_what_a_source_sent_is_not_told_by_the_word_of_the_code(office: Office) -> None:
    assert who_of("source:patrol_cars", Names({}, {}, office.pack)) == "数据来源"


def test_a_wrong_code_is_told_in_the_words_of_a_reporter(office: Office, client: Client) -> None:
    receipt = office.reported()

    page = client.post("/track/", {"number": receipt.record.number, "code": "WRONGCODE1"})

    assert page.status_code == 404
    assert "编号与查询码不相符" in page.content.decode()


def test_the_board_shows_an_order_to_an_agency_that_only_takes_part(office: Office) -> None:
    case = office.opened()
    asked = office.town.agencies["township_government"]
    cases.case_urge(case_id=case.id, agency_id=asked, text="请尽快到场", by=office.actor("supervisor"), at=now())

    text = office.client("supervisor").get("/board/").content.decode()

    assert re.search(r'href="#orders"><b>1</b>', text)
    orders = text[text.index('id="orders"') :]
    assert "请尽快到场" in orders and office.town_name("township_government") in orders


def test_a_correction_starts_from_what_was_sent_and_a_no_stays_a_no(office: Office) -> None:
    operator, house = office.client("operator"), Actor.system("test")
    intake.source_create(code="patrol_cars", name="巡查车", pack_id=PACK, kind="report", by=house, at=now())
    row = f"{HEAD}\nA1,{office.town.region},某处,nowhere,2026-03-02 08:00,patrol,旧车,否,maybe"
    intake.batch_take(source="patrol_cars", content=row.encode(), name="a.csv", format="csv", by=house, at=now())
    [record] = intake.record_page(by=office.actor("operator")).rows

    text = operator.get(f"/intake/records/{record.id}/").content.decode()

    assert re.findall(r'name="(blocks|wrecked)" value="(\w+)"[^>]* checked', text) == [("blocks", "false")]


def test_a_file_of_a_wrong_layout_is_not_said_to_be_taken_in(office: Office) -> None:
    house = Actor.system("test")
    intake.source_create(code="patrol_cars", name="巡查车", pack_id=PACK, kind="report", by=house, at=now())
    file = SimpleUploadedFile("a.csv", b"foo,bar\n1,2\n")

    page = office.client("operator").post("/intake/upload/", {"source": "patrol_cars", "file": file}, follow=True)

    text = page.content.decode()
    assert "格式有误" in text and "文件已接收" not in text and "没有被退回" not in text
