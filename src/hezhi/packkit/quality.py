"""The quality scale, computed. A pack claims nothing here: a rule is done because code saw it, exempt with a
reason, or still to do. Age never promotes, and time alone can demote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from hezhi.packkit.check import draft_check
from hezhi.packkit.draft import Draft
from hezhi.packkit.passes.behaviour import detector_rows, detector_run
from hezhi.packkit.shape.base import Text

Status = Literal["done", "todo", "exempt"]
TIERS = ("none", "bronze", "silver", "gold")
EVIDENCE_LASTS = timedelta(days=365)
STORM_COPIES = 10_000
NEVER_EXEMPT = ("sound", "lawful-basis-stated", "samples-invented", "pure-data")


@dataclass(frozen=True)
class Scored:
    """One rule of the scale as it stands for one pack."""

    rule: str
    tier: Literal["bronze", "silver", "gold"]
    status: Status
    reason: str


@dataclass(frozen=True)
class Score:
    """``tier`` is the highest whose rules, and those of all tiers below, are done or exempt."""

    tier: Literal["none", "bronze", "silver", "gold"]
    claimed: str
    rows: tuple[Scored, ...]
    story_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What the rules may look at."""

    draft: Draft
    today: date
    stories: Mapping[str, bool] | None

    def broken(self, *rules: str) -> str:
        """Return the first finding of these rules, or nothing."""
        return next((str(one) for one in self.draft.findings if one.rule in rules), "")


Answer = tuple[bool | None, str]
"""Whether the rule is kept (None: it does not apply) and why one thinks so."""


def pack_score(folder: Path, *, today: date, stories: Mapping[str, bool] | None = None) -> Score:
    """Return how a pack stands on every rule of the scale.

    Args:
        folder: the pack's folder.
        today: day of the question; owners leave, evidence and reviews run out.
        stories: story name to whether it passed, from a run through the real rooms; None where none was made.
    """
    draft = draft_check(folder, kinds=None, locked=None)
    asked = _Asked(draft, today, stories)
    notes = {where.it.rule: where.it for where in draft.quality}
    rows = []
    for tier, name, ask in SCALE:
        kept, reason = ask(asked)
        status: Status = "exempt" if kept is None else "done" if kept else "todo"
        note = notes.get(name)
        if status == "todo" and note and note.exempt and name not in NEVER_EXEMPT:
            status, reason = "exempt", note.exempt
        if status == "todo" and ask is _evidence:
            fresh = note and note.evidence and note.seen_on and timedelta(0) <= today - note.seen_on <= EVIDENCE_LASTS
            status, reason = ("done", f"{note.seen_on}: {note.evidence}") if fresh and note else (status, reason)
        rows.append(Scored(name, tier, status, reason))
    claimed = draft.identity.it.quality if draft.identity and draft.identity.it.quality else "none"
    return Score(_tier(rows), claimed, tuple(rows), tuple(where.it.name for where in draft.stories))


def _tier(rows: list[Scored]) -> Any:
    reached = "none"
    for tier in TIERS[1:]:
        if any(row.tier == tier and row.status == "todo" for row in rows):
            return reached
        reached = tier
    return reached


def _none_of(*rules: str, done: str) -> Callable[[_Asked], Answer]:
    """A rule that is kept while the check has no finding of these kinds."""

    def ask(asked: _Asked) -> Answer:
        told = asked.broken(*rules)
        return not told, told or done

    return ask


def _sound(asked: _Asked) -> Answer:
    count = len(asked.draft.findings)
    return count == 0, f"the check has {count} findings" if count else "the check has no finding"


def _owner(asked: _Asked) -> Answer:
    owners = asked.draft.identity.it.owners if asked.draft.identity else None
    return (True, f"{', '.join(owners.people)} ({owners.agency})") if owners else (False, "no owner stands in pack.yml")


