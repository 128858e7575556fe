"""Purpose tickets over HTTP: opened, read while they run, closed; no answer that is noted ever holds a value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hezhi.edge.api.models import Answered
from hezhi.edge.api.tests.factories import HOUSE, PHONE, Place, post
from hezhi.edge.api.tests.test_once import lead_of
from hezhi.edge.now import now
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow
from hezhi.flow.intake.models import Ticket
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account

pytestmark = pytest.mark.django_db


def officer(place: Place, name: str) -> Client:
    """Return the browser of an officer: machines open nothing."""
    account = people.account_create(
        username=f"o{Account.objects.count()}", password="", by=HOUSE, at=place.at, person_id=place.town.persons[name]
    )
    client = Client()
    client.force_login(Account.objects.get(id=account.id))
    return client


def asked(place: Place, case: CaseRow, **changed: Any) -> dict[str, Any]:
    [record_id] = cases.records_of(case_id=case.id)
    contact = place.pack.record(place.kind).contact
    told = {
        "record_id": record_id, "fields": [contact], "basis": place.pack.identity.lawful_basis[0].cite,
        "purpose": "电话核实现场位置", "minutes": 10,
    }  # fmt: skip
    return {**told, **changed}


def test_a_ticket_is_opened_read_and_closed_and_its_value_is_in_no_noted_answer(place: Place):
    case = place.case()
    client, contact = officer(place, lead_of(place, case)), place.pack.record(place.kind).contact

    ticket = post(client, f"/cases/{case.id}/tickets", asked(place, case)).json()
    read = client.get(f"/api/v1/tickets/{ticket['id']}/values")
    running = client.get("/api/v1/tickets").json()
    closed = post(client, f"/tickets/{ticket['id']}/close")
    after = client.get(f"/api/v1/tickets/{ticket['id']}/values")

    assert (read.json()["values"], read.json()["ticket"]["read_count"]) == ({contact: PHONE}, 1)
    assert [one["id"] for one in running] == [ticket["id"]]
    assert closed.status_code == 200
    assert (after.status_code, after.json()["code"]) == (403, "ticket_ended")
    assert client.get("/api/v1/tickets").json() == []
    again = post(client, f"/cases/{case.id}/tickets", asked(place, case), key="the-same-key")
    noted = post(client, f"/cases/{case.id}/tickets", asked(place, case), key="the-same-key")
    assert (noted.json(), PHONE in noted.content.decode()) == (again.json(), False)


def test_a_ticket_that_ran_out_is_refused_in_words(place: Place, monkeypatch: pytest.MonkeyPatch):
    case = place.case()
    client = officer(place, lead_of(place, case))
    ticket = post(client, f"/cases/{case.id}/tickets", asked(place, case, minutes=1)).json()
    begun = now()
    monkeypatch.setattr("hezhi.edge.api.routes.tickets.now", lambda: begun + timedelta(minutes=1))

    answer = client.get(f"/api/v1/tickets/{ticket['id']}/values")

    assert (answer.status_code, answer.json()["code"]) == (403, "ticket_ended")
    assert Ticket.objects.get().read_count == 0


def test_what_is_wrong_is_named_with_the_nearest_basis_and_nothing_is_written(place: Place):
    case = place.case()
    client, basis = officer(place, lead_of(place, case)), place.pack.identity.lawful_basis[0].cite
    before = (ledger.last_line_id(), Answered.objects.count())

    answer = post(client, f"/cases/{case.id}/tickets", asked(place, case, basis=f"{basis}条", minutes=0))

    assert (answer.status_code, answer.json()["code"]) == (422, "ticket_invalid")
    assert [(one["place"], one["nearest"]) for one in answer.json()["findings"]] == [("basis", basis), ("minutes", "")]
    assert (ledger.last_line_id(), Answered.objects.count(), Ticket.objects.count()) == (*before, 0)


def test_a_machine_opens_nothing_whatever_its_account_may(place: Place):
    case = place.case()
    client = place.client(lead_of(place, case))
    before = ledger.last_line_id()

    answer = post(client, f"/cases/{case.id}/tickets", asked(place, case))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (Ticket.objects.count(), ledger.last_line_id()) == (0, before)


def test_the_reporter_reads_over_http_whether_it_was_read(place: Place):
    receipt = place.report()
    case = place.case_of(receipt)
    client = officer(place, lead_of(place, case))
    ticket = post(client, f"/cases/{case.id}/tickets", asked(place, case)).json()
    client.get(f"/api/v1/tickets/{ticket['id']}/values")

    answer = Client(headers={"X-Report-Code": receipt.code}).get(f"/api/v1/reports/{receipt.record.number}/openings")

    [seen] = answer.json()
    assert (seen["purpose"], seen["role"], seen["read_count"], seen["person"]) == ("电话核实现场位置", "handler", 1, "")
    assert PHONE not in answer.content.decode()
