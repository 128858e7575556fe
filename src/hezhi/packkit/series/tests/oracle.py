"""Asks R's package ``surveillance`` what it says of given series; where it is absent, tests skip and say so."""

from __future__ import annotations

import csv
import functools
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

VERSION = "1.20.3"  # what the tolerances were stated with

READ = """
suppressMessages(library(surveillance))
given <- as.matrix(read.csv("counts.csv", header=FALSE)); storage.mode(given) <- "numeric"
people <- as.matrix(read.csv("people.csv", header=FALSE)); storage.mode(people) <- "numeric"
days <- as.Date(read.csv("days.csv", header=FALSE)[, 1])
"""
# Farrington's names inside the package changed rarely; a step that finds nothing to change stops with an error.
MEND = """
changed <- 0
walk <- function(e) {
  if (is.call(e)) {
    if (identical(e[[1]], as.name("data.frame")) && "dispersion" %in% names(e)) {
      changed <<- changed + 1
      e[["dispersion"]] <- NULL
    } else if (identical(e[[1]], as.name("predict.glm"))) {
      e <- as.call(lapply(as.list(e), walk))
      e[["dispersion"]] <- quote(model$phi)
    } else if (identical(e[[1]], as.name("<-")) && identical(e[[2]], quote(model$weights))) {
      changed <<- changed + 1
      return(quote(NULL))
    } else e <- as.call(lapply(as.list(e), function(part) if (missing(part)) quote(expr=) else walk(part)))
  }
  e
}
for (name in c("algo.farrington.fitGLM.flexible", "algo.farrington.glm")) {
  f <- get(name, envir=asNamespace("surveillance"))
  body(f) <- walk(body(f))
  assignInNamespace(name, f, ns="surveillance")
}
if (changed != 4) stop("the package is not the one that this was written for")
"""
FLEXIBLE = """
s <- sts(given, epoch=days, frequency=FREQ, population=people)
out <- suppressWarnings(farringtonFlexible(s, control=list(range=RANGE, glmWarnings=FALSE, CONTROL)))
"""
PLAIN = """
s <- sts(given, start=c(2001, 1), frequency=FREQ)
out <- suppressWarnings(farrington(s, control=list(range=RANGE, CONTROL)))
"""
EARS = """
s <- sts(given, start=c(2001, 1), frequency=FREQ)
out <- earsC(s, control=list(range=RANGE, CONTROL))
"""
TELL = """
put <- function(x, name) write.table(x, name, sep=",", row.names=FALSE, col.names=FALSE)
put(out@upperbound, "upper.csv"); put(out@alarm * 1, "alarm.csv")
for (name in c("expected", "pvalue")) if (!is.null(out@control[[name]])) put(out@control[[name]], paste0(name, ".csv"))
"""


@functools.cache
def _missing() -> str:
    if not (found := shutil.which("Rscript")):
        return "Rscript is not installed (Debian: r-cran-surveillance)"
    asked = [found, "-e", "cat(as.character(packageVersion('surveillance')))"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    return "" if not said.returncode else "R has no package 'surveillance' (Debian: r-cran-surveillance)"


def ask(
    script: str,
    folder: Path,
    counts: Sequence[Sequence[int]],
    *,
    numbers: range,
    frequency: int,
    days: Sequence[date] = (),
    people: Sequence[Sequence[float]] = (),
    mend: bool = False,
    **control: str,
) -> Mapping[str, list[list[float]]]:
    """Return what R says: name → periods × series. ``control`` holds R expressions; ``numbers`` count from 0."""
    if missing := _missing():
        pytest.skip(missing)
    _write(folder / "counts.csv", zip(*counts, strict=True))
    _write(folder / "people.csv", zip(*(people or [[1] * len(one) for one in counts]), strict=True))
    _write(folder / "days.csv", ([day.isoformat()] for day in days or [date(2000, 1, 1)]))
    given = ", ".join(f"{name}={value}" for name, value in control.items())
    text = READ + (MEND if mend else "") + script + TELL
    text = text.replace("FREQ", str(frequency)).replace("CONTROL", given)
    (folder / "ask.R").write_text(text.replace("RANGE", f"{numbers.start + 1}:{numbers.stop}"))
    said = subprocess.run(["Rscript", "ask.R"], cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stderr
    return {
        path.stem: _read(path) for path in folder.glob("*.csv") if path.stem in {"upper", "alarm", "expected", "pvalue"}
    }


def _write(path: Path, rows: object) -> None:
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(rows)  # type: ignore[arg-type]


def _read(path: Path) -> list[list[float]]:
    with path.open(newline="") as lines:
        return [[float("nan") if cell == "NA" else float(cell) for cell in row] for row in csv.reader(lines)]
