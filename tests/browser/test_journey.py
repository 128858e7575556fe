"""One report goes round the whole loop in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Desk, press

from hezhi.edge.stories.town import PHOTO
from hezhi.flow.cases.models import Case

pytestmark = pytest.mark.slow


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    path.write_bytes(PHOTO)
    return str(path)


def act(page: Page, name: str, **typed: str) -> None:
    """Open the form of one act on a case, fill it in and send it."""
    box = page.locator(f"#act-case-{name}")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    for field, value in typed.items():
        _fill(box.locator(f"[name={field}]"), value)
    with page.expect_navigation():
        box.locator("form button[type=submit]").click()
    expect(page.locator("#messages .alert-success")).to_be_visible()


def _fill(inputs, value: str) -> None:
    first = inputs.first
    if first.get_attribute("type") == "radio":
        inputs.and_(inputs.page.locator(f"[value='{value}']")).check()
    elif first.evaluate("one => one.tagName") == "SELECT":
        first.select_option(value)
    else:
        first.fill(value)


def report(desk: Desk, page: Page) -> tuple[str, str]:
    """A citizen reports on a phone; returns number and code."""
    page.goto("/")
    desk.look(page, "01-home-phone")
    press(page, "a.door >> nth=0")
    desk.look(page, "02-what-phone")
    press(page, "a.door[href*=zombie_vehicles]")
    for level in (1, 2):
        wanted = page.locator(f"#place-{level}")
        if wanted.count() and page.locator("#spot").count() == 0:
            wanted.select_option(index=1)
            page.wait_for_load_state("networkidle")
    page.wait_for_selector("#spot")
    page.fill("#spot", "和畅苑3幢南侧")
    page.select_option("#standing_on", "compound")
    page.locator("#found_by input[value=citizen]").check()
    page.fill("#vehicle", "白色轿车，车胎没气")
    page.locator("#blocks input[value=true]").check()
    page.locator("#wrecked input[value=false]").check()
    page.fill("#contact_phone", "13900000102")
    desk.look(page, "03-report-phone")
    press(page, "form[method=post] button.btn-primary")
    page.wait_for_selector("#code")
    desk.look(page, "04-received-phone")
    return page.inner_text("#number"), page.inner_text("#code")


def test_a_report_goes_round_the_loop(desk: Desk, photo: str) -> None:
    citizen = desk.window(phone=True)
    number, code = report(desk, citizen)

    duty = desk.officer("duty_officer")
    desk.look(duty, "05-work")
    press(duty, "nav.places a[href='/alerts/']")
    desk.look(duty, "06-alerts")
    press(duty, "#rows a.row-title")
    desk.look(duty, "07-alert")
    duty.locator("#act-confirm select[name=matter]").select_option("compound")
    press(duty, "#act-confirm button[type=submit]")
    expect(duty.locator("h1")).to_contain_text("和畅苑3幢南侧")
    case = Case.objects.get()

    housing = desk.officer("housing_bureau")
    desk.look(housing, "08-my-work")
    press(housing, "#cases ~ div a.row-title, section[aria-labelledby=cases] a.row-title")
    desk.look(housing, "09-case-dispatched")
    act(
        housing,
        "return",
        reason="not_our_duty",
        proposed_kind="market_supervision",
        note="车停在修理店门口，请市场监管牵头",
    )

    market = desk.officer("market_supervision", phone=True)
    market.goto(f"/cases/{case.id}/")
    desk.look(market, "10-case-phone")
    act(market, "return", reason="not_our_area", proposed_kind="housing_bureau", note="门店围墙以内属小区")

    coordinator = desk.officer("coordinator")
    desk.look(coordinator, "11-coordinator-work")
    coordinator.goto(f"/cases/{case.id}/")
    desk.look(coordinator, "12-case-returned")
    act(
        coordinator,
        "rule",
        agency_id=str(desk.town.agencies["housing_bureau"]),
        reason="围墙以内由住建牵头，市场监管配合",
    )

    housing.goto(f"/cases/{case.id}/")
    act(housing, "accept")
    desk.look(housing, "13-case-handling")
    task = housing.locator("details[id^=task-][open]").first
    task.locator("input[value=in_use]").check()
    task.locator("input[type=file]").set_input_files(photo)
    task.locator("[name=note]").fill("业主每周使用，车胎已补")
    with housing.expect_navigation():
        task.locator("button.btn-primary").click()
    expect(housing.locator("#messages .alert-success")).to_be_visible()

    helper = desk.officer("township_government", phone=True)
    desk.look(helper, "14-helper-work-phone")
    helper.goto(f"/cases/{case.id}/")
    helper.locator("details[id^=task-][open] [name=answer]").first.fill("已联系业主，约定周末挪车")
    press(helper, "details[id^=task-][open] button.btn-primary")
    expect(helper.locator("#messages .alert-success")).to_be_visible()

    housing.goto(f"/cases/{case.id}/")
    act(housing, "submit", outcome="not_abandoned", summary="车辆正常使用，业主已挪到车位，不占消防登高面")

    supervisor = desk.officer("supervisor")
    desk.look(supervisor, "15-supervisor-work")
    supervisor.goto(f"/cases/{case.id}/")
    desk.look(supervisor, "16-case-submitted")
    supervisor.locator("#act-case-verify input[type=file]").set_input_files(photo)
    act(supervisor, "verify")
    act(supervisor, "close")
    desk.look(supervisor, "17-case-closed")

    citizen.goto("/track/")
    citizen.fill("#number", number)
    citizen.fill("#code", code)
    desk.look(citizen, "18-track-phone")
    press(citizen, "main form button")
    desk.look(citizen, "19-tracked-phone")
    citizen.locator("input[name=stars][value='5']").check()
    citizen.fill("#comment", "处理得很快")
    press(citizen, "form:has([name=stars]) button")
    expect(citizen.locator("main")).to_contain_text("5 / 5")
    desk.look(citizen, "20-rated-phone")
    assert Case.objects.get().state == "closed"
