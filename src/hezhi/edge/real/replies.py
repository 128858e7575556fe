"""How long replies took in working days: told by the ledger, and by a plain script that knows nothing of Hezhi."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hezhi.edge.real.messages import Message
from hezhi.edge.real.plan import Columns, Replies
from hezhi.kit.moments import day_of
from hezhi.project.options import ROOT
from hezhi.spine.calendar import api as calendar
from hezhi.spine.calendar.contracts import WorkCalendar
from hezhi.spine.ledger import api as ledger

SCRIPT = ROOT / "scripts/reply_times.py"
Judgement = int | str  # working days, or why there are none: missing, reversed, outside


@dataclass(frozen=True)
class Span:
    """From when a message was written until its matter was closed, None while it is not."""

    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True)
class Summary:
    """``within``: limit in working days → share 0–1 of the counted ones. ``left_out``: word → how many."""

    count: int
    median: float | None
    within: Mapping[int, float]
    left_out: Mapping[str, int]


def spans_of_ledger(prefix: str) -> dict[str, Span]:
    """Return the span of every accepted message whose key begins with ``prefix-``, read from the ledger alone."""
    keys: dict[int, tuple[str, datetime]] = {}
    for line in ledger.chains_lines(prefix="record:", with_words=True):
        if line.body.get("state") == "accepted" and str(line.body.get("key", "")).startswith(f"{prefix}-"):
            happened_at = datetime.fromisoformat(line.body["happened_at"])
            keys[int(line.chain.partition(":")[2])] = (line.body["key"], happened_at)
    records: dict[str, list[int]] = {}
    closed: dict[int, datetime] = {}
    for line in ledger.chains_lines(prefix="case:", with_words=True):
        if line.act == "case.open":
            records[line.chain] = line.body["records"]
        elif line.act == "case.close":
            closed |= dict.fromkeys(records[line.chain], line.at)
    return {key: Span(from_at, closed.get(record_id)) for record_id, (key, from_at) in keys.items()}


def judged(span: Span, known: WorkCalendar, first_year: int, last_year: int) -> Judgement:
    """Count the working days of a span by the working calendar; the first day never counts."""
    if span.to_at is None:
        return "missing"
    from_on, to_on = day_of(span.from_at), day_of(span.to_at)
    if to_on < from_on:
        return "reversed"
    if from_on.year < first_year or to_on.year > last_year:
        return "outside"
    return calendar.working_days_between(known, from_on, to_on)


def by_ledger(replies: Replies, messages: Sequence[Message]) -> dict[str, Judgement]:
    """Return the judgement of every message by its key at the source, without prefix.

    The ledger tells when each matter was closed. What has no reply, or one from before it was written, was
    closed without one, so the ledger cannot tell how long the reply took: that comes from the file.
    A message that intake did not accept is not judged at all.
    """
    known = calendar.calendar_get()
    years = (replies.first_year, replies.last_year)
    unanswered = {one.key: Span(one.at, one.answered_at) for one in messages if one.at and not one.is_answered}
    spans = spans_of_ledger(replies.part)
    spans |= {key: unanswered[key] for key in spans.keys() & unanswered.keys()}
    return {key.removeprefix(f"{replies.part}-"): judged(span, known, *years) for key, span in spans.items()}


def by_script(file: Path, columns: Columns, days: Path) -> dict[str, Judgement]:
    """Let the plain script judge the file, in a process of its own.

    Raises:
        subprocess.CalledProcessError: it failed; what it said went to standard error.
    """
    names = ["--id", columns.key, "--asked", columns.at, "--answered", columns.answered]
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file), str(days), *names, "--json"],
        check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    return json.loads(done.stdout)["records"]


def differing(ours: Mapping[str, Judgement], theirs: Mapping[str, Judgement]) -> list[str]:
    """Return the keys on which the two disagree, or that only one of them has."""
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))


def summary(judgements: Mapping[str, Judgement], within: tuple[int, ...]) -> Summary:
    """Return median and shares of what could be counted."""
    numbers = [one for one in judgements.values() if isinstance(one, int)]
    words = [one for one in judgements.values() if isinstance(one, str)]
    return Summary(
        count=len(numbers),
        median=statistics.median(numbers) if numbers else None,
        within={limit: sum(one <= limit for one in numbers) / len(numbers) if numbers else 0.0 for limit in within},
        left_out={word: words.count(word) for word in sorted(set(words))},
    )
