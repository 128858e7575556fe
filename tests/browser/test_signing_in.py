"""Signing in as people do it: a passkey of the browser's own, a code of an app, and the pages that set them up."""

from __future__ import annotations

from datetime import UTC, datetime

import pyotp
from tests.browser.conftest import PASSWORD, Desk, press

SAFETY = "/account/safety/"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_made_here_signs_in_again(desk: Desk) -> None:
    page = desk.officer("coordinator")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(SAFETY)
    page.fill("#passkey-name", "办公电脑")
    page.fill("#passkey-password", PASSWORD)
    page.click("form[data-passkey=create] button")
    page.wait_for_selector("text=办公电脑")
    desk.look(page, "safety-passkey")

    page.context.clear_cookies()
    page.goto("/sign-in/?next=/account/")
    desk.look(page, "sign-in")
    page.click("form[data-passkey=get] button")
    page.wait_for_selector("nav.places")

    assert page.url.endswith("/account/")


def test_without_scripts_the_password_stands_alone(desk: Desk) -> None:
    page = desk.window(scripts=False)
    page.goto("/sign-in/")

    assert not page.is_visible("form[data-passkey=get]")
    assert page.is_visible("#password")


def test_a_code_of_an_app_is_set_up_and_asked_for(desk: Desk) -> None:
    page = desk.officer("supervisor", phone=True)
    page.goto(SAFETY)
    desk.look(page, "safety-phone")
    page.fill("#password", PASSWORD)
    press(page, "section:has(#second) button")
    secret = page.text_content("section:has(#second) code") or ""
    desk.look(page, "safety-secret")
    page.fill("#code", pyotp.TOTP(secret).at(datetime.now(UTC)))
    press(page, "section:has(#second) button")
    page.wait_for_selector(".plain code, #refusal")
    codes = page.locator("section:has(#second) code").all_text_contents()
    desk.look(page, "safety-codes")
    assert len(codes) == 10, page.text_content("main")

    page.goto("/account/")
    username = (page.text_content("main .title-row p.soft") or "").split("·")[0].strip()
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    press(page, "main form:not([data-passkey]) button")
    page.wait_for_selector("#code")
    desk.look(page, "sign-in-code")
    page.fill("#code", codes[0])
    press(page, "main form button")
    page.wait_for_selector("nav.places")
