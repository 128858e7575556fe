"""A real headless Chromium against a live server, in an invented town.

The pages run under their own strict content policy: nothing here switches it off, and any breach of it
fails the test. Screenshots go to the run folder, ``shots/``, for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from scripts.browser import browser_found
from tests.browser.axe import faults_of

from hezhi.edge.now import now
from hezhi.edge.stories.town import Town, town_make
from hezhi.packkit import api as packkit
from hezhi.project.options import options_read
from hezhi.spine.people.models import Account

PACK = "zombie_vehicles"
PASSWORD = "town-officer-2026"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{folder}</dir>
<cachedir>{cache}</cachedir></fontconfig>"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = browser_found()
    if path is None:
        pytest.skip("no Chromium on this machine: as root apt-get install chromium")
    folder = tmp_path_factory.mktemp("fonts")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps a loop running in this thread; the tests' own reads of the database are plain ones.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=FLAGS,
            env={**os.environ, **_fonts(folder)},  # type: ignore[arg-type]
        )
        yield browser
        browser.close()


def _fonts(folder: Path) -> dict[str, str]:
    """Let the browser find Chinese letters where the machine has none: those that papers are set in."""
    import noto_cjk_sans_otc

    config = folder / "fonts.conf"
    config.write_text(FONTS.format(folder=Path(noto_cjk_sans_otc.__file__).parent, cache=folder))
    return {"FONTCONFIG_FILE": str(config)}


def press(page: Page, button: str) -> None:
    """Press a link or button that leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        page.locator(button).first.click()


@dataclass
class Desk:
    """People at their browsers: each has a window of an own, wide or as small as a phone's."""

    browser: Browser
    url: str
    town: Town
    shots: Path
    contexts: list[BrowserContext] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def window(self, *, phone: bool = False, scripts: bool = True) -> Page:
        """Open a window of somebody nobody knows."""
        context = self.browser.new_context(
            base_url=self.url, viewport=PHONE if phone else WIDE, has_touch=phone, java_script_enabled=scripts,
            locale="zh-CN", timezone_id="Asia/Shanghai",
        )  # fmt: skip
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.breaches.append(str(error)))
        return page

    def officer(self, name: str, *, phone: bool = False) -> Page:
        """Open a window and sign in as whoever holds a role, or handles for a kind of agency."""
        account = Account.objects.get(person_id=self.town.persons[name])
        account.set_password(PASSWORD)
        account.save()
        page = self.window(phone=phone)
        page.goto("/sign-in/")
        page.fill("#username", account.username)
        page.fill("#password", PASSWORD)
        press(page, "main form button")
        page.wait_for_selector("nav.places")
        return page

    def look(self, page: Page, name: str) -> None:
        """Keep a picture of the whole page, and note what would stand in somebody's way."""
        self.faults += [f"{name}: {fault}" for fault in faults_of(page)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.faults.append(f"{name}: wider than its window")
        page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.breaches.append(message.text)


@pytest.fixture
def desk(chromium: Browser, live_server, transactional_db: None) -> Iterator[Desk]:
    shots = options_read().run_dir / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    pack, serving = packkit.shelf().get(PACK), packkit.shelf().get("personal_rights")
    both = pack.model_copy(update={"matters": (*pack.matters, *serving.matters)})
    town = town_make(both, now() - timedelta(hours=1))
    desk = Desk(chromium, live_server.url, town, shots)
    yield desk
    for context in desk.contexts:
        context.close()
    assert desk.breaches == []
    assert desk.faults == []
