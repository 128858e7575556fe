"""What was used up, ended, or given to somebody else opens nothing when it is shown again.

Each attack says whether the replay opened something; it does not here, and it does against its weakened copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from tests.attacks.scene import OUTSIDER, Scene, taken_back

from hezhi.edge.api import auth, once
from hezhi.edge.api.machines import machine_close, machine_open
from hezhi.edge.api.models import Machine
from hezhi.edge.now import now
from hezhi.edge.web import challenges, provider
from hezhi.edge.web.tests.authenticator import Device
from hezhi.edge.web.tests.test_passkeys import added, asked
from hezhi.edge.web.tests.test_provider import back_from, issuer, sent_to  # noqa: F401
from hezhi.edge.web.views import public
from hezhi.flow.intake import queries as intake
from hezhi.spine.guard import api as guard
from hezhi.spine.guard import install
from hezhi.spine.guard import rules as passes
from hezhi.spine.guard.contracts import Pass
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import accounts, rules, second, sessions
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account, RecoveryCode
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("test")
PASSWORD = "right-horse-9"
Patch = pytest.MonkeyPatch


def account(scene: Scene, name: str = "handler1") -> int:
    person_id = scene.office.town.persons["housing_bureau"]
    made = people.account_create(username=name, password=PASSWORD, person_id=person_id, by=HOUSE, at=now())
    Account.objects.filter(id=made.id).update(password_until=None)  # the own choice, not a first one
    return made.id


def signed_in(**over: str) -> Client:
    client = Client()
    client.post("/sign-in/", {"username": "handler1", "password": PASSWORD, **over})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


# keys of acts and forms


def key_of_another(scene: Scene) -> bool:
    """The answer that one officer got under a key, asked for by another with the same key."""
    case, key = scene.office.opened("r1", spot="西门路1号"), uuid4().hex
    sent = {"path": f"/api/v1/cases/{case.id}/accept", "headers": {"Idempotency-Key": key}}
    assert scene.office.client("housing_bureau").post(**sent).status_code == 200
    return scene.office.client(OUTSIDER).post(**sent).status_code == 200


def key_without_actor(patch: Patch) -> None:
    for name in ("_claimed", "_noted", "_note"):
        plain = getattr(once, name)
        patch.setattr(once, name, lambda asker, *more, plain=plain: plain(replace(asker, ref="anybody"), *more))


def form_key_of_another(scene: Scene) -> bool:
    """A colleague's form sent again by another officer, who would believe that it was done for him."""
    sent = {"key": uuid4().hex, "text": "请尽快办理", "agency_id": scene.office.town.agencies["housing_bureau"]}
    address = f"/cases/{scene.ids['case_id']}/act/case.urge/"
    assert scene.office.client("supervisor").post(address, sent).status_code == 302
    return scene.office.client("coordinator").post(address, sent).status_code == 302


def form_key_without_actor(patch: Patch) -> None:
    patch.setattr(
        ledger, "is_replay", lambda *, chain, key, act, by: ledger.line_by_key(chain=chain, key=key) is not None
    )


def key_of_a_reporter(scene: Scene) -> bool:
    """Number and code of a stranger's report, got with the key of his form."""
    places, found = scene.office.town.region_path.split("."), []
    for phone in ("13900000188", "13900000199"):
        client = Client()
        sent = {
            "key": "a" * 32,
            "place": places,
            "contact_phone": phone,
            "spot": "南门路1号",
            "standing_on": "compound",
        }
        sent |= {"happened_at": "2026-03-02T08:00", "found_by": "citizen", "blocks": "true", "wrecked": "false"}
        assert client.post("/report/zombie_vehicles/report/", {**sent, "vehicle": "白车"}).status_code == 302
        found.append(
            re.findall(r'name="(?:number|code)" value="([^"]+)"', client.get("/report/done/").content.decode())
        )
    assert len(found[0]) == 2
    return found[0] == found[1]


def key_alone(patch: Patch) -> None:
    patch.setattr(public, "_form_key", lambda key, _values: f"web-{key}")


def code_of_another_report(scene: Scene) -> bool:
    headers = {"X-Report-Code": scene.own.code}
    return Client().get(f"/api/v1/reports/{scene.others.record.number}", headers=headers).status_code == 200


def any_code(patch: Patch) -> None:
    patch.setattr(intake, "code_fits", lambda *_: True)


# what signing in takes


