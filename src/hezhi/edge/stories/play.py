"""Plays one story: each step is one call of a door; what is expected afterwards is compared exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from hezhi.edge.stories.town import Town, town_make
from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseRow, Paper
from hezhi.flow.intake import api as intake
from hezhi.flow.outcomes import api as outcomes
from hezhi.flow.tasks import api as tasks
from hezhi.flow.tasks.contracts import TaskFilter, TaskState
from hezhi.kit.errors import HezhiError, Invalid, NotAllowed, NotFound, Refused
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack, Story
from hezhi.packkit.shape.story import StoryStep
from hezhi.spine.clocks.contracts import Party
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("stories")
TREES = (NotFound, NotAllowed, Refused, Invalid)


@dataclass(frozen=True)
class StoryFinding:
    """What went otherwise than the story tells. ``step`` counts from 1."""

    story: str
    step: int
    says: str


@dataclass
class Telling:
    """A story under way: what the next step refers to."""

    pack: Pack
    town: Town
    receipt: Any = None
    case_id: int | None = None
    alert_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


Act = Callable[[Telling, Mapping[str, Any], Actor, datetime], None]


def story_play(pack: Pack, story: Story) -> list[StoryFinding]:
    """Play a story in a transaction that is rolled back; return everything that went otherwise."""
    findings: list[StoryFinding] = []
    with transaction.atomic():
        telling = Telling(pack, town_make(pack, packkit.moment_of(story.steps[0].at)))
        for number, step in enumerate(story.steps, 1):
            findings += [StoryFinding(story.name, number, one) for one in _step(telling, step)]
        transaction.set_rollback(True)
    return findings


def _step(telling: Telling, step: StoryStep) -> list[str]:
    at = packkit.moment_of(step.at)
    before = ledger.last_line_id()
    try:
        with transaction.atomic():
            _do(telling, step, at)
    except HezhiError as error:
        told = next((tree.code for tree in TREES if isinstance(error, tree)), error.code)
        if step.refused not in (told, error.code):
            return [f"{step.do} was refused: {error}"]
        return [] if ledger.last_line_id() == before else [f"{step.do} was refused but left a line in the ledger"]
    except LookupError as error:
        return [f"{step.do}: {error}"]
    if step.refused:
        return [f"{step.do} should have been refused ({step.refused})"]
    return [
        f"after {step.do}: {name} is {_fact(telling, name, at)!r}, the story expects {wanted!r}"
        for name, wanted in step.expect.items()
        if not _holds(_fact(telling, name, at), wanted)
    ]


def _holds(fact: Any, wanted: Any) -> bool:
    """A list holds one wanted member; anything else is compared exactly."""
    return wanted in fact if isinstance(fact, list) and not isinstance(wanted, list) else fact == wanted


def _do(telling: Telling, step: StoryStep, at: datetime) -> None:
    act = ACTS.get(step.do)
    if act is None:
        raise LookupError(f"no act {step.do!r}; there are {', '.join(ACTS)}")
    by = HOUSE
    if step.by and step.by not in ("reporter", "source"):
        by = telling.town.actor(step.by, at)
    given = {name: _filled(value, telling.town) for name, value in step.given.items()}
    act(telling, given, by, at)
    if telling.receipt is not None and telling.case_id is None:
        telling.case_id = cases.case_of_record(record_ids=[telling.receipt.record.id])


def _filled(value: Any, town: Town) -> Any:
    words = {"@region": town.region, "@photo": town.photo, "@paper": town.paper}
    if isinstance(value, dict):
        return {name: _filled(one, town) for name, one in value.items()}
    return words.get(value, value) if isinstance(value, str) else value


def _papers(given: Mapping[str, Any]) -> tuple[Paper, ...]:
    return tuple(Paper(name, sha, f"{name}.png") for name, sha in given.get("papers", {}).items())


def _report(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    shape = t.pack.record(given["record"])
    values = dict(given["values"])
    key = str(values.get(shape.key, ""))
    t.receipt = intake.record_report(pack_id=t.pack.id, kind=shape.id, values=values, by=by, at=at, key=key)
    t.case_id = None
    found = alerts.alerts_of_records(record_ids=[t.receipt.record.id])
    t.alert_id = found.get(t.receipt.record.id)


def _alert(t: Telling) -> int:
    if t.alert_id is None:
        raise LookupError("no alert was raised yet")
    return t.alert_id


def _case(t: Telling) -> int:
    if t.case_id is None:
        raise LookupError("no case is open yet")
    return t.case_id


def _confirm(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    alerts.alert_confirm(alert_id=_alert(t), matter=given.get("matter", ""), by=by, at=at)


def _dismiss(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    alerts.alert_dismiss(alert_id=_alert(t), verdict=given["verdict"], reason=given["reason"], by=by, at=at)


def _snooze(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    until = packkit.moment_of(given["until"])
    alerts.alert_snooze(alert_id=_alert(t), until=until, reason=given["reason"], by=by, at=at)


def _return(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    note = given.get("note", "不属本单位职责")
    cases.case_return(case_id=_case(t), reason=given["reason"], note=note, proposed_kind=given["propose"], by=by, at=at)


def _rule(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    agency = t.town.agencies[given["to"]]
    cases.case_rule(case_id=_case(t), agency_id=agency, reason=given["reason"], by=by, at=at)


def _transfer(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    agency = t.town.agencies[given["to"]]
    cases.case_transfer(case_id=_case(t), agency_id=agency, reason=given.get("reason", "转办"), by=by, at=at)


def _suspend(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    cases.case_suspend(
        case_id=_case(t), reason=given["reason"], note=given.get("note", "中止"),
        waiting_for=Party(given["waiting_for"]), by=by, at=at,
    )  # fmt: skip


def _task(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    states = tuple(TaskState)
    page = tasks.task_page(by=HOUSE, wanted=TaskFilter(states=states, case_id=_case(t)), at=at)
    live = [one for one in page if one.element == given["task"] and one.state in (TaskState.OPEN, TaskState.WAITING)]
    if not live:
        raise LookupError(f"no task {given['task']!r} is open; there are {[(o.element, o.state.value) for o in page]}")
    own = next((one for one in live if one.agency_id == by.agency_id), live[0])
    tasks.task_done(task_id=own.id, result=given.get("result", {}), papers=_papers(given), by=by, at=at)


def _begin_task(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    tasks.task_begin(case_id=_case(t), element=given["task"], by=by, at=at)


def _submit(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    tasks.work_submit(case_id=_case(t), outcome=given["outcome"], summary=given["summary"], by=by, at=at)


def _verify(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    cases.case_verify(case_id=_case(t), papers=_papers(given), by=by, at=at)


def _decide_contest(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    contest = cases.case_view(case_id=_case(t), by=HOUSE).contests[-1]
    cases.case_decide_contest(
        case_id=_case(t), contest_id=contest.id, decision=given["decision"], reason=given["reason"], by=by, at=at
    )


def _contest(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    number = t.receipt.record.number
    cases.case_contest(case_id=_case(t), record_number=number, text=given["text"], by=Actor.citizen(number), at=at)


def _rate(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    outcomes.rating_give(
        number=t.receipt.record.number,
        code=t.receipt.code,
        stars=given["stars"],
        comment=given.get("comment", ""),
        at=at,
    )


def _sweep(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
    cases.cases_sweep(at=at)
    tasks.tasks_sweep(at=at)
    alerts.alerts_sweep(at=at)


def _plain(command: Callable[..., CaseRow], *names: str) -> Act:
    def act(t: Telling, given: Mapping[str, Any], by: Actor, at: datetime) -> None:
        command(case_id=_case(t), by=by, at=at, **{name: given[name] for name in names})

    return act


ACTS: dict[str, Act] = {
    "record.report": _report,
    "alert.confirm": _confirm,
    "alert.dismiss": _dismiss,
    "alert.snooze": _snooze,
    "case.accept": _plain(cases.case_accept),
    "case.return": _return,
    "case.rule": _rule,
    "case.transfer": _transfer,
    "case.urge": _plain(cases.case_urge, "text"),
    "case.supervise": _plain(cases.case_supervise, "text"),
    "case.suspend": _suspend,
    "case.resume": _plain(cases.case_resume),
    "case.extend": _plain(cases.case_extend, "amount", "reason"),
    "case.submit": _submit,
    "case.send_back": _plain(cases.case_send_back, "reason"),
    "case.verify": _verify,
    "case.close": _plain(cases.case_close),
    "case.reopen": _plain(cases.case_reopen, "reason"),
    "case.contest": _contest,
    "case.decide_contest": _decide_contest,
    "task.open": _begin_task,
    "task.done": _task,
    "record.rate": _rate,
    "sweep": _sweep,
}


def _fact(t: Telling, name: str, at: datetime) -> Any:
    """Return one fact of the story so far, as ``expect`` names it."""
    if name == "status":
        return t.receipt.record.state.value
    if name == "alert.grade":
        return alerts.alert_get(alert_id=_alert(t), by=HOUSE).grade
    if name == "task.open":
        page = tasks.task_page(by=HOUSE, wanted=TaskFilter(case_id=_case(t)), at=at)
        return sorted(one.element for one in page)
    case = cases.case_get(case_id=_case(t), by=HOUSE)
    kinds = {agency_id: kind for kind, agency_id in t.town.agencies.items()}
    facts = {
        "case.state": case.state.value,
        "case.lead": kinds.get(case.lead_agency_id or 0, ""),
        "case.outcome": case.outcome,
        "case.verdict": case.verdict,
        "case.ring": case.ring,
        "case.is_confidential": case.is_confidential,
        "case.bounces": case.bounce_count,
        "case.on_time": case.closed_at is not None and case.closed_at <= case.due_at,
    }
    if name not in facts:
        raise LookupError(f"no fact {name!r}; there are {', '.join(facts)}")
    return facts[name]
