"""Declaring an interest on the case's page: it is gone from the officer's sight, and another officer can lift it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.kit.errors import NotFound
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people

pytestmark = pytest.mark.django_db


def test_an_officer_declares_an_interest_and_is_led_away_from_the_case(office: Office) -> None:
    case, me = office.opened(), office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=me, at=now())
    page, act = reverse("web:case", args=[case.id]), reverse("web:case_act", args=[case.id, "case.recuse"])
    browser = office.client("housing_bureau")

    told = send(browser, page, act, person_id=str(me.person_id), reason="报告人是我的邻居和亲戚")

    assert told.redirect_chain[-1][0] == reverse("web:work")
    assert case.number not in told.content.decode().replace(case.title, "")
    assert browser.get(page).status_code == 404
    assert case.number not in browser.get(reverse("web:cases")).content.decode()
    seen = office.client("supervisor").get(page).content.decode()
    assert "报告人是我的邻居和亲戚" in seen
    assert "因存在利害关系" in seen or "kept" in seen


def test_who_does_not_supervise_is_offered_only_the_own_name(office: Office) -> None:
    case, me = office.opened(), office.actor("housing_bureau")
    page, act = reverse("web:case", args=[case.id]), reverse("web:case_act", args=[case.id, "case.recuse"])
    other = office.actor("supervisor").person_id
    before = ledger.last_line_id()

    answer = office.client("housing_bureau").post(act, {"person_id": str(other), "reason": "亲属", "key": "k"})

    assert answer.status_code == 403
    assert ledger.last_line_id() == before
    text = office.client("housing_bureau").get(page).content.decode()
    assert f'<option value="{me.person_id}"' in text
    assert f'<option value="{other}"' not in text


def test_a_supervisor_sets_it_and_cannot_lift_it_alone(office: Office) -> None:
    case, me = office.opened(), office.actor("housing_bureau")
    page = reverse("web:case", args=[case.id])
    set_, lift = (reverse("web:case_act", args=[case.id, act]) for act in ("case.recuse", "case.lift_recusal"))
    supervisor = office.client("supervisor")
    send(supervisor, page, set_, person_id=str(me.person_id), reason="亲属")
    assert office.client("housing_bureau").get(page).status_code == 404

    refused = supervisor.post(lift, {"person_id": str(me.person_id), "reason": "查无此事", "key": "k"})

    assert refused.status_code == 409
    assert [one.person_id for one in people.recusals_of(f"case:{case.id}")] == [me.person_id]


def test_a_ticket_that_was_open_before_shows_nothing_any_more(office: Office) -> None:
    case, me = office.opened(), office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=me, at=now())
    [record_id] = cases.records_of(case_id=case.id)
    basis = office.pack.identity.lawful_basis[0].cite
    ticket = intake.ticket_open(
        record_id=record_id, fields=["contact_phone"], case_id=case.id, basis=basis, purpose="电话核实情况", minutes=60,
        by=me, at=now(),
    )  # fmt: skip
    assert intake.ticket_read(ticket_id=ticket.id, by=me, at=now()).values == {"contact_phone": "13900000102"}

    cases.case_recuse(case_id=case.id, person_id=me.person_id, reason="亲属", by=me, at=now())

    with pytest.raises(NotFound):
        intake.ticket_read(ticket_id=ticket.id, by=office.actor("housing_bureau"), at=now())
