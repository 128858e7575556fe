"""What is planted in the city is found by the detectors that ought to, what looks like it stays silent, and it is told.

Rows are planned as they leave their sources. Pseudonyms change no hit, so none are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hezhi.edge.demo.arrivals import Planner, Row
from hezhi.edge.demo.city import City, city_read
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.planted import Case, Outcome, Planted, outcome_of, planted_read, rows_of
from hezhi.edge.demo.tests.test_city import planner_of
from hezhi.flow.detection.contracts import HitRow, RunRow
from hezhi.kit.moments import CITY_ZONE, city_moment, day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import micros
from hezhi.packkit.scans.run import episodes, scan_run
from hezhi.packkit.scans.trial import given_tables
from hezhi.project.options import ROOT

PLANTED = planted_read(ROOT / "city/planted")
CASES = [(one, case) for one in PLANTED for case in one.cases]
FOUND = [(one, case) for one, case in CASES if case.found_by]
QUIET = [(one, case) for one, case in CASES if not case.found_by]


@dataclass(frozen=True)
class Hit:
    """What one detector found: when it became due, and the last moment that went on with it."""

    subject: str
    detector: str
    at: datetime
    last_at: datetime


def named(cases: list[tuple[Planted, Case]]) -> Any:
    return pytest.mark.parametrize(("planted", "case"), cases, ids=[case.id for _, case in cases])


def of_each_pack(wanted: Callable[[Planted], bool] = lambda _: True) -> Any:
    return pytest.mark.parametrize("planted", [one for one in PLANTED if wanted(one)], ids=lambda one: one.pack)


@pytest.fixture(scope="module")
def city() -> City:
    return city_read(ROOT / "city")


@pytest.fixture(scope="module")
def planner(city: City) -> Planner:
    return planner_of(city)


@pytest.fixture(scope="module")
def sent(planner: Planner) -> dict[str, list[Row]]:
    """Every usable row of the whole replay that is delivered, by pack."""
    found: dict[str, list[Row]] = {}
    for row in (row for one in planner.deliveries() for row in one.rows if "broken" not in row.tags):
        found.setdefault(row.pack, []).append(row)
    return found


@pytest.fixture(scope="module")
def hits_of(
    city: City, planner: Planner, sent: dict[str, list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[Hit]]:
    """Return every hit of a pack's detectors over the whole replay, as known at its end."""

    @cache
    def found(pack_id: str) -> list[Hit]:
        return [
            *counted(pack_id, sent[pack_id]),
            *scanned(city, pack_id, kept(planner, sent[pack_id]), folder(pack_id)),
        ]

    def folder(pack_id: str) -> Path:
        return tmp_path_factory.mktemp(pack_id)

    return found


def counted(pack_id: str, rows: list[Row]) -> Iterator[Hit]:
    pack = packkit.pack_read(ROOT / "packs" / pack_id)
    for detector in pack.detectors:
        shape = pack.record(detector.reads)
        given = [row.values for row in rows if set(shape.fields) >= set(row.values) and shape.key in row.values]
        for hit in packkit.count_window(pack, detector, given).hits:
            yield Hit(hit.subject, detector.id, hit.last_at, hit.last_at)


