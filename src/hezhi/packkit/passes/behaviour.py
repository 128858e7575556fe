"""Pass 5, behaviour: detectors and decision tables do what their own tests say. No database.

Whole stories (``tests/loop.yml``) run through the real rooms with ``hezhi pack test``; here only their
order of time is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hezhi.packkit.contracts import WindowResult
from hezhi.packkit.decide import decide
from hezhi.packkit.draft import Draft, Placed
from hezhi.packkit.passes import checks, features, scans
from hezhi.packkit.plan import plan_of
from hezhi.packkit.shape import Decision, Detector
from hezhi.packkit.shape.detect import DetectorTest
from hezhi.packkit.values import values_check
from hezhi.packkit.window import count_rows

TEST_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment of every test of a table; only ages matter."""


def run(draft: Draft) -> None:
    for decision in draft.decisions:
        _decision(draft, decision)
    checks.behaviour(draft)
    for detector in draft.detectors:
        _detector(draft, detector)
    wrong = {one.path for one in draft.findings if one.rule.startswith(("shape/", "refs/", "meaning/"))}
    for scan in draft.scans:
        if f"{draft.shown}/{scan.file}" not in wrong:
            scans.behaviour(draft, scan)
    for feature in draft.features:
        if f"{draft.shown}/{feature.file}" not in wrong:
            features.behaviour(draft, feature)
    _samples(draft)
    for where in draft.stories:
        moments = [step.at for step in where.it.steps]
        for index, (before, now) in enumerate(pairwise(moments), start=1):
            if now < before:
                draft.say(
                    "behaviour/story-order",
                    where,
                    "steps",
                    index,
                    "at",
                    cause=f"{now} comes before {before} of the step above.",
                )
                break


def detector_rows(draft: Draft, test: DetectorTest) -> list[Mapping[str, Any]]:
    """Return the records a detector test runs on."""
    if isinstance(test.given, str):
        return [row.data for row in draft.samples.get(test.given, [])]
    return list(test.given)


def detector_run(draft: Draft, detector: Detector, rows: Iterable[Mapping[str, Any]]) -> WindowResult:
    """Run one detector of a draft over rows; its record must be declared."""
    shape = draft.record(detector.reads)
    assert shape is not None
    return count_rows(detector, shape, {one.it.id for one in draft.matters if one.it.confidential}, rows)


def _decision(draft: Draft, where: Placed[Decision]) -> None:
    try:
        plan_of(where.it)
    except ValueError:
        return  # an unreadable condition is already told by pass 4
    for index, test in enumerate(where.it.tests):
        aged = {name: timedelta(hours=test.aged_hours.get(name, 0)) for name in where.it.inputs}
        told = decide(where.it, test.given, at=TEST_AT, from_at={name: TEST_AT - age for name, age in aged.items()})
        if told.colour != test.colour:
            why = "; ".join(text.en for text in told.because)
            cause = f"'{test.name}' expects {test.colour}, the table says {told.colour} ({why})."
            draft.say("behaviour/decision-test", where, "tests", index, cause=cause)


def _detector(draft: Draft, where: Placed[Detector]) -> None:
    detector = where.it
    if draft.record(detector.reads) is None or detector.within.unit == "count" or detector.quiet.unit == "count":
        return  # already told by passes 3 and 4
    for index, test in enumerate(detector.tests):
        if isinstance(test.given, str) and test.given not in draft.samples:
            continue
        result = detector_run(draft, detector, detector_rows(draft, test))
        told = (len(result.hits), len(result.skipped))
        subjects = tuple(hit.subject for hit in result.hits)
        if told != (test.hits, test.skipped) or (test.subjects and sorted(subjects) != sorted(test.subjects)):
            expected = f"{test.hits} hits {_listed(test.subjects)}and {test.skipped} skipped"
            cause = (
                f"'{test.name}' expects {expected}, there are {told[0]} hits {_listed(subjects)}and {told[1]} skipped."
            )
            draft.say("behaviour/detector-test", where, "tests", index, cause=cause)
    if not any(test.hits for test in detector.tests):
        draft.say("behaviour/never-fires", where, "tests", cause=f"No test sees '{detector.id}' fire.")
    if all(test.hits for test in detector.tests):
        draft.say("behaviour/never-silent", where, "tests", cause=f"No test sees '{detector.id}' stay silent.")


def _listed(subjects: Iterable[str]) -> str:
    told = ", ".join(sorted(subjects))
    return f"on {told} " if told else ""


def _samples(draft: Draft) -> None:
    """``samples/<record>.jsonl`` holds records that intake would accept."""
    matters = [one.it.id for one in draft.matters]
    for record in (one.it for one in draft.records):
        name = f"samples/{record.id}.jsonl"
        for row in draft.samples.get(name, []):
            checked = values_check(record.fields, row.data, matters=matters, ignored=record.ignored)
            for problem in checked.problems[:1]:
                draft.report("behaviour/sample-refused", name, row.line, f"{problem.cause.en}.", problem.nearest)
