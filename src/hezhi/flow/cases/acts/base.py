"""How every act on a case begins and ends.

``begin`` locks the case, recognises a replay by its key, and checks right, state, order and reason;
``finish`` moves the state, sets the clock going or not, writes the one ledger line and tells the house.
Between the two an act changes what only it may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hezhi.flow.cases import queries
from hezhi.flow.cases.contracts import CaseActed, CaseRow, CaseState
from hezhi.flow.cases.errors import CaseIsErased, CaseNotFound, MissingReason, NotYourCase, OutOfOrder, WrongState
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.rules import clock_should_run
from hezhi.flow.cases.states import MOVES, Move, acts_from
from hezhi.kit import bus
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.base import Limit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockRow, Party, Unit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, ActorKind, Right


@dataclass
class Doing:
    """One act under way. ``is_replay``: the same act was already done; nothing may be changed."""

    act: str
    move: Move
    case: Case
    by: Actor
    at: datetime
    key: str
    is_replay: bool = False
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def pack(self) -> Pack:
        return packkit.shelf().of(self.case.pack)

    @property
    def row(self) -> CaseRow:
        return queries.case_row(self.case)


def chain_of(case_id: int) -> str:
    return f"case:{case_id}"


def begin(act: str, *, case_id: int, by: Actor, at: datetime, key: str = "", reason: str | None = None) -> Doing:
    """Lock the case and check that ``by`` may do ``act`` now.

    WHY a replay is recognised before the right is checked: the first time, the act may have moved the case
    to another agency, as a return does.

    Raises:
        CaseNotFound: no such case, or the actor may not see it.
        CaseIsErased: all its records were erased, and its words with them.
        NotAllowed, NotYourCase: the actor sees it but may not do this.
        KeyAlreadyUsed: the key belongs to another act.
        WrongState: the table of moves does not have the act here.
        OutOfOrder: a later act is already written.
        MissingReason: the act owes a reason and ``reason`` is blank.
    """
    move = MOVES[act]
    case = queries.locked_by_id.first(case_id=case_id)
    if case is None or not may_know(case, move, by):
        raise CaseNotFound(case_id=case_id)
    _require_kept(case)
    doing = Doing(act, move, case, by, at, key)
    if ledger.is_replay(chain=chain_of(case_id), key=key, act=act, by=by):
        doing.is_replay = True
        return doing
    check_right(case, move, by, act)
    if CaseState(case.state) not in move.frm:
        possible = ", ".join(acts_from(CaseState(case.state)))
        raise WrongState(act=act, state=case.state, possible=possible)
    check_order(case, act, at)
    if move.needs_reason and not (reason or "").strip():
        raise MissingReason(act=act)
    if reason is not None:
        doing.body["reason"] = reason.strip()
    wait_settle(case, at)
    return doing


def may_know(case: Case, move: Move, by: Actor) -> bool:
    """Say whether ``by`` may learn that the case exists. A reporter contests what the own report became of."""
    is_reporters = by.kind is ActorKind.CITIZEN and move.right is None
    return is_reporters or permissions.may(by, Right.CASE_READ, queries.place_of(case))


def _require_kept(case: Case) -> None:
    if case.erased_at is not None:
        raise CaseIsErased(case=case.number)


def check_order(case: Case, act: str, at: datetime) -> None:
    """Raise unless the moment ``at`` lies at or after the last act of ``case``."""
    if at < case.last_act_at:
        raise OutOfOrder(act=act, at=at.isoformat(), last_act_at=case.last_act_at.isoformat())


def case_lock(*, case_id: int) -> CaseRow:
    """Return a case that nobody else acts on until the transaction ends; who may see it is not asked.

    Raises:
        CaseNotFound: there is none.
    """
    case = queries.locked_by_id.first(case_id=case_id)
    if case is None:
        raise CaseNotFound(case_id=case_id)
    return queries.case_row(case)


@guard.act
def case_touch(*, case_id: int, act: str, at: datetime) -> None:
    """Lock a case for an act that a later room writes to its chain, and keep the chain in order of time.

    WHY first of all: whoever locks the case before anything else never waits crosswise for another act.

    Raises:
        CaseNotFound: there is none.
        CaseIsErased.
        OutOfOrder: a later act is already written.
    """
    case = queries.locked_by_id.first(case_id=case_id)
    if case is None:
        raise CaseNotFound(case_id=case_id)
    _require_kept(case)
    check_order(case, act, at)
    wait_settle(case, at)
    case.last_act_at = at
    case.save(update_fields=["last_act_at"])


@guard.act
def case_turn(*, case_id: int, at: datetime) -> datetime:
    """Lock a case for a line that the house adds by itself; return the line's moment, never before the last act's."""
    case = queries.locked_by_id.all(case_id=case_id)[0]
    at = in_turn(case, at)
    wait_settle(case, at)
    case.save(update_fields=["last_act_at"])
    return at


def in_turn(case: Case, at: datetime) -> datetime:
    """Return the moment of a line that nobody can be refused: ``at``, or that of the last act where it is later.

    The caller holds the lock on the case and saves ``last_act_at``, so that the chain stays in order of time.
    """
    case.last_act_at = max(case.last_act_at, at)
    return case.last_act_at


def check_right(case: Case, move: Move, by: Actor, act: str) -> None:
    """Raise unless ``by`` may perform ``move`` on ``case``."""
    if by.kind is ActorKind.SYSTEM:
        return
    place = queries.place_of(case)
    right = move.right
    if right is Right.CASE_VERIFY and packkit.shelf().of(case.pack).playbook.verification.by == "coordinator":
        right = Right.CASE_COORDINATE
    if right is not None:
        permissions.require(by, right, place, read_right=Right.CASE_READ)
    elif by.kind is not ActorKind.CITIZEN:
        permissions.require(by, Right.CASE_READ, place, read_right=Right.CASE_READ)
    if move.part == "lead" and by.agency_id != case.lead_agency_id:
        raise NotYourCase(act=act, lead_agency_id=case.lead_agency_id)
    if move.part == "any" and by.agency_id not in case.agency_ids and by.agency_id != case.owner_agency_id:
        raise NotYourCase(act=act, lead_agency_id=case.lead_agency_id)


def finish(doing: Doing, *, to: CaseState | None = None, **body: Any) -> CaseRow:
    """Move the state, save, write the ledger line, publish ``CaseActed``; return the case as it is then.

    WHY it is read again: whoever hears of the act may let a further agency join.
    ``to`` overrides the table's target for acts whose target a rule decides.
    """
    case = doing.case
    before = CaseState(case.state)
    case.state = to or doing.move.to or case.state
    _keep_clock(doing, before, body)
    case.last_act_at = doing.at
    case.save()
    whole = {**doing.body, **body, "from": before, "to": case.state, "owner": case.owner_agency_id}
    line = ledger.line_append(
        chain=chain_of(case.id), act=doing.act, by=doing.by, at=doing.at, body=whole, pack=case.pack, key=doing.key
    )
    bus.publish(CaseActed(doing.row, doing.act, whole, doing.by.ref, doing.by.person_id, doing.at, line.hash))
    return queries.case_row(queries.by_id.all(case_id=case.id)[0])


def _keep_clock(doing: Doing, before: CaseState, body: dict[str, Any]) -> None:
    """Suspend or resume the case's clocks when the state or a wait asks for it, and note the new due date."""
    case = doing.case
    should = clock_should_run(CaseState(case.state), case.waiting_until, doing.at)
    clock = clocks.clock_get(clock_id=case.main_clock_id)
    moved: Sequence[ClockRow] = ()
    reason = str(doing.body.get("reason", ""))
    if clock.stopped_at is None and case.state == CaseState.CLOSED:
        moved = clocks.clocks_stop(subject=clock.subject, by=doing.by, at=doing.at)  # the sub-ledgers too
    elif clock.stopped_at is None and clock.is_running and not should:
        party = Party(body.get("waiting_for") or Party.AGENCY)
        moved = clocks.clocks_suspend(subject=clock.subject, reason=reason, waiting_for=party, by=doing.by, at=doing.at)
    elif clock.stopped_at is None and not clock.is_running and should:
        moved = clocks.clocks_resume(subject=clock.subject, reason=reason, by=doing.by, at=doing.at)
    case.due_at = next((one.due_at for one in moved if one.id == clock.id), clock.due_at)
    set_next_ring(case, doing.pack)


