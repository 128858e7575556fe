"""Alarms on the pump of the Skoltech Anomaly Benchmark: which seconds are marked as odd, by the set's own rule.

The first 400 rows of each file teach, the rest is judged, and F1, false-alarm and missing-alarm share are counted over
the rows of all judged files. Which of the eight sensors is watched, and the limit, were chosen on the first files
(`CHOSEN_ON`), which are no part of the figures.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hezhi.kit.figures import Figure
from hezhi.packkit.series.slots import medians, spread_of

TEACH = 400
CHOSEN_ON = tuple(f"{number}.csv" for number in range(4))
RECENT = 30  # seconds whose median is a level
LIMITS = np.geomspace(0.5, 20, 60)
PUBLISHED = "published over all 34 files: Conv-AE F1 .78 (FAR 13.6 %, MAR 28.0 %), T²+Q .76, isolation forest .29"


@dataclass(frozen=True)
class Run:
    """One file: rows × sensors, and which rows are marked."""

    name: str
    sensors: tuple[str, ...]
    values: NDArray[np.float64]
    odd: NDArray[np.bool_]


@dataclass(frozen=True)
class Counted:
    f1: float
    false_share: float
    missed_share: float


def runs_read(folder: Path) -> list[Run]:
    """Return the files in the order of their numbers."""
    found = []
    for path in sorted(folder.glob("*.csv"), key=lambda one: int(one.stem)):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter=";"))
        names = [name for name in rows[0] if name not in {"datetime", "anomaly", "changepoint"}]
        values = np.array([[float(row[name]) for name in names] for row in rows])
        found.append(Run(path.name, tuple(names), values, np.array([float(row["anomaly"]) > 0 for row in rows])))
    return found


def levels_off(run: Run) -> NDArray[np.float64]:
    """Return, sensors × judged rows, how many spreads the level of a sensor lies from what was taught."""
    rows = np.arange(TEACH, len(run.odd))
    off = []
    for sensor in run.values.T:
        taught = medians(sensor, np.arange(RECENT - 1, TEACH), 0, RECENT).middle
        middle, spread = (float(one[0]) for one in spread_of(taught[None, :]))
        off.append(np.abs(medians(sensor, rows, 0, RECENT).middle - middle) / max(spread, 1e-9))
    return np.array(off)


def readings_off(run: Run) -> NDArray[np.float64]:
    """Return the baseline: the same of single readings, with mean and standard deviation."""
    taught = run.values[:TEACH]
    return np.abs((run.values[TEACH:] - taught.mean(0)) / np.maximum(taught.std(0), 1e-9)).T


def counted(runs: Sequence[Run], off: Sequence[NDArray[np.float64]], limit: float) -> Counted:
    """Compare rows above the limit with the marks."""
    rings = np.concatenate([one >= limit for one in off])
    odd = np.concatenate([run.odd[TEACH:] for run in runs])
    hit, false, missed = int((rings & odd).sum()), int((rings & ~odd).sum()), int((~rings & odd).sum())
    f1 = 2 * hit / max(1, 2 * hit + false + missed)
    return Counted(f1, false / max(1, int((~odd).sum())), missed / max(1, int(odd.sum())))


def figures(folder: Path) -> Iterator[Figure]:
    """Yield F1, false-alarm and missing-alarm share."""
    runs = runs_read(folder)
    judged = [run for run in runs if run.name not in CHOSEN_ON]
    first = [run for run in runs if run.name in CHOSEN_ON]
    found, watched = [], ""
    for way in (readings_off, levels_off):
        sensor, limit = _chosen(first, [way(run) for run in first])
        found.append(counted(judged, [way(run)[sensor] for run in judged], limit))
        watched = runs[0].sensors[sensor]
    base, ours = found
    note = (
        f"{len(judged)} files of valve1, first {TEACH} rows teach; sensor ({watched}) and limit chosen on"
        f" {len(first)} other files; baseline: single readings against mean and deviation, chosen likewise; {PUBLISHED}"
    )
    yield Figure("skab.f1", ours.f1, "share", base.f1, note)
    yield Figure("skab.false_alarm_share", ours.false_share, "share", base.false_share, "of rows not marked (FAR)")
    yield Figure("skab.missed_alarm_share", ours.missed_share, "share", base.missed_share, "of marked rows (MAR)")


def _chosen(runs: Sequence[Run], off: Sequence[NDArray[np.float64]]) -> tuple[int, float]:
    """Return the sensor and the limit that reach the highest F1 on these files."""
    tried = ((sensor, limit) for sensor in range(len(off[0])) for limit in LIMITS)
    return max(tried, key=lambda one: counted(runs, [of[one[0]] for of in off], one[1]).f1)
