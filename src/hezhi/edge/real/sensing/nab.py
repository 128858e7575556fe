"""Alarms on the files of the Numenta Anomaly Benchmark.

The odd distances of the plan are multiplied by one number, which is chosen on the artificial files, as is the limit of
the baseline. Beside that stands what both reach when the number is chosen on the judged files themselves, because the
benchmark's own table is made so.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from hezhi.edge.real.sensing.nab_score import Marked, marked, probation, score
from hezhi.kit.figures import Figure
from hezhi.packkit.series.contracts import Readings, SensorPlan

Scores = NDArray[np.float64]
CHOSEN_ON = "artificial"  # beginning of the folders of made-up files
PUBLISHED = "published for the whole corpus of 58 files: windowed Gaussian 39.6, random 11.0, best 74.9"
WINDOW, STEP = 6400, 150  # of the baseline: the values a normal curve is fitted to, and how often
GRID = np.geomspace(0.1, 20, 120)


@dataclass(frozen=True)
class File:
    name: str
    at: list[datetime]
    values: NDArray[np.float64]
    marked: Marked

    @property
    def is_made_up(self) -> bool:
        return self.name.startswith(CHOSEN_ON)


def files_read(folder: Path) -> list[File]:
    """Return every file that has windows of its own in the list, be it none."""
    windows = json.loads((folder / "combined_windows.json").read_text("utf-8"))
    found = []
    for path in sorted(folder.glob("*/*.csv")):
        name = f"{path.parent.name}/{path.name}"
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        at = [_moment(row["timestamp"]) for row in rows]
        place = {moment: number for number, moment in reversed(list(enumerate(at)))}
        spans = [(place[_moment(first)], place[_moment(last)]) for first, last in windows[name]]
        values = np.array([float(row["value"]) for row in rows])
        found.append(File(name, at, values, marked(len(rows), spans)))
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ours(file: File, plan: SensorPlan) -> Scores:
    """Return how odd each row is: the largest ratio of any kind."""
    from hezhi.packkit.series.oddness import oddness
    from hezhi.packkit.series.slots import laid

    first = {moment: row for row, moment in reversed(list(enumerate(file.at)))}  # a clock put back repeats an hour
    at = sorted(first)
    early = [later - earlier for earlier, later in pairwise(at[: probation(len(at))])]
    readings = Readings(file.name, median(early), at, [float(file.values[first[moment]]) for moment in at])
    slots = laid(readings)
    ratios = np.nan_to_num(np.vstack([odd.ratio for odd in oddness(slots, plan, slots.filled).values()]))
    every = np.zeros(len(slots.values))
    every[slots.filled] = np.minimum(ratios.max(0), 1e6)
    step = readings.every.total_seconds()
    scores = np.zeros(len(file.at))
    for moment in at:
        scores[first[moment]] = every[int((moment - at[0]).total_seconds() / step + 0.5)]
    return scores


def rung(scores: Scores, at: Sequence[datetime], limit: float, quiet: timedelta) -> NDArray[np.bool_]:
    """Return where an alarm would ring: from ``limit`` on, and not within the quiet time after another."""
    rings, until = np.zeros(len(scores), bool), None
    for row in np.flatnonzero(scores >= limit):
        if until is None or at[row] >= until:
            rings[row], until = True, at[row] + quiet
    return rings


def windowed_gaussian(file: File) -> Scores:
    """Return the baseline: minus the logarithm of a value's tail under a normal curve of the values before it."""
    from scipy.special import log_ndtr

    out = np.zeros(len(file.values))
    mean, spread = 0.0, 0.0
    for row, value in enumerate(file.values):
        if row and (row % STEP == 0 or row < WINDOW // 10):
            before = file.values[max(0, row - WINDOW) : row]
            mean, spread = float(before.mean()), float(before.std())
        if spread > 0:
            out[row] = -float(log_ndtr(-abs(value - mean) / spread))
    return out


def figures(folder: Path, plan: SensorPlan) -> Iterator[Figure]:
    """Yield the score over all and over real files, and with the limit chosen as the published table chooses it."""
    files = files_read(folder)

    made = [number for number, file in enumerate(files) if file.is_made_up]
    real = [number for number, file in enumerate(files) if not file.is_made_up]
    mine = _scored(files, [ours(file, plan) for file in files], GRID, made, real, plan.quiet)
    theirs = _scored(files, [windowed_gaussian(file) for file in files], GRID * 10, made, real, plan.quiet)
    note = f"standard profile over these {len(files)} files; one number chosen on the {len(made)} artificial ones"
    beside = f"baseline: windowed Gaussian, its limit chosen likewise; {PUBLISHED}"
    yield Figure("nab.score", mine[0], "points", theirs[0], f"{note}; {beside}")
    yield Figure(
        "nab.score_of_real_files",
        mine[1],
        "points",
        theirs[1],
        f"the {len(real)} files that are not artificial; {beside}",
    )
    yield Figure("nab.score_limit_of_judged_files", mine[2], "points", theirs[2],
                 f"as the published table chooses it, on the files that are judged; {beside}")  # fmt: skip


def _scored(
    files: Sequence[File],
    scores: Sequence[Scores],
    limits: Sequence[float],
    made: list[int],
    real: list[int],
    quiet: timedelta,
) -> tuple[float, float, float]:
    def reached(limit: float, of: Sequence[int]) -> float:
        return score([files[n].marked for n in of], [rung(scores[n], files[n].at, limit, quiet) for n in of])

    every = range(len(files))
    fixed = max(limits, key=lambda limit: reached(limit, made))
    return reached(fixed, every), reached(fixed, real), max(reached(limit, every) for limit in limits)
