"""How long a restricted user waits for a page of cases, among 100,000 and among 1,030,000.

Cases are generated straight into the table: 400 agencies in 40 districts, one case in twenty open, every
third with a second agency. Measured are an officer (own agency) and a coordinator (own district), the
open list, the overdue list and the list of everything.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

from django.db import connection
from tests.bench.figures import Figure, median, p, times_ms

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
AGENCIES, DISTRICTS = 400, 40

AGENCIES_SQL = """
INSERT INTO people_agency (code, name, kind, region_code, region_path)
SELECT 'bench' || n, '单位' || n, 'kind' || (n / 40), (990000 + n %% 40)::text,
  '99.9900.' || (990000 + n %% 40) FROM generate_series(1, %s) n RETURNING id
"""
CASES_SQL = """
INSERT INTO cases_case (number, pack, pack_id, title, matter, subject, region_code, region_path, scope_path, state,
  grade, lead_agency_id, owner_agency_id, agency_ids, held_by_ids, opened_at, last_act_at, due_at, main_clock_id, "limit", ring,
  bounce_count, is_ruled, extension_count, is_confidential, outcome, verdict, summary, submitted_by, closed_at,
  reopened_count, is_contested, is_audit_drawn)
SELECT 'B' || i, 'bench@2026.1', 'bench', '第' || i || '号事项：路面破损', 'm' || i %% 30, 's' || i, region, path, path,
  CASE WHEN is_open THEN 'handling' ELSE 'closed' END, 'yellow', a, a,
  CASE WHEN i %% 3 = 0 THEN ARRAY[a, b] ELSE ARRAY[a] END, '{}', t, t, t + interval '15 days', 0, limits.own, 0, 0, false, 0, false,
  '', '', '', '', CASE WHEN is_open THEN NULL ELSE t + interval '9 days' END, 0, false, false
FROM (SELECT i, %s + abs(hashint4(i) %% 400) a, %s + abs(hashint4(-i) %% 400) b,
        hashint4(i + 2000000) %% 20 = 0 is_open,
        timestamptz '2023-01-01' + i * interval '90 seconds' t FROM generate_series(%s, %s) i) rows
JOIN (SELECT id, region_code region, region_path path FROM people_agency) agency ON agency.id = rows.a
CROSS JOIN (SELECT '{"budget": 15, "unit": "calendar_day", "source": {"cite": "bench"}}'::jsonb own) limits
"""
HAND_SQL = """
SELECT c.*, l.name, o.name FROM cases_case c JOIN people_agency o ON o.id = c.owner_agency_id
LEFT JOIN people_agency l ON l.id = c.lead_agency_id WHERE {} ORDER BY {} LIMIT 51
"""
MINE = {"officer": "c.agency_ids && ARRAY[{}]", "coordinator": "(c.scope_path = '{0}' OR c.scope_path LIKE '{0}.%%')"}


def measure(sizes: tuple[int, ...] = (100_000, 1_030_000)) -> list[Figure]:
    with connection.cursor() as cursor:
        cursor.execute(AGENCIES_SQL, [AGENCIES])
        first = min(row[0] for row in cursor.fetchall())
    figures, there = [], 0
    for size in sizes:
        with connection.cursor() as cursor:
            cursor.execute(CASES_SQL, [first, first, there + 1, size])
            cursor.execute("VACUUM ANALYZE cases_case")
        there = size
        figures += _pages(size, first)
    return figures


def _pages(size: int, first: int) -> list[Figure]:
    dice = random.Random(7)
    officers = [_officer(first + dice.randrange(AGENCIES)) for _ in range(30)]
    coordinators = [_coordinator(f"99.9900.{990000 + dice.randrange(DISTRICTS)}") for _ in range(10)]
    people = officers + coordinators

    def page(number: int) -> object:
        by, kind = people[number % len(people)], number // len(people) % 3
        if kind == 2:
            return cases.case_page(by=by, wanted=CaseFilter(is_open=None), at=AT)
        return cases.case_page(by=by, wanted=CaseFilter(is_overdue=kind == 1), at=AT)

    def by_hand(number: int) -> object:
        by, kind = people[number % len(people)], number // len(people) % 3
        mine = MINE[by.name].format(next(iter(by.grants)).scope.value)
        where = {0: "c.state <> 'closed'", 1: "c.state <> 'closed' AND c.due_at < %s", 2: "true"}[kind]
        sql = HAND_SQL.format(f"{where} AND {mine}", "c.id DESC" if kind == 2 else "c.due_at, c.id")
        with connection.cursor() as cursor:
            cursor.execute(sql, [AT] if kind == 1 else [])
            return cursor.fetchall()

    times_ms(page, len(people))  # warm
    took = times_ms(page, len(people) * 6)
    hand = times_ms(by_hand, len(people) * 6)
    note = "30 officers, 10 coordinators: open, overdue, everything; baseline: the same by one hand-written query each"
    return [
        Figure(f"case_list.p50_ms_at_{size}", median(took), "ms", median(hand), note),
        Figure(f"case_list.p95_ms_at_{size}", p(took, 95), "ms", p(hand, 95), note),
    ]


def _officer(agency_id: int) -> Actor:
    grant = Grant(Right.CASE_READ, Scope(ScopeKind.AGENCY, str(agency_id)))
    return Actor(ref="person:1", name="officer", person_id=1, agency_id=agency_id, grants=frozenset({grant}))


def _coordinator(path: str) -> Actor:
    grant = Grant(Right.CASE_READ, Scope(ScopeKind.REGION, path))
    return Actor(ref="person:2", name="coordinator", person_id=2, agency_id=None, grants=frozenset({grant}))
