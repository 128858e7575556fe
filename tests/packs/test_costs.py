"""No detector gets dearer unseen: rows that DuckDB moves for it, over its own tests' rows forty times.

Counted, not timed, so the same on every machine. ``WRITE_COSTS=yes pytest tests/packs/test_costs.py`` writes what it
costs now into ``costs.json``: after a change that makes one cheaper, or one that is worth its price.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.house.two_engines import PACKS, given_of

from hezhi.packkit.api import DuckEngine, Table, scan_run
from hezhi.packkit.scans.compile import Compiled
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.scan import Scan

FILE = Path(__file__).with_name("costs.json")
COPIES = 40
MORE = 1.1  # what a detector may cost beside what is written


class Counting(DuckEngine):
    """Counts rows: those read, and those that each step hands to the next."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.moved = 0

    def rows(self, compiled: Compiled, tables: Mapping[str, Table]) -> Iterator[Any]:
        yield from super().rows(compiled, tables)
        [(_, told)] = self.connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {compiled.sql}").fetchall()
        self.moved += _moved(json.loads(told))


def _moved(step: dict[str, Any]) -> int:
    own = step.get("operator_cardinality", 0) + step.get("operator_rows_scanned", 0)
    return own + sum(_moved(one) for one in step["children"])


def cost_of(scan: Scan, pack: Pack, folder: Path) -> int:
    engine = Counting()
    records, tables, span = given_of(scan, pack, folder, copies=COPIES)
    for _ in scan_run(engine, scan, records, tables, span, span.end):
        pass
    engine.close()
    return engine.moved


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    folder = tmp_path_factory.mktemp("costs")
    found = {
        f"{pack.id}/{scan.id}": cost_of(scan, pack, folder / f"{pack.id}-{scan.id}")
        for pack in PACKS
        for scan in pack.scans
    }
    if os.environ.get("WRITE_COSTS"):
        FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    return found


def test_no_detector_costs_more_than_is_written(costs: dict[str, int]) -> None:
    known = json.loads(FILE.read_text())

    assert sorted(costs) == sorted(known), "write the costs anew: a detector came or went"
    assert {name: cost for name, cost in costs.items() if cost > known[name] * MORE} == {}


def test_what_got_cheaper_is_written_so_that_it_stays(costs: dict[str, int]) -> None:
    known = json.loads(FILE.read_text())

    assert {name: cost for name, cost in costs.items() if cost * MORE < known[name]} == {}


def test_rows_are_counted_where_they_are_moved() -> None:
    engine = Counting()
    list(engine.rows(Compiled("SELECT count(*) FROM range(1000) WHERE range % 2 = 0", ()), {}))

    assert engine.moved >= 1500
    engine.close()
