"""Who knows or guesses the id of something that belongs to others gets nothing of it, on no page, by no operation."""

from __future__ import annotations

import pytest
from django.db.models import Q
from django.test import Client
from tests.attacks.scene import OUTSIDER, Scene, leaks, operations, pages, taken_back, written

from hezhi.spine.guard import current
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions import rules
from hezhi.spine.permissions.contracts import ScopeSet

ATTACKERS = ("", OUTSIDER)
REFUSED = (401, 403, 404)
OPEN_PAGES = ("report_form", "pack")
"""Their ids are of catalogues that everybody, or every officer, may read."""


def pages_open(scene: Scene, who: str) -> list[str]:
    """Return what an attacker reached by ids of others on the pages."""
    found = []
    for name, address in pages(scene.ids):
        if name in OPEN_PAGES or not any(str(one) in address for one in scene.ids.values()):
            continue
        for method in ("get", "post"):
            with taken_back():
                before = written()
                answer = getattr(scene.office.client(who), method)(address, {"reason": "看看", "record": "1"})
                led_away = answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
                if answer.status_code == 405 or (led_away and not who):
                    continue
                if answer.status_code not in REFUSED or leaks(answer, scene.secrets) or written() != before:
                    found.append(f"{who or 'a stranger'} {method} {address}: {answer.status_code}")
    return found


def operations_open(scene: Scene, who: str, code: str = "") -> list[str]:
    """Return what an attacker reached by ids of others in the API."""
    found = []
    for one in operations(scene.ids):
        if not one.asks_for_one:
            continue
        with taken_back():
            before = written()
            answer = one.ask(scene.office.client(who), scene.ids, **({"X-Report-Code": code} if code else {}))
            if answer.status_code not in REFUSED or leaks(answer, scene.secrets) or written() != before:
                found.append(f"{who or 'a stranger'} {one.name}: {answer.status_code}")
    return found


@pytest.mark.parametrize("who", ATTACKERS)
def test_no_page_opens_by_an_id_of_others(scene: Scene, who: str) -> None:
    assert pages_open(scene, who) == []


@pytest.mark.parametrize("who", ATTACKERS)
def test_no_operation_opens_by_an_id_of_others(scene: Scene, who: str) -> None:
    assert operations_open(scene, who, scene.own.code) == []


def test_a_reporter_follows_no_report_of_another(scene: Scene) -> None:
    own, others = scene.own, scene.others
    for act in ("", "rate", "contest"):
        before = written()
        sent = {"number": others.record.number, "code": own.code, "act": act, "stars": "1", "text": "看看", "key": "k"}
        answer = Client().post("/track/", sent)
        assert (answer.status_code, leaks(answer, scene.secrets), written() == before) == (404, [], True), act
    assert Client().post("/track/", {"number": own.record.number, "code": own.code}).status_code == 200


# The same attacks against weakened copies of the house.


def test_with_rights_that_are_not_asked_the_same_ids_open(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "scope_set", lambda _grants, _right: ScopeSet(everywhere=True))
    current._signed.cache_clear()
    found = "\n".join(pages_open(scene, OUTSIDER) + operations_open(scene, OUTSIDER))
    current._signed.cache_clear()

    for reached in ("/cases/", "/alerts/", "/tasks/", "/intake/records/", "/intake/batches/", "cases_timeline",
                    "alerts_trust_end", "records_record", "tasks_task"):  # fmt: skip
        assert reached in found, reached


def test_rooms_that_forget_to_ask_are_held_by_the_database_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    monkeypatch.setattr(permissions, "may", lambda *_args, **_more: True)
    monkeypatch.setattr(permissions, "scope_q", lambda *_args, **_more: ~Q(pk__in=[]))
    client, address = scene.office.client(OUTSIDER), f"/cases/{scene.ids['case_id']}/"

    held = client.get(address)
    settings.READ_ROLE = "none"
    open_ = client.get(address)

    assert (held.status_code, leaks(held, scene.secrets)) == (404, [])
    assert open_.status_code == 200 and leaks(open_, scene.secrets) != []