def switched_on(scene: Scene) -> tuple[pyotp.TOTP, list[str]]:
    account(scene)
    client = signed_in()
    page = client.post("/account/safety/", {"act": "second_begin", "password": PASSWORD}).content.decode()
    app = pyotp.TOTP(re.search(r"<code>([A-Z2-7]{32})</code>", page)[1])
    before = app.at(datetime.now(UTC) - timedelta(seconds=30))
    done = client.post("/account/safety/", {"act": "second_confirm", "code": before})
    return app, re.findall(r"<code>((?:[0-9a-f]{5}-){5}[0-9a-f]{5})</code>", done.content.decode())


def twice(code: str) -> bool:
    told = []
    for _ in range(2):
        client = signed_in()
        client.post("/sign-in/code/", {"code": code})
        told.append(is_in(client))
    assert told[0]
    return told[1]


def app_code_twice(scene: Scene) -> bool:
    app, _ = switched_on(scene)
    return twice(app.at(datetime.now(UTC)))


def any_step(patch: Patch) -> None:
    plain = rules.totp_step
    patch.setattr(
        second.rules, "totp_step", lambda secret, code, shown_at, *, after: plain(secret, code, shown_at, after=0)
    )


def recovery_code_twice(scene: Scene) -> bool:
    _, codes = switched_on(scene)
    return twice(codes[0])


class Kept:
    """Recovery codes that are looked up, and stay."""

    objects: Any

    def __new__(cls, **values: Any) -> Any:
        return RecoveryCode(**values)

    @staticmethod
    def filter(**wanted: Any) -> Any:
        rows = RecoveryCode.objects.filter(**wanted)
        return SimpleNamespace(delete=lambda: (rows.count(), {})) if "code_hash" in wanted else rows


def codes_kept(patch: Patch) -> None:
    Kept.objects = SimpleNamespace(filter=Kept.filter, bulk_create=RecoveryCode.objects.bulk_create)
    patch.setattr(second, "RecoveryCode", Kept)


def passkey_answer_twice(scene: Scene) -> bool:
    account(scene)
    device = Device()
    added(device, signed_in())
    options, challenge = asked(Client(), "/sign-in/")
    device.count = -1  # a device that does not count
    sent = {"challenge": challenge, "answer": device.signed(options)}
    told = [Client().post("/sign-in/passkey/", sent).status_code for _ in range(2)]
    assert told[0] == 302
    return told[1] == 302


def challenges_uncounted(patch: Patch) -> None:
    patch.setattr(challenges, "tally_add", lambda *_args, **_more: 1)


# sessions


def cookie_after(end: Callable[[Client, int], object]) -> Callable[[Scene], bool]:
    def attack(scene: Scene) -> bool:
        account_id = account(scene)
        client, thief = signed_in(), Client()
        thief.cookies["hezhi_session"] = client.cookies["hezhi_session"].value
        assert is_in(thief)
        end(client, account_id)
        return is_in(thief)

    return attack


def sessions_kept(patch: Patch) -> None:
    patch.setattr(SessionStore, "delete", lambda *_: None)
    patch.setattr(AbstractBaseUser, "get_session_auth_hash", lambda _self: "the same")
    for room in (sessions, accounts):
        patch.setattr(room, "sessions_drop", lambda *_args, **_more: 0)


def sign_out(client: Client, _account_id: int) -> None:
    client.post("/sign-out/")


def revoke(_client: Client, account_id: int) -> None:
    people.sessions_end(account_id=account_id, by=HOUSE, at=now())


def password_changed(_client: Client, account_id: int) -> None:
    people.account_password_set(account_id=account_id, password="other-horse-99", by=HOUSE, at=now())


def machine_after(end: Callable[[], object]) -> Callable[[Scene], bool]:
    def attack(scene: Scene) -> bool:
        account(scene)
        token = machine_open(code="replayed", name="某系统", username="handler1", days=1, by=HOUSE, at=now())
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().get("/api/v1/me", headers=headers).status_code == 200
        end()
        return Client().get("/api/v1/me", headers=headers).status_code == 200

    return attack


def expired() -> None:
    Machine.objects.filter(code="replayed").update(expires_at=now() - timedelta(seconds=1))


def any_machine(patch: Patch) -> None:
    def weak(_self: Any, _request: Any, token: str) -> Any:
        machine = Machine.objects.filter(token_hash=auth.token_hash(token)).first()
        return auth._actor(machine.account_id) if machine else None

    patch.setattr(auth.MachineToken, "authenticate", weak)
    patch.setattr("hezhi.edge.api.auth.MachineToken.authenticate", weak)


