"""The figures of a run, what stands beside them, and what must not be otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from hezhi.edge.real.plan import Plan
from hezhi.edge.real.replies import Summary
from hezhi.edge.real.run import Result
from hezhi.kit.figures import Figure


def figures(plan: Plan, result: Result) -> list[Figure]:
    """Return every figure of the run."""
    return [*_records(plan, result), *_words(plan, result), *_loops(plan, result), *_replies(plan, result)]


def _records(plan: Plan, result: Result) -> Iterator[Figure]:
    name = plan.figures
    for what in ("accepted", "refused", "held", "repeated"):
        value = sum(getattr(one.counts, what) for one in result.taken)
        files = ", ".join(f"{one.part.file} {getattr(one.counts, what)}" for one in result.taken)
        yield Figure(f"{name}.records_{what}", value, "count", None, files)
    handed_in = sum(one.handed_in for one in result.taken)
    note = "rows of the files minus accepted, refused, held and repeated ones"
    yield Figure(f"{name}.records_in", handed_in, "count", None, "rows of the files")
    yield Figure(f"{name}.records_unaccounted", sum(one.unaccounted for one in result.taken), "count", 0, note)


def _words(plan: Plan, result: Result) -> Iterator[Figure]:
    judged, least = result.judged, plan.classifier.least
    held_out, loose_out = judged.clean.sample_count, judged.with_copies.sample_count
    clean = f"fixed split, {held_out} held out, {judged.copy_count} copies removed; baseline: least wanted"
    loose = f"the same with copies left in, {loose_out} held out; flatters, not the figure to quote"
    yield Figure(f"{plan.figures}.classifier_macro_f1", judged.clean.macro_f1, "share", least, clean)
    yield Figure(f"{plan.figures}.classifier_macro_f1_with_copies", judged.with_copies.macro_f1, "share", least, loose)
    sizes = ", ".join(str(size) for size in sorted((one.size for one in result.hot), reverse=True)[: plan.hot.shown])
    yield Figure(f"{plan.figures}.hot_issues", len(result.hot), "count", None, f"largest by messages: {sizes}")


def _loops(plan: Plan, result: Result) -> Iterator[Figure]:
    loops = result.loops
    which = (
        "all accepted records" if loops.wanted == loops.of else f"a fixed {loops.wanted} of {loops.of} accepted records"
    )
    stuck = f"; stuck: {dict(loops.stuck)}" if loops.stuck else ""
    yield Figure(f"{plan.figures}.cases_closed", len(loops.case_ids), "count", loops.wanted, f"{which}{stuck}")
    note = f"of {result.explained.count} limits: steps add up, no gap, same due date counted by hand"
    yield Figure(f"{plan.figures}.clocks_unexplained", len(result.explained.odd), "count", 0, note)
    note = f"{result.verified.lines} lines, exported and read by the stand-alone verifier"
    yield Figure("ledger.breaks", len(result.verified.breaks), "count", 0, note)


def _replies(plan: Plan, result: Result) -> Iterator[Figure]:
    ours, theirs = result.ours, result.theirs
    name = plan.figures
    out = f"; left out: {dict(ours.left_out)}" if ours.left_out else ""
    note = f"from the ledger, {ours.count} replies{out}; baseline: plain script"
    yield Figure(f"{name}.reply_days_median", _number(ours), "working days", _number(theirs), note)
    for limit, share in ours.within.items():
        yield Figure(f"{name}.reply_within_{limit}_share", share, "share", theirs.within[limit], note)
    note = "messages for which the working calendar and the plain script differ, record by record"
    yield Figure(f"{name}.reply_time_mismatches", len(result.differing), "count", 0, note)


def _number(one: Summary) -> float:
    return -1.0 if one.median is None else float(one.median)


def failures(plan: Plan, result: Result) -> list[str]:
    """Return what must not be as it is, in words; empty where the run may end well."""
    loops, found = result.loops, []
    if unaccounted := sum(one.unaccounted for one in result.taken):
        found.append(f"{unaccounted} records are unaccounted for")
    if result.judged.clean.macro_f1 < plan.classifier.least:
        found.append(f"macro-F1 {result.judged.clean.macro_f1:.3f} is below {plan.classifier.least}")
    if len(loops.case_ids) != loops.wanted:
        found.append(f"{loops.wanted - len(loops.case_ids)} matters were not closed: {dict(loops.stuck)}")
    if result.differing:
        found.append(f"{len(result.differing)} reply times differ")
    if result.explained.odd:
        found.append(f"{len(result.explained.odd)} limits do not explain themselves, first: {result.explained.odd[0]}")
    if result.verified.breaks:
        found.append(f"the ledger has {len(result.verified.breaks)} breaks, first: {result.verified.breaks[0]}")
    return found


def remarks(plan: Plan, result: Result) -> Iterator[str]:
    """Yield what the table has no room for: reasons of intake, and the hottest issues by their keywords."""
    for one in result.taken:
        said = "; ".join(_reason(why, count) for why, count in one.reasons.most_common()) or "-"
        yield f"{one.part.file}: {one.handed_in} rows, {one.counts.accepted} accepted; not accepted: {said}"
    largest = sorted(result.hot, key=lambda one: (-one.size, -one.heat))[: plan.hot.shown]
    for issue in largest:
        yield f"hot: {issue.size} messages in {issue.span_days} days, heat {issue.heat:g}: {' '.join(issue.keywords)}"


def _reason(why: tuple[str, str, str], count: int) -> str:
    state, field, rule = why
    return f"{state} for {field or 'row'} [{rule}] {count}"
