"""The part ``sensors``: alarms on readings, each set by its own rules, each figure beside a simple baseline."""

from __future__ import annotations

from pathlib import Path

from hezhi.edge.real.outcome import Outcome
from hezhi.edge.real.sensing import meters, nab, occupancy, skab
from hezhi.packkit.series.contracts import SensorPlan

NAB, SKAB, METERS, OFFICE = "nab", "skab/valve1", "smart_meter10/readings.parquet", "occupancy"
FILES = (f"{NAB}/combined_windows.json", f"{SKAB}/0.csv", METERS, f"{OFFICE}/{occupancy.JUDGED}")


def run(data: Path) -> Outcome:
    """Measure everything of the part."""
    return Outcome(
        (
            *nab.figures(data / NAB, SensorPlan()),
            *skab.figures(data / SKAB),
            *meters.figures(data / METERS),
            *occupancy.figures(data / OFFICE),
        )
    )