# passes of the database


def seen_with(told: str) -> int:
    with guard.asking(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("SELECT set_config('hezhi.pass', %s, false)", [told])
        cursor.execute("SELECT count(*) FROM cases_case")
        count = cursor.fetchone()[0]
        connection.connection.hezhi_pass = None
    return int(count)


def pass_of(scene: Scene, who: str, until: int) -> str:
    actor = scene.office.actor(who)
    scopes = {right: permissions.scopes(actor, right) for right in passes.GUARDED}
    return passes.signed(Pass(actor), scopes, until, settings.PASS_KEY)


def pass_after_its_end(scene: Scene) -> bool:
    assert seen_with(pass_of(scene, "coordinator", 2**33)) > 0
    return seen_with(pass_of(scene, "coordinator", 1)) > 0


def pass_with_other_scopes(scene: Scene) -> bool:
    told = pass_of(scene, OUTSIDER, 2**33)
    agencies = f"[{scene.office.town.agencies[OUTSIDER]}]"
    assert agencies in told and seen_with(told) == 0
    return seen_with(told.replace(agencies, f"[{scene.office.town.agencies['housing_bureau']}]")) > 0


def pass_unchecked(cut: str, instead: str) -> Callable[[Patch], None]:
    def weaken(_patch: Patch) -> None:
        weak = install.FUNCTIONS.replace(cut, instead)
        assert weak != install.FUNCTIONS
        with connection.cursor() as cursor:
            cursor.execute(weak)

    return weaken


Attack, Weaken = Callable[[Scene], bool], Callable[[Patch], None]
ATTACKS: dict[str, tuple[Attack, Weaken]] = {
    "key of another's act": (key_of_another, key_without_actor),
    "key of another's form": (form_key_of_another, form_key_without_actor),
    "key of another's report": (key_of_a_reporter, key_alone),
    "code of another report": (code_of_another_report, any_code),
    "code of the app": (app_code_twice, any_step),
    "recovery code": (recovery_code_twice, codes_kept),
    "answer of a passkey": (passkey_answer_twice, challenges_uncounted),
    "cookie after sign-out": (cookie_after(sign_out), sessions_kept),
    "cookie after revoking": (cookie_after(revoke), sessions_kept),
    "cookie after a new password": (cookie_after(password_changed), sessions_kept),
    "token of a closed machine": (
        machine_after(lambda: machine_close(code="replayed", by=HOUSE, at=now())),
        any_machine,
    ),
    "token after its time": (machine_after(expired), any_machine),
    "pass after its end": (pass_after_its_end, pass_unchecked("extract(epoch FROM clock_timestamp())", "0")),
    "pass with other scopes": (pass_with_other_scopes, pass_unchecked("= left(told, 64)", "<> left(told, 64)")),
}


@contextmanager
def weakened(weaken: Weaken) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        weaken(patch)
        yield


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_shown_again_opens_nothing(scene: Scene, name: str) -> None:
    with taken_back():
        assert not ATTACKS[name][0](scene)


@pytest.mark.parametrize("name", ATTACKS)
def test_it_opens_a_weakened_copy(scene: Scene, name: str) -> None:
    attack, weaken = ATTACKS[name]
    with taken_back(), weakened(weaken):
        assert attack(scene)


def test_an_answer_of_another_provider_is_good_for_one_try_of_one_browser(scene: Scene, issuer: str) -> None:  # noqa: F811
    people.account_link(account_id=account(scene), issuer=issuer, subject="u-17", by=HOUSE, at=now())
    mine, other = Client(), Client()
    answer = back_from(sent_to(mine))
    sent_to(other)

    assert [one.get(answer).status_code for one in (other, Client(), mine, mine)] == [403, 403, 302, 403]


def test_without_state_and_nonce_it_signs_another_browser_in(
    scene: Scene, issuer: str, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    people.account_link(account_id=account(scene), issuer=issuer, subject="u-17", by=HOUSE, at=now())
    mine, other = Client(), Client()
    answer = back_from(sent_to(mine))
    sent_to(other)
    kept, plain = mine.session["provider"][0], provider.provider_subject
    same = {name: kept[name] for name in ("state", "nonce", "verifier")}
    monkeypatch.setattr(
        "hezhi.edge.web.views.other_ways.provider_subject",
        lambda *, begun, **more: plain(begun=replace(begun, **same), **more),
    )

    assert (other.get(answer).status_code, is_in(other)) == (302, True)
