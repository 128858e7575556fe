"""What belongs to others and what does not exist are refused alike: same status, same words, same work.

Work is counted, never timed: the same statements in the same order, as many hashes of passwords, codes compared in
constant time.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.test import Client
from tests.attacks.scene import OUTSIDER, Scene, operations, pages, taken_back
from tests.attacks.stating import stated

from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.models import Case
from hezhi.flow.intake import codes
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

NUMBER = 987_654_321
ATTACKERS = ("", OUTSIDER)
CATALOGUES = {"pack_id", "check_id", "region_path", "act", "key"}
"""Names of what everybody may look up."""
CHANGING = re.compile(r'(csrfmiddlewaretoken" value|nonce|name="(?:key|challenge)" value|data-options)="[^"]*"')
PASSWORD = "right-horse-99"


def missing(ids: Mapping[str, Any]) -> dict[str, Any]:
    """Return names for things that do not exist, as long as those that do."""
    found: dict[str, Any] = {}
    for number, (name, one) in enumerate(ids.items(), NUMBER):
        if name in CATALOGUES:
            found[name] = one
        elif isinstance(one, list):
            found[name] = [number + 100 + more for more, _ in enumerate(one)]
        else:
            found[name] = number if isinstance(one, int) else re.sub("[0-9a-f]", "0", one)
    return found


def told(answer: HttpResponse, texts: list[str], ids: Mapping[str, Any]) -> tuple[int, str, tuple[str, ...]]:
    """Return what an answer tells: its status, its words without the asker's own, and what was asked of the tables."""
    said = CHANGING.sub("", b"".join(answer).decode("utf-8", "replace")) + answer.get("Location", "")
    own = {str(one) for given in (ids, missing(ids)) for name, one in given.items() if name not in CATALOGUES}
    for one in sorted(own, key=len, reverse=True):
        said = re.sub(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", "?", said)
    # A process takes requests of an asker's minute ahead: how many were asked before says when, not what was asked.
    asked = [one for one in texts if "house_api_tally" not in one]
    return answer.status_code, said, tuple(re.sub(r"\d+", "#", one) for one in asked)


def pages_told(scene: Scene, who: str, ids: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    others, none = [*pages(scene.ids)], [*pages(missing(scene.ids))]
    for number, (name, address) in enumerate(pages(ids)):
        if others[number] == none[number]:
            continue  # it names nothing of anybody's
        for method in ("get", "post"):
            with taken_back(), stated() as texts:
                answer = getattr(scene.office.client(who), method)(address, {"reason": "看看", "record": "1"})
            found[f"{method} {name} {number}"] = told(answer, texts, scene.ids)
    return found


def operations_told(scene: Scene, who: str, ids: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for one in operations(ids):
        if one.asks_for_one:
            with taken_back(), stated() as texts:
                answer = one.ask(scene.office.client(who), ids, **{"X-Report-Code": scene.own.code})
            found[one.name] = told(answer, texts, scene.ids)
    return found


def apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells the first from the second."""
    return {
        name: [(one, two) for one, two in zip(_parts(first[name]), _parts(second[name]), strict=False) if one != two][
            :2
        ]
        for name in first
        if first[name] != second[name]
    }


def _parts(one: tuple[int, str, tuple[str, ...]]) -> list[str]:
    return [str(one[0]), *one[1].splitlines(), *one[2], "end"]


@pytest.mark.parametrize("who", ATTACKERS)
@pytest.mark.parametrize("ask", [pages_told, operations_told])
def test_what_is_anothers_is_refused_as_what_is_not_there(scene: Scene, who: str, ask: Any) -> None:
    ask(scene, who, scene.ids)  # what a process looks up once is looked up now
    first, second = ask(scene, who, scene.ids), ask(scene, who, missing(scene.ids))

    assert len(first) > 20
    assert apart(first, second) == {}


def signed_in(username: str, password: str) -> tuple[int, str, int, tuple[str, ...]]:
    """Try to sign in; return status and words of the answer, how often a password was hashed, and the statements."""
    hashed: list[str] = []
    plain = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return plain(self, password, salt)

    with pytest.MonkeyPatch.context() as patch, taken_back(), stated() as texts:
        patch.setattr(MD5PasswordHasher, "encode", counted)
        answer = Client().post("/sign-in/", {"username": username, "password": password})
    said = CHANGING.sub("", answer.content.decode())
    statements = tuple(re.sub(r"\d+", "#", one) for one in texts)
    return answer.status_code, said.replace(username, "?"), len(hashed), statements


@pytest.fixture
def accounts(scene: Scene) -> dict[str, str]:
    """Names of an account, of one that was closed, of one without a password, and of none."""
    person_id, by = scene.office.town.persons["housing_bureau"], Actor.system("test")
    for name in ("tried-a", "tried-b", "tried-c"):
        people.account_create(username=name, password=PASSWORD, person_id=person_id, by=by, at=now())
    closed = Account.objects.get(username="tried-b")
    people.account_switch(account_id=closed.pk, is_active=False, by=by, at=now())
    without = Account.objects.get(username="tried-c")
    without.set_unusable_password()
    without.save()
    return {"open": "tried-a", "closed": "tried-b", "without": "tried-c", "nobody": "tried-d"}


def test_a_wrong_password_costs_as_much_as_an_unknown_name(accounts: dict[str, str]) -> None:
    found = {kind: signed_in(name, "wrong-horse-99") for kind, name in accounts.items()}

    assert found["open"][:3] == (403, found["open"][1], 1)
    assert {kind: one for kind, one in found.items() if one != found["nobody"]} == {}
    assert signed_in(accounts["open"], PASSWORD)[0] == 302
    assert signed_in(accounts["closed"], PASSWORD) == found["nobody"]


def code_tried(number: str, code: str) -> tuple[int, tuple[str, ...], int]:
    """Ask for a report; return the status, the statements, and how many codes were compared in constant time."""
    compared: list[object] = []
    plain = hmac.compare_digest
    with pytest.MonkeyPatch.context() as patch, taken_back(), stated() as texts:
        patch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or plain(a, b))
        answer = Client().get(f"/api/v1/reports/{number}", headers={"X-Report-Code": code})
    return answer.status_code, tuple(texts), len([one for one in compared if all(len(two) == 64 for two in one)])


def test_a_wrong_code_costs_as_much_as_an_unknown_number(scene: Scene) -> None:
    number, code = scene.own.record.number, scene.own.code
    first = "2" if code[0] != "2" else "3"

    wrong = [code_tried(number, one) for one in (first + code[1:], code[:-1] + first, scene.others.code)]
    unknown = code_tried(re.sub(r"\d{6}$", "999999", number), code)

    assert unknown[0] == 404 and unknown[2] == 1
    assert [one for one in wrong if one != unknown] == []
    assert code_tried(number, code)[0] == 200


# The same against weakened copies.


def test_a_room_that_looks_before_it_asks_for_rights_tells_what_is_there(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    plain = cases.case_view

    def weak(*, case_id: int, by: Actor) -> Any:
        if Case.objects.filter(id=case_id).exists():
            assert Case.objects.filter(id=case_id, number="").first() is None
        return plain(case_id=case_id, by=by)

    monkeypatch.setattr(cases, "case_view", weak)
    settings.READ_ROLE = "none"  # else the policies hold it back even so
    found = apart(operations_told(scene, OUTSIDER, scene.ids), operations_told(scene, OUTSIDER, missing(scene.ids)))

    assert "cases_case" in found


def test_without_the_hash_for_nobody_and_with_a_plain_look_up_of_codes_both_are_found(
    scene: Scene, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "set_password", lambda _self, _raw: None)
    monkeypatch.setattr(codes, "code_fits", lambda number, code, kept: codes.code_hash(number, code) == kept)
    monkeypatch.setattr("hezhi.flow.intake.queries.code_fits", codes.code_fits)

    nobody, wrong = (signed_in(accounts[one], "wrong-horse-99") for one in ("nobody", "open"))

    assert (nobody[2], wrong[2]) == (0, 1)
    assert code_tried(scene.own.record.number, scene.others.code)[2] == 0
