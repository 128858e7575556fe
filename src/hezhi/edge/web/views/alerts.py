"""Triage: alerts with the reasons for their colour, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hezhi.edge.now import now
from hezhi.edge.web import labels
from hezhi.edge.web.actor import by, officer
from hezhi.edge.web.alertfile import AlertFile, alert_file
from hezhi.edge.web.errors import NoSuchPage
from hezhi.edge.web.fields import FormField, matter_options, read_posted, with_typed
from hezhi.edge.web.papers import answer_of
from hezhi.edge.web.places import place_names
from hezhi.edge.web.refusals import refusal_of
from hezhi.edge.web.views.cases import OfferedAct, Tried
from hezhi.flow.alerts import api as alerts
from hezhi.flow.alerts.contracts import AlertFilter, AlertState
from hezhi.flow.alerts.errors import NotInFuture
from hezhi.flow.intake import api as intake
from hezhi.flow.intake.contracts import RelationKind
from hezhi.kit.errors import HezhiError
from hezhi.kit.moments import day_ends_at
from hezhi.kit.paging import number_read
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Right

STATES = {
    "waiting": (AlertState.OPEN,),
    "snoozed": (AlertState.SNOOZED,),
    "decided": (AlertState.CONFIRMED, AlertState.DISMISSED),
}


@require_GET
@officer(Right.ALERT_TRIAGE)
def alert_list(request: HttpRequest) -> HttpResponse:
    """Alerts the officer may triage, those owed first on top."""
    ask = request.GET
    show = ask.get("show", "waiting")
    wanted = AlertFilter(
        states=STATES.get(show, STATES["waiting"]),
        pack_id=ask.get("pack", ""),
        grade=ask.get("grade", "") if ask.get("grade", "") in labels.GRADES else "",
        text=ask.get("text", "").strip()[:80],
    )
    page = alerts.alert_page(by=by(request), wanted=wanted, cursor=ask.get("cursor", ""))
    shown = {
        "page": page,
        "wanted": wanted,
        "show": show,
        "packs": packkit.shelf().packs(),
        "grades": labels.GRADES.items(),
        "places": place_names([one.region_code for one in page]),
    }
    return render(request, "web/alerts.html", shown)


@never_cache
@require_GET
@officer(Right.ALERT_TRIAGE)
def alert_show(request: HttpRequest, alert_id: int) -> HttpResponse:
    return _page(request, alert_file(alert_id=alert_id, by=by(request), at=now()))


@require_GET
@officer(Right.ALERT_TRIAGE)
def alert_download(request: HttpRequest, alert_id: int, sha256: str) -> HttpResponse:
    """Hand out one file of the alert's reports, so that a photo is seen before anything is decided."""
    return answer_of(alert_file(alert_id=alert_id, by=by(request), at=now()).records, sha256)


@dataclass(frozen=True)
class Decision:
    """One decision of triage: its title, its fields, and the one call."""

    title: str
    fields: Callable[[AlertFile], list[FormField]]
    do: Callable[..., object]


def _confirm_fields(file: AlertFile) -> list[FormField]:
    options, groups = matter_options(file.pack)
    first = file.suggestions[0].matter if file.suggestions else ""
    value = file.alert.matter or (options[0][0] if len(options) == 1 else first)
    help = _("A machine may suggest; what you choose here counts.") if file.suggestions else ""
    return [
        FormField("matter", _("Kind of matter"), "choice", options=options, groups=groups, value=value, help=help),
        FormField("reason", _("Remark"), "area", required=False, most=2000, rows=2),
    ]


def _dismiss_fields(_file: AlertFile) -> list[FormField]:
    verdicts = tuple((one, labels.label(labels.VERDICTS, one)) for one in ("false", "harmless", "cannot_verify"))
    return [
        FormField("verdict", _("What it really was"), "radios", options=verdicts),
        FormField("reason", _("Reason"), "area", most=2000, rows=2),
    ]


def _until_fields(_file: AlertFile) -> list[FormField]:
    return [
        FormField("until", _("Until the end of"), "day"),
        FormField("reason", _("Reason"), "area", most=2000, rows=2),
    ]


def _until(given: Mapping[str, Any]) -> datetime:
    try:
        return day_ends_at(date.fromisoformat(str(given.get("until", ""))))
    except ValueError as broken:
        raise NotInFuture(until=given.get("until", "")) from broken


def _trust(file: AlertFile, given: Mapping[str, Any], **common: Any) -> object:
    alert = file.alert
    return alerts.subject_trust(
        pack_id=alert.pack_id,
        subject=alert.subject,
        region_path=alert.region_path,
        until=_until(given),
        reason=given["reason"],
        by=common["by"],
        at=common["at"],
    )


