"""The door of the alerts room: what is raised, and what a person decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from hezhi.flow.alerts import queries
from hezhi.flow.alerts.contracts import AlertConfirmed, AlertRaised, AlertRow, AlertState, TrustRow
from hezhi.flow.alerts.erasing import record_uses
from hezhi.flow.alerts.errors import (
    AlertAlreadyDecided,
    AlertNotFound,
    MatterMissing,
    MissingReason,
    NotInFuture,
    VerdictUnknown,
)
from hezhi.flow.alerts.models import WAITING_Q, Alert, AlertItem, Trust
from hezhi.flow.alerts.queries import alert_page, alert_row, alerts_hits
from hezhi.flow.alerts.rules import DISMISSALS, SEVERITY, way_in, worse
from hezhi.flow.detection import api as detection
from hezhi.flow.intake import api as intake
from hezhi.kit import bus
from hezhi.kit.moments import day_of
from hezhi.kit.sweeping import Round
from hezhi.packkit import api as packkit
from hezhi.packkit.shape import Pack
from hezhi.spine.clocks import api as clocks
from hezhi.spine.clocks.contracts import ClockSpec, Unit
from hezhi.spine.guard import api as guard
from hezhi.spine.ledger import api as ledger
from hezhi.spine.permissions import api as permissions
from hezhi.spine.permissions.contracts import Actor, Fields, Right, RowPlace

__all__ = [
    "Grading", "NewAlert", "alert_case_set", "alert_confirm", "alert_dismiss", "alert_get", "alert_page", "alert_raise",
    "alert_snooze", "alerts_hits", "alerts_of_case", "alerts_of_records", "alerts_sweep", "record_uses",
    "subject_trust", "subject_untrust", "trusts_page", "way_in",
]  # fmt: skip


@dataclass(frozen=True)
class Grading:
    """A colour, the reasons for it as (zh, en), and how long it holds."""

    colour: str
    reasons: tuple[tuple[str, str], ...]
    expires_days: int


@dataclass(frozen=True)
class NewAlert:
    """What one record or one hit says."""

    pack_id: str
    subject: str
    title: str
    matter: str
    region_code: str
    region_path: str
    grading: Grading
    record_id: int | None = None
    hit_id: int | None = None


YEAR = timedelta(days=365)
SWEEP_AT_MOST = 500  # alerts one sweep changes for each of its reasons, so that a backlog holds no round up for long
EXPIRED = ("评级已过期，需重新评估", "The grade expired and needs a new look")


def chain_of(alert_id: int) -> str:
    return f"alert:{alert_id}"


@guard.act
def alert_raise(*, new: NewAlert, by: Actor, at: datetime) -> AlertRow | None:
    """Raise an alert, or add to the one that already waits about the same subject.

    A trusted subject raises nothing (None); its records stay where they are. Raising for the same
    record or hit again changes nothing.
    """
    pack = packkit.shelf().get(new.pack_id)
    with connection.cursor() as cursor:
        # Two records of one subject may arrive at once; the second waits and is added.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"alert:{new.pack_id}:{new.subject}"])
    known = queries.item_said(record_id=new.record_id, hit_id=new.hit_id)
    if known is not None:
        return alert_row(known.alert)
    if _trusted(new, at):
        return None
    alert = queries.locked_waiting_about.first(pack_id=new.pack_id, subject=new.subject)
    if alert is not None:
        return _add(alert, new, by, at)
    return _raise(pack, new, by, at)


def _raise(pack: Pack, new: NewAlert, by: Actor, at: datetime) -> AlertRow:
    limit = pack.playbook.alert.triage_within
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('alerts_alert', 'id'))")
        alert_id = int(cursor.fetchone()[0])
    spec = ClockSpec("triage", limit.budget, Unit(limit.unit), limit.source.cite, limit.source.is_verified)
    clock = clocks.clock_start(subject=chain_of(alert_id), spec=spec, by=by, at=at)
    alert = Alert(
        id=alert_id,
        number=f"YJ{day_of(at):%Y%m}-{alert_id:06d}",
        pack=pack.stamp,
        pack_id=pack.id,
        title=new.title[:200],
        subject=new.subject,
        matter=new.matter,
        region_code=new.region_code,
        region_path=new.region_path,
        grade=new.grading.colour,
        reasons=[list(pair) for pair in new.grading.reasons],
        grade_until_at=at + timedelta(days=new.grading.expires_days),
        state=AlertState.OPEN,
        raised_at=at,
        clock_id=clock.id,
        due_at=clock.due_at,
    )
    alert.save(force_insert=True)
    AlertItem.objects.create(alert=alert, record_id=new.record_id, hit_id=new.hit_id, added_at=at)
    body = {
        "subject": new.subject, "record": new.record_id, "hit": new.hit_id, "grade": alert.grade,
        "reasons": alert.reasons, "region": new.region_code, "region_path": new.region_path, "due_at": alert.due_at,
    }  # fmt: skip
    ledger.line_append(chain=chain_of(alert_id), act="alert.raise", by=by, at=at, body=body, pack=alert.pack)
    row = alert_row(alert)
    bus.publish(AlertRaised(row, at))
    return row


def _add(alert: Alert, new: NewAlert, by: Actor, at: datetime) -> AlertRow:
    AlertItem.objects.create(alert=alert, record_id=new.record_id, hit_id=new.hit_id, added_at=at)
    before = alert.grade
    colour = worse(alert.grade, new.grading.colour)
    if colour != before or new.grading.colour == before:
        alert.grade = colour
        alert.reasons = [list(pair) for pair in new.grading.reasons]
        alert.grade_until_at = at + timedelta(days=new.grading.expires_days)
    # What was snoozed as harmless enough wakes up when it becomes worse.
    if alert.state == AlertState.SNOOZED and SEVERITY[alert.grade] > SEVERITY[before]:
        alert.state, alert.snoozed_until = AlertState.OPEN, None
    alert.save()
    body = {"record": new.record_id, "hit": new.hit_id, "grade": alert.grade, "state": alert.state}
    ledger.line_append(chain=chain_of(alert.id), act="alert.add", by=by, at=at, body=body, pack=alert.pack)
    return alert_row(alert)


def _begin(act: str, alert_id: int, by: Actor, key: str) -> tuple[Alert, bool]:
    """Lock an alert the actor may triage; say whether this very decision was already taken."""
    alert = queries.locked_by_id.first(alert_id=alert_id)
    if alert is None:
        raise AlertNotFound(alert_id=alert_id)
    permissions.require(
        by, Right.ALERT_TRIAGE, queries.place_of(alert), read_right=Right.RECORD_READ,
        hidden=AlertNotFound(alert_id=alert_id),
    )  # fmt: skip
    if ledger.is_replay(chain=chain_of(alert_id), key=key, act=act, by=by):
        return alert, True
    if alert.state not in (AlertState.OPEN, AlertState.SNOOZED):
        raise AlertAlreadyDecided(state=alert.state, decided_by=alert.decided_by)
    return alert, False


def _decide(alert: Alert, state: AlertState, verdict: str, reason: str, by: Actor, at: datetime) -> None:
    alert.state, alert.verdict, alert.decision_reason = state, verdict, reason
    alert.decided_by, alert.decided_at, alert.snoozed_until = by.ref, at, None
    clocks.clock_stop(clock_id=alert.clock_id, by=by, at=at)
    alert.save()


@guard.act
def alert_confirm(
    *, alert_id: int, by: Actor, at: datetime, matter: str = "", reason: str = "", key: str = ""
) -> AlertRow:
    """A person finds the alert worth a case; the case opens in the same transaction.

    ``matter`` names the kind of matter where the pack has several; a machine's suggestion is only
    offered, a person's word here is what counts.

    Raises:
        AlertNotFound, NotAllowed, AlertAlreadyDecided.
        MatterMissing: the pack has several matters and none was named.
    """
    alert, is_replay = _begin("alert.confirm", alert_id, by, key)
    if is_replay:
        return alert_row(alert)
    pack = packkit.shelf().get(alert.pack_id)
    known = [one.id for one in pack.matters]
    chosen = matter or alert.matter or (known[0] if len(known) == 1 else "")
    if chosen not in known:
        raise MatterMissing(matter=chosen)
    alert.matter = chosen
    _decide(alert, AlertState.CONFIRMED, "", reason, by, at)
    row = alert_row(alert)
    for record_id in row.record_ids:
        intake.matter_confirm(record_id=record_id, matter=chosen, by=by, at=at)
    body = {"matter": chosen, "reason": reason, "due_at": alert.due_at}
    ledger.line_append(chain=chain_of(alert.id), act="alert.confirm", by=by, at=at, body=body, pack=alert.pack, key=key)
    bus.publish(AlertConfirmed(row, by.ref, at, key))
    alert.refresh_from_db(fields=["case_id"])
    return alert_row(alert)


@guard.act
def alert_dismiss(*, alert_id: int, verdict: str, reason: str, by: Actor, at: datetime, key: str = "") -> AlertRow:
    """A person finds nothing to do, and says what reality was; the verdict goes back to the detectors.

    Raises:
        VerdictUnknown, MissingReason, AlertNotFound, NotAllowed, AlertAlreadyDecided.
    """
    alert, is_replay = _begin("alert.dismiss", alert_id, by, key)
    if is_replay:
        return alert_row(alert)
    if verdict not in DISMISSALS:
        raise VerdictUnknown(verdict=verdict)
    if not reason.strip():
        raise MissingReason()
    _decide(alert, AlertState.DISMISSED, verdict, reason, by, at)
    row = alert_row(alert)
    for hit_id in row.hit_ids:
        detection.hit_label(hit_id=hit_id, verdict=verdict, by=by, at=at)
    body = {"verdict": verdict, "reason": reason}
    ledger.line_append(chain=chain_of(alert.id), act="alert.dismiss", by=by, at=at, body=body, pack=alert.pack, key=key)
    return row


@guard.act
def alert_snooze(*, alert_id: int, until: datetime, reason: str, by: Actor, at: datetime, key: str = "") -> AlertRow:
    """Put an alert aside until a moment; a worse grade wakes it earlier. Its triage clock goes on.

    Raises:
        NotInFuture, MissingReason, AlertNotFound, NotAllowed, AlertAlreadyDecided.
    """
    alert, is_replay = _begin("alert.snooze", alert_id, by, key)
    if is_replay:
        return alert_row(alert)
    if until <= at:
        raise NotInFuture(until=until.isoformat())
    if not reason.strip():
        raise MissingReason()
    alert.state, alert.snoozed_until = AlertState.SNOOZED, until
    alert.save(update_fields=["state", "snoozed_until"])
    body: dict[str, Any] = {"until": until, "reason": reason}
    ledger.line_append(chain=chain_of(alert.id), act="alert.snooze", by=by, at=at, body=body, pack=alert.pack, key=key)
    return alert_row(alert)


def _trusted(new: NewAlert, at: datetime) -> bool:
    """A trust holds within the region of whoever gave it: nobody silences another place's subjects."""
    trusts = queries.trusts_in.all(pack_id=new.pack_id, subject=new.subject, at=at)
    return any(permissions.path_covers(one.region_path, new.region_path) for one in trusts)


