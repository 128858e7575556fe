"""Time: suspend, resume, extend, and waits that a task imposes."""

from __future__ import annotations

from datetime import datetime

from hezhi.flow.cases.acts.base import begin, chain_of, finish, in_turn, set_next_ring, wait_end, wait_settle
from hezhi.flow.cases.acts.dispatch import reason_of
from hezhi.flow.cases.contracts import CaseRow, CaseState
from hezhi.flow.cases.errors import ExtensionSpent, NotInFuture
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.rules import clock_should_run
from hezhi.packkit import api as packkit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockMoved, Party
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor


@guard.act
def case_suspend(
    *, case_id: int, reason: str, note: str, waiting_for: Party, by: Actor, at: datetime, key: str = ""
) -> CaseRow:
    """Suspend the case for a catalogue reason; every clock stops, the wait goes on the named account."""
    doing = begin("case.suspend", case_id=case_id, by=by, at=at, key=key, reason=note)
    if doing.is_replay:
        return doing.row
    reason_of(doing.pack.playbook.suspend_reasons, reason)
    return finish(doing, reason_id=reason, waiting_for=waiting_for)


@guard.act
def case_resume(*, case_id: int, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Go on with a suspended case; its clocks run again with what was left."""
    doing = begin("case.resume", case_id=case_id, by=by, at=at, key=key)
    return doing.row if doing.is_replay else finish(doing)


@guard.act
def case_extend(*, case_id: int, amount: int, reason: str, by: Actor, at: datetime, key: str = "") -> CaseRow:
    """Lengthen the main limit by ``amount`` of its units, within what the pack allows.

    Raises:
        ExtensionSpent: no extension is left, or ``amount`` is more than one may add.
    """
    doing = begin("case.extend", case_id=case_id, by=by, at=at, key=key, reason=reason)
    if doing.is_replay:
        return doing.row
    case, allowed = doing.case, doing.pack.playbook.extension
    if case.extension_count >= allowed.times or not 0 < amount <= allowed.budget:
        raise ExtensionSpent(used=case.extension_count, times=allowed.times, at_most=allowed.budget)
    clock = clocks.clock_extend(clock_id=case.main_clock_id, amount=amount, reason=reason, by=by, at=at)
    case.extension_count += 1
    return finish(doing, amount=amount, due_at=clock.due_at)


@guard.act
def case_wait(*, case_id: int, until: datetime, waiting_for: Party, reason: str, by: Actor, at: datetime) -> None:
    """Stop the case's clocks while a waiting time set by a task is on; the state stays as it is.

    Raises:
        NotInFuture: the wait would already be over.
    """
    if until <= at:
        raise NotInFuture(until=until.isoformat())
    case = Case.objects.select_for_update().get(id=case_id)
    wait_settle(case, at)
    was_waiting = not clock_should_run(CaseState(case.state), case.waiting_until, at)
    case.waiting_until = max(until, case.waiting_until or until)
    case.next_ring_at = None
    if not was_waiting:
        clocks.clocks_suspend(subject=chain_of(case_id), reason=reason, waiting_for=waiting_for, by=by, at=at)
        case.due_at = clocks.clock_get(clock_id=case.main_clock_id).due_at
    case.save(update_fields=["waiting_until", "due_at", "next_ring_at"])
    body = {"until": case.waiting_until, "waiting_for": waiting_for, "reason": reason}
    ledger.line_append(chain=chain_of(case_id), act="case.wait", by=by, at=at, body=body, pack=case.pack)


@guard.act
def case_wait_drop(*, case_id: int, by: Actor, at: datetime) -> None:
    """End a case's waiting time early because the work that waited has fallen away; none on, none ended."""
    case = Case.objects.select_for_update().get(id=case_id)
    if case.waiting_until is not None:
        wait_end(case, by=by, at=at)


def wait_follow(event: ClockMoved) -> None:
    """Let a waiting time end when its moved clock says, if it is the one the case waits for."""
    case_id = int(event.subject.removeprefix("wait:"))
    case = Case.objects.select_for_update().filter(id=case_id, waiting_until=event.old_due_at).first()
    if case is None:
        return
    case.waiting_until = event.due_at
    _note_moved(case, "case.wait_moved", event)


def due_follow(event: ClockMoved) -> None:
    """Copy a main clock's new due date after the working calendar changed."""
    case = Case.objects.select_for_update().filter(main_clock_id=event.clock_id).first()
    if case is None:
        return
    case.due_at = event.due_at
    set_next_ring(case, packkit.shelf().of(case.pack))
    _note_moved(case, "case.due_moved", event)


def _note_moved(case: Case, act: str, event: ClockMoved) -> None:
    at, body = in_turn(case, event.at), {"old_due_at": event.old_due_at, "due_at": event.due_at}
    case.save(update_fields=["waiting_until", "due_at", "next_ring_at", "last_act_at"])
    by = Actor.system("calendar")
    ledger.line_append(chain=chain_of(case.id), act=act, by=by, at=at, body=body, pack=case.pack)
