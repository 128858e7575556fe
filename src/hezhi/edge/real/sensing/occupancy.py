"""Whether an office is in use, told from one sensor by one limit that the training file sets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hezhi.kit.figures import Figure

TEACHES, JUDGED = "datatraining.csv", "datatest.csv"
PUBLISHED = "a paper reports 95-99 % for LDA, CART and random forest on all sensors"


def table_read(path: Path) -> dict[str, NDArray[np.float64]]:
    """Return the columns; the first of a row, its number, has no name."""
    with path.open(encoding="utf-8", newline="") as lines:
        names, *rows = list(csv.reader(lines))
    wanted = [name for name in names if name != "date"]
    return {name: np.array([float(row[names.index(name) + 1]) for row in rows]) for name in wanted}


def limit_of(values: NDArray[np.float64], present: NDArray[np.bool_]) -> float:
    """Return the limit at or above which most rows are rightly told as present."""
    order = np.argsort(values, kind="stable")
    ordered, marks = values[order], present[order]
    right = np.append(marks[::-1].cumsum()[::-1], 0) + np.append(0, (~marks).cumsum())
    allowed = np.append(np.append(True, ordered[1:] > ordered[:-1]), False)  # equal values stay together
    best = int(np.argmax(np.where(allowed, right, -1)))
    return float(ordered[best])


def figures(folder: Path) -> Iterator[Figure]:
    """Yield the accuracy by light and by carbon dioxide."""
    taught, judged = table_read(folder / TEACHES), table_read(folder / JUDGED)
    present, truth = taught["Occupancy"] > 0, judged["Occupancy"] > 0
    usual = max(float(truth.mean()), 1 - float(truth.mean()))
    for name, column in (("accuracy", "Light"), ("accuracy_by_co2", "CO2")):
        limit = limit_of(taught[column], present)
        right = float(((judged[column] >= limit) == truth).mean())
        note = f"present from {column} {limit:g} on, set by {TEACHES}; baseline: always say the commoner; {PUBLISHED}"
        yield Figure(f"occupancy.{name}", right, "share", usual, note)
