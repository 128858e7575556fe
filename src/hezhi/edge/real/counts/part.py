"""The part ``series``: early warning on counts, each figure beside a plain method on the same series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hezhi.edge.real.counts import calls, with_r
from hezhi.edge.real.counts.outbreaks import OURS, PLAIN, Flagged, Said, Tally, flagged_read, tallied, weekly_reports
from hezhi.edge.real.outcome import Outcome
from hezhi.kit.figures import Figure
from hezhi.packkit.series.contracts import Judgement

FLAGGED, CALLS = "surveillance/series.csv", "nhs111_calls/daily.csv"
FILES = (FLAGGED, CALLS)
SETTINGS = (
    "usual settings; sums of 4 weeks were tried once, with weeks 20-109 and these in view; nothing else was fitted"
)
PUBLISHED = (0.232, 0.980, 0.422)  # plain Farrington on the 14 series, from the README of the set


def run(data: Path) -> Outcome:
    """Measure everything of the part."""
    remarks, figures = (
        [],
        list(_outbreaks("surveillance", flagged_read(data / FLAGGED), "the 7 flagged series of the file")),
    )
    if (found := with_r.flagged_of_package()) is not None:
        every = flagged_read(found)
        figures += _outbreaks(
            "surveillance.of14", every, f"all {len(every)} flagged series, read from R's package", PUBLISHED
        )
    else:
        remarks.append("R with the package 'surveillance' is not installed: no oracle, and 7 of the 14 flagged series.")
    return Outcome((*figures, *calls.figures(data / CALLS)), remarks=tuple(remarks))


def _outbreaks(
    name: str, series: Sequence[Flagged], which: str, published: tuple[float, float, float] | None = None
) -> Iterator[Figure]:
    plain = weekly_reports(series, PLAIN)
    ours = weekly_reports(series, OURS)
    theirs = tallied(series, lambda key, week: plain[key, week].is_over)
    above = tallied(series, lambda key, week: ours[key, week].is_over)
    held = tallied(series, lambda key, week: ours[key, week].is_alarm)
    where = f"weeks 110-209 of {which}"
    beside = f"{where}; baseline: plain Farrington, b=2, w=3, alpha=.01"
    yield from _compared(name, above, theirs, beside)
    yield Figure(f"{name}.sensitivity_in_reports", held.sensitivity, "share", theirs.sensitivity,
                 f"{beside}; one report a week over all series, a tenth of its alarms may be false")  # fmt: skip
    yield Figure(f"{name}.specificity_in_reports", held.specificity, "share", theirs.specificity, "the same")
    yield from _plain(name, series, plain, where, published)


def _compared(name: str, ours: Tally, theirs: Tally, note: str) -> Iterator[Figure]:
    yield Figure(f"{name}.sensitivity", ours.sensitivity, "share", theirs.sensitivity,
                 f"{ours.hit} of {ours.hit + ours.missed} marked weeks; {note}; {SETTINGS}")  # fmt: skip
    yield Figure(f"{name}.specificity", ours.specificity, "share", theirs.specificity, f"of unmarked weeks; {note}")
    yield Figure(f"{name}.precision", ours.precision, "share", theirs.precision, f"of alarms; {note}")
    yield Figure(f"{name}.outbreaks_found", len(ours.delays), "count", len(theirs.delays),
                 f"of {ours.outbreaks}: an alarm while it lasted; {note}")  # fmt: skip
    yield Figure(f"{name}.delay", ours.delay, "weeks", theirs.delay, f"mean of the outbreaks found; {note}")


def _plain(
    name: str, series: Sequence[Flagged], plain: Said, where: str, published: tuple[float, float, float] | None
) -> Iterator[Figure]:
    """Tell what our plain Farrington reaches beside R's, or beside what the set's README has published."""
    ours = tallied(series, lambda key, week: plain[key, week].is_over)
    source, beside = "no baseline: R is not installed", published
    if (bounds := with_r.plain_bounds(series)) is not None:
        counts = {one.key: one.counts for one in series}
        r = tallied(series, lambda key, week: counts[key][week] > bounds[key, week] > 0)
        source, beside = "baseline: R's surveillance in this run", published or _shares(r)
        odd = sum(not _same(plain[place], bound) for place, bound in bounds.items())
        note = f"of {len(bounds)} bounds of plain Farrington, to 1 in 100,000; {where}"
        yield Figure(f"{name}.bounds_unlike_r", odd, "count", 0, note)
    if published is not None:
        source = "baseline: as published with the set"
    for number, what in enumerate(("sensitivity", "specificity", "precision")):
        base = None if beside is None else beside[number]
        note = f"our own plain Farrington, {where}; {source}"
        yield Figure(f"{name}.farrington_{what}", _shares(ours)[number], "share", base, note)


def _shares(one: Tally) -> tuple[float, float, float]:
    return one.sensitivity, one.specificity, one.precision


def _same(said: Judgement, bound: float) -> bool:
    return bound == 0 if said.upper is None else abs(said.upper - bound) <= 1e-5 * max(1.0, bound)
