"""What holds for every act on a case: where it is possible, who may do it, what it writes, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.cases.errors import CaseNotFound, MissingReason, NotYourCase, OutOfOrder, WrongState
from hezhi.flow.cases.models import Case
from hezhi.flow.cases.states import MOVES
from hezhi.flow.cases.tests.acts import ACTS, trials, tried
from hezhi.flow.cases.tests.factories import (
    BELL,
    GATE,
    LAMP,
    MONDAY,
    WELL,
    Lamps,
    last,
    lines,
    nothing_changes,
    refused,
    rolled_back,
)
from hezhi.kit.errors import NotAllowed
from hezhi.spine.ledger import api as ledger
from hezhi.spine.ledger.errors import KeyAlreadyUsed
from hezhi.spine.permissions.contracts import Actor

S = CaseState
EVERY = sorted(MOVES)
LEADS = sorted(act for act, move in MOVES.items() if move.part == "lead")
OF_A_REGION = sorted(act for act, one in ACTS.items() if one.who in ("coordinator", "supervisor"))
OWE_A_REASON = sorted(act for act, move in MOVES.items() if move.needs_reason)
HOUR = timedelta(hours=1)


def test_every_act_of_the_table_is_tried() -> None:
    assert set(ACTS) == set(MOVES)


@pytest.mark.parametrize("state", list(S))
def test_an_act_is_possible_exactly_where_the_table_says(lamps: Lamps, state: CaseState) -> None:
    case = lamps.in_state(state)

    for act in EVERY:
        with rolled_back():
            ACTS[act].given(lamps, case)
            if state is S.RETURNED and ACTS[act].who == LAMP and act != "case.answer":
                with refused(CaseNotFound):  # nobody leads it, and the lamp office has no part in it
                    ACTS[act].do(tried(lamps, act, case))
            elif state is S.RETURNED and act == "case.answer":
                with refused(CaseNotFound):
                    ACTS[act].do(tried(lamps, act, case))
            elif state in MOVES[act].frm:
                told = ACTS[act].do(tried(lamps, act, case))
                assert told.state == (MOVES[act].to or ACTS[act].to or state), act
            else:
                with refused(WrongState, act=act, state=state):
                    ACTS[act].do(tried(lamps, act, case))


def test_an_act_writes_one_line_that_says_who_when_why_and_what_moved(lamps: Lamps) -> None:
    at = MONDAY + HOUR
    for act, case in trials(lamps, EVERY):
        before = len(lines(case, act))

        told = ACTS[act].do(tried(lamps, act, case, at=at, key="k-1"))

        new = lines(case, act)[before:]
        assert len(new) == 1, act
        line = new[0]
        by = tried(lamps, act, case).by.ref
        assert (line.actor, line.at, line.pack, line.key) == (by, at, "lamp_out@2026.1", "k-1")
        assert (line.body["from"], line.body["to"]) == (ACTS[act].state, told.state)
        assert line.body["owner"] == told.owner_agency_id
        # A contest's words stay out of the ledger; a verifier may add a note, but owes none.
        owed = {"case.contest": None, "case.verify": ""}.get(act, "有理由" if MOVES[act].needs_reason else None)
        assert line.body.get("reason") == owed, act
        assert [one.at for one in lines(case)] == sorted(one.at for one in lines(case))
        assert Case.objects.get(id=case.id).last_act_at == at
        assert ledger.ledger_breaks() == []


def test_the_same_act_under_the_same_key_changes_nothing(lamps: Lamps) -> None:
    for act, case in trials(lamps, EVERY):
        once = ACTS[act].do(tried(lamps, act, case, key="k-1"))

        with nothing_changes():
            again = ACTS[act].do(tried(lamps, act, case, key="k-1", at=MONDAY + HOUR))

        assert again == lamps.case(once.id), act


def test_a_key_that_belongs_to_another_act_is_refused(lamps: Lamps) -> None:
    for act, case in trials(lamps, EVERY):
        of_the_opening = lines(case)[0].key

        with refused(KeyAlreadyUsed, key=of_the_opening):
            ACTS[act].do(tried(lamps, act, case, key=of_the_opening))


def test_a_key_that_belongs_to_somebody_else_is_refused(lamps: Lamps) -> None:
    case, second = lamps.handled(), lamps.second_person(LAMP)
    cases.case_hand_over(case_id=case.id, person_id=second.person_id, by=lamps.by(LAMP), at=MONDAY, key="k-1")

    with refused(KeyAlreadyUsed):
        cases.case_hand_over(case_id=case.id, person_id=second.person_id, by=second, at=MONDAY, key="k-1")


def test_an_act_dated_before_the_last_one_is_refused(lamps: Lamps) -> None:
    for act, case in trials(lamps, EVERY):
        with refused(OutOfOrder, act=act):
            ACTS[act].do(tried(lamps, act, case, at=MONDAY - timedelta(seconds=1)))


@pytest.mark.parametrize("reason", ["", " \n"])
def test_an_act_that_owes_a_reason_is_refused_without_one(lamps: Lamps, reason: str) -> None:
    for act, case in trials(lamps, OWE_A_REASON):
        with refused(MissingReason, act=act):
            ACTS[act].do(tried(lamps, act, case, reason=reason))


def test_what_is_the_lead_agencys_nobody_else_does(lamps: Lamps) -> None:
    for act, case in trials(lamps, LEADS, "lamp"):
        for co_handler in (WELL, BELL):
            with refused(NotYourCase, act=act, lead_agency_id=lamps.agency(LAMP)):
                ACTS[act].do(tried(lamps, act, case, by=lamps.by(co_handler)))
        with refused(CaseNotFound):
            ACTS[act].do(tried(lamps, act, case, by=lamps.by(GATE)))
        for role in ("coordinator", "supervisor", "duty_officer"):
            with refused(NotAllowed):
                ACTS[act].do(tried(lamps, act, case, by=lamps.by(role)))


def test_what_is_a_regions_the_lead_and_other_regions_do_not(lamps: Lamps) -> None:
    elsewhere = lamps.other_county()
    for act, case in trials(lamps, OF_A_REGION, "lamp"):
        if case.lead_agency_id is not None:
            with refused(NotAllowed):
                ACTS[act].do(tried(lamps, act, case, by=lamps.by(LAMP)))
        other = "supervisor" if ACTS[act].who == "coordinator" else "coordinator"
        with refused(NotAllowed):
            ACTS[act].do(tried(lamps, act, case, by=lamps.by(other)))
        for role in ("coordinator", "supervisor"):
            with refused(CaseNotFound):
                ACTS[act].do(tried(lamps, act, case, by=elsewhere[role]))


def test_an_act_on_a_case_that_does_not_exist_is_not_found(lamps: Lamps) -> None:
    with refused(CaseNotFound):
        cases.case_accept(case_id=999_999_999, by=lamps.by(LAMP), at=MONDAY)


def test_a_citizen_does_nothing_but_contest(lamps: Lamps) -> None:
    for act, case in trials(lamps, sorted(set(MOVES) - {"case.contest"})):
        assert lamps.receipt is not None
        citizen = Actor.citizen(lamps.receipt.record.number)

        with refused(NotYourCase if act == "case.answer" else CaseNotFound):
            ACTS[act].do(tried(lamps, act, case, by=citizen))


def test_a_page_offers_exactly_the_acts_that_are_possible(lamps: Lamps) -> None:
    case = lamps.handled("lamp")
    offered = {name: cases.case_view(case_id=case.id, by=lamps.by(name)).acts for name in (LAMP, WELL, "coordinator")}

    assert offered == {
        LAMP: (
            "case.add_co", "case.hand_over", "case.answer", "case.suspend", "case.submit", "case.recuse",
            "case.contest",
        ),
        WELL: ("case.answer", "case.recuse", "case.contest"),
        "coordinator": (
            "case.transfer", "case.form_task_force", "case.dissolve_task_force", "case.extend", "case.recuse",
            "case.contest", "case.decide_contest",
        ),
    }  # fmt: skip
    assert last(case).act == "task.open"
