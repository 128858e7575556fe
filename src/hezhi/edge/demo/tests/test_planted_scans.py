"""What is planted for detectors over the lake is found by them, and what looks like it stays silent.

Rows are planned as they leave their sources, without troubles on the way; pseudonyms change no hit, so none are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hezhi.edge.demo.city import city_read
from hezhi.edge.demo.tests.test_city import planner_of
from hezhi.kit.moments import city_moment
from hezhi.packkit import api as packkit
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import micros
from hezhi.packkit.scans.run import Episode, episodes, scan_run
from hezhi.packkit.scans.trial import given_tables
from hezhi.project.options import ROOT

TOLD = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "city/planted").glob("*.yml"))}
PLANTED = {pack: told for pack, told in TOLD.items() if "found" in told}
FOUND = [(pack, one) for pack, told in PLANTED.items() for one in told["found"]]
SILENT = [
    (pack, one, detector) for pack, told in PLANTED.items() for one in told["silent"] for detector in one["detectors"]
]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    one = DuckEngine(threads=1)
    yield one
    one.close()


@cache
def rows_of(pack_id: str) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the usable rows of the whole replay by record kind, each once."""
    city = city_read(ROOT / "city")
    kept: dict[str, dict[str, dict[str, Any]]] = {}
    default = next(one.record for one in city.arrivals if one.pack == pack_id)
    for row in planner_of(city).rows:
        if row.pack == pack_id and "broken" not in row.tags:
            kept.setdefault(city.stream(pack_id, row.stream).record or default, {})[row.key] = dict(row.values)
    return {record: tuple(rows.values()) for record, rows in kept.items()}


@pytest.fixture(scope="module")
def looked(engine: DuckEngine, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run one detector over the whole replay, as known at its end."""
    city = city_read(ROOT / "city")
    span = Span(micros(city_moment(city.first_day, 0)), micros(city_moment(city.last_day, 23, 59)))
    tables: dict[str, Any] = {}

    @cache
    def run(pack_id: str, detector: str) -> tuple[Episode, ...]:
        pack = packkit.pack_read(ROOT / "packs" / pack_id)
        records = {one.id: one for one in pack.records}
        if pack_id not in tables:
            folder: Path = tmp_path_factory.mktemp(pack_id)
            tables[pack_id] = given_tables(rows_of(pack_id), records, folder)
        scan = pack.scan(detector)
        return tuple(episodes(scan, scan_run(engine, scan, records, tables[pack_id], span, span.end)))

    return run


@pytest.mark.parametrize(("pack_id", "case"), FOUND, ids=[one["id"] for _, one in FOUND])
def test_a_planted_case_is_found_by_its_detector_in_its_days(pack_id: str, case: dict[str, Any], looked: Any) -> None:
    found = [one for one in looked(pack_id, case["detector"]) if one.subject == case["subject"]]

    assert found, f"{case['id']} is not found by {case['detector']}"


@pytest.mark.parametrize(
    ("pack_id", "case", "detector"), SILENT, ids=[f"{one['id']}-{name}" for _, one, name in SILENT]
)
def test_what_only_looks_like_it_stays_silent(pack_id: str, case: dict[str, Any], detector: str, looked: Any) -> None:
    assert [one for one in looked(pack_id, detector) if one.subject == case["subject"]] == []


@pytest.mark.parametrize("pack_id", list(PLANTED))
def test_detectors_meant_to_be_right_find_nothing_but_what_was_planted(pack_id: str, looked: Any) -> None:
    told = PLANTED[pack_id]
    meant = {(one["detector"], one["subject"]) for one in told["found"]}
    pack = packkit.pack_read(ROOT / "packs" / pack_id)

    more = {
        (scan.id, one.subject) for scan in pack.scans if scan.id != told.get("weak") for one in looked(pack_id, scan.id)
    } - meant

    assert more == set()


def test_the_weak_detector_fires_often_and_on_shops_alone(looked: Any) -> None:
    found = looked("finance_tricolour", "whole_thousands")

    assert {one.subject for one in found} == {f"99003000000{number}" for number in range(1, 6)}
    assert len(found) >= 30


def test_the_planted_flows_are_few() -> None:
    assert len(rows_of("finance_tricolour")["account_flow"]) <= 3000


@pytest.mark.parametrize("pack_id", list(PLANTED))
def test_a_pack_brings_few_rows(pack_id: str) -> None:
    assert 0 < sum(map(len, rows_of(pack_id).values())) <= 3000


@pytest.mark.parametrize("pack_id", list(PLANTED))
def test_every_row_is_one_that_intake_accepts(pack_id: str) -> None:
    pack = packkit.pack_read(ROOT / "packs" / pack_id)
    matters = [one.id for one in pack.matters]
    problems = [
        (record, problem.field, problem.cause.en)
        for record, rows in rows_of(pack_id).items()
        for row in rows
        for problem in packkit.values_check(pack.record(record).fields, row, matters=matters).problems
    ]

    assert problems == []
