"""What an act costs, and whether it costs more on a case with a long history.

Two baselines. Of acts per second: what no act can do without, written by hand: one UPDATE of the case and one
INSERT into a plain table, committed. The rest is rights, clocks, chained ledger, tasks and notices. Of one
act: the time that its own statements take, measured while it runs; the rest is Python and the commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import connection, transaction
from tests.bench.figures import Figure, median, p, times_ms

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
COUNT = 250
_number = count(1)


def measure() -> list[Figure]:
    pack = packkit.shelf().get(PACK)
    town = town_make(pack, START)
    lead = town.actor(pack.matters[MATTER].lead, START)
    supervisor = town.actor("supervisor", START)

    opened = [_open(pack, town) for _ in range(COUNT)]
    accept, accept_sql = _timed(
        lambda n: cases.case_accept(case_id=opened[n], by=lead, at=START + timedelta(minutes=1))
    )
    urge, urge_sql = _timed(
        lambda n: cases.case_urge(case_id=opened[n], text="请抓紧", by=supervisor, at=START + timedelta(minutes=2))
    )
    open_ms, open_sql = _timed(lambda _: _open(pack, town))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain (id bigserial PRIMARY KEY, case_id bigint, body text)")
    hand = times_ms(lambda n: _by_hand(opened[n]), COUNT)
    mixed = accept + urge + open_ms
    short, long = _with_history(opened[0], 10), _with_history(opened[1], 10_000)
    at_10, at_10000 = _urges(short, long, supervisor)
    rate = f"{COUNT} each of open, accept (opens tasks), urge, committed; baseline: UPDATE and INSERT by hand"
    own = "one act, committed, median; baseline: what its own statements take"
    return [
        Figure("act.per_s", 1000 * len(mixed) / sum(mixed), "1/s", 1000 * len(hand) / sum(hand), rate),
        Figure("act.open_ms", median(open_ms), "ms", median(open_sql), own),
        Figure("act.accept_ms", median(accept), "ms", median(accept_sql), own),
        Figure("act.urge_ms", median(urge), "ms", median(urge_sql), own),
        Figure("act.p95_ms", p(mixed, 95), "ms", p(hand, 95), rate),
        Figure("act.ms_at_history_10", at_10, "ms", median(hand), "median of 100 urges; baseline: by hand as above"),
        Figure("act.ms_at_history_10000", at_10000, "ms", at_10, "median of 100 urges; baseline: at history 10"),
        Figure("act.ratio_history_10000_to_10", at_10000 / at_10, "ratio", 1.0, "1 = history costs nothing"),
    ]


def _timed(act: Callable[[int], object]) -> tuple[list[float], list[float]]:
    """Return how long each act took, and how much of it its statements took, in milliseconds."""
    inside: list[float] = []

    def watched(execute: Callable[..., object], *call: object) -> object:
        start = time.perf_counter()
        try:
            return execute(*call)
        finally:
            inside[-1] += (time.perf_counter() - start) * 1000

    def one(number: int) -> None:
        inside.append(0.0)
        act(number)

    with connection.execute_wrapper(watched):
        return times_ms(one, COUNT), inside


def _open(pack: Pack, town: Town) -> int:
    number = next(_number)
    new = cases.NewCase(
        pack_id=pack.id, matter=pack.matters[MATTER].id, title=f"第{number}号", subject=f"s{number}",
        region_code=town.region, region_path=town.region_path, grade="yellow", record_ids=(number,),
    )  # fmt: skip
    return cases.case_open(new=new, by=HOUSE, at=START).id


def _by_hand(case_id: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET summary = summary WHERE id = %s", [case_id])
        cursor.execute("INSERT INTO bench_plain (case_id, body) VALUES (%s, %s)", [case_id, "{}" * 100])


def _with_history(case_id: int, length: int) -> int:
    chain = f"case:{case_id}"
    missing = length - len(ledger.lines_of(chain=chain))
    at = START + timedelta(minutes=3)
    lines = [NewLine(chain=chain, act="case.attach_record", body={"record": n}) for n in range(max(0, missing))]
    ledger.lines_append(lines=lines, by=HOUSE, at=at)
    return case_id


def _urges(short: int, long: int, by: Actor) -> tuple[float, float]:
    """Return the median of 100 urges on each case, taken in turn, so that a busy moment hits both alike."""

    def urge(number: int) -> None:
        case_id = (short, long)[number % 2]
        cases.case_urge(case_id=case_id, text="请抓紧", by=by, at=START + timedelta(hours=1, seconds=number))

    took = times_ms(urge, 200)
    return median(took[::2]), median(took[1::2])
