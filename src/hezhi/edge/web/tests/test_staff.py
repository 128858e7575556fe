"""Deputies on the account page, and the form by which an officer leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from hezhi.edge.api.machines import machine_open
from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.kit.moments import day_of
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role
from hezhi.spine.people.models import Account
from hezhi.spine.permissions.contracts import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


def colleague(office: Office, *, is_head: bool = False) -> int:
    """Put one more handler into the housing bureau and return the person's id."""
    code = people.agency_get(office.town.agencies["housing_bureau"]).code
    seed = OfficerSeed("second", "钱二", code, Role.HANDLER, title="二", is_head=is_head)
    people.people_load(agencies=[], officers=[seed], from_on=day_of(now()) - timedelta(days=1), by=HOUSE, at=now())
    found = Account.objects.get(username="second")
    office.town.persons["second"] = found.person_id
    return found.person_id


def test_a_deputy_is_named_acts_in_the_post_and_every_line_says_for_whom(office: Office) -> None:
    colleague(office)
    case, me = office.opened(), office.actor("housing_bureau")
    page, act = reverse("web:account"), reverse("web:deputies")
    today = day_of(now())
    who = f"{people.person_get(me.person_id, at=now()).post_id}:{office.town.persons['second']}"
    first, last = today.isoformat(), (today + timedelta(days=7)).isoformat()
    send(office.client("housing_bureau"), page, act, who=who, from_on=first, to_on=last)
    span = people.deputies_of(me.person_id, at=now())[0]
    browser = office.client("second")
    assert "钱二" in office.client("housing_bureau").get(page).content.decode()

    browser.post(act, {"act": "stand_in", "deputy": span.id})
    browser.post(reverse("web:case_act", args=[case.id, "case.accept"]), {"key": "k1"})

    accepted = next(one for one in ledger.lines_of(chain=f"case:{case.id}") if one.act == "case.accept")
    assert accepted.actor == f"person:{office.town.persons['second']}"
    assert accepted.body["for"] == me.ref
    text = browser.get(reverse("web:case", args=[case.id])).content.decode()
    assert "钱二" in text and "代" in text

    browser.post(act, {"act": "stand_back"})
    assert "（代" not in browser.get(page).content.decode()


def test_a_span_that_is_another_s_cannot_be_acted_in(office: Office) -> None:
    colleague(office)
    me = office.actor("housing_bureau")
    span = people.deputy_name(
        person_id=me.person_id, post_id=people.person_get(me.person_id, at=now()).post_id,
        deputy_id=office.town.persons["second"], from_at=now(), to_at=now() + timedelta(days=1), by=me, at=now(),
    )  # fmt: skip
    before = ledger.last_line_id()

    for given in ({"act": "stand_in", "deputy": span.id}, {"act": "end", "deputy": span.id}, {"act": "x"}):
        assert office.client("market_supervision").post(reverse("web:deputies"), given).status_code == 404

    assert ledger.last_line_id() == before


def test_the_head_lets_an_officer_leave_and_both_get_a_list(office: Office) -> None:
    colleague(office, is_head=True)
    case, me = office.opened(), office.actor("housing_bureau")
    cases.case_accept(case_id=case.id, by=me, at=now())
    gone = office.client("housing_bureau")
    assert gone.get(reverse("web:account")).status_code == 200
    username = Account.objects.get(person_id=me.person_id).username
    machine_open(code="m1", name="对接系统", username=username, by=HOUSE, at=now())
    staff, head = reverse("web:staff"), office.client("second")

    told = send(head, staff, staff, person=str(me.person_id), successor="", agency=str(me.agency_id), reason="退休")

    text = told.content.decode()
    assert case.number in text
    assert "对接系统" in text
    assert "____" in text
    assert cases.case_get(case_id=case.id, by=office.actor("second")).handler_id is None
    assert gone.get(reverse("web:account")).status_code == 302
    assert head.get(told.redirect_chain[-1][0]).status_code == 200
    assert office.client("market_supervision").get(told.redirect_chain[-1][0]).status_code == 404


def test_the_form_is_for_the_own_agency(office: Office) -> None:
    colleague(office, is_head=True)
    outside = office.actor("market_supervision")
    before = ledger.last_line_id()

    answer = office.client("second").post(
        reverse("web:staff"),
        {"person": outside.person_id, "agency": outside.agency_id, "successor": "", "reason": "退休"},
    )

    assert answer.status_code == 403
    assert ledger.last_line_id() == before
