"""Reads the folder ``city`` into one frozen value, and answers questions about it. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from hezhi.edge.demo.behaviours import Behaviour
from hezhi.edge.demo.dice import Dice
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.shapes import (
    Agencies,
    Arrivals,
    CityFile,
    Episode,
    Kind,
    Names,
    Places,
    Regions,
    Responsibility,
    Source,
    Stream,
    Wish,
)
from hezhi.packkit.shape import Shape

S = TypeVar("S", bound=Shape)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Place:
    """One region of the city: ``level`` as in `hezhi.spine.regions.contracts.Level`."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True)
class City:
    """Everything the folder declares."""

    folder: Path
    file: CityFile
    regions: Regions
    places: Places
    names: Names
    kinds: tuple[Kind, ...]
    agencies: Agencies
    responsibilities: tuple[Responsibility, ...]
    sources: Mapping[str, Source]
    arrivals: tuple[Arrivals, ...]
    behaviours: Mapping[str, Behaviour]
    episodes: tuple[Episode, ...]
    wishes: tuple[Wish, ...] = ()
    changed: Mapping[tuple[str, str], Behaviour] = field(default_factory=dict)

    @cached_property
    def dice(self) -> Dice:
        return Dice(self.file.seed)

    @property
    def first_day(self) -> date:
        return self.file.first_day

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.file.days - 1)

    @cached_property
    def tree(self) -> tuple[Place, ...]:
        """Every region, parents first."""
        found = [Place(self.regions.code, self.regions.name.zh, "city", "")]
        for district in self.regions.districts:
            found.append(Place(district.code, district.name.zh, "district", self.regions.code))
            for township in district.townships:
                found.append(Place(township.code, township.name, "township", district.code))
                for number, village in enumerate(township.villages, start=1):
                    code = f"{township.code[:9]}{number:03d}"
                    found.append(Place(code, village, "village", township.code))
                    grids = range(1, self.regions.grids + 1)
                    named = [self.regions.grid_name.format(village=village, number=one) for one in grids]
                    found += [Place(f"{code}{n:03d}", name, "grid", code) for n, name in enumerate(named, start=1)]
        return tuple(found)

    @cached_property
    def by_code(self) -> Mapping[str, Place]:
        return {one.code: one for one in self.tree}

    def of_level(self, level: str, below: str = "") -> list[Place]:
        """Return regions of one level, those below one region only when ``below`` is given."""
        return [one for one in self.tree if one.level == level and (not below or below in self.above(one.code))]

    def above(self, code: str) -> list[str]:
        """Return a region's own code and those above it, nearest first."""
        found = []
        while code:
            found.append(code)
            code = self.by_code[code].parent
        return found

    def stream(self, pack: str, stream: str) -> Stream:
        for arrivals in self.arrivals:
            for one in arrivals.streams:
                if arrivals.pack == pack and one.id == stream:
                    return one
        raise CityInvalid(f"arrivals of {pack} have no stream {stream!r}")

    def with_subjects(self, subjects: Mapping[str, set[tuple[str, str]]]) -> City:
        """Return the city knowing which subjects its episodes are about: episode → (pack, subject)."""
        changed: dict[tuple[str, str], Behaviour] = {}
        for episode in self.episodes:
            if episode.behave:
                plain = self.behaviours[episode.pack].model_dump()
                behaviour = _shaped(Behaviour, {**plain, **episode.behave}, f"episode {episode.id}")
                changed.update(dict.fromkeys(sorted(subjects.get(episode.id, ())), behaviour))
        return replace(self, changed=changed)

    def behaviour_for(self, pack: str, subject: str) -> Behaviour:
        """Return how the pack's matters are dealt with, changed where an episode is about the subject."""
        return self.changed.get((pack, subject), self.behaviours[pack])


def city_read(folder: Path) -> City:
    """Return the city that a folder declares.

    Raises:
        CityInvalid: a file is missing or does not fit its shape; everything wrong with it is told.
    """
    arrivals = tuple(_shaped(Arrivals, data, name) for name, data in _folder(folder / "arrivals"))
    behaviours = [_shaped(Behaviour, data, name) for name, data in _folder(folder / "behaviour")]
    city = City(
        folder=folder,
        file=_one(CityFile, folder / "city.yml"),
        regions=_one(Regions, folder / "regions.yml"),
        places=_one(Places, folder / "places.yml"),
        names=_one(Names, folder / "names.yml"),
        kinds=_many(Kind, folder / "kinds.yml"),
        agencies=_one(Agencies, folder / "agencies.yml"),
        responsibilities=_many(Responsibility, folder / "responsibilities.yml"),
        sources={one.id: one for one in _many(Source, folder / "sources.yml")},
        arrivals=arrivals,
        behaviours={one.pack: one for one in behaviours},
        episodes=tuple(
            _shaped(Episode, one, name) for name, data in _folder(folder / "episodes") for one in _listed(data, name)
        ),
        wishes=_many(Wish, folder / "rights.yml"),
    )
    _check(city)
    return city


def _check(city: City) -> None:
    findings = [
        f"arrivals of {one.pack}: there is no behaviour for it"
        for one in city.arrivals
        if one.pack not in city.behaviours
    ]
    for arrivals in city.arrivals:
        ids = [one.id for one in arrivals.streams]
        for stream in arrivals.streams:
            if stream.door != "form" and stream.source not in city.sources:
                findings.append(f"arrivals of {arrivals.pack}, {stream.id}: there is no source {stream.source!r}")
            if stream.echo and stream.echo.stream not in ids:
                findings.append(
                    f"arrivals of {arrivals.pack}, {stream.id}: echoes by unknown stream {stream.echo.stream!r}"
                )
            if stream.door == "batch" and not stream.hands_in:
                findings.append(f"arrivals of {arrivals.pack}, {stream.id}: a batch needs a time it is handed in")
    villages = {one.name for one in city.of_level("village")}
    for episode in city.episodes:
        for row in episode.rows:
            city.stream(episode.pack, row.stream)
            if row.village not in villages:
                findings.append(f"episode {episode.id}: there is no village {row.village!r}")
    if findings:
        raise CityInvalid(findings=tuple(findings))


def _folder(folder: Path) -> list[tuple[str, Any]]:
    return [(f"{folder.name}/{file.name}", _data(file)) for file in sorted(folder.glob("*.yml"))]


def _data(file: Path) -> Any:
    if not file.is_file():
        raise CityInvalid(f"{file}: there is no such file")
    try:
        return yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506 -- a safe loader
    except yaml.YAMLError as error:
        raise CityInvalid(f"{file}: {error}") from error


def _one(shape: type[S], file: Path) -> S:
    return _shaped(shape, _data(file), file.name)


def _many(shape: type[S], file: Path) -> tuple[S, ...]:
    return tuple(_shaped(shape, one, file.name) for one in _listed(_data(file), file.name))


def _listed(data: Any, name: str) -> list[Any]:
    if not isinstance(data, list):
        raise CityInvalid(f"{name}: should be a list")
    return data


def _shaped(shape: type[S], data: Any, name: str) -> S:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        told = (f"{name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise CityInvalid(findings=tuple(told)) from None