@guard.act
def subject_trust(
    *, pack_id: str, subject: str, region_path: str, until: datetime, reason: str, by: Actor, at: datetime
) -> TrustRow:
    """Let a subject raise no alerts until a moment, for a stated reason.

    Raises:
        NotInFuture, MissingReason, NotAllowed.
    """
    permissions.require(by, Right.ALERT_TRIAGE, RowPlace(region_path), read_right=Right.RECORD_READ)
    if until <= at:
        raise NotInFuture(until=until.isoformat())
    if not reason.strip():
        raise MissingReason()
    pack = packkit.shelf().get(pack_id)
    trust = Trust.objects.create(
        pack_id=pack_id, subject=subject, region_path=region_path, reason=reason, by=by.ref, from_at=at, until_at=until
    )
    body = {"subject": subject, "until": until, "reason": reason, "region_path": region_path}
    ledger.line_append(chain=f"trust:{trust.id}", act="alert.trust", by=by, at=at, body=body, pack=pack.stamp)
    return _trust_row(trust)


@guard.act
def subject_untrust(*, trust_id: int, reason: str, by: Actor, at: datetime) -> TrustRow:
    """End a trust before its time."""
    trust = Trust.objects.select_for_update().filter(id=trust_id).first()
    if trust is None:
        raise AlertNotFound(trust_id=trust_id)
    permissions.require(
        by, Right.ALERT_TRIAGE, RowPlace(trust.region_path), read_right=Right.RECORD_READ,
        hidden=AlertNotFound(trust_id=trust_id),
    )  # fmt: skip
    trust.until_at = min(at, trust.until_at)
    trust.save(update_fields=["until_at"])
    pack = packkit.shelf().get(trust.pack_id)
    ledger.line_append(
        chain=f"trust:{trust.id}", act="alert.untrust", by=by, at=at, body={"reason": reason}, pack=pack.stamp
    )
    return _trust_row(trust)


