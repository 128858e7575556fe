"""How many hits of all packs' detectors differ between DuckDB and a Spark cluster: none, or the figure says so.

Rows are those of the detectors' own tests, all of a detector in one table. The suite compares the same.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.house.two_engines import PACKS, both, found_of

from hezhi.kit.figures import Figure
from hezhi.packkit.engines.spark import hindrance


def measure() -> list[Figure]:
    """Return every figure of this part; none where Spark cannot run."""
    if told := hindrance():
        print(f"  no figure: Spark cannot run here: {told}")
        return []
    hits, differing, scans, began = 0, 0, 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as place, both(Path(place)) as engines:
        for pack in PACKS:
            for scan in pack.scans:
                duck, spark = (
                    Counter(map(repr, one))
                    for one in found_of(scan, pack, engines, Path(place) / f"{pack.id}-{scan.id}")
                )
                hits, scans = hits + duck.total(), scans + 1
                differing += (duck - spark).total() + (spark - duck).total()
    note = (
        f"{hits:,} hits of {scans} detectors of {len(PACKS)} packs, evidence compared too, in"
        f" {time.perf_counter() - began:.0f} s; a real master and worker on loopback"
    )
    return [Figure("detect.spark_duckdb_differing_hits", differing, "count", 0, note)]
