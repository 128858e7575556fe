"""What alerts forget with an erased record, and when one that waits keeps it from being erased.

An alert that speaks of erased records alone is its number, its place, its grade and what was decided; one that
others speak for too is told anew from the oldest of theirs.
"""

from __future__ import annotations

from collections.abc import Collection

from hezhi.flow.alerts.contracts import AlertErased, AlertState
from hezhi.flow.alerts.models import Alert, AlertItem, Trust
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import Hold, HoldKind, RecordErased, RecordUse
from hezhi.kit import bus
from hezhi.kit.erased import ERASED_TITLE
from hezhi.packkit import api as packkit
from hezhi.spine.clocks import api as clocks
from hezhi.spine.vault import api as vault

WAITING = (AlertState.OPEN, AlertState.SNOOZED)


def record_uses(record_ids: Collection[int], *, lock: bool = False) -> dict[int, RecordUse]:
    """Return what alerts make of records, by id; triage that is owed keeps them."""
    speaks = _alerts_about(record_ids)
    rows = Alert.objects.filter(id__in={one for alerts in speaks.values() for one in alerts}).order_by("id")
    found = {one.id: one for one in (rows.select_for_update() if lock else rows)}
    return {record_id: _use([found[one] for one in alert_ids]) for record_id, alert_ids in speaks.items()}


def _use(alerts: Collection[Alert]) -> RecordUse:
    holds = tuple(Hold(HoldKind.ALERT_WAITS) for one in alerts if one.state in WAITING)[:1]
    return RecordUse(last_act_at=max(one.decided_at or one.raised_at for one in alerts), holds=holds)


def _alerts_about(record_ids: Collection[int]) -> dict[int, set[int]]:
    """Return ``{record id: ids of alerts}`` that a record, or a hit it caused, speaks for."""
    hits = detection.hits_about(record_ids=record_ids)
    items = AlertItem.objects.filter(record_id__in=record_ids) | AlertItem.objects.filter(hit_id__in=list(hits))
    found: dict[int, set[int]] = {}
    for item in items:
        for one in [item.record_id] if item.record_id is not None else hits[item.hit_id]:
            if one in set(record_ids):
                found.setdefault(one, set()).add(item.alert_id)
    return found


def record_forget(event: RecordErased) -> None:
    """Forget what alerts and trusts say about an erased record."""
    alert_ids = {one for alerts in _alerts_about(event.record_ids).values() for one in alerts}
    for alert in Alert.objects.select_for_update().filter(id__in=alert_ids).order_by("id"):
        living = _living(alert)
        if living:
            _tell_anew(alert, living)
        else:
            _forget(alert)
    if event.subject and not intake.subject_is_kept(pack_id=event.pack_id, subject=event.subject):
        _trusts_forget(event)


def _living(alert: Alert) -> list[int]:
    """Return the records that speak for an alert, by themselves or in a hit, and are not erased, oldest first."""
    items = list(AlertItem.objects.filter(alert=alert).order_by("id"))
    records = {one.record_id for one in items if one.record_id is not None}
    for ids in detection.hits_records(hit_ids=[one.hit_id for one in items if one.hit_id is not None]).values():
        records |= set(ids)
    return sorted(records - intake.records_erased(record_ids=records))


def _tell_anew(alert: Alert, living: list[int]) -> None:
    """Title an alert by a record that is left; what a hit says is about all of its records alike."""
    own = AlertItem.objects.filter(alert=alert, record_id__in=living).order_by("id").first()
    if own is None or own.record_id is None:
        return
    [view] = intake.records_get(record_ids=[own.record_id])
    pack = packkit.shelf().get(alert.pack_id)
    shape, values = pack.record(view.row.kind), intake.record_values(record_id=view.row.id)
    alert.title = packkit.title_fill(pack, pack.playbook.alert.title, shape, values)[:200]
    alert.save(update_fields=["title"])


def _forget(alert: Alert) -> None:
    alert.title, alert.subject, alert.reasons, alert.decision_reason = ERASED_TITLE, "", [], ""
    alert.save(update_fields=["title", "subject", "reasons", "decision_reason"])
    chain = f"alert:{alert.id}"
    clocks.reasons_erase(subjects=[chain])
    vault.keys_destroy(subjects=[chain])
    bus.publish(AlertErased(alert.id, alert.number))


def _trusts_forget(event: RecordErased) -> None:
    """End and blank the trusts in a subject that nobody speaks of any more."""
    trusts = Trust.objects.filter(pack_id=event.pack_id, subject=event.subject)
    ids = list(trusts.values_list("id", flat=True))
    trusts.filter(until_at__gt=event.at).update(until_at=event.at)
    Trust.objects.filter(id__in=ids).update(subject="", reason="")
    vault.keys_destroy(subjects=[f"trust:{one}" for one in ids])