def kept(planner: Planner, rows: list[Row]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return rows by record kind and key, the newest of each."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(planner.shape_of(row).id, {})[row.key] = dict(row.values)
    return found


def scanned(city: City, pack_id: str, rows: dict[str, dict[str, dict[str, Any]]], folder: Path) -> Iterator[Hit]:
    pack = packkit.pack_read(ROOT / "packs" / pack_id)
    records = {one.id: one for one in pack.records}
    tables = given_tables({kind: tuple(own.values()) for kind, own in rows.items()}, records, folder)
    span = Span(micros(city_moment(city.first_day, 0)), micros(city_moment(city.last_day, 23, 59)))
    engine = DuckEngine(threads=1)
    try:
        for scan in pack.scans:
            for one in episodes(scan, scan_run(engine, scan, records, tables, span, span.end)):
                yield Hit(one.subject, scan.id, one.first.at, one.last.at)
    finally:
        engine.close()


@named(FOUND)
def test_a_planted_case_is_found_by_the_detector_that_ought_to_and_when(
    planted: Planted, case: Case, hits_of: Callable[[str], list[Hit]]
) -> None:
    hits = [hit for hit in hits_of(planted.pack) if hit.subject == case.subject]

    if case.at:
        assert {(hit.detector, f"{hit.at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}") for hit in hits} == {
            (case.found_by, case.at)
        }
    else:
        assert case.from_on and case.to_on
        days = [(day_of(hit.at), day_of(hit.last_at)) for hit in hits if hit.detector == case.found_by]
        assert [one for one in days if one[0] <= case.to_on and one[1] >= case.from_on], days


@named(QUIET)
def test_what_only_looks_like_it_stays_silent(
    planted: Planted, case: Case, hits_of: Callable[[str], list[Hit]]
) -> None:
    hits = {hit.detector for hit in hits_of(planted.pack) if hit.subject == case.subject}

    assert (hits & set(case.silent) if case.silent else hits) == set()
    assert case.silent or case.why, "what no detector finds says why"


@of_each_pack(lambda one: one.only)
def test_detectors_meant_to_be_right_find_nothing_but_what_was_planted(
    planted: Planted, hits_of: Callable[[str], list[Hit]]
) -> None:
    found = {(hit.detector, hit.subject) for hit in hits_of(planted.pack) if hit.detector != planted.weak}

    assert found == {(case.found_by, case.subject) for case in planted.cases if case.found_by}


@of_each_pack(lambda one: bool(one.weak))
def test_the_weak_detector_fires_often_and_on_shops_alone(
    planted: Planted, hits_of: Callable[[str], list[Hit]]
) -> None:
    hits = [hit for hit in hits_of(planted.pack) if hit.detector == planted.weak]

    assert {hit.subject for hit in hits} == {f"99003000000{number}" for number in range(1, 6)}
    assert len(hits) >= 30


@of_each_pack()
def test_every_case_has_rows_of_its_own_and_every_episode_is_told_of(
    planted: Planted, city: City, sent: dict[str, list[Row]]
) -> None:
    assert [case.id for case in planted.cases if not rows_of(case, sent[planted.pack])] == []
    told_of = {case.episode or case.id for case in planted.cases} | set(planted.around)
    assert {one.id for one in city.episodes if one.pack == planted.pack} == told_of


@of_each_pack()
def test_a_pack_brings_few_rows_that_intake_accepts(
    planted: Planted, planner: Planner, sent: dict[str, list[Row]]
) -> None:
    pack = packkit.pack_read(ROOT / "packs" / planted.pack)
    matters = [one.id for one in pack.matters]
    kinds = kept(planner, sent[planted.pack])

    assert 0 < sum(map(len, kinds.values())) <= 3000
    assert [
        (kind, problem.field, problem.cause.en)
        for kind, rows in kinds.items()
        for row in rows.values()
        for problem in packkit.values_check(pack.record(kind).fields, row, matters=matters).problems
    ] == []


# what is told


AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
DUE = Case(id="one", what="three", subject="a|b", found_by="often", truth="true")
LOOKS = Case(id="one", what="two", subject="a|b", silent=("often",), truth="harmless")


def row(number: int, *, at: datetime = AT, **values: str) -> Row:
    return Row("demo", "stream", f"ONE-1-00{number}", at, "", values or {"x": "a", "y": "b"})


def hit(detector: str, *record_ids: int) -> HitRow:
    return HitRow(
        1, "demo@1", "demo", "", detector, "k:1", "", "", "", "", "red", (), record_ids, len(record_ids), AT, AT, AT,
        False, AT, None,
    )  # fmt: skip


def run(**change: Any) -> RunRow:
    told = RunRow(1, "demo@1", "demo", "often", "duckdb", 1, AT + timedelta(hours=1), 0, 0, 0, 1, "", False)
    return replace(told, **change)


def told(case: Case, *hits: HitRow, **change: Any) -> tuple[Outcome, str]:
    given: dict[str, Any] = {
        "rows": [row(1), row(2)], "ids": {"ONE-1-001": 7, "ONE-1-002": 8}, "runs": {"often": run()},
        "at": AT + timedelta(days=1), **change,
    }  # fmt: skip
    one = outcome_of("demo", case, hits=hits, **given)
    return one.outcome, one.because


def test_a_case_is_recognised_by_its_rows_and_told_with_the_reason() -> None:
    assert told(DUE, hit("often", 8, 9)) == (Outcome.FOUND, "")
    assert told(DUE, hit("other", 8)) == (Outcome.MISSED, "all its rows were looked at, and the detector does not hit")
    assert told(DUE, hit("often", 9), ids={"ONE-1-002": 8}) == (
        Outcome.MISSED,
        "1 of its 2 rows are no accepted records, ONE-1-001 first",
    )
    assert told(DUE, runs={"often": run(error="no column")}) == (Outcome.MISSED, "the newest run failed: no column")
    assert told(DUE, runs={"often": run(as_of=AT - timedelta(hours=1))}) == (
        Outcome.MISSED,
        "the newest run looked at 2026-06-01 03:00 UTC, before its last row",
    )
    assert told(DUE, at=AT - timedelta(days=1)) == (Outcome.WAITING, "the last on 2026-06-01")


def test_what_looks_like_a_case_is_told_as_a_mistake_only_where_it_was_to_be_silent() -> None:
    assert told(LOOKS) == (Outcome.SILENT, "")
    assert told(LOOKS, at=AT - timedelta(days=1)) == (Outcome.WAITING, "the last on 2026-06-01")
    assert told(LOOKS, hit("other", 7)) == (Outcome.SILENT, "")
    assert told(LOOKS, hit("often", 7)) == (Outcome.WRONG, "by often")
    assert told(LOOKS.model_copy(update={"silent": ()}), hit("other", 7)) == (Outcome.WRONG, "by other")


def test_a_true_case_that_no_detector_finds_is_told_as_missed_with_its_reason() -> None:
    case = Case(id="one", what="three", subject="a|b", truth="true", why="written in two ways")

    assert told(case) == (Outcome.MISSED, "written in two ways")
    assert [case.id for _, case in QUIET if case.truth == "true"] == ["eco_two_names"]


def test_a_case_has_the_rows_that_hold_its_subject_and_all_of_its_episode_where_none_does() -> None:
    rows = [row(1, x="a", y="b"), row(2, x="a", y="c"), Row("demo", "s", "ONE-X-1", AT, "", {"x": "a", "y": "b"})]

    assert [one.key for one in rows_of(DUE, rows)] == ["ONE-1-001", "ONE-X-1"]
    assert len(rows_of(DUE.model_copy(update={"subject": "z"}), rows)) == 3


def test_a_file_that_does_not_fit_is_told_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "demo.yml").write_text("pack: demo\ncases: [{id: a, what: b, subject: c, truth: perhaps}]\n")

    with pytest.raises(CityInvalid) as refused:
        planted_read(tmp_path)

    assert [one for one in refused.value.findings if one.startswith("demo.yml: cases.0.truth")]


def test_days_of_a_case_are_days() -> None:
    [case] = [case for _, case in CASES if case.id == "GR-2"]

    assert (case.from_on, case.to_on) == (date(2026, 5, 25), date(2026, 6, 25))