TRUSTS = Fields(region="region_path")


def _trust_row(trust: Trust) -> TrustRow:
    return TrustRow(
        trust.id, trust.pack_id, trust.subject, trust.region_path, trust.reason, trust.by, trust.from_at, trust.until_at
    )


def trusts_page(*, by: Actor, at: datetime) -> list[TrustRow]:
    """Return the trusts in force that the actor may end, soonest to expire first; at most 200."""
    rows = Trust.objects.filter(permissions.scope_q(by, Right.ALERT_TRIAGE, TRUSTS), until_at__gt=at)
    return [_trust_row(one) for one in rows.order_by("until_at", "id")[:200]]


def alert_get(*, alert_id: int, by: Actor) -> AlertRow:
    """Return one alert.

    Raises:
        AlertNotFound: no such alert, or the actor may not see it.
    """
    alert = queries.by_id.first(alert_id=alert_id)
    if alert is None or not permissions.may(by, Right.ALERT_TRIAGE, queries.place_of(alert)):
        raise AlertNotFound(alert_id=alert_id)
    return alert_row(alert)


def alerts_of_records(*, record_ids: list[int]) -> dict[int, int]:
    """Return ``{record id: alert id}`` for the records that an alert is about."""
    items = queries.items_about.all(record_ids=list(record_ids))
    return {one.record_id: one.alert_id for one in items if one.record_id is not None}


