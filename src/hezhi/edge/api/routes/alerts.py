"""Triage: alerts wait for a person's decision."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from hezhi.edge.api.auth import by
from hezhi.edge.api.errors import answers
from hezhi.edge.api.once import Key, once
from hezhi.edge.api.shapes import Cursor, In, Moment, Name, Reason, ReasonIn, RowId, Rows, Size, Word, page
from hezhi.edge.now import now
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter, AlertRow, AlertState, TrustRow

router = Router(tags=["alerts"])


class AlertQuery(Schema):
    """``state`` empty means open alerts; other empty fields do not narrow."""

    state: list[AlertState] = [AlertState.OPEN]
    pack_id: Word = ""
    grade: Literal["", "red", "yellow", "green", "grey"] = ""
    text: Word = ""


class ConfirmationIn(In):
    """``matter`` is owed where the records do not tell it; a machine's suggestion dispatches nothing."""

    matter: Word = ""
    reason: Annotated[str, Field(max_length=2000)] = ""


class DismissalIn(In):
    verdict: Literal["false", "harmless", "cannot_verify"]
    reason: Reason


class SnoozeIn(In):
    until: Moment
    reason: Reason


class NewTrustIn(In):
    """Until ``until`` this subject raises no alerts; its records are kept and counted."""

    pack_id: Name
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    region_path: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2,15}){0,5}$")]
    until: Moment
    reason: Reason


@router.get("", response=answers(Rows[AlertRow]), summary="List alerts")
def page_of_alerts(request: HttpRequest, wanted: Query[AlertQuery], cursor: Cursor = "", size: Size = 50) -> dict:
    """Return alerts I may triage, those owed first on top."""
    narrowed = AlertFilter(tuple(wanted.state), wanted.pack_id, wanted.grade, wanted.text)
    return page(alerts.alert_page(by=by(request), wanted=narrowed, cursor=cursor, size=size))


@router.get("/trusts", response=answers(list[TrustRow]), summary="List trusted subjects")
def trusts(request: HttpRequest) -> list[TrustRow]:
    """Return the trusts in force that I may end, soonest to expire first."""
    return alerts.trusts_page(by=by(request), at=now())


@router.post("/trusts", response=answers(TrustRow, 404, 409), summary="Trust a subject for a time")
def trust(request: HttpRequest, body: NewTrustIn, key: Key) -> TrustRow:
    """Let a subject raise no alerts until a moment, for a stated reason."""
    return once(
        request,
        key,
        lambda who, at, _: alerts.subject_trust(
            pack_id=body.pack_id,
            subject=body.subject,
            region_path=body.region_path,
            until=body.until,
            reason=body.reason,
            by=who,
            at=at,
        ),
    )


@router.post("/trusts/{trust_id}/end", response=answers(TrustRow, 404, 409), summary="End a trust")
def trust_end(request: HttpRequest, trust_id: RowId, body: ReasonIn, key: Key) -> TrustRow:
    """End a trust before its time."""
    return once(
        request,
        key,
        lambda who, at, _: alerts.subject_untrust(trust_id=trust_id, reason=body.reason, by=who, at=at),
    )


@router.get("/{alert_id}", response=answers(AlertRow, 404), summary="Read an alert")
def alert(request: HttpRequest, alert_id: RowId) -> AlertRow:
    """Return one alert with its grade and the reasons for it."""
    return alerts.alert_get(alert_id=alert_id, by=by(request))


@router.post("/{alert_id}/confirm", response=answers(AlertRow, 404, 409), summary="Confirm")
def confirm(request: HttpRequest, alert_id: RowId, body: ConfirmationIn, key: Key) -> AlertRow:
    """Find the alert worth a case; the case opens in the same step."""
    return once(
        request,
        key,
        lambda who, at, act_key: alerts.alert_confirm(
            alert_id=alert_id, matter=body.matter, reason=body.reason, by=who, at=at, key=act_key
        ),
    )


@router.post("/{alert_id}/dismiss", response=answers(AlertRow, 404, 409), summary="Dismiss")
def dismiss(request: HttpRequest, alert_id: RowId, body: DismissalIn, key: Key) -> AlertRow:
    """Dismiss the alert with a verdict, which goes back to the detector."""
    return once(
        request,
        key,
        lambda who, at, act_key: alerts.alert_dismiss(
            alert_id=alert_id, verdict=body.verdict, reason=body.reason, by=who, at=at, key=act_key
        ),
    )


@router.post("/{alert_id}/snooze", response=answers(AlertRow, 404, 409), summary="Snooze")
def snooze(request: HttpRequest, alert_id: RowId, body: SnoozeIn, key: Key) -> AlertRow:
    """Put the alert aside until a moment; a worse grade wakes it earlier."""
    return once(
        request,
        key,
        lambda who, at, act_key: alerts.alert_snooze(
            alert_id=alert_id, until=body.until, reason=body.reason, by=who, at=at, key=act_key
        ),
    )
