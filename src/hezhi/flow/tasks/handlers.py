"""What the tasks room does when a case was acted on. Each branch may run twice harmlessly:
opening returns what is live already, cancelling finds nothing live the second time.
"""

from __future__ import annotations

from django.db.models import Q

from hezhi.flow.cases import api as cases
from hezhi.flow.cases.contracts import CaseActed, CaseErased, CaseState, Part
from hezhi.flow.tasks import erasing
from hezhi.flow.tasks.contracts import KernelTask, TaskState
from hezhi.flow.tasks.models import LIVE_Q, Task
from hezhi.flow.tasks.opening import case_plan, task_open, tasks_cancel
from hezhi.packkit import api as packkit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockMoved, Party
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.contracts import OfficerLeft
from hezhi.spine.permissions.contracts import Actor

HOUSE = Actor.system("tasks")


def follow_case(event: CaseActed) -> None:
    """Open, pass on, suspend or cancel tasks as the act asks."""
    follow = FOLLOW.get(event.act)
    if follow is not None:
        follow(event)
    if event.case.state is CaseState.HANDLING and event.body.get("from") in AFTER_THE_CLAIM:
        _rework(event)


def follow_leaving(event: OfficerLeft) -> None:
    """Hand every live task of an officer who leaves on, each with one line. Running twice is harmless."""
    moved = Task.objects.filter(LIVE_Q, agency_id=event.agency_id, person_id=event.person_id)
    for task_id, case_id in moved.order_by("case_id", "id").values_list("id", "case_id"):
        to = cases.successor_for(case_id, event)
        at = cases.case_turn(case_id=case_id, at=event.at)
        task = Task.objects.select_for_update(of=("self",)).select_related("case").get(id=task_id)
        task.person_id = to
        task.save(update_fields=["person"])
        body = {
            "task": task.id, "element": task.element, "agency": task.agency_id, "from_person": event.person_id,
            "person": to, "reason": event.reason, "hand_over": event.hand_over_id,
        }  # fmt: skip
        ledger.line_append(chain=f"case:{case_id}", act="task.hand_over", by=event.by, at=at, body=body, pack=task.pack)
        people.hand_over_note(
            hand_over_id=event.hand_over_id, about=[f"task:{task.id}"], number=task.case.number, to_person_id=to,
            by=event.by, at=event.at,
        )  # fmt: skip


def follow_erased(event: CaseErased) -> None:
    """Forget results and papers of an erased case."""
    erasing.case_forget(event)


AFTER_THE_CLAIM = (CaseState.SUBMITTED, CaseState.VERIFIED, CaseState.CLOSED)


def _accepted(event: CaseActed) -> None:
    _work_goes_on(event)
    live = Task.objects.filter(LIVE_Q, case_id=event.case.id, part=Part.LEAD, person__isnull=True)
    live.update(person_id=event.case.handler_id)


def _work_goes_on(event: CaseActed) -> None:
    if event.case.state is CaseState.HANDLING:
        _assists(event)
        case_plan(event.case, by=HOUSE, at=event.at)


def _moved(event: CaseActed) -> None:
    """The lead's work falls away, and so does what the new lead owed in another part."""
    _cancel(event, Q(part=Part.LEAD) | Q(agency_id=event.case.lead_agency_id, part__in=(Part.CO, Part.SUPPORT)))


def _handed_over(event: CaseActed) -> None:
    before, after = event.body["from_person"], event.body["person"]
    live = Task.objects.filter(LIVE_Q, case_id=event.case.id, part=Part.LEAD, person_id=before)
    live.update(person_id=after)


def _recused(event: CaseActed) -> None:
    """What the person held of the case goes back to the agency's desk."""
    Task.objects.filter(LIVE_Q, case_id=event.case.id, person_id=event.body["person"]).update(person_id=None)


def _suspended(event: CaseActed) -> None:
    clocks.clocks_suspend(
        subject=f"task:{event.case.id}", reason=event.body["reason"], waiting_for=Party(event.body["waiting_for"]),
        by=HOUSE, at=event.at,
    )  # fmt: skip
    dues_follow(event.case.id)


def _resumed(event: CaseActed) -> None:
    clocks.clocks_resume(subject=f"task:{event.case.id}", reason="case resumed", by=HOUSE, at=event.at)
    dues_follow(event.case.id)
    # A wait that was over while the case rested opens its task now, with its whole limit before it.
    rested = Task.objects.filter(state=TaskState.WAITING, case_id=event.case.id, not_before__lt=event.at)
    rested.update(not_before=event.at, due_at=event.at)
    _work_goes_on(event)


def _submitted(event: CaseActed) -> None:
    """What the claim does not need falls away, but not the second looks that an earlier round still owes."""
    second_looks = Q(element__in=(KernelTask.REVISIT, KernelTask.AUDIT))
    _cancel(event, ~second_looks)


def _cancel(event: CaseActed, which: Q) -> None:
    tasks_cancel(case_id=event.case.id, which=which, reason=event.act, by=HOUSE, at=event.at)


FOLLOW = {
    "case.accept": _accepted,
    "case.add_co": _work_goes_on,
    "case.return": _moved,
    "case.rule": _moved,
    "case.transfer": _moved,
    "case.hand_over": _handed_over,
    "case.recuse": _recused,
    "case.suspend": _suspended,
    "case.resume": _resumed,
    "case.submit": _submitted,
}


def _assists(event: CaseActed) -> None:
    """Give every co-handler and supporter a task of its own, unless the playbook has one for its kind."""
    named = {task.by for task in packkit.shelf().of(event.case.pack).playbook.tasks}
    asked = [
        one
        for one in cases.participants_of(case_id=event.case.id)
        if one.part is not Part.LEAD and one.due_at and not one.done_at
        if one.part not in named and one.agency_kind not in named
    ]
    for one in asked:
        task_open(
            case=event.case, element=KernelTask.ASSIST, agency_id=one.agency_id, part=one.part,
            limit=event.case.limit, by=HOUSE, at=event.at,
        )  # fmt: skip


def _rework(event: CaseActed) -> None:
    assert event.case.lead_agency_id is not None
    task_open(
        case=event.case, element=KernelTask.REWORK, agency_id=event.case.lead_agency_id, part=Part.LEAD,
        limit=event.case.limit, by=HOUSE, at=event.at,
    )  # fmt: skip


def dues_follow(case_id: int) -> None:
    """Copy the due dates of a case's task clocks after something moved them."""
    dues = {clock.id: clock.due_at for clock in clocks.clocks_of(subject=f"task:{case_id}")}
    for task in Task.objects.filter(case_id=case_id, state=TaskState.OPEN):
        if task.due_at != dues[task.clock_id]:
            task.due_at = dues[task.clock_id]
            task.save(update_fields=["due_at"])


def follow_clock(event: ClockMoved) -> None:
    """Take over a task clock's new due date after a calendar change; copying it twice changes nothing."""
    of = event.subject.partition(":")[0]
    if of == "task":
        Task.objects.filter(LIVE_Q, clock_id=event.clock_id).update(due_at=event.due_at)
    elif of == "wait":
        waiting = Task.objects.filter(state=TaskState.WAITING, clock_id=event.clock_id)
        waiting.update(not_before=event.due_at, due_at=event.due_at)
