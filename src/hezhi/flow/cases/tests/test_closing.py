"""The end of a case is a claim to be verified: submit, send back, verify, close."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState, Paper
from hezhi.flow.cases.errors import OwnWork, UnknownOutcome, WorkIsOpen
from hezhi.flow.cases.tests.factories import HOUSE, LAMP, MONDAY, Lamps, lines, moment, refused
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskState
from hezhi.services.notices.models import Notice
from hezhi.spine.clocks import api as clocks
from hezhi.spine.files.errors import FileUnknown
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerSeed, Role

TUESDAY = moment("03-03 09:00")


def claim(lamps: Lamps, case_id: int, outcome: str) -> object:
    return tasks.work_submit(case_id=case_id, outcome=outcome, summary="已办", by=lamps.by(LAMP), at=TUESDAY)


def test_a_claim_names_an_outcome_of_the_pack_and_has_its_verdict(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.do(case, "look", found="fine")

    claim(lamps, case.id, "fine")

    told = lamps.case(case.id)
    assert (told.state, told.outcome, told.verdict) == (CaseState.SUBMITTED, "fine", "false")
    body = lines(case, "case.submit")[0].body
    assert (body["outcome"], body["verdict"], body["reason"]) == ("fine", "false", "已办")


def test_an_outcome_the_pack_does_not_know_is_refused(lamps: Lamps) -> None:
    case = lamps.handled()

    with refused(UnknownOutcome, outcome="perfect", known="mended, fine, wrong, unknown"):
        claim(lamps, case.id, "perfect")


def test_an_outcome_is_claimed_only_on_the_work_it_needs(lamps: Lamps) -> None:
    case = lamps.handled()
    lamps.do(case, "look", found="broken")

    with refused(WorkIsOpen, needed=["decide"], waiting_for=[]):
        claim(lamps, case.id, "mended")


def test_what_the_claim_does_not_need_falls_away_and_the_main_clock_runs_on(lamps: Lamps) -> None:
    case = lamps.noticed(lamps.handled())
    assert case.waiting_until is not None

    claim(lamps, case.id, "unknown")

    assert lamps.tasks(case) == []
    assert {one.element for one in lamps.tasks(case, TaskState.CANCELLED)} == {"ring_bell", "recheck"}
    assert lamps.case(case.id).waiting_until is None  # nothing waits any more
    main = next(one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.spec.kind == "main")
    assert main.is_running
    assert [one.stopped_at for one in clocks.clocks_of(subject=f"wait:{case.id}")] == [TUESDAY]


def test_nobody_verifies_the_own_work(lamps: Lamps) -> None:
    seed = OfficerSeed(f"story.{LAMP}", f"经办{LAMP}", "story-story_office", Role.SUPERVISOR, title="又一岗")
    people.people_load(agencies=[], officers=[seed], from_on=MONDAY.date(), by=HOUSE, at=MONDAY)
    case = lamps.submitted()
    told = {"case_id": case.id, "papers": [lamps.paper("proof")], "at": MONDAY}

    with refused(OwnWork):
        cases.case_verify(by=lamps.by(LAMP), **told)
    assert cases.case_verify(by=lamps.by("supervisor"), **told).state is CaseState.VERIFIED


def test_verifying_needs_the_papers_of_the_pack_and_they_must_be_kept(lamps: Lamps) -> None:
    case = lamps.submitted()
    told = {"case_id": case.id, "by": lamps.by("supervisor"), "at": MONDAY}

    with refused(WorkIsOpen, papers=["proof"]):
        cases.case_verify(papers=[lamps.paper("other")], **told)
    with refused(FileUnknown):
        cases.case_verify(papers=[Paper("proof", "0" * 64, "x.png")], **told)

    cases.case_verify(papers=[lamps.paper("proof")], note="看过了", **told)
    body = lines(case, "case.verify")[0].body
    assert body["papers"] == [{"name": "proof", "sha256": lamps.town.paper}]
    assert body["file_names"] == {lamps.town.paper: "proof.txt"}
    assert body["reason"] == "看过了"


def test_sending_back_asks_for_rework_and_takes_the_claim_away(lamps: Lamps) -> None:
    case = lamps.submitted()

    again = cases.case_send_back(case_id=case.id, reason="照片不清", by=lamps.by("supervisor"), at=TUESDAY)

    assert (again.state, again.outcome, again.verdict) == (CaseState.HANDLING, "", "")
    assert again.due_at == case.due_at
    (rework,) = lamps.tasks(case)
    assert (rework.element, rework.person_id, rework.due_at) == (
        "kernel_rework", lamps.town.persons[LAMP], moment("03-18 00:00"),
    )  # fmt: skip
    with refused(WorkIsOpen, waiting_for=["故事lamp_office"]):
        claim(lamps, case.id, "unknown")
    lamps.do(case, "kernel_rework", at=TUESDAY, answer="重拍了")
    claim(lamps, case.id, "unknown")


def test_a_verified_case_may_still_be_sent_back(lamps: Lamps) -> None:
    case = lamps.verified()

    again = cases.case_send_back(case_id=case.id, reason="有人说不对", by=lamps.by("supervisor"), at=TUESDAY)

    assert (again.state, lamps.live(case)) == (CaseState.HANDLING, ["kernel_rework", "look"][:1])


def test_closing_stops_every_clock_and_says_what_came_of_it(lamps: Lamps) -> None:
    case = lamps.verified("lamp")

    closed = lamps.close(case, at=TUESDAY)

    assert (closed.state, closed.closed_at) == (CaseState.CLOSED, TUESDAY)
    running = [one for one in clocks.clocks_of(subject=f"case:{case.id}") if one.stopped_at is None]
    assert running == []
    body = lines(case, "case.close")[0].body
    assert {name: body[name] for name in ("outcome", "verdict", "is_wrongful", "summary", "is_on_time", "agency")} == {
        "outcome": "unknown", "verdict": "cannot_verify", "is_wrongful": False, "summary": "已办", "is_on_time": True,
        "agency": lamps.agency(LAMP),
    }  # fmt: skip


@pytest.mark.parametrize(("late", "is_on_time"), [(timedelta(seconds=-1), True), (timedelta(), False)])
def test_a_limit_is_kept_until_the_moment_it_ends(lamps: Lamps, late: timedelta, is_on_time: bool) -> None:
    case = lamps.verified()

    lamps.close(case, at=case.due_at + late)

    assert lines(case, "case.close")[0].body["is_on_time"] is is_on_time


def test_the_reporter_is_told_under_the_own_number(lamps: Lamps) -> None:
    case = lamps.closed()

    assert lamps.receipt is not None
    number = lamps.receipt.record.number
    told = Notice.objects.get(act="case.close")
    assert (told.recipient, told.text_zh) == (f"citizen:{number}", f"{number} 已办结")
    assert told.about == f"case:{case.id}"


def test_a_share_of_closed_cases_is_drawn_for_a_second_look_by_the_coordinator(lamps: Lamps) -> None:
    verification = lamps.pack.playbook.verification.model_dump()
    undrawn = lamps.closed()
    lamps.change(verification={**verification, "audit_share": 1})

    drawn = lamps.closed()

    assert (undrawn.is_audit_drawn, drawn.is_audit_drawn) == (False, True)
    assert lamps.live(undrawn) == []
    (audit,) = lamps.tasks(drawn)
    assert (audit.element, audit.part, audit.agency_id) == (
        "kernel_audit", "coordinator", lamps.town.agencies["story_office"],
    )  # fmt: skip
    done = tasks.task_done(task_id=audit.id, result={"answer": "属实"}, by=lamps.by("coordinator"), at=TUESDAY)
    assert (done.state, lamps.case(drawn.id).state) == (TaskState.DONE, CaseState.CLOSED)
    assert lamps.live(drawn) == []  # a second look opens no work on a closed case


def test_a_coordinator_verifies_where_the_pack_says_so(lamps: Lamps) -> None:
    lamps.change(verification={**lamps.pack.playbook.verification.model_dump(), "by": "coordinator"})
    case = lamps.submitted()
    told = {"case_id": case.id, "papers": [lamps.paper("proof")], "at": MONDAY}

    from hezhi.kit.errors import NotAllowed

    with refused(NotAllowed):
        cases.case_verify(by=lamps.by("supervisor"), **told)
    assert cases.case_verify(by=lamps.by("coordinator"), **told).state is CaseState.VERIFIED