def _basis(asked: _Asked) -> Answer:
    rows = (asked.draft.identity.it.lawful_basis or ()) if asked.draft.identity else ()
    if not any(row.is_verified for row in rows):
        return False, "no article was read in the text in force"
    stale = [row.cite for row in rows if not timedelta(0) <= asked.today - row.checked_on <= EVIDENCE_LASTS]
    return (
        (False, f"not checked within twelve months: {', '.join(stale)}")
        if stale
        else (True, f"{len(rows)} articles, checked within twelve months")
    )


def _fires_and_silent(asked: _Asked) -> Answer:
    draft = asked.draft
    if not draft.detectors and not draft.scans:
        return None, "the pack has no detector"
    told = asked.broken("behaviour/detector-test", "behaviour/never-fires", "behaviour/never-silent")
    if told:
        return False, told
    for where in draft.detectors:
        counts = [
            hit.count
            for test in where.it.tests
            for hit in detector_run(draft, where.it, detector_rows(draft, test)).hits
        ]
        if where.it.at_least.value not in counts:
            return False, f"no test of '{where.it.id}' stands at the exact limit of {where.it.at_least.value}"
    if draft.scans:
        return True, "every detector was seen to fire and to stay silent"
    return True, "every detector was seen to fire, to stay silent and to turn at its exact limit"


def _stories(asked: _Asked) -> Answer:
    names = [where.it.name for where in asked.draft.stories]
    if not names:
        return False, "tests/loop.yml has no story"
    if asked.stories is None:
        return False, "the stories were not run here: 'hezhi pack test' runs them where there is a database"
    failed = [name for name in names if not asked.stories.get(name, False)]
    return (
        (False, f"does not pass: {failed[0]}")
        if failed
        else (True, f"{len(names)} stories passed through the real rooms")
    )


def _expectations(asked: _Asked) -> Answer:
    bound = {where.it.record for where in asked.draft.expectations}
    missing = [where.it.id for where in asked.draft.records if where.it.id not in bound]
    if missing:
        return False, f"no bound on the number of records of '{missing[0]}'"
    return False, "bounds are set; that they held for 30 days is measured once the pack runs"


def _deadlines(asked: _Asked) -> Answer:
    book = asked.draft.playbook.it if asked.draft.playbook else None
    if not book or not book.rings:
        return False, "the playbook has no ring of escalation"
    return True, f"{len(book.tasks)} tasks with limits, {len(book.rings)} rings of escalation"


def _storm(asked: _Asked) -> Answer:
    """Ten thousand copies of one record at one moment raise one hit per subject."""
    draft = asked.draft
    if not draft.detectors:
        return None, "the pack has no detector"
    for where in draft.detectors:
        row = next((rows[-1] for test in where.it.tests if test.hits and (rows := detector_rows(draft, test))), None)
        record = draft.record(where.it.reads)
        if row is None or record is None:
            return False, f"'{where.it.id}' has no firing test to copy"
        copies = ({**row, record.key: f"storm-{number}"} for number in range(STORM_COPIES))
        hits = len(detector_run(draft, where.it, copies).hits)
        if hits != 1:
            return False, f"{STORM_COPIES} copies of one record raise {hits} hits of '{where.it.id}'"
    return True, f"{STORM_COPIES} copies of one record raise one hit"


def _late_and_missing(asked: _Asked) -> Answer:
    draft = asked.draft
    for where in draft.detectors:
        record = draft.record(where.it.reads)
        if not any(test.skipped for test in where.it.tests):
            return False, f"no test of '{where.it.id}' has a record with a missing field"
        moments = (
            [[str(row.get(record.happened)) for row in detector_rows(draft, test)] for test in where.it.tests]
            if record
            else []
        )
        if not any(one != sorted(one) for one in moments):
            return False, f"no test of '{where.it.id}' has a record that comes late"
    for decision in draft.decisions:
        if not any(test.colour == "grey" for test in decision.it.tests):
            return False, f"no test of '{decision.it.id}' leaves an input out"
    return True, "late records, missing fields and missing inputs were tried"


def _permissions(asked: _Asked) -> Answer:
    refused = [where.it.name for where in asked.draft.stories if any(step.refused for step in where.it.steps)]
    if not refused:
        return False, "no story has a step that is refused"
    if asked.stories is None or not all(asked.stories.get(name) for name in refused):
        return False, "the stories with refused steps were not run here or do not pass"
    return True, f"{len(refused)} stories with refused steps passed"


