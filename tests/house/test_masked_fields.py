"""No door hands out a secret value in clear but the one that asks for a running ticket.

Held twice: by who calls the functions that open what is sealed, and by asking for every page and every read of
the API as everybody.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from tests.house.test_routes import PEOPLE, ROUTES, Scene, scene  # noqa: F401

from hezhi.edge.api.site import openapi
from hezhi.edge.web.tests.office import VALUES, Office, office  # noqa: F401
from hezhi.flow.intake import sealing

SRC = Path(__file__).resolve().parents[2] / "src/hezhi"
PHONE = VALUES["contact_phone"]

HOUSE_USES = {
    ("flow/intake/sealing.py", "secrets_under", "secrets_of"): "the way to a screen: a running ticket of the asker's",
    ("flow/intake/queries.py", "contacts", "secrets_of"): "answers go to the reporter's own telephone",
    ("flow/intake/reports.py", "record_take_change", "secrets_of"): "what a source changed is sealed anew",
    ("flow/intake/reports.py", "record_correct", "raw_of"): "what was given is checked again with the correction",
    ("flow/intake/queries.py", "record_view", "raw_of"): "what is no declared open field is masked on the spot",
    ("flow/intake/tickets.py", "ticket_read", "secrets_under"): "the way to a screen",
    ("flow/intake/tickets.py", "_near", "secrets_of"): "compared with the officer's own numbers; nothing is handed out",
    ("flow/intake/own.py", "record_whole", "secrets_of"): "for the rights of the person concerned, see below",
    ("flow/intake/own.py", "_looked_at", "record_whole"): "a corrected record is checked as a whole",
    ("flow/intake/own.py", "record_change", "record_whole"): "compared with the correction",
    ("flow/intake/own.py", "_consented", "raw_of"): "names of fields that rest on consent",
    ("flow/intake/own.py", "consent_withdraw", "raw_of"): "what stays is sealed anew",
    (
        "flow/intake/known.py",
        "records_known",
        "secrets_of",
    ): "identifiers become pseudonyms; nothing else is taken over",
    ("flow/intake/own.py", "consent_withdraw", "secrets_of"): "what stays is sealed anew",
    ("flow/rights/copying.py", "_fields", "record_whole"): "the copy for the person concerned",
    ("flow/rights/handlers.py", "_corrected", "record_whole"): "what the person concerned asked to be corrected",
    ("flow/intake/relations.py", "contacts_of", "contacts"): "the same, for all reporters of a group",
    ("wiring/linking.py", "_take", "record_whole"): "signs are made of the values at the door; none is kept",
    ("wiring/tell.py", "_send", "contacts_of"): "answers go to the reporter's own telephone",
}
"""File, function and what it calls, with the reason why a value may lie open there."""
OPENING = {"secrets_of", "secrets_under", "raw_of", "record_whole", "contacts", "contacts_of"}


def uses() -> Iterator[tuple[str, str, str]]:
    for file in SRC.rglob("*.py"):
        if "tests" in file.parts:
            continue
        for place in ast.walk(ast.parse(file.read_text())):
            if isinstance(place, ast.FunctionDef):
                for call in ast.walk(place):
                    name = call.func if isinstance(call, ast.Call) else None
                    told = getattr(name, "attr", getattr(name, "id", ""))
                    if told in OPENING:
                        yield (file.relative_to(SRC).as_posix(), place.name, told)


def test_every_place_where_secrets_lie_open_is_listed_with_its_reason() -> None:
    assert set(uses()) == set(HOUSE_USES)


def test_the_room_opens_envelopes_in_one_file_alone() -> None:
    room = Path(sealing.__file__).parent
    found = {one.name for one in room.glob("*.py") if "vault.unseal" in one.read_text()}

    assert found == {"sealing.py"}


@pytest.mark.django_db
def test_no_page_and_no_read_of_the_api_shows_a_secret_to_anybody_without_a_ticket(scene: Scene) -> None:  # noqa: F811
    """The scene has a running ticket of the lead's, so that the value is there to be found."""
    leaks, read = [], 0
    for person in PEOPLE:
        client = scene.office.client(person)
        for address in (*pages(scene), *reads(scene)):
            body = client.get(address).content.decode(errors="replace")
            read += 1
            leaks += [(person, address)] if PHONE in body else []

    holders = f"/api/v1/tickets/{scene.names['ticket']}/values"
    assert leaks == [
        ("housing_bureau", reverse("web:case", args=[scene.names["case"]])),
        ("housing_bureau", holders),
    ]
    assert read > 400


def pages(scene: Scene) -> Iterator[str]:  # noqa: F811
    for name, route in ROUTES.items():
        if route.method == "get":
            yield reverse(f"web:{name}", args=[scene.names.get(one, one) for one in route.args])


def reads(scene: Scene) -> Iterator[str]:  # noqa: F811
    ids = {
        "case_id": scene.names["case"], "task_id": scene.names["task"], "alert_id": scene.names["alert"],
        "record_id": scene.names["reported"], "ticket_id": scene.names["ticket"], "batch_id": scene.names["batch"],
        "pack_id": scene.office.pack.id, "number": "JL-0", "sha256": "0" * 64, "notice_id": 1, "document_id": 1,
        "hand_over_id": 2**31, "link_id": 1, "answer_id": 1, "device_id": 1,
    }  # fmt: skip
    for path, methods in openapi()["paths"].items():
        if "get" in methods:
            yield path.format_map(ids)
