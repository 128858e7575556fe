"""What the tasks room does when a case was acted on. Each branch may run twice harmlessly:
opening returns what is live already, cancelling finds nothing live the second time.
"""

from __future__ import annotations

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed, CaseState, Part
from hezhi.flow.tasks.contracts import KernelTask
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.flow.tasks.opening import case_plan, task_open, tasks_cancel
from hezhi.packkit import api as packkit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockMoved, Party
from hezhi.spine.people import api as people
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("tasks")


def follow_case(event: CaseActed) -> None:
    """Open, pass on, suspend or cancel tasks as the act asks."""
    case, act = event.case, event.act
    if act == "case.accept":
        _assists(event)
        case_plan(case_id=case.id, by=HOUSE, at=event.at)
        Task.objects.filter(LIVE_Q, case_id=case.id, part=Part.LEAD, person__isnull=True).update(
            person_id=case.handler_id
        )
    elif act == "case.add_co" and case.state is CaseState.HANDLING:
        _assists(event)
        case_plan(case_id=case.id, by=HOUSE, at=event.at)
    elif act in ("case.return", "case.rule", "case.transfer"):
        tasks_cancel(case_id=case.id, part=Part.LEAD, reason=act, by=HOUSE, at=event.at)
    elif act == "case.hand_over":
        handed = {"person_id": event.body["from_person"]}
        Task.objects.filter(LIVE_Q, case_id=case.id, part=Part.LEAD, **handed).update(person_id=event.body["person"])
    elif act == "case.suspend":
        waiting_for = Party(event.body["waiting_for"])
        clocks.clocks_suspend(
            subject=f"task:{case.id}", reason=event.body["reason"], waiting_for=waiting_for, by=HOUSE, at=event.at
        )
    elif act == "case.resume":
        clocks.clocks_resume(subject=f"task:{case.id}", reason="case resumed", by=HOUSE, at=event.at)
        dues_follow(case.id)
    elif act == "case.submit":
        tasks_cancel(case_id=case.id, reason=f"not needed for {event.body['outcome']}", by=HOUSE, at=event.at)
    elif act == "case.send_back" or (event.body.get("from") == CaseState.CLOSED and case.state is CaseState.HANDLING):
        _rework(event)


def _assists(event: CaseActed) -> None:
    """Give every co-handler and supporter a task of its own, unless the playbook has one for its kind."""
    view = cases.case_view(case_id=event.case.id, by=HOUSE)
    named = {task.by for task in packkit.shelf().get(event.case.pack_id).playbook.tasks}
    asked = [
        one
        for one in view.participants
        if one.part is not Part.LEAD and one.due_at and not one.done_at
        if one.part not in named and people.agency_get(one.agency_id).kind not in named
    ]
    for one in asked:
        task_open(
            case_id=event.case.id, element=KernelTask.ASSIST, agency_id=one.agency_id, part=one.part,
            limit=event.case.limit, by=HOUSE, at=event.at,
        )  # fmt: skip


def _rework(event: CaseActed) -> None:
    assert event.case.lead_agency_id is not None
    task_open(
        case_id=event.case.id, element=KernelTask.REWORK, agency_id=event.case.lead_agency_id, part=Part.LEAD,
        limit=event.case.limit, by=HOUSE, at=event.at,
    )  # fmt: skip


def dues_follow(case_id: int) -> None:
    """Copy the due dates of a case's task clocks after something moved them."""
    dues = {clock.id: clock.due_at for clock in clocks.clocks_of(subject=f"task:{case_id}")}
    for task in Task.objects.filter(LIVE_Q, case_id=case_id, clock_id__isnull=False):
        if task.due_at != dues[task.clock_id]:
            task.due_at = dues[task.clock_id]
            task.save(update_fields=["due_at"])


def follow_clock(event: ClockMoved) -> None:
    """Take over a task clock's new due date after a calendar change; copying it twice changes nothing."""
    if event.subject.startswith("task:"):
        Task.objects.filter(LIVE_Q, clock_id=event.clock_id).update(due_at=event.due_at)
