"""What the cases room does when earlier rooms report a fact."""

from __future__ import annotations

from typing import Any

from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertConfirmed
from hezhi.flow.cases import api, erasing
from hezhi.flow.cases.acts.leaving import follow_leaving
from hezhi.flow.cases.models import Case, Contest, Order
from hezhi.flow.cases.rules import CLOCKS
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RecordAccepted, RecordErased
from hezhi.packkit import api as packkit
from hezhi.spine.clocks.contracts import ClockMoved, ClocksTouched
from hezhi.spine.permissions.contracts import Actor

__all__ = ["follow_alert", "follow_clock", "follow_erased", "follow_leaving", "follow_record", "follow_touched"]

HOUSE = Actor.system("cases")


def follow_alert(event: AlertConfirmed) -> None:
    """Open a case from a confirmed alert, or add its records to the open case about the same subject.

    Running twice is harmless: a record has one case, and opening under the same key returns it.
    """
    alert = event.alert
    known = api.open_case_about(pack_id=alert.pack_id, subject=alert.subject, matter=alert.matter)
    if known is not None:
        for record_id in alert.record_ids:
            api.record_attach(case_id=known, record_id=record_id, by=HOUSE, at=event.at)
        alerts.alert_case_set(alert_id=alert.id, case_id=known)
        return
    new = api.NewCase(
        pack_id=alert.pack_id, matter=alert.matter, title=alert.title, subject=alert.subject,
        region_code=alert.region_code, region_path=alert.region_path, grade=alert.grade,
        record_ids=alert.record_ids, alert_id=alert.id, facts=_facts(alert.record_ids),
    )  # fmt: skip
    case = api.case_open(new=new, by=HOUSE, at=event.at, key=f"alert:{alert.id}")
    alerts.alert_case_set(alert_id=alert.id, case_id=case.id)


def _facts(record_ids: tuple[int, ...]) -> dict[str, Any]:
    return intake.record_values(record_id=record_ids[0]) if record_ids else {}


def follow_record(event: RecordAccepted) -> None:
    """Open a case straight from a record where the pack's entrance says so.

    Running twice is harmless: a record has one case.
    """
    pack = packkit.shelf().get(event.pack_id)
    if alerts.way_in(pack, event.kind, event.matter) != "case" or api.case_of_record(record_ids=[event.record_id]):
        return
    matter = event.matter or pack.matters[0].id
    known = api.open_case_about(pack_id=event.pack_id, subject=event.subject, matter=matter)
    if known is not None:
        api.record_attach(case_id=known, record_id=event.record_id, by=HOUSE, at=event.at)
        return
    facts = _facts((event.record_id,))
    title = packkit.title_fill(pack, pack.playbook.title, pack.record(event.kind), facts)
    new = api.NewCase(
        pack_id=event.pack_id, matter=matter, title=title, subject=event.subject, region_code=event.region_code,
        region_path=event.region_path, grade="grey", record_ids=(event.record_id,), facts=facts,
    )  # fmt: skip
    api.case_open(new=new, by=HOUSE, at=event.at, key=f"record:{event.record_id}")


def follow_erased(event: RecordErased) -> None:
    """Forget what the case says about an erased record; forgetting twice changes nothing."""
    erasing.record_forget(event)


def follow_touched(event: ClocksTouched) -> None:
    """Lock the cases whose clocks another calendar is about to move, in the order of their ids."""
    subjects = [one.partition(":") for one in event.subjects]
    case_ids = {int(number) for of, _, number in subjects if of in CLOCKS}
    list(Case.objects.select_for_update().filter(id__in=case_ids).order_by("id").values_list("id"))


def follow_clock(event: ClockMoved) -> None:
    """Take over new due dates after a calendar change; copying them twice changes nothing."""
    of = event.subject.partition(":")[0]
    if of == "case":
        api.due_follow(event)
    elif of == "wait":
        api.wait_follow(event)
    elif of == "order":
        Order.objects.filter(clock_id=event.clock_id).update(due_at=event.due_at)
    elif of == "contest":
        Contest.objects.filter(clock_id=event.clock_id).update(due_at=event.due_at)
