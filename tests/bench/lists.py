"""How long a restricted user waits for a page of cases, among 100,000 and among 1,030,000.

Readers are handlers (own agency) and coordinators (own district and agency); each asks for the open list, the
overdue list and the list of everything (`city` says among what). Baseline: the same page by one query written by
hand, fetched but not turned into anything. The reader asks as the web's database role, by row policies.
Before anything is timed, both must show the same cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from tests.bench.city import MOST, City, Reader, cases_fill, city_make
from tests.bench.figures import Figure, median, p, times_ms
from tests.bench.untrusted import without_sealing

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseFilter
from hezhi.spine.guard import api as guard

SIZES = (100_000, MOST)
HAND = """
SELECT c.*, l.name, o.name FROM cases_case c JOIN people_agency o ON o.id = c.owner_agency_id
LEFT JOIN people_agency l ON l.id = c.lead_agency_id WHERE {} AND {} ORDER BY {} LIMIT 51
"""


@dataclass(frozen=True)
class Asked:
    """One of the lists, as the door, the page and the query by hand are asked for it."""

    wanted: CaseFilter
    query: str
    where: str
    order: str


OPEN = Asked(CaseFilter(), "", "c.state <> 'closed'", "c.due_at, c.id")
OVERDUE = Asked(
    CaseFilter(is_overdue=True),
    "?overdue=1",
    "c.state NOT IN ('closed', 'suspended') AND c.due_at <= now() AND c.waiting_until IS NULL",
    "c.due_at, c.id",
)
EVERYTHING = Asked(CaseFilter(is_open=None), "?show=all", "true", "c.id DESC")


def measure() -> list[Figure]:
    city = city_make(datetime.now(UTC))
    figures, there = [], 0
    for size in SIZES:
        cases_fill(city, first=there + 1, last=size)
        figures += _figures(city, size)
        there = size
    return figures


def _figures(city: City, size: int) -> list[Figure]:
    asked = [(reader, one) for one in (OPEN, OVERDUE, EVERYTHING) for reader in city.readers]
    rare = [(reader, EVERYTHING) for reader in city.few]
    _must_agree([*asked, *rare])  # and warms up
    took, hand, page = _times(_by_door, asked, 2), _times(_by_hand, asked, 2), _times(_by_page, asked, 2)
    untrusted = _times(_untrusted, asked, 2)
    few, few_hand = _times(_by_door, rare, 20), _times(_by_hand, rare, 20)
    note = "30 handlers, 10 coordinators: open, overdue, everything; baseline: the same by one query by hand each"
    whole = "the same as whole pages: session, rights, rows, HTML; baseline: as above"
    on_off = (
        f"median of the list with policies and sealing ({median(took):.1f} ms) to without ({median(untrusted):.1f} ms)"
    )
    names = [f"trust.list_ratio_on_off_at_{size}", *(["trust.list_ratio_on_off"] if size == MOST else [])]
    odd = "everything, for an agency without a case and one without a recent one; baseline: as above"
    return [
        Figure(f"case_list.p50_ms_at_{size}", median(took), "ms", median(hand), note),
        Figure(f"case_list.p95_ms_at_{size}", p(took, 95), "ms", p(hand, 95), note),
        Figure(f"case_list.page_p50_ms_at_{size}", median(page), "ms", median(hand), whole),
        Figure(f"case_list.page_p95_ms_at_{size}", p(page, 95), "ms", p(hand, 95), whole),
        Figure(f"case_list.few_p95_ms_at_{size}", p(few, 95), "ms", p(few_hand, 95), odd),
        *(Figure(name, median(took) / median(untrusted), "ratio", 1.0, on_off) for name in names),
    ]


def _by_door(reader: Reader, one: Asked) -> list[int]:
    with guard.asking():
        guard.asked_by(reader.actor)
        return _unguarded(reader, one)


def _unguarded(reader: Reader, one: Asked) -> list[int]:
    return [row.id for row in cases.case_page(by=reader.actor, wanted=one.wanted, at=datetime.now(UTC))]


def _untrusted(reader: Reader, one: Asked) -> list[int]:
    with without_sealing():
        return _unguarded(reader, one)


def _by_hand(reader: Reader, one: Asked) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(HAND.format(one.where, reader.mine, one.order))
        return [row[0] for row in cursor.fetchall()][:50]


def _by_page(reader: Reader, one: Asked) -> bytes:
    answer = reader.browser.get(f"/cases/{one.query}")
    if answer.status_code != 200:
        raise RuntimeError(f"the page of {reader.actor.ref} answers {answer.status_code}")
    return answer.content


def _times(way: Callable[[Reader, Asked], object], asked: Sequence[tuple[Reader, Asked]], rounds: int) -> list[float]:
    return times_ms(lambda n: way(*asked[n % len(asked)]), len(asked) * rounds)


def _must_agree(asked: Sequence[tuple[Reader, Asked]]) -> None:
    for reader, one in asked:
        found, by_hand = _by_door(reader, one), _by_hand(reader, one)
        if found != by_hand:
            raise RuntimeError(f"{reader.actor.name} is shown other cases than by hand: {one.query or 'open'}")
        page = _by_page(reader, one).decode()
        if not all(f"/cases/{case_id}/" in page for case_id in found):
            raise RuntimeError(f"{reader.actor.name} misses cases on the page: {one.query or 'open'}")
