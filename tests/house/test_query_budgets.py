"""Every list page has a budget of queries, and more rows never cost more queries.

``WRITE_BUDGETS=yes pytest tests/house/test_query_budgets.py`` writes what is needed now.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hezhi.edge.now import now
from hezhi.edge.web.tests.office import Office, office
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake

FILE = Path(__file__).with_name("query_budgets.json")
LISTS = {
    "alerts": "duty_officer",
    "trusts": "duty_officer",
    "cases": "supervisor",
    "work": "housing_bureau",
    "board": "supervisor",
    "openings": "supervisor",
    "notices": "housing_bureau",
    "intake": "duty_officer",
    "packs": "analyst",
    "indicators": "analyst",
    "quality": "operator",
}
__all__ = ["office"]


def queries(office: Office, name: str) -> int:
    client = office.client(LISTS[name])
    with CaptureQueriesContext(connection) as seen:
        assert client.get(reverse(f"web:{name}")).status_code == 200
    return len(seen)


def looked(office: Office, key: str, **changed: str) -> None:
    """Open one more case, and masked fields of its report."""
    case = office.opened(key, **changed)
    [record_id] = cases.records_of(case_id=case.id)
    intake.ticket_open(
        record_id=record_id, fields=["contact_phone"], case_id=case.id, basis=office.pack.identity.lawful_basis[0].cite,
        purpose="电话核实情况", minutes=10, by=office.actor("housing_bureau"), at=now(),
    )  # fmt: skip


@pytest.mark.django_db
def test_lists_stay_in_their_budget_however_many_rows_they_show(office: Office) -> None:
    looked(office, "k0")
    office.alerted("a0", spot="春江路1号", standing_on="marked_bay")
    few = {name: queries(office, name) for name in LISTS}
    for number in range(1, 8):
        looked(office, f"k{number}", spot=f"和畅苑{number}幢北侧")
        office.alerted(f"a{number}", spot=f"春江路{number + 1}号", standing_on="marked_bay")

    many = {name: queries(office, name) for name in LISTS}

    assert many == few
    if os.environ.get("WRITE_BUDGETS") == "yes":
        FILE.write_text(json.dumps(many, indent=1) + "\n")
    budgets = json.loads(FILE.read_text())
    assert {name: count for name, count in many.items() if count > budgets[name]} == {}
