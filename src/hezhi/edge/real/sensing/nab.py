"""Alarms on the files of the Numenta Anomaly Benchmark.

Settings were decided, and one number that multiplies the odd distances was chosen, on the files of `CHOSEN_ON`; the
baseline's limit likewise. So the fair figure is that of the other files. Beside them stands what both reach when the
number is chosen on all judged files, because the benchmark's own table is made so.
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
CHOSEN_ON = ("artificial", "realAWSCloudwatch")  # beginnings of folders
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
    def is_known(self) -> bool:
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
    """Yield the score over all files and over those held out, and with the limit chosen as the published table's is."""
    files = files_read(folder)

    known = [number for number, file in enumerate(files) if file.is_known]
    held = [number for number, file in enumerate(files) if not file.is_known]
    mine = _scored(files, [ours(file, plan) for file in files], GRID, known, held, plan.quiet)
    theirs = _scored(files, [windowed_gaussian(file) for file in files], GRID * 10, known, held, plan.quiet)
    note = f"standard profile over these {len(files)} files; one number chosen on {len(known)} of them"
    beside = f"baseline: windowed Gaussian, its limit chosen likewise; {PUBLISHED}"
    yield Figure("nab.score", mine[0], "points", theirs[0], f"{note}; {beside}")
    which = f"the {len(held)} files (known causes, traffic) on which nothing was chosen"
    yield Figure("nab.score_held_out", mine[1], "points", theirs[1], f"{which}; {beside}")
    yield Figure("nab.score_limit_of_judged_files", mine[2], "points", theirs[2],
                 f"as the published table chooses it, on the files that are judged; {beside}")  # fmt: skip


def _scored(
    files: Sequence[File],
    scores: Sequence[Scores],
    limits: Sequence[float],
    known: Sequence[int],
    held: Sequence[int],
    quiet: timedelta,
) -> tuple[float, float, float]:
    def reached(limit: float, of: Sequence[int]) -> float:
        return score([files[n].marked for n in of], [rung(scores[n], files[n].at, limit, quiet) for n in of])

    every = range(len(files))
    fixed = max(limits, key=lambda limit: reached(limit, known))
    return reached(fixed, every), reached(fixed, held), max(reached(limit, every) for limit in limits)
