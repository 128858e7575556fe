"""What must hold after the loop: every due date explains itself, and the ledger is whole."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hezhi.kit.moments import day_ends_at, day_of
from hezhi.project.options import ROOT
from hezhi.spine.calendar import api as calendar
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Explanation, Unit
from hezhi.spine.ledger import api as ledger

CASE_CLOCKS = ("case", "task", "wait", "order", "contest")  # what the clocks of a case are about
VERIFIER = ROOT / "scripts/verify_ledger.py"


@dataclass(frozen=True)
class Explained:
    """``odd``: clocks whose explanation does not add up, with the reason."""

    count: int
    odd: tuple[str, ...]


def clocks_explained(
    case_ids: Sequence[int], alert_ids: Sequence[int], *, at: datetime, on_done: Callable[[int], None]
) -> Explained:
    """Explain every clock of these cases, their tasks and these alerts as of ``at``, and add the steps up."""
    count, odd = 0, []
    for subject in _subjects(case_ids, alert_ids, on_done):
        for row in clocks.clocks_of(subject=subject):
            count += 1
            asked_at = max(at, row.started_at)
            told = clocks.clock_explain(clock_id=row.id, at=asked_at)
            odd += [f"{subject} {row.spec.kind}: {why}" for why in faults(row, told, asked_at)]
    return Explained(count, tuple(odd))


def _subjects(case_ids: Sequence[int], alert_ids: Sequence[int], on_done: Callable[[int], None]) -> Iterator[str]:
    yield from (f"alert:{one}" for one in alert_ids)
    for case_id in case_ids:
        yield from (f"{kind}:{case_id}" for kind in CASE_CLOCKS)
        on_done(1)


def faults(row: ClockRow, told: Explanation, at: datetime) -> Iterator[str]:
    """Yield what is wrong with one explanation.

    A clock that ran until it was due counts its whole budget; one stopped before counts what it used.
    """
    end = row.stopped_at or at
    counted = sum(step.counted for step in told.steps)
    stopped_early = row.stopped_at is not None and row.stopped_at < told.due_at
    wanted = told.used_count if stopped_early else told.budget_count
    if counted != wanted:
        yield f"its steps count {counted}, not {wanted}"
    if told.used_count + told.left_count != told.budget_count:
        yield "used and left are not the budget"
    if sum(seconds for _, _, seconds in told.waits) != int((end - row.started_at).total_seconds()):
        yield "its waits are not the whole time"
    if told.steps[0].from_at != row.started_at:
        yield "its first step does not begin with it"
    if any(one.to_at != other.from_at for one, other in zip(told.steps, told.steps[1:], strict=False)):
        yield "its steps leave a gap"
    if told.due_at != row.due_at:
        yield "it is due at another moment than its row says"
    if (due_at := plain_due(row, told)) is not None and due_at != told.due_at:
        yield "counting by hand gives another due date"


def plain_due(row: ClockRow, told: Explanation) -> datetime | None:
    """Count the due date of a working-day clock that was never halted, without the clocks room."""
    if row.spec.unit is not Unit.WORKING_DAY or any(step.says == "waited" for step in told.steps):
        return None
    last = calendar.add_working_days(calendar.calendar_get(), day_of(row.started_at), told.budget_count)
    return day_ends_at(last)


@dataclass(frozen=True)
class Verified:
    """What the stand-alone verifier said of an export: its breaks, and how many lines it read."""

    lines: int
    breaks: tuple[str, ...]


def ledger_verified(*, at: datetime) -> Verified:
    """Seal, export to a folder of the moment, and run the stand-alone verifier on it."""
    ledger.seal_make(at=at)
    with tempfile.TemporaryDirectory(prefix="hezhi-real-") as folder:
        counts = ledger.ledger_export(folder=Path(folder))
        done = subprocess.run(
            [sys.executable, "-I", str(VERIFIER), folder], capture_output=True, text=True, encoding="utf-8", check=False
        )
    said = tuple(line for line in done.stdout.splitlines() if line.strip())
    if done.returncode == 0:
        return Verified(counts.lines, ())
    return Verified(counts.lines, said or (done.stderr.strip() or f"verifier ended with {done.returncode}",))
