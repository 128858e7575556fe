"""What was planted in the city for its detectors, and what they made of it: found, missed and why, or rightly silent.

Nothing here is read while detecting. A case is recognised by its own rows, which stand open in the city's plan, so that
pseudonyms of an installation do not matter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from hezhi.edge.demo.arrivals import Planner, Row
from hezhi.edge.demo.cast import HOUSE
from hezhi.edge.demo.city import City
from hezhi.edge.demo.errors import CityInvalid
from hezhi.edge.demo.samples import sample_contents
from hezhi.edge.demo.setting import hours_of
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.contracts import HitFilter, HitRow, RunRow
from hezhi.flow.intake import api as intake
from hezhi.kit.moments import day_of
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Shape


class Case(Shape):
    """One planted case; ``found_by`` is empty for what only looks like one, or is one that no detector finds (``why``).

    ``silent`` names the detectors that must not find it; none: all.
    """

    id: str
    what: str
    subject: str
    found_by: str = ""
    episode: str = ""
    silent: tuple[str, ...] = ()
    at: str = ""
    from_on: date | None = Field(default=None, alias="from")
    to_on: date | None = Field(default=None, alias="to")
    truth: Literal["true", "harmless", "false", "unknown"]
    why: str = ""


class Planted(Shape):
    """The planted cases of one pack.

    ``only``: its detectors find nothing else, but for ``weak``, wrong on purpose. ``around``: episodes of no case, but
    of what the others stand beside.
    """

    pack: str
    around: tuple[str, ...] = ()
    weak: str = ""
    only: bool = True
    cases: tuple[Case, ...]


class Outcome(StrEnum):
    FOUND = "found"
    MISSED = "missed"
    SILENT = "rightly silent"
    WRONG = "found by mistake"
    WAITING = "rows still to come"


@dataclass(frozen=True)
class Told:
    """What became of one planted case, and why where that needs words."""

    pack: str
    case: Case
    outcome: Outcome
    because: str = ""


def planted_read(folder: Path) -> tuple[Planted, ...]:
    """Return what the files of a folder say, by name of the file.

    Raises:
        CityInvalid: a file does not fit its shape.
    """
    found = []
    for file in sorted(folder.glob("*.yml")):
        try:
            found.append(Planted.model_validate(yaml.safe_load(file.read_text("utf-8"))))
        except ValidationError as error:
            told = (f"{file.name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise CityInvalid(findings=tuple(told)) from None
    return tuple(found)


def rows_of(case: Case, rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a case: those of its episode that hold every part of its subject; all, where none does."""
    begins = f"{case.episode or case.id}-".upper()
    own = [row for row in rows if row.key.startswith(begins)]
    parts = set(case.subject.split("|"))
    return [row for row in own if parts <= {str(value) for value in row.values.values()}] or own


def planted_told(city: City, *, pack_ids: Collection[str] = (), at: datetime) -> list[Told]:
    """Compare what is planted in a loaded city with the hits that stand, by file and case."""
    shelf = packkit.shelf()
    shapes = {(pack.id, record.id): record for pack in shelf.packs() for record in pack.records}
    planner = Planner(city, shapes, hours_of(city), dict.fromkeys(sample_contents(), ""))
    found: list[Told] = []
    for planted in planted_read(city.folder / "planted"):
        if pack_ids and planted.pack not in pack_ids:
            continue
        hits = list(_hits(planted.pack))
        runs = {run.scan: run for run in detection.runs_newest(pack_id=planted.pack)}
        sent = [row for row in planner.rows if row.pack == planted.pack and "broken" not in row.tags]
        for case in planted.cases:
            own = rows_of(case, sent)
            names = {row.key: (str(row.values[planner.shape_of(row).key]), f"form:{row.key}") for row in own}
            ids = intake.record_ids_by_source(
                pack_id=planted.pack, keys={name for two in names.values() for name in two}
            )
            known = {key: ids[name] for key, two in names.items() for name in two if name in ids}
            found.append(outcome_of(planted.pack, case, own, known, hits, runs, at=at))
    return found


def _hits(pack_id: str) -> Iterator[HitRow]:
    cursor = ""
    while True:
        page = detection.hit_page(by=HOUSE, wanted=HitFilter(pack_id=pack_id), cursor=cursor, size=500)
        yield from page.rows
        cursor = page.next_cursor
        if not cursor:
            return


def outcome_of(
    pack: str, case: Case, rows: Sequence[Row], ids: Mapping[str, int], hits: Sequence[HitRow],
    runs: Mapping[str, RunRow], *, at: datetime,
) -> Told:  # fmt: skip
    """Say what became of one case.

    Args:
        rows: those of the case, as planned.
        ids: key of a row → the accepted record it became.
        hits: of the pack's detectors.
        runs: newest run by scan.
        at: up to when the city was played.
    """
    own = {ids[row.key] for row in rows if row.key in ids}
    touching = {hit.detector for hit in hits if own & set(hit.record_ids)}
    last = max((row.at for row in rows), default=at)
    if not case.found_by:
        wrong = sorted(touching & set(case.silent) if case.silent else touching)
        if wrong:
            return Told(pack, case, Outcome.WRONG, f"by {', '.join(wrong)}")
        if last > at:
            return Told(pack, case, Outcome.WAITING, f"the last on {day_of(last)}")
        if case.truth == "true":
            return Told(pack, case, Outcome.MISSED, case.why)
        return Told(pack, case, Outcome.SILENT, case.why)
    if case.found_by in touching:
        return Told(pack, case, Outcome.FOUND)
    if last > at:
        return Told(pack, case, Outcome.WAITING, f"the last on {day_of(last)}")
    return Told(pack, case, Outcome.MISSED, _why(case, rows, ids, runs))


def _why(case: Case, rows: Sequence[Row], ids: Mapping[str, int], runs: Mapping[str, RunRow]) -> str:
    if lacking := [row.key for row in rows if row.key not in ids]:
        return f"{len(lacking)} of its {len(rows)} rows are no accepted records, {lacking[0]} first"
    run = runs.get(case.found_by)
    if run is not None and run.error:
        return f"the newest run failed: {run.error}"
    if run is not None and run.as_of < max(row.at for row in rows):
        return f"the newest run looked at {run.as_of:%Y-%m-%d %H:%M} UTC, before its last row"
    return case.why or "all its rows were looked at, and the detector does not hit"
