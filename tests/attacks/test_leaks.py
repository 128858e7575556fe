"""A word that stands in what belongs to others is answered as a word that stands nowhere: no filter is an oracle."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db.models import Q
from django.http import HttpResponse
from tests.attacks.scene import MARK, OUTSIDER, Scene, leaks, operations, pages

from hezhi.edge import web
from hezhi.spine.permissions import api as permissions

NOWHERE = "赤鸾玖"
"""As long as the marker, and written in no row."""
VIEWS = Path(web.__file__).parent / "views"
NAMED = re.compile(r'(?:GET|ask)\.get\("(\w+)"')
FILTERS = sorted({name for file in VIEWS.glob("*.py") for name in NAMED.findall(file.read_text())})
FRESH = ("sign_in", "safety")
"""Pages that hold a challenge or a secret made for each answer, and no rows."""
CHANGING = re.compile(r'(csrfmiddlewaretoken" value|nonce|name="key" value)="[^"]*"')


def plain(answer: HttpResponse, word: str) -> tuple[int, str, str]:
    """Return an answer without what differs each time, and without the asker's own word."""
    text, leads = answer.content.decode("utf-8", "replace"), answer.get("Location", "")
    for echo in (word, quote(word), quote(quote(word))):
        text, leads = text.replace(echo, "?"), leads.replace(echo, "?")
    return answer.status_code, CHANGING.sub("", text), leads


def told_apart(scene: Scene, who: str, by: str = "") -> list[str]:
    """Return every address and filter that tell the marker from a word of nowhere; ``by`` tries one filter."""
    client, found = scene.office.client(who), []
    asked = [
        (address, FILTERS) for address in dict.fromkeys(one for name, one in pages(scene.ids) if name not in FRESH)
    ]
    asked += [
        (one.address(scene.ids), [given["name"] for given in one.parameters if given["in"] == "query"])
        for one in operations(scene.ids)
        if one.method == "get"
    ]
    for address, names in asked:
        names = [one for one in names if by in ("", one)]
        is_open = bool(names) and client.get(address).status_code == 200
        for name in names if is_open else names[:1]:  # a refused address is refused before it is filtered
            first, second = (client.get(address, {"show": "all", name: word}) for word in (MARK, NOWHERE))
            if plain(first, MARK) != plain(second, NOWHERE) or leaks(second, scene.secrets):
                found.append(f"{address}?{name}")
    return found


@pytest.mark.parametrize("who", ["", OUTSIDER])
def test_no_filter_tells_what_belongs_to_others(scene: Scene, who: str) -> None:
    assert {"text", "cursor", "pack", "show"} <= set(FILTERS)
    assert told_apart(scene, who) == []


def test_with_rights_that_are_not_asked_the_search_tells(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    monkeypatch.setattr(permissions, "scope_q", lambda *_args, **_more: ~Q(pk__in=[]))
    settings.READ_ROLE = "none"
    found = told_apart(scene, OUTSIDER, by="text")

    assert {"/cases/?text", "/api/v1/cases?text", "/api/v1/alerts?text"} <= set(found)
