"""The case page opens masked fields for a purpose, shows them while the ticket runs, and masks them again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import VALUES, Office
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.intake.models import Ticket
from hezhi.flow.tasks import api as tasks
from hezhi.kit.masks import MASK
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
PHONE = VALUES["contact_phone"]


def sent(office: Office, case: CaseRow, **changed: Any) -> dict[str, Any]:
    [record] = cases.records_of(case_id=case.id)
    told = {
        "record": record, "fields": ["contact_phone"], "basis": office.pack.identity.lawful_basis[0].cite,
        "purpose": "电话核实车辆位置", "minutes": "10", "key": "t1",
    }  # fmt: skip
    return {**told, **changed}


def shown(client: Client, case: CaseRow) -> str:
    return client.get(f"/cases/{case.id}/").content.decode()


def test_the_page_shows_the_field_with_its_end_until_the_ticket_is_closed(office: Office) -> None:
    case, client = office.opened(), office.client("housing_bureau")
    before = shown(client, case)

    answer = client.post(f"/cases/{case.id}/tickets/", sent(office, case))
    during = shown(client, case)
    ticket = Ticket.objects.get()
    client.post(f"/tickets/{ticket.id}/close/")
    after = shown(client, case)

    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.id}/#record-{ticket.record_id}")
    assert [PHONE in one for one in (before, during, after)] == [False, True, False]
    assert [MASK in one for one in (before, during, after)] == [True, False, True]
    assert "现在关闭" in during
    assert Ticket.objects.get().read_count == 1


def test_a_ticket_that_ran_out_leaves_the_page_masked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, client = office.opened(), office.client("housing_bureau")
    client.post(f"/cases/{case.id}/tickets/", sent(office, case, minutes="5"))
    begun = now()

    seen = []
    for minutes in (4, 6):
        monkeypatch.setattr(
            "hezhi.edge.web.views.cases.now", lambda minutes=minutes: begun + timedelta(minutes=minutes)
        )
        seen.append(PHONE in shown(client, case))

    assert seen == [True, False]


def test_nobody_else_sees_what_one_officer_opened(office: Office) -> None:
    case = office.opened()
    office.client("housing_bureau").post(f"/cases/{case.id}/tickets/", sent(office, case))

    assert [PHONE in shown(office.client(name), case) for name in ("coordinator", "supervisor", "duty_officer")] == [
        False
    ] * 3
    assert Ticket.objects.get().read_count == 0


def test_a_refused_form_comes_back_with_what_was_typed_and_nothing_is_written(office: Office) -> None:
    case, client = office.opened(), office.client("housing_bureau")
    before = ledger.last_line_id()

    answer = client.post(f"/cases/{case.id}/tickets/", sent(office, case, basis="某法", purpose="看"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "要从场景包写明的法律依据中选择" in page
    assert 'value="看"' in page
    assert (Ticket.objects.count(), ledger.last_line_id()) == (0, before)


def test_a_ticket_may_be_for_a_task_of_the_own_agency_and_ends_with_it(office: Office) -> None:
    case, client = office.opened(), office.client("housing_bureau")
    lead = office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=lead, at=now())
    house = Actor.system("test")
    ours, theirs = (
        next(
            one
            for one in tasks.tasks_of_case(case_id=case.id, by=house)
            if (one.agency_id == lead.agency_id) is is_ours
        )
        for is_ours in (True, False)
    )
    assert f'<option value="{ours.id}">' in shown(client, case)

    wrong = client.post(f"/cases/{case.id}/tickets/", sent(office, case, task_id=str(theirs.id)))
    right = client.post(f"/cases/{case.id}/tickets/", sent(office, case, task_id=str(ours.id), key="t2"))

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert [one.task_id for one in Ticket.objects.all()] == [ours.id]


def test_the_reporter_reads_who_why_by_which_basis_and_whether_it_was_read(office: Office, client: Client) -> None:
    receipt = office.reported("k9", spot="和畅苑9幢")
    case = office.opened("k9", spot="和畅苑9幢")
    ours = office.client("housing_bureau")
    ours.post(f"/cases/{case.id}/tickets/", sent(office, case))

    asked = {"number": receipt.record.number, "code": receipt.code}
    unread = client.post("/track/", asked).content.decode()
    shown(ours, case)
    read = client.post("/track/", asked).content.decode()

    for page in (unread, read):
        assert "电话核实车辆位置" in page
        assert office.pack.identity.lawful_basis[0].cite in page
        assert office.town_name("housing_bureau") in page
        assert office.actor("housing_bureau").name not in page
        assert PHONE not in page
    assert ["从未查看" in one for one in (unread, read)] == [True, False]
    assert ["1 ×" in one for one in (unread, read)] == [False, True]


def test_a_supervisor_reads_what_stands_out_with_its_period_and_its_rules(office: Office) -> None:
    case = office.opened()
    ours, supervisor = office.client("housing_bureau"), office.client("supervisor")
    ours.post("/account/relatives/", {"relation": "spouse", "number": PHONE})
    ours.post(f"/cases/{case.id}/tickets/", sent(office, case))

    page = supervisor.get("/openings/").content.decode()
    empty = supervisor.get("/openings/?from_on=2026-01-01&to_on=2026-01-31").content.decode()
    refused = supervisor.get("/openings/?from_on=2026-01-31&to_on=2026-01-01")

    assert office.actor("housing_bureau").name in page
    assert '<span class="chip chip-grey">本人或亲属的号码</span>' in page
    assert (PHONE in page, "人数太少，不作比较" in page) == (False, True)
    assert office.actor("housing_bureau").name not in empty
    assert refused.status_code == 422


def test_a_relative_is_declared_and_taken_back_and_a_wrong_number_is_refused(office: Office) -> None:
    client = office.client("grid_worker")

    client.post("/account/relatives/", {"relation": "child", "number": PHONE})
    page = client.get("/account/relatives/").content.decode()
    wrong = client.post("/account/relatives/", {"relation": "child", "number": "12"})
    [row] = people.kin_of(by=office.actor("grid_worker"))
    others = office.client("housing_bureau").post("/account/relatives/", {"withdraw": str(row.id)})

    assert ("子女" in page, PHONE in page, wrong.status_code, others.status_code) == (True, False, 422, 404)
    client.post("/account/relatives/", {"withdraw": str(row.id)})
    assert people.kin_of(by=office.actor("grid_worker")) == []
