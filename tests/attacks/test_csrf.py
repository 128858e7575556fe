"""A form of another site, sent by the browser of a signed-in officer, changes nothing."""

from __future__ import annotations

import pytest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client
from tests.attacks.scene import Scene, operations, pages, written

OFFICERS = ("housing_bureau", "coordinator", "operator")


def without_token(scene: Scene, who: str) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.cookies = scene.office.client(who).cookies
    return client


def sent(scene: Scene, who: str) -> dict[str, int]:
    """Post to every page and operation without the site's token; return the statuses."""
    client = without_token(scene, who)
    told = {address: client.post(address, {"reason": "看看"}).status_code for _, address in pages(scene.ids)}
    for one in operations(scene.ids):
        if one.method != "get" and not one.takes_no_session:
            told[one.name] = one.ask(client, scene.ids).status_code
    return told


@pytest.mark.parametrize("who", OFFICERS)
def test_no_page_and_no_operation_takes_a_form_of_another_site(scene: Scene, who: str) -> None:
    before = written()

    told = sent(scene, who)

    assert len(told) > 80
    assert {name: status for name, status in told.items() if status != 403} == {}
    assert written() == before


def test_without_the_check_the_same_forms_are_taken(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CsrfViewMiddleware, "process_view", lambda *_: None)
    before = written()

    told = without_token(scene, "housing_bureau").post("/notices/read/")

    assert told.status_code == 302
    assert written() != before
