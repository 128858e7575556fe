"""Works out what arrives, when and by which door, for the whole replay at once. Plain Python.

Every row hangs on the seed, its stream, its day and its place in the day, and on nothing else, so the
same city always gets the same rows, whatever was already taken in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from hezhi.edge.demo.city import City
from hezhi.edge.demo.hours import Hours
from hezhi.edge.demo.making import Making
from hezhi.edge.demo.shapes import Arrivals, Echo, Episode, EpisodeRow, Stream, Tale
from hezhi.kit.moments import CITY_ZONE, city_moment, day_of
from hezhi.packkit.shape import Record

Shapes = Mapping[tuple[str, str], Record]  # (pack, record) → its shape


@dataclass(frozen=True)
class Row:
    """One row on its way. ``values`` is what the source sends, under field ids; ``at`` is when it leaves it."""

    pack: str
    stream: str
    key: str
    at: datetime
    village: str
    values: Mapping[str, Any]
    truth: str = ""  # the matter its writer had in mind, where that is known
    tags: tuple[str, ...] = ()  # why it is special: echo, late, broken, corrected, resent, changed


@dataclass(frozen=True)
class Delivery:
    """What is handed in at one moment: rows of one stream. ``is_bent``: its file has a wrong layout."""

    at: datetime
    key: str
    pack: str
    stream: str
    rows: tuple[Row, ...]
    is_bent: bool = False


class Planner:
    """Plans the arrivals of one city."""

    def __init__(self, city: City, shapes: Shapes, hours: Mapping[str, Hours], samples: Mapping[str, str]) -> None:
        self._city, self._shapes, self._hours, self._samples = city, shapes, hours, samples

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries in their order in time."""
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            rows.setdefault((row.pack, row.stream), []).append(row)
        found: list[Delivery] = []
        for (pack, name), sent in rows.items():
            stream = self._city.stream(pack, name)
            found.extend(_handed_in(stream, pack, sent, self._city) if stream.hands_in else _singly(pack, sent))
        return sorted(found, key=lambda one: (one.at, one.key))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every row that leaves a source on a day of the replay."""
        first, last = self._city.first_day, self._city.last_day
        return tuple(row for row in self._all_rows() if first <= day_of(row.at) <= last)

    @cached_property
    def _villages(self) -> dict[str, float]:
        """How much happens in each village, by code."""
        return {one.code: self._weight(one.code) for one in self._city.of_level("village")}

    def _all_rows(self) -> Iterator[Row]:
        for arrivals in self._city.arrivals:
            for stream in arrivals.streams:
                for number in range(self._city.file.days):
                    yield from self._day(arrivals, stream, self._city.first_day + timedelta(days=number))
        for episode in self._city.episodes:
            for line, wanted in enumerate(episode.rows):
                yield from self._episode(episode, line, wanted)

    def _day(self, arrivals: Arrivals, stream: Stream, on: date) -> Iterator[Row]:
        dice, words = self._city.dice, (arrivals.pack, stream.id, on)
        is_working = self._hours["office"].is_on(on)
        mean = stream.per_day["working" if is_working else "resting"]
        for number in range(dice.count(mean, *words, "count")):
            here = (*words, number)
            opens = self._hours[stream.hours].after(city_moment(on, 0), 0)
            if day_of(opens) != on:
                return
            at = self._hours[stream.hours].after(
                opens, self._hours[stream.hours].length * 0.98 * dice.roll(*here, "at")
            )
            key = f"{stream.id}-{on:%Y%m%d}-{number + 1:03d}".upper()
            village = dice.weighted(self._villages, *here, "village")
            row = self._row(arrivals, stream, here, key=key, at=at, village=village)
            yield from self._with_troubles(arrivals, stream, here, row)

    def _weight(self, village: str) -> float:
        above = self._city.above(village)
        return next(one.weight for one in self._city.regions.districts if one.code in above)

    def _row(
        self, arrivals: Arrivals, stream: Stream, words: tuple[object, ...], *, key: str, at: datetime, village: str,
        kept: Mapping[str, Any] | None = None, fields: Mapping[str, Any] | None = None, is_late: bool = False,
        tale: Tale | None = None,
    ) -> Row:  # fmt: skip
        shape, dice = self._shapes[arrivals.pack, stream.record or arrivals.record], self._city.dice
        tale = tale or self._tale(arrivals, words)
        ago = dice.triangle(*(stream.late_hours if is_late else stream.seen_before), *words, "seen")
        happened = at - timedelta(minutes=max(1, round(ago * 60)))
        facts = {"key": key, "village": self._city.by_code[village].name, "truth": tale.truth, **(kept or {})}
        township = self._city.by_code[village].parent
        making = Making(self._city, township, at, words, facts, self._samples)
        specs = {**arrivals.fields, **tale.fields, **stream.fields, **(fields or {}), **(kept or {})}
        wanted = {name: spec for name, spec in specs.items() if name in shape.fields}
        values: dict[str, Any] = {shape.key: key, shape.place: village}
        values[shape.happened] = happened.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M")
        values.update(making.all_of({**wanted, **stream.extra}))
        tags = ("late",) if is_late else ()
        return Row(arrivals.pack, stream.id, key, at, str(values[shape.place]), values, tale.truth, tags)

    def _tale(self, arrivals: Arrivals, words: tuple[object, ...]) -> Tale:
        if not arrivals.tales:
            return Tale(truth="", fields={})
        weights = {number: one.weight for number, one in enumerate(arrivals.tales)}
        return arrivals.tales[self._city.dice.weighted(weights, *words, "tale")]

    def _with_troubles(self, arrivals: Arrivals, stream: Stream, words: tuple[object, ...], row: Row) -> Iterator[Row]:
        """Yield the row as it really comes: late, broken and sent again, twice, changed, or echoed by others."""
        dice = self._city.dice
        if dice.roll(*words, "late?") < stream.late_share:
            row = self._row(arrivals, stream, words, key=row.key, at=row.at, village=row.village, is_late=True)
        broken = stream.broken
        if broken and dice.roll(*words, "broken?") < broken.share:
            way = dice.one_of(broken.ways, *words, "broken")
            spoilt = {name: value for name, value in row.values.items() if name not in way.get("drop", ())}
            yield replace(row, values={**spoilt, **way.get("set", {})}, tags=("broken",))
            if dice.roll(*words, "corrected?") >= broken.corrected_share:
                return
            row = replace(row, at=row.at + timedelta(hours=22), tags=("corrected",))
        yield row
        if dice.roll(*words, "resent?") < stream.resend_share:
            yield replace(row, at=row.at + timedelta(hours=26), tags=("resent",))
        if stream.changed and dice.roll(*words, "changed?") < stream.changed.share:
            again = {**row.values, **self._made(row, (*words, "changed"), stream.changed.set)}
            yield replace(row, at=row.at + timedelta(hours=30), values=again, tags=("changed",))
        if stream.echo and dice.roll(*words, "echo?") < stream.echo.share:
            yield self._echo(arrivals, stream.echo, words, row)

    def _made(self, row: Row, words: tuple[object, ...], specs: Mapping[str, Any]) -> dict[str, Any]:
        township = self._city.by_code[row.village].parent if row.village in self._city.by_code else ""
        return Making(self._city, township, row.at, words, dict(row.values), self._samples).all_of(specs)

    def _echo(self, arrivals: Arrivals, echo: Echo, words: tuple[object, ...], row: Row) -> Row:
        stream = self._city.stream(arrivals.pack, echo.stream)
        wait = self._city.dice.triangle(*echo.after_hours, *words, "echo after")
        at = self._hours[stream.hours].after(row.at + timedelta(hours=wait), 0)
        kept = {name: row.values[name] for name in echo.same if name in row.values}
        made = self._row(
            arrivals, stream, (*words, "echo"), key=f"{row.key}-E", at=at, village=row.village, kept=kept,
            fields=echo.fields, tale=self._tale(arrivals, words),
        )  # fmt: skip
        return replace(made, tags=("echo",))

    def _episode(self, episode: Episode, line: int, wanted: EpisodeRow) -> Iterator[Row]:
        stream = self._city.stream(episode.pack, wanted.stream)
        arrivals = next(one for one in self._city.arrivals if one.pack == episode.pack)
        village = next(one.code for one in self._city.of_level("village") if one.name == wanted.village)
        start = datetime.strptime(wanted.at, "%Y-%m-%d %H:%M").replace(tzinfo=CITY_ZONE)
        for number in range(wanted.count):
            words = (episode.pack, episode.id, line, number)
            at = start + timedelta(hours=wanted.apart * number)
            if wanted.count > 1:
                at = self._hours["citizen"].after(at, 0)
            key = f"{episode.id}-{line + 1}-{number + 1:03d}".upper()
            tale = Tale(truth=str(wanted.fields.get("truth", "")), fields={})
            yield self._row(arrivals, stream, words, key=key, at=at, village=village, fields=wanted.fields, tale=tale)

    def shape_of(self, row: Row) -> Record:
        """Return the shape of the record that a row becomes."""
        default = next(one.record for one in self._city.arrivals if one.pack == row.pack)
        return self._shapes[row.pack, self._city.stream(row.pack, row.stream).record or default]

    def subjects(self) -> dict[str, set[tuple[str, str]]]:
        """Return id of an episode → (pack, subject) of its rows, for the episodes that change behaviour."""
        found: dict[str, set[tuple[str, str]]] = {}
        for episode in self._city.episodes:
            for line, wanted in enumerate(episode.rows if episode.behave else ()):
                for row in self._episode(episode, line, wanted):
                    found.setdefault(episode.id, set()).add((row.pack, subject_of(self.shape_of(row), row.values)))
        return found

    def echoes(self) -> frozenset[tuple[str, str]]:
        """Return (pack, key) of the rows that repeat what somebody reported before."""
        return frozenset((row.pack, row.key) for row in self.rows if "echo" in row.tags)

    def truths(self) -> dict[tuple[str, str], str]:
        """Return (pack, key of the row) → the matter its writer had in mind."""
        return {(row.pack, row.key): row.truth for row in self.rows if row.truth}


def _singly(pack: str, rows: Iterable[Row]) -> Iterator[Delivery]:
    for row in rows:
        tag = f":{row.tags[0]}" if row.tags and row.tags[0] in ("corrected", "resent", "changed") else ""
        yield Delivery(row.at, f"{row.key}{tag}", pack, row.stream, (row,))


def _handed_in(stream: Stream, pack: str, rows: Iterable[Row], city: City) -> Iterator[Delivery]:
    """Gather rows into files; a bent file comes again, mended, an hour later."""
    files: dict[datetime, list[Row]] = {}
    for row in rows:
        files.setdefault(_next_file(stream, row.at), []).append(row)
    for at, inside in sorted(files.items()):
        if day_of(at) > city.last_day:
            continue
        inside.sort(key=lambda row: (row.at, row.key))
        key = f"{stream.id}-{at.astimezone(CITY_ZONE):%Y%m%d-%H%M}".upper()
        if stream.bent and day_of(at) in stream.bent.days:
            yield Delivery(at, key, pack, stream.id, tuple(inside), is_bent=True)
            at, key = at + timedelta(hours=1), f"{key}-B"
        yield Delivery(at, key, pack, stream.id, tuple(inside))


def _next_file(stream: Stream, at: datetime) -> datetime:
    on = day_of(at)
    while True:
        for moment in stream.hands_in:
            handed = city_moment(on, moment.hour, moment.minute)
            if handed >= at:
                return handed
        on += timedelta(days=1)


def subject_of(shape: Record, values: Mapping[str, Any]) -> str:
    """Return what the house groups such a row under: the words of its subject without spaces, and the place."""
    return f"{''.join(str(values.get(shape.subject, '')).split())}@{values.get(shape.place, '')}"
