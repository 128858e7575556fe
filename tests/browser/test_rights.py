"""Somebody uses the rights in their own data on a phone without scripts; an officer answers at a desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Desk, press
from tests.browser.test_journey import act

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import VALUES
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.rights import api as rights
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.slow
ACCESS = "#right-access"


def opened(page: Page, receipt: Receipt) -> None:
    page.goto("/your-rights/")
    page.fill("#number", receipt.record.number)
    page.fill("#code", receipt.code)
    press(page, "main form button")


def test_a_person_asks_on_a_phone_and_reads_the_data_an_officer_granted(desk: Desk) -> None:
    receipt = intake.record_report(
        pack_id="zombie_vehicles", kind="report", values=VALUES, by=Actor.citizen("web"), at=now()
    )
    phone = desk.window(phone=True, scripts=False)
    phone.goto("/your-rights/")
    desk.look(phone, "rights-door-phone")
    opened(phone, receipt)
    desk.look(phone, "rights-phone")
    phone.locator(f"{ACCESS} summary").click()
    phone.locator(f"{ACCESS} textarea").fill("想看看存了我的什么")
    press(phone, f"{ACCESS} button")
    expect(phone.locator(".alert-success")).to_be_visible()
    desk.look(phone, "rights-asked-phone")

    [due] = rights.requests_due(by=Actor.system("test"), at=now())
    officer = desk.officer("data_bureau")
    officer.goto(f"/cases/{due.case_id}/")
    act(officer, "accept")
    desk.look(officer, "rights-case-wide")
    task = officer.locator("form[action*='/done/']")
    task.locator("[name=is_subject][value=true]").check()
    task.locator("[name=ground]").select_option("none")
    task.locator("[name=reasons]").fill("编号和查询码相符，没有不能提供的内容")
    with officer.expect_navigation():
        task.locator("button[type=submit]").click()
    act(officer, "submit", outcome="granted", summary="全部提供，三十日内可以下载。")
    second = desk.officer("coordinator")
    second.goto(f"/cases/{due.case_id}/")
    act(second, "verify")
    act(second, "close")

    wide = desk.window()
    opened(wide, receipt)
    expect(wide.get_by_text("全部提供，三十日内可以下载。")).to_be_visible()
    desk.look(wide, "rights-wide")
    wide.get_by_role("button", name="查看我的信息").click()
    expect(wide.get_by_text("13900000102")).to_be_visible()
    desk.look(wide, "rights-copy-wide")
