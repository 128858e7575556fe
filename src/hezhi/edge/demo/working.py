"""Work on an accepted case: robots that do tasks, ask others in, pause, extend, hand over and submit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from hezhi.edge.demo.behaviours import Claim, CoHand, Doing, Extend, Force, Looking, Pause
from hezhi.edge.demo.desk import Desk
from hezhi.edge.demo.merging import split_plan
from hezhi.edge.demo.world import Plan
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseState
from hezhi.flow.intake import api as intake
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import KernelTask, Paper, TaskRow, TaskState
from hezhi.packkit.shape.playbook import Task as Element
from hezhi.spine.clocks.contracts import Party
from hezhi.spine.people.contracts import Role
from hezhi.spine.permissions.contracts import Actor


def plans(desk: Desk) -> Iterator[Plan]:
    """Yield what may happen to a case in hand."""
    if desk.case.state is CaseState.SUSPENDED:
        yield from _resume(desk)
        return
    yield from task_plans(desk)
    yield from _begin(desk)
    yield from _pauses(desk)
    yield from _extend(desk)
    yield from _hand_over(desk)
    yield from _co_hands(desk)
    yield from _forces(desk)
    yield from _submit(desk)
    if (split := split_plan(desk)) is not None:
        yield split


def task_plans(desk: Desk) -> Iterator[Plan]:
    """Yield the doing of every open task that somebody will do."""
    for task in desk.tasks:
        way = desk.doing_of(task.element, task.part) if task.state is TaskState.OPEN else None
        if way is not None:
            at = _when(desk, task, way)
            agency = desk.world.cast.agency(task.agency_id).code
            yield desk.plan(f"{task.element}.{agency}", at, partial(_do, desk, task, way))


def _when(desk: Desk, task: TaskRow, way: Doing) -> datetime:
    is_slow = desk.roll(desk.behaviour.slow_share, "slow") and task.element not in set(KernelTask)
    opened = max(task.opened_at, task.not_before or task.opened_at)
    resumed = desk.past.last_at("case.resume")
    start = max(opened, resumed) if resumed else opened
    times = desk.behaviour.slow_times if is_slow else 1
    return desk.later(start, way.after_hours, task.element, task.agency_name, opened, times=times)


def _do(desk: Desk, task: TaskRow, way: Doing, plan: Plan) -> None:
    making = desk.making(plan.at, task.element, task.agency_name, desk.round)
    doer = desk.doer(task, plan.at)
    making.facts["doer"] = doer.name
    papers = [Paper(name, desk.world.samples[file], f"{name}.png") for name, file in way.papers.items()]
    if way.looks is not None and desk.roll(way.looks.share, "look", task.element, desk.round):
        _look(desk, task, way.looks, doer, plan)
    tasks.task_done(
        task_id=task.id,
        result=making.all_of(way.result),
        papers=papers,
        by=doer,
        at=plan.at,
        key=f"{plan.key}:{_nth(desk, task)}",
    )


def _look(desk: Desk, task: TaskRow, looks: Looking, doer: Actor, plan: Plan) -> None:
    """Open a masked field of the oldest report that has it, and read it once; the ticket runs out by itself."""
    found = [one for one in desk.views() if looks.field in one.secret_fields]
    if not found or doer.agency_id != task.agency_id:
        return
    ticket = intake.ticket_open(
        record_id=found[0].row.id, fields=[looks.field], case_id=desk.case.id, task_id=task.id, basis=looks.basis,
        purpose=looks.purpose, minutes=looks.minutes, by=doer, at=plan.at, key=f"{plan.key}:{_nth(desk, task)}:look",
    )  # fmt: skip
    if not ticket.read_count:  # a replay that was killed here goes on where it was
        intake.ticket_read(ticket_id=ticket.id, by=doer, at=plan.at)


def _nth(desk: Desk, task: TaskRow) -> int:
    """Return which task of its element and agency this is; ids differ after a kill, this does not."""
    return sum(
        1 for one in desk.tasks if (one.element, one.agency_id) == (task.element, task.agency_id) and one.id < task.id
    )


def optional_ready(desk: Desk) -> list[Element]:
    """Return optional tasks whose turn has come and that somebody will do."""
    live_or_done = [one for one in desk.tasks if one.state is not TaskState.CANCELLED]
    begun = {one.element for one in live_or_done}
    done = {one.element for one in live_or_done if one.state is TaskState.DONE}
    return [
        one
        for one in desk.pack.playbook.tasks
        if one.optional and one.id not in begun and set(one.after) <= done and desk.holds(dict(one.opens_when))
        and desk.doing_of(one.id) is not None
    ]  # fmt: skip


def _begin(desk: Desk) -> Iterator[Plan]:
    for element in optional_ready(desk):
        at = desk.later(_idle_since(desk), (0.2, 0.5, 2), "begin", element.id, desk.round)
        yield desk.plan(f"begin-{element.id}", at, partial(_task_begin, desk, element.id))


def _task_begin(desk: Desk, element: str, plan: Plan) -> None:
    tasks.task_begin(case_id=desk.case.id, element=element, by=desk.lead(), at=plan.at)


def _idle_since(desk: Desk) -> datetime:
    """Return the last moment at which work on the case moved."""
    moments = [one.done_at for one in desk.tasks if one.state is TaskState.DONE and one.done_at]
    last = desk.past.last_at("case.accept", "case.resume", "case.send_back", "case.reopen", "case.part_done")
    return max([*moments, desk.past.round_began() or desk.case.opened_at, last or desk.case.opened_at])


def _pauses(desk: Desk) -> Iterator[Plan]:
    for number, pause in enumerate(desk.behaviour.pauses):
        opened = next(
            (one.opened_at for one in desk.tasks if one.element == pause.stage and one.state is TaskState.OPEN), None
        )
        is_new = desk.past.first_with("case.suspend", "reason_id", pause.reason) is None
        if opened and is_new and desk.holds(pause.when) and desk.roll(pause.share, "pause", number):
            at = desk.later(opened, (0.1, 0.3, 0.9), "pause", number)
            yield desk.plan("suspend", at, partial(_suspend, desk, pause))


def _suspend(desk: Desk, pause: Pause, plan: Plan) -> None:
    cases.case_suspend(
        case_id=desk.case.id, reason=pause.reason, note=pause.note, waiting_for=Party(pause.waiting_for),
        by=desk.lead(), at=plan.at, key=plan.key,
    )  # fmt: skip


def _resume(desk: Desk) -> Iterator[Plan]:
    line = desk.past.last("case.suspend")
    assert line is not None
    pause = next((one for one in desk.behaviour.pauses if one.reason == line.body.get("reason_id")), None)
    days = desk.world.dice.triangle(*(pause.days if pause else (2, 4, 8)), *desk.words, "resume", line.at)
    at = desk.later(line.at + timedelta(days=days), (0.1, 0.6, 3), "resume", line.at)
    yield desk.plan("resume", at, partial(_resume_do, desk))


def _resume_do(desk: Desk, plan: Plan) -> None:
    cases.case_resume(case_id=desk.case.id, by=desk.lead(), at=plan.at, key=plan.key)


def _extend(desk: Desk) -> Iterator[Plan]:
    wish, allowed = desk.behaviour.extend, desk.pack.playbook.extension
    used = desk.past.count("case.extend")
    if wish is None or used or not allowed.times or not desk.holds(wish.when) or not desk.roll(wish.share, "extend"):
        return
    at = desk.world.hours["office"].after(desk.case.due_at - timedelta(hours=wish.before_due_hours), 0)
    at = max(at, desk.past.last_at() or at)
    if at < desk.case.due_at:
        yield desk.plan("extend", at, partial(_extend_do, desk, wish))


def _extend_do(desk: Desk, wish: Extend, plan: Plan) -> None:
    cases.case_extend(
        case_id=desk.case.id,
        amount=wish.amount,
        reason=wish.reason,
        by=desk.coordinator(plan.at),
        at=plan.at,
        key=plan.key,
    )


def _hand_over(desk: Desk) -> Iterator[Plan]:
    accepted = desk.past.last_at("case.accept")
    for number, wish in enumerate(desk.behaviour.hand_overs):
        if accepted is None or desk.past.count("case.hand_over") or not desk.holds(wish.when):
            continue
        if desk.roll(wish.share, "hand over", number):
            at = desk.later(accepted, wish.after_hours, "hand over", number)
            yield desk.plan("hand_over", at, partial(_hand_over_do, desk))


def _hand_over_do(desk: Desk, plan: Plan) -> None:
    assert desk.case.lead_agency_id is not None
    colleague = desk.world.cast.colleague(desk.case.lead_agency_id, desk.case.handler_id, *desk.words)
    to = colleague or desk.lead()
    assert to.person_id is not None
    cases.case_hand_over(case_id=desk.case.id, person_id=to.person_id, by=desk.lead(), at=plan.at, key=plan.key)


def _co_hands(desk: Desk) -> Iterator[Plan]:
    accepted = desk.past.last_at("case.accept")
    for number, wish in enumerate(desk.behaviour.co_hands):
        agency = desk.world.cast.agency_near(wish.kind, desk.case.region_code)
        if accepted is None or agency is None or agency.id in desk.case.agency_ids or not desk.holds(wish.when):
            continue
        if desk.roll(wish.share, "co-hand", number):
            at = desk.later(accepted, wish.after_hours, "co-hand", number)
            yield desk.plan(f"add_co-{wish.kind}", at, partial(_add_co, desk, wish, agency.id))


def _add_co(desk: Desk, wish: CoHand, agency_id: int, plan: Plan) -> None:
    cases.case_add_co(
        case_id=desk.case.id, agency_id=agency_id, part=wish.part, by=desk.lead(), at=plan.at, key=plan.key
    )


def _forces(desk: Desk) -> Iterator[Plan]:
    accepted = desk.past.last_at("case.accept")
    for number, wish in enumerate(desk.behaviour.forces):
        if accepted is None or desk.past.count("case.form_task_force") or not desk.holds(wish.when):
            continue
        if desk.roll(wish.share, "force", number):
            at = desk.later(accepted, (0.5, 2, 5), "force", number)
            yield desk.plan("form_force", at, partial(_form_force, desk, wish))


def _form_force(desk: Desk, wish: Force, plan: Plan) -> None:
    cast, here = desk.world.cast, desk.case.region_code
    agencies = [found for kind in wish.kinds if (found := cast.agency_near(kind, here))]
    people = [cast.officer(one.id, Role.HANDLER, *desk.words, "force") for one in agencies]
    members = [one.person_id for one in people if one.person_id is not None]
    cases.case_form_force(
        case_id=desk.case.id, name=wish.name, purpose=wish.purpose, member_ids=members,
        ends_at=plan.at + timedelta(days=wish.days), by=desk.coordinator(plan.at), at=plan.at, key=plan.key,
    )  # fmt: skip


def _submit(desk: Desk) -> Iterator[Plan]:
    """The lead claims an outcome once all that somebody will do is done."""
    blocking = [one for one in desk.live() if desk.doing_of(one.element, one.part) is not None]
    if blocking or optional_ready(desk):
        return
    claim = claim_of(desk)
    if claim is not None:
        at = desk.later(
            _idle_since(desk), desk.behaviour.submit_hours, "submit", desk.round, desk.past.count("case.submit")
        )
        yield desk.plan("submit", at, partial(_submit_do, desk, claim))


def claim_of(desk: Desk) -> Claim | None:
    """Return the first outcome whose condition holds and whose tasks are done."""
    done = {one.element for one in desk.tasks if one.state is TaskState.DONE}
    for number, claim in enumerate(desk.behaviour.claims):
        fits = desk.holds(claim.when) and set(desk.pack.outcome(claim.outcome).needs) <= done
        if fits and (claim.share >= 1 or desk.roll(claim.share, "claim", number, desk.round)):
            return claim
    return None


def _submit_do(desk: Desk, claim: Claim, plan: Plan) -> None:
    said: Sequence[str] = claim.says
    summary = desk.making(plan.at, "submit", desk.round).text(
        desk.world.dice.one_of(said, *desk.words, "says", desk.round)
    )
    tasks.work_submit(
        case_id=desk.case.id, outcome=claim.outcome, summary=summary, by=desk.lead(), at=plan.at, key=plan.key
    )
