"""What an act costs, and whether it costs more on a case with a long history.

Baseline of an act: what it cannot do without, written by hand: one UPDATE of the case and one INSERT into
a plain table, committed. The rest is rights, clocks, chained ledger, tasks and notices.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import connection, transaction
from tests.bench.figures import Figure, median, times_ms

from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.cases import api as cases
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.contracts import NewLine
from hezhi.spine.permissions.contracts import Actor

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUSE = Actor.system("bench")
PACK, MATTER = "fire_lane", 0
_number = count(1)


def measure() -> list[Figure]:
    pack = packkit.shelf().get(PACK)
    town = town_make(pack, START)
    lead = town.actor(pack.matters[MATTER].lead, START)
    supervisor = town.actor("supervisor", START)

    opened = [_open(pack, town) for _ in range(250)]
    accept = times_ms(lambda n: cases.case_accept(case_id=opened[n], by=lead, at=START + timedelta(minutes=1)), 250)
    urge = times_ms(
        lambda n: cases.case_urge(case_id=opened[n], text="请抓紧", by=supervisor, at=START + timedelta(minutes=2)), 250
    )
    open_ms = times_ms(lambda _: _open(pack, town), 100)
    hand = times_ms(lambda n: _by_hand(opened[n]), 250)
    mixed = accept + urge + open_ms
    short, long = _with_history(opened[0], 10), _with_history(opened[1], 10_000)
    at_10 = _urges(short, supervisor)
    at_10000 = _urges(long, supervisor)
    cost = "open, accept (opens tasks) and urge, each committed; baseline: UPDATE and INSERT by hand, committed"
    return [
        Figure("act.per_s", 1000 / (sum(mixed) / len(mixed)), "1/s", 1000 / median(hand), cost),
        Figure("act.open_ms", median(open_ms), "ms", median(hand), cost),
        Figure("act.accept_ms", median(accept), "ms", median(hand), cost),
        Figure("act.urge_ms", median(urge), "ms", median(hand), cost),
        Figure("act.ms_at_history_10", at_10, "ms", median(hand), "median of 60 urges"),
        Figure("act.ms_at_history_10000", at_10000, "ms", at_10, "median of 60 urges; baseline: at history 10"),
        Figure("act.ratio_history_10000_to_10", at_10000 / at_10, "ratio", 1.0, "1 = history costs nothing"),
    ]


def _open(pack: Pack, town: Town) -> int:
    number = next(_number)
    new = cases.NewCase(
        pack_id=pack.id, matter=pack.matters[MATTER].id, title=f"第{number}号", subject=f"s{number}",
        region_code=town.region, region_path=town.region_path, grade="yellow", record_ids=(number,),
    )  # fmt: skip
    return cases.case_open(new=new, by=HOUSE, at=START).id


def _by_hand(case_id: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_plain (id bigserial PRIMARY KEY, case_id bigint, body text)")
        cursor.execute("UPDATE cases_case SET summary = summary WHERE id = %s", [case_id])
        cursor.execute("INSERT INTO bench_plain (case_id, body) VALUES (%s, %s)", [case_id, "{}" * 100])


def _with_history(case_id: int, length: int) -> int:
    chain = f"case:{case_id}"
    missing = length - len(ledger.lines_of(chain=chain))
    at = START + timedelta(minutes=3)
    lines = [NewLine(chain=chain, act="case.attach_record", body={"record": n}) for n in range(max(0, missing))]
    ledger.lines_append(lines=lines, by=HOUSE, at=at)
    return case_id


def _urges(case_id: int, by: Actor) -> float:
    def urge(number: int) -> None:
        cases.case_urge(case_id=case_id, text="请抓紧", by=by, at=START + timedelta(hours=1, seconds=number))

    return median(times_ms(urge, 60))
