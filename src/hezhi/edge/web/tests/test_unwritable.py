"""A text that no database keeps is refused at the door, in an address as in a form."""

from __future__ import annotations

import pytest
from django.test import Client

from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.spine.ledger import api as ledger

pytestmark = pytest.mark.django_db
NUL = "看\x00看"


@pytest.mark.parametrize("address", ["/cases/", "/alerts/", "/intake/"])
def test_a_filter_with_a_nul_is_refused_with_a_page(office: Office, address: str) -> None:  # noqa: F811
    answer = office.client("coordinator").get(address, {"text": NUL})

    assert (answer.status_code, "NUL" in answer.content.decode()) == (422, True)


def test_a_form_with_a_nul_is_refused_and_nothing_is_written(office: Office) -> None:  # noqa: F811
    before = ledger.last_line_id()

    told = [
        Client().post("/report/zombie_vehicles/report/", {"spot": NUL}).status_code,
        office.client("coordinator").post("/cases/1/act/case.urge/", {"text": ["a", NUL]}).status_code,
    ]

    assert (told, ledger.last_line_id()) == ([422, 422], before)


HUGE = "9" * 40


def test_a_number_that_no_table_holds_names_nothing(office: Office) -> None:  # noqa: F811
    alert, case = office.alerted("u1", standing_on="marked_bay"), office.opened("u2")
    before = ledger.last_line_id()
    sent = {
        f"/alerts/{alert.id}/relate/": {"record": str(alert.record_ids[0]), "other": HUGE, "how": "linked"},
        f"/cases/{case.id}/act/case.form_task_force/": {
            "name": "专班", "member_ids": [HUGE], "ends_on": "2099-01-01", "reason": "一起办",
        },
        f"/cases/{case.id}/act/case.transfer/": {"agency_id": HUGE, "reason": "转办"},
        f"/cases/{case.id}/act/case.add_co/": {"agency_id": "1", "part": "lead"},
    }  # fmt: skip

    who = {address: "duty_officer" if "alerts" in address else "coordinator" for address in sent}
    told = {address: office.client(who[address]).post(address, given).status_code for address, given in sent.items()}

    assert [one for one, status in told.items() if not 400 <= status < 500] == []
    assert ledger.last_line_id() == before
