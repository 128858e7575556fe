"""Pages of cases: the same rows in the same order, whichever way they were found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hezhi.flow.cases import api as cases
from hezhi.flow.cases import queries
from hezhi.flow.cases.contracts import CaseFilter, CaseState
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.tests.factories import LAMP, MONDAY, WELL, Lamps
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right

READERS = (LAMP, WELL, "supervisor", "coordinator", "duty_officer")
LATER = MONDAY + timedelta(days=4)
VACUUMED = "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'cases_case', 'relallvisible', 1000)"


def filled(lamps: Lamps) -> list[Case]:
    """Return 24 rows in all sorts: open and closed, late and not, of one agency, of two, of another county."""
    first = Case.objects.get(id=lamps.opened().id)
    lamp, well = lamps.agency(LAMP), lamps.agency(WELL)
    rows = []
    for number in range(24):
        row = Case.objects.get(id=first.id)
        row.id, row.alert_id, row.number = None, None, f"T{number}"
        row.state = (CaseState.HANDLING, CaseState.SUSPENDED, CaseState.CLOSED, CaseState.RETURNED)[number % 4]
        row.closed_at = MONDAY if row.state == CaseState.CLOSED else None
        row.due_at = MONDAY + timedelta(days=number * 5 % 8)  # three rows of each day
        row.waiting_until = LATER if number % 5 == 0 else None
        row.agency_ids = ([lamp], [lamp, well], [well])[number % 3]
        row.owner_agency_id = row.agency_ids[0]
        row.scope_path = (first.scope_path, "89.90", "")[number // 2 % 3]
        rows.append(row)
    return [first, *Case.objects.bulk_create(rows)]


def paged(by: Actor, wanted: CaseFilter) -> list[int]:
    """Return the ids of all pages, three rows each."""
    found: list[int] = []
    cursor = "first"
    while cursor:
        page = cases.case_page(by=by, wanted=wanted, at=LATER, cursor="" if cursor == "first" else cursor, size=3)
        assert len(page) == 3 or not page.next_cursor
        found += [one.id for one in page]
        cursor = page.next_cursor
    return found


def is_late(row: Case) -> bool:
    rests = row.waiting_until is not None or row.state == CaseState.SUSPENDED
    return row.state != CaseState.CLOSED and row.due_at <= LATER and not rests


@pytest.mark.parametrize("recent", [0, 4, 20_000])
def test_every_way_gives_all_rows_the_reader_may_see_in_order(
    lamps: Lamps, monkeypatch: pytest.MonkeyPatch, recent: int
) -> None:
    monkeypatch.setattr(queries, "RECENT", recent)
    rows = filled(lamps)
    for name in READERS:
        by = lamps.by(name)
        seen = [one for one in rows if permissions.may(by, Right.CASE_READ, queries.place_of(one))]
        due = sorted(seen, key=lambda one: (one.due_at, one.id))
        newest = sorted(seen, key=lambda one: -one.id)
        expected = {
            CaseFilter(): [one.id for one in due if one.state != CaseState.CLOSED],
            CaseFilter(is_overdue=True): [one.id for one in due if is_late(one)],
            CaseFilter(is_open=None): [one.id for one in newest],
            CaseFilter(is_open=False): [one.id for one in newest if one.state == CaseState.CLOSED],
            CaseFilter(is_open=None, is_overdue=True): [one.id for one in newest if is_late(one)],
            CaseFilter(is_open=False, is_overdue=True): [],
            CaseFilter(is_open=None, states=(CaseState.RETURNED,)): [
                one.id for one in newest if one.state == CaseState.RETURNED
            ],
        }

        assert {wanted: paged(by, wanted) for wanted in expected} == expected
        assert 0 < len(seen) < len(rows)


def test_a_reader_without_a_right_gets_an_empty_page(lamps: Lamps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "RECENT", 4)
    filled(lamps)

    assert paged(Actor.citizen("R-1"), CaseFilter(is_open=None)) == []
    assert paged(Actor.citizen("R-1"), CaseFilter()) == []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (CaseFilter(), "case_due_open"),
        (CaseFilter(is_overdue=True), "case_due_open"),
        (CaseFilter(is_open=None), "case_newest"),
        (CaseFilter(is_open=False), "case_newest"),
    ],
)
def test_cases_of_others_are_passed_over_without_being_fetched(lamps: Lamps, wanted: CaseFilter, index: str) -> None:
    filled(lamps)
    with CaptureQueriesContext(connection) as asked:
        cases.case_page(by=lamps.by("supervisor"), wanted=wanted, at=MONDAY)
    with connection.cursor() as cursor:
        cursor.execute(VACUUMED)
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} TO off")
        cursor.execute("EXPLAIN " + asked[-1]["sql"])
        plan = [row[0].strip() for row in cursor.fetchall() if "cases_case u0" in row[0]]

    assert len(plan) == 1
    assert f"Index Only Scan using {index} " in plan[0].replace(" Backward", "")
