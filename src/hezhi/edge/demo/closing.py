"""Where a replay stands, and that it is finished: both told by the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from hezhi.edge.demo.city import City
from hezhi.edge.demo.setting import Stage
from hezhi.flow.indicators import api as indicators
from hezhi.kit.moments import day_ends_at, day_of, day_starts_at
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

CHAIN = "demo"
PLAYER = Actor.system("demo")


def mark_of(stage: Stage, until: datetime) -> str:
    """Return the name of a finished replay: what was played, and up to when."""
    told = hashlib.sha256()
    for file in _files(stage.city.folder):
        told.update(f"{file.relative_to(stage.city.folder)}\n".encode() + file.read_bytes())
    for pack in stage.world.packs.values():
        told.update(pack.content_hash.encode())
    return f"replayed:{day_of(until - timedelta(seconds=1))}:{told.hexdigest()[:24]}"


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.yml"))


def is_marked(mark: str) -> bool:
    return ledger.line_by_key(chain=CHAIN, key=mark) is not None


def finish(mark: str, *, at: datetime) -> None:
    """Compute the indicators, seal what is not sealed, and note that the replay is done."""
    indicators.indicators_recompute(at=at)
    ledger.line_append(chain=CHAIN, act="demo.replay", by=PLAYER, at=at, body={"mark": mark}, key=mark)
    ledger.seal_make(at=at)


def cursor_find(city: City, until: datetime) -> datetime:
    """Return the moment of the last act of an earlier run, or the beginning of the first day."""
    low, high = city.first_day, day_of(until)
    if not _has_lines(low, until):
        return day_starts_at(low)
    while low < high:  # the last day that saw an act
        middle = low + timedelta(days=(high - low).days // 2 + 1)
        low, high = (middle, high) if _has_lines(middle, until) else (low, middle - timedelta(days=1))
    lines = ledger.lines_between(from_at=day_starts_at(low), to_at=day_ends_at(low))
    return max(line.at for line in lines)


def _has_lines(on: date, until: datetime) -> bool:
    return next(iter(ledger.lines_between(from_at=day_starts_at(on), to_at=until)), None) is not None
