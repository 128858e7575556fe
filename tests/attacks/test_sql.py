"""Whatever stands in a filter, a search or an address reaches the database as a value, never as a part of SQL.

That is shown exactly: no statement's text holds what was sent, and no answer holds other rows than the answer to a
harmless word that nothing is called. What a page looks up in its query is learnt from the page itself.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from json import dumps
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from tests.attacks.scene import Scene, operations, pages, taken_back
from tests.attacks.stating import stated

from hezhi.flow.cases import queries
from hezhi.flow.cases.contracts import CaseFilter

pytestmark = pytest.mark.usefixtures("failures_are_answers")

WORD = "hzq"
PAYLOADS = (
    f"{WORD}' OR '1'='1",
    f"{WORD}'\"); SELECT pg_sleep(9); -- /* \\' $$ $1 ::int %({WORD})s %s {{{WORD}}} $.{WORD}[*] ? (@ > 0) ’ ＇ ʼ",
    "%", f"{WORD}_\x00", "9" * 40, "1 OR 1=1",
)  # fmt: skip
CURSORS = tuple(
    urlsafe_b64encode(dumps(one).encode()).decode()
    for one in (["2026-03-02T00:00:00", 1], ["2026-03-02T00:00:00+08:00", 10**40], [f"{WORD}'", 2], {WORD: "'"})
)
OFFICERS = ("supervisor", "coordinator", "operator", "duty_officer", "housing_bureau", "")
IN_PATHS = tuple(one.replace("/", "") for one in (PAYLOADS[1], PAYLOADS[3], PAYLOADS[4]))
ROW = re.compile(r'(?:href|action)="(/[^"?#]*\d[^"?#]*)"')


def _noting(plain: Callable[..., Any], names: set[str]) -> Callable[..., Any]:
    def noted(self: QueryDict, key: str, *more: Any) -> Any:
        names.add(key)
        return plain(self, key, *more)

    return noted


@contextmanager
def looked_up() -> Iterator[set[str]]:
    """Note the names that a page looks up in what it was asked with."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for method in ("get", "getlist", "__getitem__"):
            patch.setattr(QueryDict, method, _noting(getattr(QueryDict, method), names))
        yield names


def rows(answer: HttpResponse) -> Any:
    """Return which things an answer names, by their addresses, and everything that an answer of the API holds."""
    if "html" in answer["Content-Type"]:
        return sorted(set(ROW.findall(answer.content.decode())))
    return answer.content if answer.status_code == 200 else ""


def wrong_with(scene: Scene, who: str, address: str, name: str, sent: Any, harmless: HttpResponse) -> str:
    """Send one payload; say what is wrong with what came of it."""
    with taken_back(), stated() as texts:
        answer = scene.office.client(who).get(address, sent)
    told = "".join(texts).lower()
    if WORD in told or "9" * 40 in told:
        return f"{address}?{name}: stands in a statement"
    if answer.status_code >= 500:
        return f"{address}?{name}={sent}: {answer.status_code}"
    if answer.status_code < 400 and rows(answer) != rows(harmless):
        return f"{address}?{name}={sent}: other rows"
    return ""


def asked(scene: Scene) -> Iterator[tuple[str, str, set[str]]]:
    """Yield who may ask which address, and what can be asked there."""
    for address in dict.fromkeys(one for _, one in pages(scene.ids)):
        for who in OFFICERS:
            with looked_up() as names:
                answer = scene.office.client(who).get(address)
            if answer.status_code == 200:
                yield who, address, names
            if answer.status_code in (200, 405):
                break
    for one in operations(scene.ids):
        if one.method == "get":
            yield "supervisor", one.address(scene.ids), {two["name"] for two in one.parameters if two["in"] == "query"}


def wrong_filters(scene: Scene, by: str = "") -> tuple[list[str], set[str]]:
    """Send every payload through every filter; return what is wrong, and what was tried. ``by`` tries one filter."""
    wrong: list[str] = []
    tried: set[str] = set()
    for who, address, names in asked(scene):
        client = scene.office.client(who)
        for name in sorted(one for one in names if by in ("", one)):
            harmless = client.get(address, {name: "harmless"})
            payloads = PAYLOADS + (CURSORS if name == "cursor" else ())
            found = (wrong_with(scene, who, address, name, {name: one}, harmless) for one in payloads)
            wrong += [one for one in found if one]
            tried.add(f"{address}?{name}")
    return wrong, tried


def wrong_paths(scene: Scene) -> list[str]:
    """Put every payload in every variable part of every address."""
    found, client = [], scene.office.client("supervisor")
    addresses = {one for _, one in pages({name: "{" + name + "}" for name in scene.ids})}
    addresses |= {one.path for one in operations(scene.ids) if one.method == "get"}
    for address in sorted(one for one in addresses if "{" in one):
        for name in re.findall(r"\{(\w+)\}", address):
            for payload in IN_PATHS:
                given = {**scene.ids, name: quote(payload, safe="")}
                path = re.sub(r"\{(\w+)\}", lambda one, g=given: str(g[one[1]]), address)
                with taken_back(), stated() as texts:
                    answer = client.get(path)
                if answer.status_code not in (301, 400, 403, 404, 405, 422) or WORD in "".join(texts).lower():
                    found.append(f"{path}: {answer.status_code}")
    return found


def test_what_stands_in_a_filter_is_a_value(scene: Scene) -> None:
    wrong, tried = wrong_filters(scene)

    assert wrong == []
    assert {"/cases/?text", "/cases/?cursor", "/alerts/?text", "/intake/?source", "/api/v1/records?text"} <= tried


def test_what_stands_in_an_address_is_a_value(scene: Scene) -> None:
    assert wrong_paths(scene) == []


def test_a_filter_that_is_pasted_into_its_statement_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def pasted(found: QuerySet, _by: object, wanted: CaseFilter, _at: object) -> QuerySet:
        return found.extra(where=[f"title LIKE '%%{wanted.text}%%'"]) if wanted.text else found

    monkeypatch.setattr(queries, "_narrow", pasted)
    case = scene.ids["case_id"]
    opened = scene.office.client("supervisor").get("/cases/", {"text": f"{WORD}' OR '1' LIKE '"})
    wrong, _ = wrong_filters(scene, by="text")

    assert f"/cases/{case}/" in rows(opened)
    assert "/cases/?text: stands in a statement" in wrong
