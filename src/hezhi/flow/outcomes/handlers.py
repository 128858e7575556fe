"""What the outcomes room does when a case closes. Running twice is harmless: the closing act's line
hash is unique, and labels and tasks that are there already stay as they are.
"""

from __future__ import annotations

from hezhi.flow.alerts import api as alerts
from hezhi.flow.cases.contracts import CaseActed, CaseErased
from hezhi.flow.detection import api as detection
from hezhi.flow.intake.contracts import RecordErased
from hezhi.flow.outcomes.api import HOUSE, second_look
from hezhi.flow.outcomes.models import Outcome, Rating
from hezhi.flow.tasks.contracts import KernelTask


def follow_case(event: CaseActed) -> None:
    """Keep the outcome, send its verdict back to the detectors, open a drawn audit."""
    if event.act != "case.close":
        return
    body = event.body
    _, is_new = Outcome.objects.get_or_create(
        line_hash=event.line_hash,
        defaults={
            "case_id": event.case.id,
            "outcome": body["outcome"],
            "verdict": body["verdict"],
            "is_wrongful": body["is_wrongful"],
            "summary": body["summary"],
            "at": event.at,
        },
    )
    if not is_new:
        return
    for alert in alerts.alerts_of_case(case_id=event.case.id):
        for hit_id in alert.hit_ids:
            detection.hit_label(hit_id=hit_id, verdict=body["verdict"], by=HOUSE, at=event.at)
    if body["is_audit_drawn"]:
        second_look(event.case, KernelTask.AUDIT, event.at)


def follow_erased_record(event: RecordErased) -> None:
    """Forget what the reporter wrote with the stars; the stars count on."""
    Rating.objects.filter(record_id__in=event.record_ids).update(comment="")


def follow_erased_case(event: CaseErased) -> None:
    """Forget how an erased case was summed up; outcome and verdict count on."""
    Outcome.objects.filter(case_id=event.case_id).update(summary="")
    Rating.objects.filter(case_id=event.case_id).update(comment="")
