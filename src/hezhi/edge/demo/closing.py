"""Where a replay stands, and that it is finished: both told by the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from hezhi.edge.demo.city import City
from hezhi.edge.demo.shapes import Sample
from hezhi.flow.detection import api as detection
from hezhi.flow.detection.errors import ReviewDrawn
from hezhi.flow.indicators import api as indicators
from hezhi.kit.moments import day_ends_at, day_of
from hezhi.packkit import api as packkit
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

CHAIN = "demo"
LIVED = ("record:", "alert:", "case:")  # chains of what happens in the city, not of setting up the house
FOREVER = timedelta(days=36_500)
PLAYER = Actor.system("demo")


def mark_of(city: City, until: datetime) -> str:
    """Return the name of a finished replay: what was played, and up to when."""
    told = hashlib.sha256()
    for file in _files(city.folder):
        told.update(f"{file.relative_to(city.folder)}\n".encode() + file.read_bytes())
    for pack in packkit.shelf().packs():
        told.update(pack.content_hash.encode())
    return f"replayed:{day_of(until - timedelta(seconds=1))}:{told.hexdigest()[:24]}"


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.yml"))


def is_marked(mark: str) -> bool:
    return ledger.line_by_key(chain=CHAIN, key=mark) is not None


def finish(city: City, mark: str, *, at: datetime) -> None:
    """Compute the indicators, draw the city's sample, seal what is not sealed, and note that the replay is done."""
    indicators.indicators_recompute(at=at)
    if city.file.sample and at == day_ends_at(city.last_day):
        with suppress(ReviewDrawn):  # by a run that was killed before the mark
            _sample_draw(city.file.sample, city.last_day, at)
    ledger.line_append(chain=CHAIN, act="demo.replay", by=PLAYER, at=at, body={"mark": mark}, key=mark)
    ledger.seal_make(at=at)


def _sample_draw(sample: Sample, last_day: date, at: datetime) -> None:
    detection.review_draw(
        pack_id=sample.pack, detector=sample.detector, first_on=last_day - timedelta(days=sample.days - 1),
        last_on=last_day, seed=sample.seed, size=sample.size, by=PLAYER, at=at,
    )  # fmt: skip


def stands_at(city: City) -> datetime:
    """Return the moment at which a served city goes on: the end of its last day, or its newest act if that is later."""
    end = day_ends_at(city.last_day)
    lines = ledger.lines_between(from_at=end, to_at=end + FOREVER)
    return max((line.at for line in lines if line.chain.startswith(LIVED)), default=end)


def tick_key(at: datetime) -> str:
    return f"tick:{at:%Y%m%dT%H%M}"


def tick_mark(at: datetime) -> None:
    """Note that everything planned up to this tick of the city's clock is done."""
    ledger.line_append(chain=CHAIN, act="demo.tick", by=PLAYER, at=at, body={}, key=tick_key(at))


def last_tick() -> datetime | None:
    """Return the last tick an earlier run finished, None before the first."""
    ticks = [line.at for line in ledger.lines_of(chain=CHAIN) if line.act == "demo.tick"]
    return max(ticks, default=None)
