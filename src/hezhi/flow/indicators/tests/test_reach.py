"""A number is read by whoever may read the whole region that holds the cases it counts, and by nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest

from hezhi.flow.cases.tests.factories import HOUSE, MONDAY, Lamps
from hezhi.flow.indicators import api as indicators
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor, Grant, Right, Scope, ScopeKind
from hezhi.spine.permissions.errors import NotAllowed

CITY = "890000.890100"
HERE, THERE = f"{CITY}.890101", f"{CITY}.890102"
VILLAGES = {"a": f"{HERE}.890101001", "b": f"{HERE}.890101002", "c": f"{THERE}.890102001"}
NUMBERS = count(900_001)


def reader(*paths: str, kind: ScopeKind = ScopeKind.REGION) -> Actor:
    grants = frozenset(Grant(Right.INDICATOR_READ, Scope(kind, path)) for path in paths)
    return Actor("person:1", "读者", person_id=1, grants=grants)


def closed(lamps: Lamps, path: str, *, agency: int = 7, matter: str = "post", on_time: bool = True) -> None:
    """Write the ledger of one case that was opened and closed."""
    region = path.rpartition(".")[2]
    opened = {"region": region, "region_path": path, "matter": matter, "lead": agency}
    done = {"outcome": "unknown", "verdict": "true", "is_on_time": on_time, "is_wrongful": False}
    chain = f"case:{next(NUMBERS)}"
    for act, body in (("case.open", opened), ("case.close", done)):
        ledger.line_append(chain=chain, act=act, by=HOUSE, at=MONDAY, body=body, pack=lamps.pack.stamp)


@pytest.fixture
def city(lamps: Lamps) -> Lamps:
    """Two villages of one county with two cases each, one of another county with three."""
    for name, many in (("a", 2), ("b", 2), ("c", 3)):
        for number in range(many):
            agency = 8 if name == "c" else 7
            closed(lamps, VILLAGES[name], agency=agency, matter="well" if name == "c" else "post", on_time=number > 0)
    indicators.indicators_recompute(at=MONDAY)
    return lamps


@dataclass(frozen=True)
class Seen:
    group: str
    numerator: int
    denominator: int
    is_part: bool


def read(lamps: Lamps, by: Actor, dimension: str = "", indicator: str = "on_time") -> list[Seen]:
    page = indicators.indicators_page(by=by, pack_id=lamps.pack.id, dimension=dimension)
    rows = next(values for declared, values in page if declared.id == indicator)
    return [Seen(one.group, one.numerator, one.denominator, one.is_part) for one in rows]


@pytest.mark.parametrize("by", [reader(CITY), reader("", kind=ScopeKind.EVERYWHERE), reader(HERE, THERE, CITY)])
def test_who_may_read_the_city_reads_its_totals_and_every_group(city: Lamps, by: Actor) -> None:
    assert read(city, by) == [Seen("", 4, 7, False)]
    assert read(city, by, "region") == [
        Seen("890101001", 1, 2, False), Seen("890101002", 1, 2, False), Seen("890102001", 2, 3, False),
    ]  # fmt: skip
    assert read(city, by, "agency") == [Seen("7", 2, 4, False), Seen("8", 2, 3, False)]
    assert read(city, by, "matter") == [Seen("post", 2, 4, False), Seen("well", 2, 3, False)]


def test_a_county_reads_its_own_groups_and_their_sum_never_the_citys_total(city: Lamps) -> None:
    by = reader(HERE)

    assert read(city, by) == [Seen("", 2, 4, True)]
    assert read(city, by, "region") == [Seen("890101001", 1, 2, False), Seen("890101002", 1, 2, False)]
    assert read(city, by, "agency") == [Seen("7", 2, 4, False)]
    assert read(city, by, "matter") == [Seen("post", 2, 4, False)]


def test_a_median_of_the_whole_is_not_told_to_a_part(city: Lamps) -> None:
    assert read(city, reader(CITY), indicator="days") == [Seen("", 7, 7, False)]
    assert read(city, reader(HERE), indicator="days") == []


def test_an_agency_that_works_in_two_counties_is_told_to_neither_alone(city: Lamps) -> None:
    closed(city, VILLAGES["c"], agency=7)
    indicators.indicators_recompute(at=MONDAY)

    assert read(city, reader(HERE), "agency") == []
    assert read(city, reader(THERE), "agency") == [Seen("8", 2, 3, False)]
    assert [one.group for one in read(city, reader(HERE, THERE), "agency")] == ["8"]
    assert [one.group for one in read(city, reader(CITY), "agency")] == ["7", "8"]


def test_a_region_that_only_begins_alike_is_another_one(city: Lamps) -> None:
    by = reader(f"{CITY}.8901")

    assert [read(city, by, dimension) for dimension in ("", "region", "agency", "matter")] == [[], [], [], []]


@pytest.mark.parametrize("kind", [ScopeKind.AGENCY, ScopeKind.CASE])
def test_a_scope_that_is_no_region_shows_nothing(city: Lamps, kind: ScopeKind) -> None:
    by = reader("7", kind=kind)

    assert [read(city, by, dimension) for dimension in ("", "region", "agency", "matter")] == [[], [], [], []]


def test_an_unknown_scope_may_not_even_ask(city: Lamps) -> None:
    for by in (reader(), reader("")):
        with pytest.raises(NotAllowed):
            indicators.indicators_page(by=by, pack_id=city.pack.id)


def test_a_sum_of_few_cases_is_hidden_like_any_number(lamps: Lamps) -> None:
    closed(lamps, VILLAGES["a"])
    closed(lamps, VILLAGES["c"])
    indicators.indicators_recompute(at=MONDAY)

    assert read(lamps, reader(HERE)) == [Seen("", 0, 0, True)]
