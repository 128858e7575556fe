"""Whether others have a matter or not, a stranger and an officer of another agency are told the same, to the byte.

One town is asked everything twice: before anything of others is there, and with all of it, a twin of the asker's own
matter among it. Counts, searches, offers of similar matters, exports and refusals stay as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from tests.attacks.scene import CHECK, MARK, OUTSIDER, PHONE, Scene, operations, pages, planted, taken_back
from tests.attacks.test_leaks import FILTERS, FRESH, plain
from tests.attacks.world import clock_held

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.intake.contracts import Receipt
from hezhi.flow.tasks import api as tasks
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("test")
WORDS = (MARK, PHONE, "春江路9号", "白色轿车")
"""What stands with others only, and what stands with the asker's own matter as well."""
TWIN = {"spot": "春江路9号", "vehicle": "白色轿车"}


def before(office: Office) -> tuple[dict[str, Any], Receipt]:
    """Write a matter of the asking agency's own, and one of a reporter's own; return what they are called."""
    case = office.opened("c1", standing_on="unclear_land", **TWIN)
    to = office.town.agencies[OUTSIDER]
    cases.case_rule(case_id=case.id, agency_id=to, reason="由其办理", by=office.actor("coordinator"), at=now())
    cases.case_accept(case_id=case.id, by=office.actor(OUTSIDER), at=now())
    own = office.reported("c2", spot="春江路2号", contact_phone="13900000199")
    record = cases.case_view(case_id=case.id, by=HOUSE).record_ids[0]
    found = alerts.alerts_of_records(record_ids=[record])
    ids = {
        "case_id": case.id, "record_id": record, "alert_id": found[record], "number": own.record.number,
        "task_id": tasks.tasks_of_case(case_id=case.id, by=HOUSE)[0].id, "pack_id": office.pack.id,
        "region_path": office.town.region_path, "sha256": office.town.photo, "other_id": record, "record_ids": [record],
        **dict.fromkeys(("trust_id", "batch_id", "ticket_id", "order_id", "contest_id", "force_id", "notice_id"), 1),
        **dict.fromkeys(("person_id", "deputy_id", "hand_over_id"), 1), "code": "dev-1", "check_id": CHECK["check_id"],
        **dict.fromkeys(("link_id", "answer_id", "device_id", "silence_id", "review_id", "item_id"), 1),
        **dict.fromkeys(("candidate_id", "hit_id"), 1),
    }  # fmt: skip
    return ids, own


def everything(office: Office, ids: dict[str, Any], code: str, who: str) -> dict[str, tuple[int, str, str]]:
    """Return the answers to everything that can be read, searched for each word through each filter."""
    client, told = office.client(who), {}
    asked: list[tuple[str, list[str]]] = [(one, FILTERS) for name, one in pages(ids) if name not in FRESH]
    asked += [
        (one.address(ids), [two["name"] for two in one.parameters if two["in"] == "query"])
        for one in operations(ids)
        if one.method == "get"
    ]
    for address, names in dict(asked).items():
        with taken_back():
            answer = client.get(address, headers={"X-Report-Code": code})
        told[address] = plain(answer, "☃")
        if answer.status_code != 200 or "text" not in names:
            continue
        words = [(name, word) for name in names if name in ("text", "region_path", "source") for word in WORDS]
        for name, word in words if ("text" in answer.content.decode() or "/api/" in address) else []:
            told[f"{address}?{name}={word}"] = plain(client.get(address, {"show": "all", name: word}), "☃")
    return told


def apart(office: Office) -> dict[str, list[str]]:
    """Return every answer that is another with what belongs to others than without it."""
    ids, own = before(office)
    found: dict[str, list[str]] = {}
    first = {who: everything(office, ids, own.code, who) for who in ("", OUTSIDER)}
    others = planted(office)
    office.opened("t1", **TWIN)
    assert isinstance(others, Scene)
    for who, told in first.items():
        second = everything(office, ids, own.code, who)
        for address, one in told.items():
            if one != second[address]:
                lines = zip(str(one[1]).splitlines(), str(second[address][1]).splitlines(), strict=False)
                found[f"{who or 'a stranger'} {address}"] = [f"{a} | {b}" for a, b in lines if a != b][:2]
    return found


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    with clock_held(), transaction.atomic():
        yield office_make()
        transaction.set_rollback(True)


def test_nothing_that_others_have_changes_what_is_told(office: Office) -> None:
    assert apart(office) == {}


def test_with_rights_that_are_not_asked_lists_and_offers_change(
    office: Office, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(permissions, "scope_q", lambda *_args, **_more: ~Q(pk__in=[]))
    settings.READ_ROLE = "none"
    found = apart(office)

    assert f"{OUTSIDER} /cases/" in found
    assert any("?text=" in one for one in found)