def _words(asked: _Asked) -> Answer:
    draft = asked.draft
    parts = [
        draft.identity,
        draft.playbook,
        *draft.records,
        *draft.matters,
        *draft.detectors,
        *draft.scans,
        *draft.decisions,
        *draft.checks,
        *draft.features,
        *draft.indicators,
    ]
    for part in parts:
        for text in _texts(part.it) if part else ():
            if not re.sub(r"\{[^{}]*\}", "", text.zh).strip():
                continue  # nothing but what a record fills in
            if not re.search(r"[\u4e00-\u9fff]", text.zh):
                return False, f"not Chinese: '{text.zh}'"
            if re.search(r"[\u4e00-\u9fff]", text.en):
                return False, f"not English: '{text.en}'"
    return True, "every text stands in Chinese and in English"


def _texts(value: Any) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, BaseModel):
        return [text for name in type(value).model_fields for text in _texts(getattr(value, name, None))]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, (tuple, list)) else []


def _owner_active(asked: _Asked) -> Answer:
    review_by = asked.draft.identity.it.review_by if asked.draft.identity else None
    if review_by is None or review_by < asked.today:
        return False, f"the review was due on {review_by}"
    return True, f"next review by {review_by}"


def _measured(what: str) -> Callable[[_Asked], Answer]:
    """A rule that only a running city can prove; until then it is to do."""
    return lambda asked: (False, what)


def _evidence(asked: _Asked) -> Answer:
    return False, "needs evidence in quality.yml that is younger than twelve months"


SCALE: tuple[tuple[Literal["bronze", "silver", "gold"], str, Callable[[_Asked], Answer]], ...] = (
    ("bronze", "sound", _sound),
    ("bronze", "id-matches-folder", _none_of("refs/id-not-folder", done="the folder is named like the pack")),
    ("bronze", "owner-named", _owner),
    ("bronze", "lawful-basis-stated", _basis),
    ("bronze", "fires-and-silent", _fires_and_silent),
    ("bronze", "outcomes-labelled", _none_of("meaning/no-honest-outcome", done="every outcome carries a verdict")),
    ("bronze", "story-passes", _stories),
    ("bronze", "samples-invented", _none_of("meaning/sample-real-looking", done="no sample could name a real person")),
    (
        "bronze",
        "blind-spots-named",
        _none_of("meaning/blind-spot-unnamed", done="blind spots and innocent reasons are named"),
    ),
    ("bronze", "readme-headings", _none_of("meaning/readme-headings", done="the README answers the five questions")),
    ("bronze", "pure-data", _none_of("text/pure-data", "text/not-yml", done="nothing but data")),
    ("silver", "expectations-set", _expectations),
    ("silver", "deadlines-and-escalation", _deadlines),
    ("silver", "storm-tested", _storm),
    ("silver", "late-and-missing-data-tested", _late_and_missing),
    ("silver", "permissions-tested", _permissions),
    ("silver", "retention-tested", _measured("measured when records of this pack have been deleted on time")),
    ("silver", "words-complete", _words),
    ("silver", "owner-active", _owner_active),
    ("silver", "field-tested", _evidence),
    ("gold", "backtested", _measured("needs a replay of at least 90 days with verdicts")),
    ("gold", "labels-enough", _measured("needs at least 50 closed cases with a verdict")),
    ("gold", "indicator-reconciles", _measured("needs indicators recomputed from a ledger of this pack")),
    ("gold", "drift-alarm", _measured("needs a season of records to alarm on")),
    ("gold", "subgroup-errors-shown", _evidence),
    ("gold", "explained-on-screen", _evidence),
    ("gold", "replay-same-result", _measured("needs two replays of the same ledger")),
    ("gold", "exit-plan", _evidence),
    ("gold", "second-agency-reviewed", _evidence),
)
"""Tier, name and question of every rule, in the order they are told."""
