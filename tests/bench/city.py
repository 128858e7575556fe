"""The city whose case list is measured: its places, agencies and officers, and as many cases as wanted.

Places and people come through the doors, so that everybody has the rights of a real post. Cases are generated
straight into the table, oldest first: 40 districts of four townships, 400 agencies, one case in twenty open,
one open case in ten overdue, every third case with a second agency. Two agencies are odd: a new one that never
had a case, and one that ended and had only the oldest three thousand.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.test import Client

from hezhi.kit.moments import day_of
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.people.models import Account
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Right
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

HOUSE = Actor.system("bench")
AGENCIES, DISTRICTS, TOWNSHIPS = 400, 40, 4
HANDLERS, COORDINATORS = 30, 10
MOST, ENDED_HAD = 1_030_000, 3_000
LIMIT = '{"budget": 15, "unit": "calendar_day", "source": {"cite": "bench"}}'

CASES = """
WITH agency AS (SELECT id, region_code, region_path, row_number() OVER (ORDER BY id) - 1 n
  FROM people_agency WHERE code ~ '^bench-[0-9]+$'),
rows AS (SELECT i, i <= %(ended_had)s is_ended, abs(hashint4(i) %% %(agencies)s) a, abs(hashint4(-i) %% %(agencies)s) b,
    hashint4(i + 2000000) %% 20 = 0 AND i > %(ended_had)s is_open, '00' || 1 + i %% %(townships)s || '000' township,
    %(at)s::timestamptz - (%(most)s - i) * interval '90 seconds' opened,
    %(at)s::timestamptz + (abs(hashint4(i + 4000000)) %% 200 - 20) * interval '1 day' due
  FROM generate_series(%(first)s, %(last)s) i)
INSERT INTO cases_case (number, pack, pack_id, title, matter, subject, region_code, region_path, scope_path, state,
  grade, lead_agency_id, owner_agency_id, agency_ids, held_by_ids, opened_at, last_act_at, due_at, main_clock_id,
  "limit", ring, bounce_count, is_ruled, extension_count, is_confidential, outcome, verdict, summary, submitted_by,
  closed_at, reopened_count, is_contested, is_audit_drawn)
SELECT 'B' || i, 'bench@2026.1', 'bench', '第' || i || '号事项：路面破损', 'm' || i %% 30, 's' || i,
  one.region_code || township, path, path,
  CASE WHEN NOT is_open THEN 'closed' WHEN i %% 10 = 0 THEN 'dispatched' ELSE 'handling' END, 'yellow', lead, lead,
  CASE WHEN i %% 3 = 0 THEN ARRAY[lead, two.id] ELSE ARRAY[lead] END, '{}', opened, opened,
  CASE WHEN is_open THEN due ELSE opened + interval '15 days' END, 0,
  %(limit)s::jsonb, 0, 0, false, 0, false, '', '', '', '',
  CASE WHEN is_open THEN NULL ELSE opened + interval '9 days' END, 0, false, false
FROM rows JOIN agency one ON one.n = rows.a JOIN agency two ON two.n = rows.b,
  LATERAL (SELECT one.region_path || '.' || one.region_code || township path,
    CASE WHEN is_ended THEN %(ended)s ELSE one.id END lead) placed
ORDER BY i
"""
PLAIN_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = 'cases_case'::regclass AND NOT indisunique
"""
# A list is never read in a freshly vacuumed table only: the newest cases and one open case in ten were acted on since.
WORKED_ON = """
UPDATE cases_case SET last_act_at = %(at)s
WHERE id > (SELECT max(id) FROM cases_case) - %(newest)s OR (closed_at IS NULL AND id %% 10 = 0)
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at lists. ``mine`` is what the reader may see, written by hand as SQL on ``c``."""

    actor: Actor
    browser: Client
    mine: str


@dataclass(frozen=True)
class City:
    readers: tuple[Reader, ...]  # whom the figures are about: handlers (own agency), coordinators (district and agency)
    few: tuple[Reader, ...]  # of the new agency and of the ended one
    ended_id: int
    at: datetime


def city_make(at: datetime) -> City:
    """Write places, agencies and officers; the same ones every time."""
    dice = random.Random(7)
    districts = [f"8801{n + 1:02}" for n in range(DISTRICTS)]
    towns = [f"{district}{n + 1:03}000" for district in districts for n in range(TOWNSHIPS)]
    places = [RegionSeed(code, f"地{code}") for code in ("880000", "880100", *districts, *towns)]
    regions.regions_load(rows=places, by=HOUSE, at=at)
    agencies = [
        AgencySeed(f"bench-{n}", f"第{n}号单位", f"bench{n // DISTRICTS}", districts[n % DISTRICTS])
        for n in range(AGENCIES)
    ]
    agencies += [AgencySeed(f"bench-{odd}", f"单位{odd}", f"bench_{odd}", districts[0]) for odd in ("new", "ended")]
    handled = [str(n) for n in dice.sample(range(AGENCIES), HANDLERS)]
    led = [str(n) for n in dice.sample(range(DISTRICTS), COORDINATORS)]
    seeds = [_seed(number, Role.HANDLER) for number in (*handled, "new", "ended")]
    seeds += [_seed(number, Role.COORDINATOR) for number in led]
    people.people_load(agencies=agencies, officers=seeds, from_on=day_of(at), by=HOUSE, at=at)
    known = {seed.username: _reader(seed.username, at) for seed in seeds}
    few = ("bench.handler.new", "bench.handler.ended")
    ended = people.agency_by_code("bench-ended").id
    return City(tuple(one for name, one in known.items() if name not in few), tuple(known[n] for n in few), ended, at)


def cases_fill(city: City, *, first: int, last: int) -> None:
    """Add the cases with the numbers ``first`` to ``last`` and leave the table as a working day does."""
    told = {"first": first, "last": last, "at": city.at, "ended": city.ended_id, "limit": LIMIT, "most": MOST}
    told |= {"agencies": AGENCIES, "townships": TOWNSHIPS, "ended_had": ENDED_HAD}
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_INDEXES)
        indexes = cursor.fetchall()  # made anew afterwards: five times as fast
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(CASES, told)
        for _, made in indexes:
            cursor.execute(made)
        cursor.execute("VACUUM ANALYZE cases_case")
        cursor.execute(WORKED_ON, {"at": city.at, "newest": last // 100})


def _seed(number: str, role: Role) -> OfficerSeed:
    return OfficerSeed(f"bench.{role}.{number}", f"{role} {number}", f"bench-{number}", role)


def _reader(username: str, at: datetime) -> Reader:
    account = Account.objects.get(username=username)
    actor = people.actor_for_account(account.id, at)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(account)
    found = permissions.scopes(actor, Right.CASE_READ)
    mine = [f"c.agency_ids && ARRAY[{', '.join(map(str, found.agency_ids))}]"]
    mine += [f"c.scope_path = '{path}' OR c.scope_path LIKE '{path}.%'" for path in found.region_paths]
    return Reader(actor, browser, f"({' OR '.join(mine)})")