def alerts_of_case(*, case_id: int) -> list[AlertRow]:
    """Return the alerts that became a case or were added to it, oldest first."""
    rows = Alert.objects.filter(case_id=case_id).prefetch_related("items").order_by("id")
    return [alert_row(one) for one in rows]


def alert_case_set(*, alert_id: int, case_id: int) -> None:
    """Note which case a confirmed alert became; called back by the cases room."""
    Alert.objects.filter(id=alert_id).update(case_id=case_id)


def alerts_sweep(*, at: datetime) -> int:
    """Wake snoozed alerts whose time is over and let expired grades turn grey; return how many changed.

    Raises:
        SweepFailed: some could not be changed, all others were; the next sweep tries them again.
    """
    system, sweep = Actor.system("sweep"), Round("alerts", at_most=SWEEP_AT_MOST)
    asleep = Alert.objects.filter(state=AlertState.SNOOZED, snoozed_until__lte=at).order_by("id")
    sweep.each(list(asleep.values_list("id", flat=True)), lambda alert_id: _wake(alert_id, system, at))
    expired = Alert.objects.filter(WAITING_Q, grade_until_at__lte=at).exclude(grade="grey").order_by("id")
    sweep.each(list(expired.values_list("id", flat=True)), lambda alert_id: _fade(alert_id, system, at))
    return sweep.end()


@guard.act
def _wake(alert_id: int, system: Actor, at: datetime) -> int:
    alert = Alert.objects.select_for_update().get(id=alert_id)
    if alert.state != AlertState.SNOOZED or alert.snoozed_until is None or alert.snoozed_until > at:
        return 0
    key = f"wake:{alert.snoozed_until.isoformat()}"
    alert.state, alert.snoozed_until = AlertState.OPEN, None
    alert.save(update_fields=["state", "snoozed_until"])
    ledger.line_append(chain=chain_of(alert.id), act="alert.wake", by=system, at=at, body={}, pack=alert.pack, key=key)
    return 1


@guard.act
def _fade(alert_id: int, system: Actor, at: datetime) -> int:
    """Let an expired grade turn grey, with its line: a colour that changed is an act like any other."""
    found = Alert.objects.select_for_update().filter(WAITING_Q, id=alert_id, grade_until_at__lte=at)
    alert = found.exclude(grade="grey").first()
    if alert is None:
        return 0
    body = {"was": alert.grade, "until": alert.grade_until_at}
    alert.grade, alert.reasons = "grey", [list(EXPIRED)]
    alert.save(update_fields=["grade", "reasons"])
    ledger.line_append(chain=chain_of(alert.id), act="alert.fade", by=system, at=at, body=body, pack=alert.pack)
    return 1
