"""R's ``surveillance`` beside our own numbers, where Rscript and the package are installed."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hezhi.edge.real.counts.outbreaks import WEEKS, Flagged

PATIENCE_S = 300
FLAGGED = """
suppressMessages(library(surveillance))
names <- c("k1","m1","m2","m3","m4","m5","n1","n2","q1_nrwh","q2","s1","s2","s3","h1_nrwrp")
for (name in names) {
  place <- new.env(); data(list=name, package="surveillance", envir=place); x <- get(name, envir=place)
  rows <- data.frame(series=name, count=as.numeric(x$observed), outbreak=as.numeric(x$state))
  write.table(rows, "out.csv", sep=",", row.names=FALSE, quote=FALSE, append=name != names[1],
              col.names=name == names[1])
}
"""
PLAIN = """
suppressMessages(library(surveillance))
given <- read.csv("in.csv", check.names=FALSE)
s <- sts(as.matrix(given), start=c(2001, 1), frequency=52)
out <- suppressWarnings(farrington(s, control=list(range=FIRST:LAST, b=2, w=3, alpha=0.01)))
write.csv(out@upperbound, "out.csv", row.names=FALSE)
"""


def flagged_of_package() -> Path | None:
    """Return a file with all flagged series of the package; None where R or the package is absent."""
    out = _run(FLAGGED, [])
    if out is not None:
        path = Path(tempfile.mkdtemp(prefix="hezhi-r-")) / "flagged.csv"
        path.write_text(out)
        return path
    return None


def plain_bounds(series: Sequence[Flagged]) -> dict[tuple[str, int], float] | None:
    """Return R's plain Farrington bound for each series and week; 0 where it stays silent. None without R."""
    script = PLAIN.replace("FIRST", str(WEEKS.start + 1)).replace("LAST", str(WEEKS.stop))
    out = _run(script, [[one.key for one in series], *zip(*(one.counts for one in series), strict=True)])
    if out is None:
        return None
    rows = list(csv.reader(out.splitlines()))[1:]
    return {
        (one.key, week): float(row[column])
        for week, row in zip(WEEKS, rows, strict=True)
        for column, one in enumerate(series)
    }


def _run(script: str, rows: Sequence[Sequence[object]]) -> str | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory(prefix="hezhi-r-") as name:
        folder = Path(name)
        with (folder / "in.csv").open("w", newline="") as out:
            csv.writer(out).writerows(rows)
        (folder / "ask.R").write_text(script)
        said = subprocess.run([rscript, "ask.R"], cwd=folder, capture_output=True, check=False, timeout=PATIENCE_S)
        return (folder / "out.csv").read_text() if said.returncode == 0 else None
