"""What is planted in the city is found by the detectors that ought to, and by no other."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hezhi.edge.demo.city import City, city_read
from hezhi.edge.demo.tests.test_city import planner_of
from hezhi.kit.moments import CITY_ZONE
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.project.options import ROOT

PLANTED = [
    path for path in sorted((ROOT / "city/planted").glob("*.yml")) if "cases" in yaml.safe_load(path.read_text())
]


@pytest.fixture(scope="module")
def city() -> City:
    return city_read(ROOT / "city")


def hits_of(city: City, pack: Pack) -> dict[str, set[tuple[str, str]]]:
    """Return subject → (detector, moment in the city) of every hit over what arrives whole."""
    found: dict[str, set[tuple[str, str]]] = {}
    rows = [row for one in planner_of(city).deliveries() for row in one.rows if row.pack == pack.id]
    for detector in pack.detectors:
        if not hasattr(detector, "reads"):
            continue
        shape = pack.record(detector.reads)
        given = [row.values for row in rows if "broken" not in row.tags and set(shape.fields) >= set(row.values)]
        keyed = [values for values in given if shape.key in values]
        for hit in packkit.count_window(pack, detector, keyed).hits:
            at = hit.last_at.astimezone(CITY_ZONE)
            found.setdefault(hit.subject, set()).add((detector.id, f"{at:%Y-%m-%d %H:%M}"))
    return found


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_planted_cases_are_found_by_the_detector_that_ought_to(city: City, path: Any) -> None:
    told = yaml.safe_load(path.read_text())
    pack = packkit.Shelf([ROOT / "packs"]).get(told["pack"])
    episodes = {one.id for one in city.episodes if one.pack == pack.id}
    assert {one["id"] for one in told["cases"]} == episodes

    found = hits_of(city, pack)

    wanted = {one["subject"]: {(one["found_by"], one["at"])} if one["found_by"] else set() for one in told["cases"]}
    assert {subject: found.get(subject, set()) for subject in wanted} == wanted


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_what_is_planted_and_not_found_says_why(path: Any) -> None:
    cases = yaml.safe_load(path.read_text())["cases"]

    assert [one["id"] for one in cases if not one["found_by"] and not one.get("why")] == []
    assert {one["truth"] for one in cases} <= {"true", "false", "harmless", "unknown"}