def decisions() -> dict[str, Decision]:
    """Return the decisions of triage in the order in which the page offers them."""
    return {
        "confirm": Decision(
            _("Confirm: it becomes a case"),
            _confirm_fields,
            lambda _file, given, **common: alerts.alert_confirm(
                matter=given["matter"], reason=given["reason"], **common
            ),
        ),
        "dismiss": Decision(
            _("Dismiss with a verdict"),
            _dismiss_fields,
            lambda _file, given, **common: alerts.alert_dismiss(
                verdict=given["verdict"], reason=given["reason"], **common
            ),
        ),
        "snooze": Decision(
            _("Put aside"),
            _until_fields,
            lambda _file, given, **common: alerts.alert_snooze(until=_until(given), reason=given["reason"], **common),
        ),
        "trust": Decision(_("Trust this subject for a time"), _until_fields, _trust),
    }


def _page(request: HttpRequest, file: AlertFile, tried: Tried | None = None) -> HttpResponse:
    is_waiting = file.alert.state in (AlertState.OPEN, AlertState.SNOOZED)
    shown = {
        "file": file,
        "alert": file.alert,
        "acts": _acts(file, tried) if is_waiting else [],
        "refusal": tried.refusal if tried else None,
    }
    return render(request, "web/alert.html", shown, status=tried.refusal.status if tried else 200)


def _acts(file: AlertFile, tried: Tried | None) -> list[OfferedAct]:
    rows = []
    for act, decision in decisions().items():
        mine = tried if tried and tried.act == act else None
        fields = decision.fields(file)
        if mine:
            fields = with_typed(fields, mine.typed, mine.refusal)
        rows.append(
            OfferedAct(
                act=act,
                title=decision.title,
                fields=[replace(one, prefix=act) for one in fields],
                is_open=bool(mine) or (act == "confirm" and tried is None),
                is_burden=act != "confirm",
                key=mine.key if mine else uuid4().hex,
                refusal=mine.refusal if mine else None,
            )
        )
    return rows


@never_cache
@require_POST
@officer(Right.ALERT_TRIAGE)
def alert_act(request: HttpRequest, alert_id: int, act: str) -> HttpResponse:
    """Take one decision; refused, the page comes back with the reason and everything that was typed."""
    decision = decisions().get(act)
    if decision is None:
        raise NoSuchPage(act=act)
    me, at, key = by(request), now(), request.POST.get("key", "")
    file = alert_file(alert_id=alert_id, by=me, at=at)
    given: dict[str, Any] = {}
    try:
        given = read_posted(request, decision.fields(file), by=me, at=at)
        decision.do(file, given, alert_id=alert_id, by=me, at=at, key=key)
    except HezhiError as error:
        return _page(request, file, Tried(act, refusal_of(error), {**request.POST.dict(), **given}, key))
    messages.success(request, _("Done: %(act)s") % {"act": decision.title})
    done = alerts.alert_get(alert_id=alert_id, by=me)
    return redirect("web:case", done.case_id) if done.case_id else redirect("web:alerts")


@never_cache
@require_POST
@officer(Right.ALERT_TRIAGE)
def alert_relate(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Merge one of the alert's records with an offered one, link them, or say that they are distinct."""
    me, at, key = by(request), now(), request.POST.get("key", "")
    file = alert_file(alert_id=alert_id, by=me, at=at)
    pair = [request.POST.get(name, "") for name in ("record", "other")]
    try:
        record_id, other_id = (number_read(one) for one in pair)
        if record_id is None or other_id is None or record_id not in file.alert.record_ids:
            raise NoSuchPage()
        _relate(request.POST.get("how", ""), record_id, other_id, by=me, at=at, key=key)
    except HezhiError as error:
        return _page(request, file, Tried("relate", refusal_of(error), request.POST.dict(), key))
    messages.success(request, _("The relation is written down."))
    return redirect("web:alert", alert_id)


def _relate(how: str, record_id: int, other_id: int, **common: Any) -> None:
    if how == "merge":
        intake.record_merge(record_ids=[record_id, other_id], **common)
    elif how in ("linked", "distinct"):
        intake.record_link(record_id=record_id, other_id=other_id, kind=RelationKind(how), **common)
    else:
        raise NoSuchPage(how=how)


@never_cache
@require_GET
@officer(Right.ALERT_TRIAGE)
def trust_list(request: HttpRequest) -> HttpResponse:
    """Subjects that raise no alerts for now."""
    rows = alerts.trusts_page(by=by(request), at=now())
    return render(request, "web/trusts.html", {"rows": rows})


@never_cache
@require_POST
@officer(Right.ALERT_TRIAGE)
def trust_end(request: HttpRequest, trust_id: int) -> HttpResponse:
    alerts.subject_untrust(trust_id=trust_id, reason=request.POST.get("reason", ""), by=by(request), at=now())
    messages.success(request, _("The trust has ended."))
    return redirect("web:trusts")
