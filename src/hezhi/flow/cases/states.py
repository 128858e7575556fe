"""All moves of a case in one table; only ``acts`` performs them.

``frm`` are the states in which the act is possible, ``to`` the state after it (None: unchanged),
``right`` what the actor needs over the case's place, ``part`` which agency the actor must act for:
``lead``, ``owner`` (who must act now), ``any`` participant, or empty where the right alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from hezhi.flow.cases.contracts import CaseState as S
from hezhi.spine.permissions.contracts import Right

OPEN = frozenset({S.DISPATCHED, S.RETURNED, S.HANDLING, S.SUSPENDED, S.SUBMITTED, S.VERIFIED})
ALL = OPEN | {S.CLOSED}


@dataclass(frozen=True)
class Move:
    frm: frozenset[S]
    to: S | None
    right: Right | None
    part: str = ""
    needs_reason: bool = False


def _from(*states: S) -> frozenset[S]:
    return frozenset(states)


MOVES: dict[str, Move] = {
    "case.accept": Move(_from(S.DISPATCHED), S.HANDLING, Right.CASE_HANDLE, "lead"),
    # Where a return leads is decided by rules.after_return: the proposed owner, or the coordinator.
    "case.return": Move(_from(S.DISPATCHED), None, Right.CASE_HANDLE, "lead", needs_reason=True),
    "case.rule": Move(_from(S.RETURNED), S.DISPATCHED, Right.CASE_COORDINATE, needs_reason=True),
    "case.transfer": Move(_from(S.DISPATCHED, S.HANDLING), S.DISPATCHED, Right.CASE_COORDINATE, needs_reason=True),
    "case.add_co": Move(_from(S.DISPATCHED, S.HANDLING), None, Right.CASE_HANDLE, "lead"),
    "case.hand_over": Move(_from(S.HANDLING, S.SUSPENDED, S.SUBMITTED), None, Right.CASE_HANDLE, "lead"),
    "case.form_task_force": Move(_from(S.HANDLING), None, Right.CASE_COORDINATE, needs_reason=True),
    "case.dissolve_task_force": Move(ALL, None, Right.CASE_COORDINATE, needs_reason=True),
    "case.urge": Move(OPEN, None, Right.CASE_SUPERVISE, needs_reason=True),
    "case.supervise": Move(OPEN, None, Right.CASE_SUPERVISE, needs_reason=True),
    # An order outlives the case it was given on: it is answered all the same.
    "case.answer": Move(ALL, None, None, "any", needs_reason=True),
    "case.suspend": Move(_from(S.HANDLING), S.SUSPENDED, Right.CASE_HANDLE, "lead", needs_reason=True),
    "case.resume": Move(_from(S.SUSPENDED), S.HANDLING, Right.CASE_HANDLE, "lead"),
    "case.extend": Move(_from(S.HANDLING), None, Right.CASE_COORDINATE, needs_reason=True),
    "case.raise_ring": Move(OPEN, None, Right.CASE_SUPERVISE, needs_reason=True),
    "case.submit": Move(_from(S.HANDLING), S.SUBMITTED, Right.CASE_HANDLE, "lead", needs_reason=True),
    "case.send_back": Move(_from(S.SUBMITTED, S.VERIFIED), S.HANDLING, Right.CASE_VERIFY, needs_reason=True),
    "case.verify": Move(_from(S.SUBMITTED), S.VERIFIED, Right.CASE_VERIFY),
    "case.close": Move(_from(S.VERIFIED), S.CLOSED, Right.CASE_VERIFY),
    "case.reopen": Move(_from(S.CLOSED), S.HANDLING, Right.CASE_VERIFY, needs_reason=True),
    # One's own interest is declared by whoever sees the case; another's is set by who supervises it.
    "case.recuse": Move(ALL, None, Right.CASE_READ, needs_reason=True),
    "case.lift_recusal": Move(ALL, None, Right.CASE_SUPERVISE, needs_reason=True),
    # A reporter or the burdened person contests with the number and code of the own report.
    "case.contest": Move(ALL, None, None, needs_reason=True),
    "case.decide_contest": Move(ALL, None, Right.CASE_COORDINATE, needs_reason=True),
}


def acts_from(state: S) -> tuple[str, ...]:
    """Return every act that is possible in ``state``, in the table's order.

    Example:
        >>> acts_from(S.RETURNED)[0]
        'case.rule'
    """
    return tuple(act for act, move in MOVES.items() if state in move.frm)
