"""The table of moves is whole: nothing undefined, no dead end but the end."""

from __future__ import annotations

from hezhi.flow.cases.contracts import CaseState as S
from hezhi.flow.cases.states import ALL, MOVES, acts_from


def test_every_state_can_be_reached_and_left() -> None:
    leads_to = {move.to for move in MOVES.values() if move.to} | {S.DISPATCHED, S.RETURNED}

    assert leads_to == set(S)
    assert all(acts_from(state) for state in S)


def test_every_open_state_has_a_way_to_the_end() -> None:
    steps = {(frm, move.to) for move in MOVES.values() if move.to for frm in move.frm}
    reached = {S.CLOSED}
    for _ in S:
        reached |= {frm for frm, to in steps if to in reached}

    assert reached == ALL


def test_whoever_burdens_or_refuses_owes_a_reason() -> None:
    owing = {act for act, move in MOVES.items() if move.needs_reason}

    assert owing == {
        "case.return", "case.rule", "case.transfer", "case.form_task_force", "case.dissolve_task_force", "case.urge",
        "case.supervise", "case.answer", "case.suspend", "case.extend", "case.raise_ring", "case.submit",
        "case.send_back", "case.reopen", "case.contest", "case.decide_contest", "case.recuse", "case.lift_recusal",
    }  # fmt: skip
