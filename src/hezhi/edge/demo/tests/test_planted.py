"""What is planted in the city is found by the detectors that ought to, and by no other."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hezhi.edge.demo.arrivals import Row
from hezhi.edge.demo.city import City, city_read
from hezhi.edge.demo.tests.test_city import planner_of
from hezhi.kit.moments import CITY_ZONE, city_moment
from hezhi.packkit import api as packkit
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import micros
from hezhi.packkit.scans.run import episodes, scan_run
from hezhi.packkit.scans.trial import given_tables
from hezhi.packkit.shape import Pack
from hezhi.project.options import ROOT

PLANTED = [
    path for path in sorted((ROOT / "city/planted").glob("*.yml")) if "cases" in yaml.safe_load(path.read_text("utf-8"))
]
Found = dict[str, set[tuple[str, str]]]


@pytest.fixture(scope="module")
def city() -> City:
    return city_read(ROOT / "city")


@pytest.fixture(scope="module")
def hits_of(city: City, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Found]:
    """Return subject → (detector, moment in the city) of every hit over what arrives whole in the whole replay.

    Of a scan's hits that go on with one another the first is told. Pseudonyms change no hit, so none are made.
    """
    sent = planner_of(city).deliveries()

    @cache
    def found(pack_id: str) -> Found:
        pack = packkit.pack_read(ROOT / "packs" / pack_id)
        rows = [row for one in sent for row in one.rows if row.pack == pack_id and "broken" not in row.tags]
        told: Found = {}
        for subject, detector, at in (
            *counted(pack, rows),
            *scanned(city, pack, rows, tmp_path_factory.mktemp(pack_id)),
        ):
            told.setdefault(subject, set()).add((detector, f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"))
        return told

    return found


def counted(pack: Pack, rows: list[Row]) -> list[tuple[str, str, Any]]:
    told = []
    for detector in pack.detectors:
        shape = pack.record(detector.reads)
        given = [row.values for row in rows if set(shape.fields) >= set(row.values) and shape.key in row.values]
        told += [(hit.subject, detector.id, hit.last_at) for hit in packkit.count_window(pack, detector, given).hits]
    return told


def scanned(city: City, pack: Pack, rows: list[Row], folder: Path) -> list[tuple[str, str, Any]]:
    records = {one.id: one for one in pack.records}
    default = next(one.record for one in city.arrivals if one.pack == pack.id)
    kept: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        kept.setdefault(city.stream(pack.id, row.stream).record or default, {})[row.key] = dict(row.values)
    tables = given_tables({name: tuple(own.values()) for name, own in kept.items()}, records, folder)
    span = Span(micros(city_moment(city.first_day, 0)), micros(city_moment(city.last_day, 23, 59)))
    engine = DuckEngine(threads=1)
    try:
        return [
            (one.subject, scan.id, one.first.at)
            for scan in pack.scans
            for one in episodes(scan, scan_run(engine, scan, records, tables, span, span.end))
        ]
    finally:
        engine.close()


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_planted_cases_are_found_by_the_detector_that_ought_to(
    city: City, hits_of: Callable[[str], Found], path: Path
) -> None:
    told = yaml.safe_load(path.read_text("utf-8"))
    assert {one["id"] for one in told["cases"]} == {one.id for one in city.episodes if one.pack == told["pack"]}

    found = hits_of(told["pack"])

    wanted = {one["subject"]: {(one["found_by"], one["at"])} if one["found_by"] else set() for one in told["cases"]}
    assert {subject: found.get(subject, set()) for subject in wanted} == wanted


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_what_is_planted_and_not_found_says_why(path: Path) -> None:
    cases = yaml.safe_load(path.read_text("utf-8"))["cases"]

    assert [one["id"] for one in cases if not one["found_by"] and not one.get("why")] == []
    assert {one["truth"] for one in cases} <= {"true", "false", "harmless", "unknown"}


@pytest.mark.parametrize("pack_id", ["finance_tricolour", "netcrime_source"])
def test_nothing_else_that_arrives_looks_like_money_or_fraud(hits_of: Callable[[str], Found], pack_id: str) -> None:
    told = yaml.safe_load((ROOT / f"city/planted/{pack_id}.yml").read_text("utf-8"))
    subjects = {one["subject"] for one in told["cases"]}

    more = [
        (subject, detector)
        for subject, hits in hits_of(pack_id).items()
        for detector, _ in hits
        if subject not in subjects and detector != told.get("weak")
    ]

    assert more == []


def test_the_weak_detector_fires_often_and_on_shops_alone(hits_of: Callable[[str], Found]) -> None:
    hits = [
        (subject, at)
        for subject, own in hits_of("finance_tricolour").items()
        for detector, at in own
        if detector == "whole_thousands"
    ]

    assert {subject for subject, _ in hits} == {f"99003000000{number}" for number in range(1, 6)}
    assert len(hits) >= 30


def test_the_flows_of_the_city_are_few(city: City) -> None:
    rows = [row for row in planner_of(city).rows if row.stream in ("flows", "shops")]

    assert 1000 < len(rows) <= 3000