def limit_ends_at(start: datetime, limit: Limit) -> datetime:
    """Return the moment at which a limit that starts at ``start`` ends."""
    return clocks.due_after(start=start, budget=limit.budget, unit=Unit(limit.unit))


def set_next_ring(case: Case, pack: Pack) -> None:
    """Find when the next ring is told: never while the case waits, is suspended or closed."""
    rings = pack.playbook.rings
    is_running = clock_should_run(CaseState(case.state), case.waiting_until, case.last_act_at)
    if not is_running or case.ring >= len(rings):
        case.next_ring_at = None
    else:
        case.next_ring_at = limit_ends_at(clocks.counted_from(case.due_at), rings[case.ring].after_due)


def wait_settle(case: Case, at: datetime) -> None:
    """End a waiting time that was over before ``at``, as of the moment it was over, whether swept or not.

    The caller holds the lock on the case.
    """
    if case.waiting_until is not None and case.waiting_until <= at:
        wait_end(case, by=Actor.system("sweep"), at=case.waiting_until)


def wait_end(case: Case, *, by: Actor, at: datetime) -> None:
    """End a waiting time; the caller holds the lock on the case."""
    at, case.waiting_until = in_turn(case, at), None
    if clock_should_run(CaseState(case.state), None, at):
        clocks.clocks_resume(subject=chain_of(case.id), reason="wait over", by=by, at=at)
    case.due_at = clocks.clock_get(clock_id=case.main_clock_id).due_at
    set_next_ring(case, packkit.shelf().of(case.pack))
    case.save(update_fields=["waiting_until", "due_at", "next_ring_at", "last_act_at"])
    body = {"due_at": case.due_at}
    ledger.line_append(chain=chain_of(case.id), act="case.wait_over", by=by, at=at, body=body, pack=case.pack)
