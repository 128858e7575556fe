"""Writes the city into the house through its doors: places, agencies, people, duties, sources, the catalogue.

Loading again adds what is missing and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hezhi.edge.demo import peopling, samples
from hezhi.edge.demo.city import City
from hezhi.edge.demo.tokens import token_keep
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import ResponsibilityLine
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.kit.moments import city_moment, day_of
from hezhi.packkit import api as packkit
from hezhi.spine.calendar import api as calendar
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.regions import api as regions
from hezhi.spine.regions.contracts import RegionSeed

FOUNDER = Actor.system("founder")


@dataclass(frozen=True)
class Loaded:
    """What loading added; all zero the second time."""

    regions: int
    agencies: int
    people: int
    duties: int
    sources: int


def city_load(city: City, *, at: datetime) -> Loaded:
    """Load the whole city as it stands the day before its first day.

    Raises:
        CityInvalid and what the doors raise; parts loaded before stay.
    """
    calendar.calendar_seed()
    province = f"{city.regions.code[:2]}0000"
    seeds = [RegionSeed(one.code, one.name, one.parent) for one in city.tree]
    if province not in regions.regions_get([province]):
        seeds.insert(0, RegionSeed(province, city.regions.province))
    new_regions = regions.regions_load(rows=seeds, by=FOUNDER, at=at).added
    detection.lake_key_ready()
    offices = peopling.offices(city)
    count = people.people_load(
        agencies=[AgencySeed(one.code, one.name, one.kind, one.region, one.parent) for one in offices],
        officers=_officers(city, offices),
        from_on=city.first_day - timedelta(days=365),
        by=FOUNDER,
        at=at,
    )
    samples.samples_put(at=at)
    return Loaded(
        regions=new_regions,
        agencies=count.agencies,
        people=count.people,
        duties=_duties(city, at),
        sources=_sources(city, at) + _catalogue(city, at),
    )


def province_load(folder: Path, *, at: datetime) -> int:
    """Load the real province from the public table that set-up fetched; return how many regions are new."""
    return regions.regions_load_zhejiang(folder=folder, by=FOUNDER, at=at).added


def _officers(city: City, offices: list[peopling.Office]) -> list[OfficerSeed]:
    signed = {}
    for account in city.agencies.accounts:
        found = peopling.holder(offices, account)
        assert found is not None  # peopling has checked it
        signed[found[0].code, found[1]] = account.username
    seeds = []
    for office in offices:
        for seat in office.seats:
            for name in seat.names:
                username = signed.get((office.code, name), "")
                seeds.append(
                    OfficerSeed(
                        username=username or f"p{len(seeds) + 1:04d}",
                        name=name,
                        agency_code=office.code,
                        role=Role(seat.role),
                        title=seat.title,
                        region_code=seat.region,
                        password=city.file.demo_password if username else "",
                    )
                )
    return seeds


def _duties(city: City, at: datetime) -> int:
    """Let the holders of a role take turns; days that have somebody already are left as they are."""
    added = 0
    first, last = city_moment(city.first_day, 0), city_moment(city.last_day + timedelta(days=31), 0)
    for rule in city.agencies.duty:
        for agency in people.agencies_of_kind(rule.kind, on=city.first_day):
            holders = people.officers(agency_id=agency.id, role=Role(rule.role), at=first)
            known = people.duties_of(agency_id=agency.id, from_at=first, to_at=last)
            begins = max([first, *(one.to_at for one in known if one.role == rule.role)])
            while holders and begins < last:
                turn = (day_of(begins) - city.first_day).days // rule.days
                ends = city_moment(city.first_day + timedelta(days=(turn + 1) * rule.days), 0)
                people.duty_set(
                    agency_id=agency.id, role=Role(rule.role), person_id=holders[turn % len(holders)].id,
                    from_at=begins, to_at=ends, by=FOUNDER, at=at,
                )  # fmt: skip
                begins, added = ends, added + 1
    return added


def _sources(city: City, at: datetime) -> int:
    known = {one.code for one in intake.sources_all(by=FOUNDER)}
    packs = set(packkit.shelf().ids())
    new = [one for one in city.sources.values() if one.id not in known and one.pack in packs]
    for one in new:
        _, token = intake.source_create(
            code=one.id, name=one.name.zh, pack_id=one.pack, kind=one.record, by=FOUNDER, at=at
        )
        token_keep(one.id, token)
    return len(new)


def _catalogue(city: City, at: datetime) -> int:
    packs = set(packkit.shelf().ids())
    lines = [
        ResponsibilityLine(one.pack, one.matter, one.region, one.lead, one.co, one.support, one.basis)
        for one in city.responsibilities
        if one.pack in packs
    ]
    return cases.responsibilities_load(lines=lines, by=FOUNDER, at=at)


def accounts_told(city: City) -> list[Mapping[str, str]]:
    """Return the demo accounts for printing: username, password, what for."""
    return [
        {"username": one.username, "password": city.file.demo_password, "zh": one.says.zh, "en": one.says.en}
        for one in city.agencies.accounts
    ]
