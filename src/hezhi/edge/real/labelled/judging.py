"""Runs the detector over labelled cities and tells precision and recall, beside a simple rule on the same rows."""

from __future__ import annotations

import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hezhi.edge.real.labelled.making import Made, city_make
from hezhi.edge.real.labelled.plan import LabelledPlan, Seeding
from hezhi.kit.figures import Figure
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.plan import micros
from hezhi.packkit.scans.run import scan_run
from hezhi.packkit.scans.trial import given_tables
from hezhi.packkit.shape import Pack

Z95 = 1.959963984540054  # two-sided 95 per cent of the normal distribution


@dataclass(frozen=True)
class Counted:
    """Subjects found or not, true or not. ``by_kind``: of each kind how many there are and how many were found."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0
    by_kind: Mapping[str, tuple[int, int]] | None = None

    @property
    def precision(self) -> float:
        return self.hit / (self.hit + self.false) if self.hit + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 0.0

    @property
    def prevalence(self) -> float:
        return (self.hit + self.missed) / max(1, self.hit + self.false + self.missed + self.quiet)


@dataclass(frozen=True)
class Judged:
    """The same cities judged by the detector and by the simple rule."""

    detector: Counted
    simple: Counted


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 per cent interval of a share by Wilson's score.

    Example:
        >>> [round(bound, 4) for bound in wilson(70, 100)]
        [0.6042, 0.7811]
        >>> wilson(0, 0)
        (0.0, 1.0)
    """
    if whole == 0:
        return 0.0, 1.0
    share, weight = part / whole, Z95 * Z95 / whole
    middle = (share + weight / 2) / (1 + weight)
    half = Z95 * math.sqrt(share * (1 - share) / whole + weight / (4 * whole)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def judge(plan: LabelledPlan, pack: Pack, seeding: Seeding, params: Mapping[str, int] | None = None) -> Judged:
    """Make the cities of these seeds, and compare what is found in them with what is true."""
    scan = pack.scan(plan.detector)
    records = {one.id: one for one in pack.records}
    cities = [(seed, city_make(plan, seed)) for seed in getattr(plan.seeds, seeding)]
    span = Span(micros(datetime(2000, 1, 1, tzinfo=UTC)), micros(datetime(2100, 1, 1, tzinfo=UTC)))
    pairs: dict[str, list[Counted]] = {"detector": [], "simple": []}
    engine = DuckEngine(threads=1)
    try:
        for _, made in cities:
            with tempfile.TemporaryDirectory(prefix="hezhi-labelled-") as folder:
                tables = given_tables(made.rows, records, Path(folder))
                hits = scan_run(engine, scan, records, tables, span, span.end, params)
                pairs["detector"].append(counted(plan, made, {hit.subject for hit in hits}))
            pairs["simple"].append(counted(plan, made, simply_found(plan, made)))
    finally:
        engine.close()
    return Judged(_sum(pairs["detector"]), _sum(pairs["simple"]))


def simply_found(plan: LabelledPlan, made: Made) -> set[str]:
    """Return the subjects whose amount reached the fixed limit in enough of the months before any one."""
    rule = plan.simple
    high: dict[str, set[int]] = defaultdict(set)
    for row in made.rows[plan.meters.record]:
        if row[rule.field] >= rule.at_least:
            year, month = map(int, str(row[plan.meters.moment.field])[:7].split("-"))
            high[row[plan.meters.subject]].add(year * 12 + month)
    return {
        subject
        for subject, months in high.items()
        if any(sum(last - rule.of < one <= last for one in months) >= rule.months for last in months)
    }


def counted(plan: LabelledPlan, made: Made, found: Collection[str]) -> Counted:
    """Compare the subjects found with the labels."""
    table: Counter[tuple[bool, bool]] = Counter()
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for subject, kind in made.kind_of.items():
        is_found = subject in found
        table[kind in plan.truth.kinds, is_found] += 1
        kinds[kind][0] += 1
        kinds[kind][1] += is_found
    by_kind = {name: (total, got) for name, (total, got) in kinds.items()}
    return Counted(table[True, True], table[False, True], table[True, False], table[False, False], by_kind)


def _sum(parts: Iterable[Counted]) -> Counted:
    parts = list(parts)
    names = sorted({name for part in parts for name in part.by_kind or {}})
    by_kind = {
        name: (
            sum((part.by_kind or {}).get(name, (0, 0))[0] for part in parts),
            sum((part.by_kind or {}).get(name, (0, 0))[1] for part in parts),
        )
        for name in names
    }
    return Counted(
        sum(part.hit for part in parts), sum(part.false for part in parts), sum(part.missed for part in parts),
        sum(part.quiet for part in parts), by_kind,
    )  # fmt: skip


def labelled_figures(plan: LabelledPlan, judged: Judged) -> list[Figure]:
    """Return precision and recall, each with its interval, beside the published number and the simple rule."""
    own, simple = judged.detector, judged.simple
    rule = f"simple rule ({plan.simple.field} ≥ {plan.simple.at_least})"
    shares = (
        ("precision", own.hit, own.hit + own.false, simple.precision),
        ("recall", own.hit, own.hit + own.missed, simple.recall),
    )
    made = []
    for name, part, whole, beside in shares:
        low, high = wilson(part, whole)
        note = (
            f"{part} of {whole}, 95 % {low:.3f} to {high:.3f}; {rule} in the same run: {beside:.3f}; prevalence "
            f"{own.prevalence:.3f}; seeds {', '.join(map(str, plan.seeds.evaluation))}, none used for tuning; "
            f"baseline: {plan.published.what}"
        )
        made.append(
            Figure(f"{plan.figures}.{name}", part / whole if whole else 0.0, "share", plan.published.value, note)
        )
    return made
