"""The end of a case and what comes after: robots that verify, close, rate, contest, decide and open again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hezhi.edge.demo.behaviours import Contest, Rate
from hezhi.edge.demo.desk import Desk
from hezhi.edge.demo.working import task_plans
from hezhi.edge.demo.world import Plan, holds
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState, Paper
from hezhi.flow.intake.contracts import RecordRow
from hezhi.flow.outcomes import api as outcomes
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor


def plans(desk: Desk) -> Iterator[Plan]:
    """Yield what may happen to a case that was submitted, verified or closed."""
    if desk.case.state is CaseState.SUBMITTED:
        yield _judgement(desk)
    elif desk.case.state is CaseState.VERIFIED:
        since = desk.past.last_at("case.verify")
        assert since is not None
        yield desk.plan("close", desk.later(since, desk.behaviour.close_hours, "close", since), partial(_close, desk))
    elif desk.case.state is CaseState.CLOSED:
        yield from task_plans(desk)
        yield from _ratings(desk)
        yield from _reopening(desk)


def _verifier(desk: Desk) -> Actor:
    """Return who verifies, closes and opens again: always the same supervisor for one case."""
    by = desk.pack.playbook.verification.by
    return desk.officer_for(Role.COORDINATOR if by == "coordinator" else Role.SUPERVISOR)


def _judgement(desk: Desk) -> Plan:
    verify, line = desk.behaviour.verify, desk.past.last("case.submit")
    assert line is not None
    at = desk.later(line.at, verify.after_hours, "verify", line.at)
    if not desk.past.count("case.send_back") and desk.roll(verify.send_back, "send back"):
        return desk.plan("send_back", at, partial(_send_back, desk))
    return desk.plan("verify", at, partial(_verify, desk))


def _send_back(desk: Desk, plan: Plan) -> None:
    cases.case_send_back(
        case_id=desk.case.id,
        reason=desk.behaviour.verify.send_back_reason,
        by=_verifier(desk),
        at=plan.at,
        key=plan.key,
    )


def _verify(desk: Desk, plan: Plan) -> None:
    verify = desk.behaviour.verify
    papers = [Paper(name, desk.world.samples[verify.papers[name]], f"{name}.png") for name in verify.papers]
    cases.case_verify(
        case_id=desk.case.id, note=verify.note, papers=papers, by=_verifier(desk), at=plan.at, key=plan.key
    )


def _close(desk: Desk, plan: Plan) -> None:
    cases.case_close(case_id=desk.case.id, by=_verifier(desk), at=plan.at, key=plan.key)


def _ratings(desk: Desk) -> Iterator[Plan]:
    """Yield the rating of everyone who reported by form and so holds the code that opens the answer."""
    rate, closed = desk.behaviour.rate, desk.case.closed_at
    if rate is None or closed is None:
        return
    rated = {(line.body["record"], line.body["round"]) for line in desk.past.every("record.rate")}
    for record in desk.records():
        words = ("rate", record.source_key, desk.round)
        if (record.id, desk.round) in rated or not desk.world.receipts.has(record) or not desk.roll(rate.share, *words):
            continue
        at = desk.later(closed, rate.after_hours, *words, hours="citizen")
        yield desk.plan(f"rate-{record.source_key}", at, partial(_rate, desk, rate, record))


def _rate(desk: Desk, rate: Rate, record: RecordRow, plan: Plan) -> None:
    words = (*desk.words, "stars", record.source_key, desk.round)
    weights = rate.stars.get(desk.case.outcome) or rate.stars[""]
    stars = desk.world.dice.weighted(weights, *words)
    said = rate.comments.get(stars, ())
    comment = desk.world.dice.one_of(said, *words, "comment") if said and desk.world.is_drawn(0.5, *words, "?") else ""
    code = desk.world.receipts.code_of(record)
    outcomes.rating_give(number=record.number, code=code, stars=stars, comment=comment, at=plan.at)


def contest_plans(desk: Desk) -> Iterator[Plan]:
    """Yield a contest against a closed case, once, and its decision."""
    for line in desk.past.every("case.contest"):
        if desk.past.first_with("case.decide_contest", "contest", line.body["contest"]) is None:
            wish = _contest_of(desk)
            if wish is None:
                return  # somebody else's contest waits for a person, not for a robot
            at = desk.later(line.at, wish.decide_hours, "decide", line.at)
            yield desk.plan("decide_contest", at, partial(_decide, desk, line.body["contest"], wish))
    closed = desk.case.closed_at
    wish = _contest_of(desk) if closed and not desk.past.count("case.contest") else None
    if wish and closed:
        at = desk.later(closed, wish.after_hours, "contest", hours="citizen")
        yield desk.plan("contest", at, partial(_contest, desk, wish))


def _contest_of(desk: Desk) -> Contest | None:
    outcome = {"outcome": _first_outcome(desk), "round": 0, "matter": desk.case.matter}
    for number, wish in enumerate(desk.behaviour.contests):
        if holds(wish.when, outcome) and desk.roll(wish.share, "contest", number):
            return wish
    return None


def _first_outcome(desk: Desk) -> str:
    closes = desk.past.every("case.close")
    return str(closes[0].body["outcome"]) if closes else ""


def _contest(desk: Desk, wish: Contest, plan: Plan) -> None:
    records = desk.records()
    number = records[0].number if records else ""
    by = Actor.citizen(number) if wish.by == "citizen" and number else desk.coordinator(plan.at)
    cases.case_contest(case_id=desk.case.id, record_number=number, text=wish.text, by=by, at=plan.at, key=plan.key)


def _decide(desk: Desk, contest_id: int, wish: Contest, plan: Plan) -> None:
    cases.case_decide_contest(
        case_id=desk.case.id, contest_id=contest_id, decision=wish.decision, reason=wish.reason,
        by=desk.coordinator(plan.at), at=plan.at, key=plan.key,
    )  # fmt: skip


def _reopening(desk: Desk) -> Iterator[Plan]:
    """A supervisor opens a case again on what a re-visit brought to light."""
    wish = desk.behaviour.reopen
    asked = [one for one in desk.tasks if one.element == "kernel_revisit" and one.done_at]
    if wish is None or not asked or desk.round or not desk.holds(wish.when) or not desk.roll(wish.share, "reopen"):
        return
    at = desk.later(asked[0].done_at, wish.after_hours, "reopen")
    yield desk.plan("reopen", at, partial(_reopen, desk))


def _reopen(desk: Desk, plan: Plan) -> None:
    assert desk.behaviour.reopen is not None
    cases.case_reopen(
        case_id=desk.case.id, reason=desk.behaviour.reopen.reason, by=_verifier(desk), at=plan.at, key=plan.key
    )
