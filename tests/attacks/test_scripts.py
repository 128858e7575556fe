"""What anybody types stays text: no element, no attribute, no address, no template is made of it on any page."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import engines
from django.test import Client
from tests.attacks.reading import ADDRESS, PAYLOAD, Read, wrong_on
from tests.attacks.scene import Scene, pages
from tests.attacks.test_sql import asked

from hezhi.edge.now import now
from hezhi.edge.web.act_forms import FORMS, offered
from hezhi.edge.web.casefile import case_file
from hezhi.edge.web.fields import FormField
from hezhi.edge.web.views.public import open_records
from hezhi.flow.intake import api as intake
from hezhi.kit.errors import HezhiError
from hezhi.spine.permissions.contracts import Actor

READERS = ("duty_officer", "coordinator", "supervisor", "housing_bureau", "operator")
TEXTS = ("text", "area", "phone")


def filled(fields: list[FormField], text: str) -> dict[str, Any]:
    """Fill a form: texts with the payload, everything else with what it offers."""
    given: dict[str, Any] = {}
    for one in fields:
        if one.kind in TEXTS:
            given[one.name] = text
        elif one.options:
            given[one.name] = one.value or one.options[0][0]
        else:
            given[one.name] = {"day": "2027-01-29", "moment": "2026-03-02T08:00"}.get(one.kind, one.value or 1)
    return given


def reflected(scene: Scene, text: str) -> tuple[list[str], set[str]]:
    """Post every open report form with too little; return what broke out of a text, and which fields came back."""
    wrong, back, places = [], set(), scene.office.town.region_path.split(".")
    for pack, record in open_records():
        texts = {name: text for name, one in record.fields.items() if one.type in ("text", "phone")}
        address = f"/report/{pack.id}/{record.id}/"
        page = Client().post(address, {**texts, "place": places}).content.decode()
        wrong += [f"{address} {one}" for one in Read(page).wrong]
        back |= {f"{pack.id}.{name}" for name in texts if f'name="{name}"' in page}
    return wrong, back


def asked_with(scene: Scene, text: str) -> tuple[list[str], int]:
    """Ask every page with the payload in each thing it looks up; return what broke out, and how often it came back."""
    wrong, back = [], 0
    for who, address, names in asked(scene):
        for name in sorted(names):
            answer = scene.office.client(who).get(address, {name: text})
            if "html" in answer["Content-Type"]:
                page = answer.content.decode()
                wrong += [f"{who} {address}?{name} {one}" for one in Read(page).wrong]
                back += "hzx onfocus" in page
    return wrong, back


LAST = "case.recuse"  # whoever did it sees the case no more


def acted(scene: Scene, text: str) -> set[str]:
    """Perform every act that anybody is offered on the case, texts being the payload; return those that were done."""
    done: set[str] = set()
    turns = [(who, set(FORMS) - {LAST}) for who in ("supervisor", "coordinator", "housing_bureau") * 2]
    for who, acts in (*turns, ("housing_bureau", {LAST})):
        actor, client = scene.office.actor(who), scene.office.client(who)
        for act in (one for one in FORMS if one in acts):
            try:
                file = case_file(case_id=scene.ids["case_id"], by=actor, at=now())
            except HezhiError:
                break
            if act in done or act not in offered(file):
                continue
            sent = {**filled(FORMS[act].fields(file), text), "key": f"{who}-{act}"}
            answer = client.post(f"/cases/{scene.ids['case_id']}/act/{act}/", sent)
            done |= {act} if answer.status_code == 302 else set()
            assert Read(answer.content.decode()).wrong == [], act
    return done


def stored(scene: Scene, text: str) -> list[str]:
    """Report with the payload in every text, and return what broke out on any page of any reader."""
    case = scene.office.opened("s1", spot=text[:60], vehicle=text[:60])
    alert = scene.office.alerted("s2", spot=f"2 {text}"[:60], standing_on="marked_bay", vehicle=text[:60])
    house, moment = Actor.system("test"), now()
    intake.source_create(code="s3", name=text, pack_id=alert.pack_id, kind="report", by=house, at=moment)
    file = {"name": f"{text}.csv", "content": f"{text},spot\n{text},{text}".encode(), "format": "csv"}
    batch = intake.batch_take(source="s3", by=house, at=moment, **file)
    ids = {**scene.ids, "alert_id": alert.id, "record_id": alert.record_ids[0]}
    seen = [
        *pages(ids),
        *pages({**scene.ids, "batch_id": batch.id}),
        *pages({**ids, "case_id": case.id}),
        *pages(scene.ids),
    ]
    addresses = {address for name, address in seen if name not in ("sign_out", "case_act", "alert_act")}
    return [
        f"{who} {address} {one}"
        for who in READERS
        for address in sorted(addresses)
        for one in wrong_on(scene.office.client(who), address)
    ]


def test_what_a_reporter_typed_comes_back_as_text_from_every_form(scene: Scene) -> None:
    for text in (PAYLOAD, ADDRESS):
        wrong, back = reflected(scene, text)
        assert wrong == []
        assert back == {
            f"{pack.id}.{name}"
            for pack, record in open_records()
            for name, one in record.fields.items()
            if one.type in ("text", "phone") and name != record.key
        }


def test_what_was_reported_and_done_is_shown_as_text_on_every_page(scene: Scene) -> None:
    done = acted(scene, PAYLOAD)

    assert len(done) >= 6, done
    assert stored(scene, PAYLOAD) == []
    page = scene.office.client("supervisor").get(f"/cases/{scene.ids['case_id']}/").content.decode()
    assert "&lt;hzx onfocus=hz()&gt;" in page and "{{7*7}}{%hz%}" in page


def test_what_is_asked_for_in_an_address_comes_back_as_text(scene: Scene) -> None:
    wrong, back = asked_with(scene, PAYLOAD)

    assert wrong == []
    assert back > 0


def test_an_address_that_was_typed_leads_nowhere(scene: Scene) -> None:
    assert stored(scene, ADDRESS) == []


@pytest.mark.parametrize("attack", ["stored", "reflected", "asked with"])
def test_without_escaping_the_same_texts_become_elements(
    scene: Scene, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines["django"].engine, "autoescape", False)
    found = {"stored": stored, "reflected": reflected, "asked with": asked_with}[attack](scene, PAYLOAD)
    wrong = "\n".join(found if attack == "stored" else found[0])

    assert "<hzx>" in wrong and "<hzx onfocus>" in wrong
